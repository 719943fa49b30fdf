//! What schemas and their choices come down to, before types are made of them.
use super::flat::Key;
use crate::{
    docs::Docs,
    ir::{Slot, Tag},
};
use tidings_document::api::SchemaId;

/// What a schema is, before anything inside it is looked at.
pub(crate) enum Class {
    /// Any value, with the reason where that is a loss.
    Json(Option<&'static str>),
    /// The same as other schemas together.
    Same(Key, bool),
    Const(String),
    /// Texts, and whether there may be others.
    Enum(Vec<String>, bool),
    Union(Plan),
    /// And whether it may be `null`.
    Struct(bool),
    Map(Option<Key>),
    List(Option<SchemaId>),
    Tuple(Vec<SchemaId>),
    Scalar(Box<Slot>),
}

/// What the choices of a schema come down to.
pub(crate) enum Choices {
    None,
    /// There is only one branch, and `null` perhaps.
    Same(Key, bool),
    /// All branches are texts, some or all of them listed; and whether one takes any text.
    Texts(Vec<String>, bool),
    Union(Plan),
    /// Nothing tells the branches apart, but all are objects, or `null`.
    Merged(bool),
    Unknown(&'static str),
}

/// A union that can be told apart.
pub(crate) struct Plan {
    pub(crate) tag: Tag,
    pub(crate) nullable: bool,
    pub(crate) branches: Vec<Branch>,
}

/// A branch before its type is made.
pub(crate) struct Branch {
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) docs: Docs,
}
