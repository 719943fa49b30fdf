//! The functions that rules apply: Spectral's core functions, one file each, and what they have in common.
mod alphabetical;
mod casing;
mod defined;
mod enumeration;
mod falsy;
mod length;
mod options;
mod or;
mod pattern;
mod schema;
mod truthy;
mod typed_enum;
mod undefined;
mod unreferenced;
mod xor;

use std::borrow::Cow;

use tidings_document::{Diagnostic, Node, Text, Value};

use super::path::{Key, Walk};
use options::Options;

/// A function with its options.
#[derive(Debug, Clone)]
pub(super) enum Function {
    Alphabetical(alphabetical::Alphabetical),
    Casing(casing::Casing),
    Defined,
    Enumeration(enumeration::Enumeration),
    Falsy,
    Length(length::Length),
    Or(or::Or),
    Pattern(pattern::Patterns),
    Schema(schema::Checked),
    Truthy,
    TypedEnum,
    Undefined,
    Unreferenced(unreferenced::Unreferenced),
    Xor(xor::Xor),
}

type Read = fn(&mut Options<'_, '_>) -> Option<Function>;

const FUNCTIONS: &[(&str, Read)] = &[
    ("alphabetical", alphabetical::read),
    ("casing", casing::read),
    ("defined", |options| options.none(Function::Defined)),
    ("enumeration", enumeration::read),
    ("falsy", |options| options.none(Function::Falsy)),
    ("length", length::read),
    ("or", or::read),
    ("pattern", pattern::read),
    ("schema", schema::read),
    ("truthy", |options| options.none(Function::Truthy)),
    ("typedEnum", |options| options.none(Function::TypedEnum)),
    ("undefined", |options| options.none(Function::Undefined)),
    ("unreferencedReusableObject", unreferenced::read),
    ("xor", xor::read),
];

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

impl Function {
    /// The function of this name with its options; what is wrong with them is reported. The caller has seen to the name.
    pub(super) fn read(
        function: Text<'_>,
        options: Option<&Node>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let (_, read) = FUNCTIONS.iter().find(|(name, _)| *name == function.value)?;
        read(&mut Options {
            function,
            given: options.filter(|node| node.value != Value::Null),
            problems,
        })
    }

    /// Reports what is wrong with a target.
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        match self {
            Self::Alphabetical(options) => options.check(check),
            Self::Casing(options) => options.check(check),
            Self::Defined => defined::check(check),
            Self::Enumeration(options) => options.check(check),
            Self::Falsy => falsy::check(check),
            Self::Length(options) => options.check(check),
            Self::Or(options) => options.check(check),
            Self::Pattern(options) => options.check(check),
            Self::Schema(options) => options.check(check),
            Self::Truthy => truthy::check(check),
            Self::TypedEnum => typed_enum::check(check),
            Self::Undefined => undefined::check(check),
            Self::Unreferenced(options) => options.check(check),
            Self::Xor(options) => options.check(check),
        }
    }
}

/// What a function is applied to.
#[derive(Debug, Clone)]
pub(super) struct Target<'a> {
    /// The place, or the innermost one that there is on the way to it.
    pub(super) frame: u32,
    /// The keys behind that place which there are not.
    pub(super) missing: Vec<String>,
    /// What stands there.
    pub(super) value: Found<'a>,
}

/// A value that a function looks at.
#[derive(Debug, Clone)]
pub(super) enum Found<'a> {
    /// There is none.
    Missing,
    /// The key of a place instead of its value.
    Key(Cow<'a, str>),
    /// An index, likewise.
    Index(usize),
    Node(&'a Node),
}

/// Something wrong, and where.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) frame: u32,
    /// Whether it is the key of the place that is wrong.
    pub(super) is_key: bool,
    pub(super) missing: Vec<String>,
    pub(super) message: String,
}

/// One check of one target.
pub(super) struct Check<'c, 'a> {
    pub(super) walk: &'c mut Walk<'a>,
    pub(super) target: &'c Target<'a>,
    pub(super) hits: &'c mut Vec<Hit>,
}

impl<'a> Check<'_, 'a> {
    /// Reports the target itself.
    fn report(&mut self, message: String) {
        let missing = self.target.missing.clone();
        let frame = self.target.frame;
        self.hits.push(Hit {
            frame,
            is_key: matches!(self.target.value, Found::Key(_) | Found::Index(_)),
            missing,
            message,
        });
    }

    /// Reports a place below the target.
    fn report_at(&mut self, frame: u32, message: String) {
        self.hits.push(Hit {
            frame,
            is_key: false,
            missing: Vec::new(),
            message,
        });
    }

    /// Reports a condition that the target does not meet.
    fn demand(&mut self, met: bool, what: &str) {
        if !met {
            let message = format!("{} must {what}", self.subject());
            self.report(message);
        }
    }

    /// What messages call the target: its key, with the keys that are missing behind it.
    fn subject(&self) -> String {
        let key = match self.walk.frame(self.target.frame).key {
            Some(Key::Name(name)) => name.value.to_owned(),
            Some(Key::Item(at)) => at.to_string(),
            None if self.target.missing.is_empty() => return "the document".to_owned(),
            None => return format!("`{}`", self.target.missing.join(".")),
        };
        let keys = std::iter::once(&key).chain(&self.target.missing);
        let keys: Vec<_> = keys.map(String::as_str).collect();
        format!("`{}`", keys.join("."))
    }

    /// The target where it is a node.
    fn node(&self) -> Option<&'a Node> {
        match self.target.value {
            Found::Node(node) => Some(node),
            _ => None,
        }
    }

    /// The target where it is text.
    fn text(&self) -> Option<Cow<'a, str>> {
        match &self.target.value {
            Found::Key(key) => Some(key.clone()),
            Found::Node(node) => node.as_str().map(Cow::Borrowed),
            Found::Index(_) | Found::Missing => None,
        }
    }

    fn is_missing(&self) -> bool {
        matches!(self.target.value, Found::Missing)
    }

    /// Whether JavaScript takes the target for true.
    fn is_truthy(&self) -> bool {
        match &self.target.value {
            Found::Missing => false,
            Found::Key(key) => !key.is_empty(),
            Found::Index(at) => *at != 0,
            Found::Node(node) => match &node.value {
                Value::Null => false,
                Value::Bool(value) => *value,
                Value::Number(number) => number.as_f64() != Some(0.0),
                Value::String(text) => !text.is_empty(),
                Value::Array(_) | Value::Object(_) => true,
            },
        }
    }
}

/// A value as messages show it.
pub(super) fn shown(node: &Node) -> String {
    match &node.value {
        Value::Array(_) => "Array[]".to_owned(),
        Value::Object(_) => "Object{}".to_owned(),
        _ => node.to_json().to_string(),
    }
}
