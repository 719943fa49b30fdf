//! What a message consists of, as data: generated code has one of these for each message of a schema.
use super::wire::Raw;
use crate::fault::Fault;
use std::sync::OnceLock;

/// A message of a Protobuf schema.
#[derive(Debug)]
pub struct Descriptor {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) known: Known,
    /// Numbers in their order, each with the place of its field.
    numbers: OnceLock<Vec<(u32, Place)>>,
}

/// Where a field stands among those of its message, and within a `oneof`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) field: usize,
    pub(super) choice: usize,
}

/// What a message stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Its fields.
    No,
    Any,
    Duration,
    Empty,
    Timestamp,
    /// Its only field: a value, a list or a map.
    Only,
    FieldMask,
    /// Any JSON value.
    Value,
}

/// Up to here each integer is a float of its own.
pub(super) const EXACT: u128 = 1 << 53;

/// A field of a message, or a `oneof`.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub(super) number: u32,
    pub(super) name: &'static str,
    pub(super) json: &'static str,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
}

/// How many values a field has, and whether one that is not written is told from one that is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Required,
    Optional,
    Implicit,
    Repeated,
    Packed,
    /// By the kind of its keys.
    Map(Kind),
}

/// What a value is, as schemas name it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// `double`
    Double,
    /// `float`
    Float,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `sint32`
    Sint32,
    /// `sint64`
    Sint64,
    /// `fixed32`
    Fixed32,
    /// `fixed64`
    Fixed64,
    /// `sfixed32`
    Sfixed32,
    /// `sfixed64`
    Sfixed64,
    /// `bool`
    Bool,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// An enum.
    Enum(&'static Enum),
    /// Google's `NullValue`, which has no other than null.
    Null,
    /// Another message.
    Message(&'static Descriptor),
    /// One of these fields.
    Oneof(&'static [Field]),
}

/// An enum of a schema: its names with their numbers.
#[derive(Debug)]
pub struct Enum {
    pub(super) name: &'static str,
    pub(super) values: &'static [(&'static str, i32)],
}

impl Enum {
    /// An enum by its full name and its values.
    #[must_use]
    pub const fn new(name: &'static str, values: &'static [(&'static str, i32)]) -> Self {
        Self { name, values }
    }
}

impl Field {
    pub(super) const fn new(
        number: u32,
        name: &'static str,
        json: &'static str,
        kind: Kind,
        shape: Shape,
    ) -> Self {
        Self {
            number,
            name,
            json,
            kind,
            shape,
        }
    }
}

/// Fields by their number, their name in the schema and in JSON.
macro_rules! fields {
    ($($about:literal $name:ident $shape:ident)*) => {$(
        #[doc = $about]
        #[must_use]
        pub const fn $name(number: u32, name: &'static str, json: &'static str, kind: Kind) -> Field {
            Field::new(number, name, json, kind, Shape::$shape)
        }
    )*};
}

fields! {
    "A field that has to be there." required Required
    "A field that is there or not." optional Optional
    "A field that is not written where it is what values begin with." implicit Implicit
    "A list of values, each by itself." repeated Repeated
    "A list of values, all of them together." packed Packed
}

/// A map, with the kind of its keys and that of its values.
#[must_use]
pub const fn map(
    number: u32,
    name: &'static str,
    json: &'static str,
    key: Kind,
    kind: Kind,
) -> Field {
    Field::new(number, name, json, kind, Shape::Map(key))
}

/// One of some fields, under the name of the `oneof`.
#[must_use]
pub const fn oneof(name: &'static str, fields: &'static [Field]) -> Field {
    Field::new(0, name, "", Kind::Oneof(fields), Shape::Optional)
}

impl Descriptor {
    /// A message by its full name and its fields.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            fields,
            known: Known::No,
            numbers: OnceLock::new(),
        }
    }

    /// One of Google's own.
    pub(super) const fn known(name: &'static str, fields: &'static [Field], known: Known) -> Self {
        Self {
            name,
            fields,
            known,
            numbers: OnceLock::new(),
        }
    }

    /// The full name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The field with a number, and its place.
    pub(super) fn numbered(&self, number: u32) -> Option<(Place, &'static Field)> {
        let numbers = self.numbers.get_or_init(|| self.places());
        let at = numbers.binary_search_by_key(&number, |(number, _)| *number);
        let (_, place) = numbers.get(at.ok()?)?;
        let field = self.fields.get(place.field)?;
        let field = match field.kind {
            Kind::Oneof(choices) => choices.get(place.choice)?,
            _ => field,
        };
        Some((*place, field))
    }

    fn places(&self) -> Vec<(u32, Place)> {
        let fields = self.fields.iter().enumerate();
        let places = fields.flat_map(|(at, field)| {
            let own = match field.kind {
                Kind::Oneof(choices) => choices,
                _ => std::slice::from_ref(field),
            };
            let own = own.iter().enumerate();
            own.map(move |(choice, field)| (field.number, Place { field: at, choice }))
        });
        let mut places: Vec<_> = places.collect();
        places.sort_by_key(|(number, _)| *number);
        places
    }
}

impl Kind {
    /// The name that schemas have for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Float => "float",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Sint32 => "sint32",
            Self::Sint64 => "sint64",
            Self::Fixed32 => "fixed32",
            Self::Fixed64 => "fixed64",
            Self::Sfixed32 => "sfixed32",
            Self::Sfixed64 => "sfixed64",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Enum(of) => of.name,
            Self::Null => "google.protobuf.NullValue",
            Self::Message(of) => of.name,
            Self::Oneof(_) => "oneof",
        }
    }

    /// Whether values have this form on the wire.
    pub(super) fn takes(self, raw: Raw<'_>) -> bool {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => matches!(raw, Raw::Eight(_)),
            Self::Float | Self::Fixed32 | Self::Sfixed32 => matches!(raw, Raw::Four(_)),
            Self::String | Self::Bytes | Self::Message(_) => matches!(raw, Raw::Bytes(_)),
            Self::Oneof(_) => false,
            _ => matches!(raw, Raw::Varint(_)),
        }
    }

    /// Whether many values may stand together.
    pub(super) fn is_packable(self) -> bool {
        !matches!(
            self,
            Self::String | Self::Bytes | Self::Message(_) | Self::Oneof(_)
        )
    }

    /// What is wrong with a value of another kind.
    pub(super) fn unfit(self, what: &str) -> Fault {
        Fault::new(format!("is {what}, where the schema has `{}`", self.name()))
    }
}
