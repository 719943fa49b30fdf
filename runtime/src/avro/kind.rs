//! A schema as a list of types, each with its place in the list: names are no more than that.
use std::sync::OnceLock;

/// Position in the list of types.
pub(super) type TypeId = usize;

/// Deepest nesting of values, and of types in a schema.
pub(super) const DEPTH: usize = 128;

#[derive(Debug)]
pub(super) struct Types {
    /// The first is that of a map's keys.
    pub(super) types: Vec<Type>,
    pub(super) root: TypeId,
    /// The number that stands for it, once somebody asked.
    pub(super) fingerprint: OnceLock<u64>,
}

impl Types {
    /// A text, which keys are.
    pub(super) const KEY: TypeId = 0;
}

#[derive(Debug)]
pub(super) struct Type {
    pub(super) kind: Kind,
    pub(super) logical: Option<Logical>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record { name: String, fields: Vec<Field> },
    Enum { name: String, symbols: Vec<String> },
    Fixed { name: String, size: usize },
    Array(TypeId),
    Map(TypeId),
    Union(Union),
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: TypeId,
}

#[derive(Debug)]
pub(super) struct Union {
    pub(super) branches: Vec<TypeId>,
    /// Position of null.
    pub(super) null: Option<usize>,
    /// Position of the only other branch.
    pub(super) only: Option<usize>,
}

/// What a value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logical {
    Uuid,
    Date,
    Time(Unit),
    Timestamp(Unit),
    /// Date and time of nowhere in particular.
    Local(Unit),
    Decimal {
        precision: u32,
        scale: u8,
    },
    Duration,
}

/// What instants are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milli,
    Micro,
    Nano,
}

impl Unit {
    pub(super) fn nanoseconds(self) -> i64 {
        match self {
            Self::Milli => 1_000_000,
            Self::Micro => 1_000,
            Self::Nano => 1,
        }
    }
}

impl Kind {
    /// What a branch of this type is called in a union.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Record { name, .. } | Self::Enum { name, .. } | Self::Fixed { name, .. } => name,
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
        }
    }
}
