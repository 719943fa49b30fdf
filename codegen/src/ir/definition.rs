//! Definitions: each becomes a type of the code.
use super::{
    check::ChecksIdx,
    slot::{Slot, Traits},
};
use crate::docs::Docs;

/// A named type of the document's schemas.
#[derive(Debug)]
pub(crate) struct Def {
    /// Words its name is made of.
    pub(crate) hint: String,
    /// Whether the document itself names it.
    pub(crate) named: bool,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) kind: Kind,
    pub(crate) traits: Traits,
    /// Whether it has a `validate` function.
    pub(crate) validates: bool,
    /// What is checked of the value as a whole.
    pub(crate) checks: Option<ChecksIdx>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Struct(Struct),
    Enum(Enum),
    /// Names of numbers.
    Numbers(Numbers),
    /// A text that is always the same.
    Const {
        wire: String,
        ident: String,
    },
    Union(Union),
    /// A scalar whose limits hold from its construction on.
    Newtype(Slot),
    /// Another name for a type.
    Alias(Slot),
    /// An alias that contains itself, and so must be a type of its own.
    Wrapper(Slot),
}

#[derive(Debug, Default)]
pub(crate) struct Struct {
    pub(crate) fields: Vec<Field>,
    /// Properties that have no field of their own.
    pub(crate) extra: Option<Extra>,
    /// Whether other properties are refused.
    pub(crate) closed: bool,
}

#[derive(Debug)]
pub(crate) struct Extra {
    pub(crate) ident: String,
    /// Whether the document says that there may be some, rather than nothing.
    pub(crate) stated: bool,
    pub(crate) slot: Slot,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) wire: String,
    /// The words of its name, where those are not the ones on the wire.
    pub(crate) hint: Option<String>,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) required: bool,
    pub(crate) slot: Slot,
}

#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) variants: Vec<Variant>,
    /// Name of the variant for every other text.
    pub(crate) unknown: String,
    /// Whether the schema takes every other text.
    pub(crate) open: bool,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) wire: String,
    pub(crate) ident: String,
}

/// Numbers with names; others are read too.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(crate) variants: Vec<NumbersVariant>,
    /// Name of the variant for every other number.
    pub(crate) unknown: String,
}

#[derive(Debug)]
pub(crate) struct NumbersVariant {
    /// The name in the schema.
    pub(crate) wire: String,
    pub(crate) number: i32,
    pub(crate) hint: String,
    pub(crate) ident: String,
}

#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) tag: Tag,
    pub(crate) variants: Vec<UnionVariant>,
}

/// How the variant of a union is found, one entry a variant.
#[derive(Debug)]
pub(crate) enum Tag {
    /// By the text or number of a property.
    Property {
        wire: String,
        values: Vec<Vec<TagValue>>,
    },
    /// By the JSON types; none are all that are left.
    Type(Vec<Vec<JsonType>>),
    /// By a property that only this variant has.
    Key(Vec<String>),
    /// By the name of its type, under which it is written.
    Branch(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TagValue {
    Text(String),
    Integer(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JsonType {
    Bool,
    /// Apart from other numbers.
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// Where a value of a variant may have another tag than the variant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FreeTag {
    /// In the text of that field of its struct.
    Field(usize),
    /// In what is written of it: no field of its own holds it as a text.
    Written,
}

#[derive(Debug)]
pub(crate) struct UnionVariant {
    /// None where its type sees to the tag.
    pub(crate) free_tag: Option<FreeTag>,
    pub(crate) hint: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) slot: Slot,
}
