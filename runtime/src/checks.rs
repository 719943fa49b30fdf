//! What types do not say of a value, as data: keywords of a schema that are looked at on the value's JSON.
mod known;
mod look;
mod node;

pub use crate::format::Format;
pub use node::{Node, Seen};

use crate::{Json, pattern::Pattern, violations::canonical};
use serde_json::Value;
use std::{collections::HashSet, sync::OnceLock};

/// All of these.
pub type Checks = &'static [Check];

/// What properties of these names are.
pub type Named = &'static [(&'static str, Checks)];

/// What properties are whose names match.
pub type Patterned = &'static [(&'static Pattern, Checks)];

/// A keyword of a schema. What is about one JSON type holds of all values of the others.
#[derive(Debug)]
pub enum Check {
    /// The schema `false`.
    Never,
    /// `type`.
    Types(&'static [Kind]),
    /// `enum` and `const`.
    Listed(&'static Listed),
    /// `minimum`.
    Minimum(f64),
    /// `maximum`.
    Maximum(f64),
    /// `exclusiveMinimum`.
    ExclusiveMinimum(f64),
    /// `exclusiveMaximum`.
    ExclusiveMaximum(f64),
    /// `multipleOf`.
    MultipleOf(f64),
    /// `minLength`.
    MinLength(usize),
    /// `maxLength`.
    MaxLength(usize),
    /// `pattern`.
    Pattern(&'static Pattern),
    /// `format` of texts.
    Format(Format),
    /// `minItems`.
    MinItems(usize),
    /// `maxItems`.
    MaxItems(usize),
    /// `uniqueItems`.
    UniqueItems,
    /// What the items are in the first places, and what behind them.
    Items(&'static [Checks], Checks),
    /// `contains`, with how often at least and at most.
    Contains(Checks, usize, usize),
    /// `minProperties`.
    MinProperties(usize),
    /// `maxProperties`.
    MaxProperties(usize),
    /// `required`.
    Required(&'static [&'static str]),
    /// What the properties are by name, by pattern, and those that have neither.
    Properties(Named, Patterned, Checks),
    /// `propertyNames`.
    Names(Checks),
    /// `dependencies`: what holds where there is that property.
    Dependent(&'static str, Checks),
    /// `allOf`.
    All(&'static [Checks]),
    /// `anyOf`.
    Any(&'static [Checks]),
    /// `oneOf`.
    One(&'static [Checks]),
    /// `not`.
    Not(Checks),
    /// `if`, `then` and `else`.
    If(Checks, Checks, Checks),
    /// What stands elsewhere.
    Same(&'static Checks),
}

/// A JSON type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `boolean`
    Bool,
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `string`
    Text,
    /// `array`
    List,
    /// `object`
    Object,
}

impl Kind {
    fn has<N: Node>(self, value: &N) -> bool {
        match (self, value.seen()) {
            (Self::Integer, Seen::Number(number)) => N::is_integer(number),
            (Self::Null, Seen::Null)
            | (Self::Bool, Seen::Bool)
            | (Self::Number, Seen::Number(_))
            | (Self::Text, Seen::Text(_))
            | (Self::List, Seen::List(_))
            | (Self::Object, Seen::Object(_)) => true,
            _ => false,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a truth value",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

/// The values of an `enum`, read from JSON at their first use.
#[derive(Debug)]
pub struct Listed {
    text: &'static str,
    values: OnceLock<HashSet<String>>,
    exact: OnceLock<HashSet<String>>,
}

impl Listed {
    /// Those of a list in JSON.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            values: OnceLock::new(),
            exact: OnceLock::new(),
        }
    }

    fn values(&self) -> &HashSet<String> {
        self.values.get_or_init(|| {
            let values: Vec<Value> = serde_json::from_str(self.text).unwrap_or_default();
            values.iter().map(canonical).collect()
        })
    }

    fn exact_values(&self) -> &HashSet<String> {
        self.exact.get_or_init(|| {
            let values: Vec<Json> = serde_json::from_str(self.text).unwrap_or_default();
            values.iter().map(Json::canonical).collect()
        })
    }
}
