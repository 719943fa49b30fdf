//! Places that hold a value: of which type, and within which limits.
use super::{DefId, check::ChecksIdx};

/// A use of a type: with `null` or without, and with the limits that hold here.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) ty: Ty,
    pub(crate) nullable: bool,
    /// Whether a box breaks a cycle here.
    pub(crate) boxed: bool,
    pub(crate) rules: Option<Box<Rules>>,
    /// What a required field begins with where nobody says.
    pub(crate) given: Option<Box<Given>>,
}

impl Slot {
    pub(crate) fn new(ty: Ty) -> Self {
        Self {
            ty,
            nullable: false,
            boxed: false,
            rules: None,
            given: None,
        }
    }

    /// The slots inside a built-in type.
    pub(crate) fn inner(&self) -> Vec<&Self> {
        match &self.ty {
            Ty::List(item) | Ty::Map(item) | Ty::Keyed(_, item) => vec![item],
            Ty::Tuple(items) => items.iter().collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn inner_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.ty {
            Ty::List(item) | Ty::Map(item) | Ty::Keyed(_, item) => vec![item],
            Ty::Tuple(items) => items.iter_mut().collect(),
            _ => Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    Uuid,
    /// With its offset and its digits, as JSON has it.
    DateTime,
    /// As JSON has it.
    Day,
    Base64,
    /// An instant alone.
    Timestamp,
    Date,
    Ipv4,
    Ipv6,
}

#[derive(Debug, Clone)]
pub(crate) enum Ty {
    Bool,
    /// An integer by the name of its Rust type.
    Int(&'static str),
    Float,
    /// A number as it is written.
    Decimal,
    Text(Format),
    /// Any JSON value.
    Json,
    /// A body that is not JSON.
    Bytes,
    /// What other languages of schemas have and JSON has not.
    Native(Native),
    List(Box<Slot>),
    Map(Box<Slot>),
    /// A map whose keys are of this type of Rust.
    Keyed(&'static str, Box<Slot>),
    Tuple(Vec<Slot>),
    Def(DefId),
    /// A type that somebody else has written, by its path.
    Foreign(String),
}

/// Types of the language or of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Native {
    Nothing,
    /// Any JSON value, with its numbers in 64 bits.
    Value,
    /// Floats that may be infinite.
    Float,
    Double,
    Bytes,
    Fixed(usize),
    Decimal,
    Time,
    DateTime,
    Duration,
    /// A type of the runtime for what Protobuf has.
    Protobuf(&'static str),
}

/// A value that a new one begins with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given {
    Null,
    Nothing,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// A list or a map with nothing in it.
    Empty,
    /// What its type begins with.
    OfType,
    /// A listed text, by its number.
    Variant(DefId, usize),
}

/// Limits that the type alone does not guarantee.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rules {
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) patterns: Vec<String>,
    /// A format of texts, by its name in the runtime.
    pub(crate) format: Option<&'static str>,
    pub(crate) minimum: Option<Limit>,
    pub(crate) maximum: Option<Limit>,
    pub(crate) exclusive_minimum: Option<Limit>,
    pub(crate) exclusive_maximum: Option<Limit>,
    /// Each of them divides the number.
    pub(crate) divisors: Vec<Limit>,
    /// The only values allowed.
    pub(crate) one_of: Vec<Limit>,
    /// The only truth value allowed.
    pub(crate) constant: Option<bool>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    pub(crate) unique_items: bool,
    pub(crate) min_properties: Option<u64>,
    pub(crate) max_properties: Option<u64>,
    /// What its type does not say.
    pub(crate) checks: Option<ChecksIdx>,
}

impl Rules {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The rules, where there are any. Most values have none, and a slot with all of them is large.
    pub(crate) fn kept(self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self))
    }
}

/// A number as a literal of the type it limits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Limit {
    Integer(i128),
    Float(f64),
    /// By its text.
    Decimal(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traits {
    pub(crate) eq: bool,
    pub(crate) copy: bool,
    pub(crate) default: bool,
}
