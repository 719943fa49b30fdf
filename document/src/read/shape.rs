//! The words in which the objects of the specification are described: which fields they have, since when, and what may
//! stand in them. `v2/shapes.rs`, `v3/shapes.rs` and `shapes/` hold the descriptions, `check.rs` compares nodes with them.
use crate::{Node, api::Version};

/// What an object looks like.
#[derive(Debug)]
pub(crate) struct Shape {
    /// What people call it, with its article: `a server`.
    pub(crate) name: &'static str,
    /// Its fields, in groups that several objects share; the first of a name counts.
    pub(crate) fields: &'static [&'static [Field]],
    /// What else may stand in it.
    pub(crate) rest: Rest,
    /// At least one of these must be there.
    pub(crate) any_of: &'static [&'static str],
}

/// Fields beyond the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// `x-` fields only.
    Extensions,
    /// None at all.
    None,
    /// Any.
    Open,
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// The first version that has it.
    pub(crate) since: Version,
    /// How to mend it when it is missing or should not be there.
    pub(crate) help: Option<&'static str>,
}

/// What may stand in a place. A reference may stand in every place but that of a closed `Object`: the official parser looks
/// at what it leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Any,
    /// Nothing: the field has no place here.
    Never,
    Text,
    TextOrNull,
    Bool,
    Number,
    /// A number above zero.
    Positive,
    /// An integer from zero.
    Count,
    /// An integer between two, both included.
    Integer(i64, i64),
    /// One of some integers.
    Choice(&'static [i64]),
    /// Text of so many characters, both included.
    Length(usize, usize),
    /// Text of some form.
    Form(&'static Form),
    Uri,
    Email,
    /// A runtime expression into a message.
    Location,
    Word(&'static [&'static str]),
    /// An object in whose place no reference may stand.
    Object(&'static Shape),
    /// An object or a reference to it.
    Ref(&'static Shape),
    /// A reference to such a thing, and nothing else.
    Reference(&'static Kind),
    Map(&'static Kind),
    /// The components of one kind: those whose names the specification does not allow are not looked at, as the official
    /// parser does not.
    Components(&'static Kind),
    /// The channels of version 2: their keys are URI templates.
    Addresses(&'static Kind),
    List(&'static Kind),
    /// A list of at least one item.
    Some(&'static Kind),
    /// A list without equal items.
    Set(&'static Kind),
    /// A list whose items have kinds by their position; those behind may be anything.
    Tuple(&'static [Kind]),
    /// An object whose `bindingVersion` says which shape it has: the first where it says none.
    Versions(&'static [(&'static str, Kind)]),
    /// It depends on the version and on what stands there.
    Chosen(fn(Version, &Node) -> Kind),
}

impl Kind {
    /// Whether it is data or text to the document, and no part of its structure.
    pub(crate) fn is_data(self) -> bool {
        match self {
            Self::Object(_) | Self::Ref(_) => false,
            Self::Map(of)
            | Self::Components(of)
            | Self::Addresses(of)
            | Self::List(of)
            | Self::Some(of)
            | Self::Set(of) => of.is_data(),
            Self::Tuple(all) => all.iter().all(|of| of.is_data()),
            Self::Reference(_) | Self::Versions(_) | Self::Chosen(_) => false,
            _ => true,
        }
    }
}

/// A form of texts.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) fits: fn(&str) -> bool,
    /// What such a text is, with its article.
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
}

/// A field that must be there.
pub(crate) const fn need(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
        since: Version::V2_0,
        help: None,
    }
}

/// A field that may be there.
pub(crate) const fn may(name: &'static str, kind: Kind) -> Field {
    Field {
        required: false,
        ..need(name, kind)
    }
}

impl Field {
    pub(crate) const fn since(self, since: Version) -> Self {
        Self { since, ..self }
    }

    pub(crate) const fn help(self, help: &'static str) -> Self {
        let help = Some(help);
        Self { help, ..self }
    }
}

impl Shape {
    /// An object that takes `x-` fields besides its own.
    pub(crate) const fn new(name: &'static str, fields: &'static [&'static [Field]]) -> Self {
        Self {
            name,
            fields,
            rest: Rest::Extensions,
            any_of: &[],
        }
    }

    pub(crate) const fn rest(self, rest: Rest) -> Self {
        Self { rest, ..self }
    }

    pub(crate) const fn any_of(self, any_of: &'static [&'static str]) -> Self {
        Self { any_of, ..self }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.all().find(|field| field.name == name)
    }

    /// Whether a version knows a field: what a later one adds is a field with its `since`, and nothing else.
    pub(crate) fn has(&self, name: &str, version: Version) -> bool {
        self.field(name)
            .is_some_and(|field| field.since <= version && !matches!(field.kind, Kind::Never))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().flat_map(|group| group.iter())
    }
}

/// Whether a key is that of an extension.
pub(crate) fn is_extension(key: &str) -> bool {
    let allowed = |part: char| part.is_ascii_alphanumeric() || matches!(part, '.' | '-' | '_');
    key.strip_prefix("x-")
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(allowed))
}
