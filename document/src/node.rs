//! The tree that both YAML and JSON become: values in the order of the text, each with its span.
use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

use hashbrown::HashTable;

use crate::number::Number;
use crate::span::{Span, Text};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What was read.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// What a node holds: the JSON data model.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer or a float, as JSON has them.
    Number(Number),
    /// Text.
    String(String),
    /// A sequence.
    Array(Vec<Node>),
    /// A mapping.
    Object(Object),
}

/// A mapping with its keys in the order of the text; every key occurs once.
#[derive(Debug, Clone, Default)]
pub struct Object {
    entries: Vec<Entry>,
    /// Positions of `entries` by the hashes of their keys, for large objects only.
    index: Option<Box<HashTable<u32>>>,
}

/// Up to this many entries a search one by one is as fast as any.
const SMALL: usize = 16;

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// The key with its place.
    #[must_use]
    pub fn name(&self) -> Text<'_> {
        Text {
            value: &self.key,
            span: self.key_span,
        }
    }
}

impl Object {
    /// An object of these entries, without those that repeat a key: they are given back with the place of the first.
    pub(crate) fn new(mut entries: Vec<Entry>) -> (Self, Vec<(Span, Entry)>) {
        entries.shrink_to_fit();
        let index = (entries.len() > SMALL).then(|| Box::new(index(&entries)));
        let object = Self { entries, index };
        if object.is_unique() {
            return (object, Vec::new());
        }
        let first = |(at, entry): (usize, &Entry)| object.position(&entry.key).unwrap_or(at);
        let first: Vec<usize> = object.entries.iter().enumerate().map(first).collect();
        let places: Vec<Span> = first
            .iter()
            .map(|at| object.entries[*at].key_span)
            .collect();
        let mut kept = Vec::new();
        let mut repeated = Vec::new();
        for (at, entry) in object.entries.into_iter().enumerate() {
            if first[at] == at {
                kept.push(entry);
            } else {
                repeated.push((places[at], entry));
            }
        }
        (Self::new(kept).0, repeated)
    }

    /// Whether every key occurs once.
    fn is_unique(&self) -> bool {
        let entries = &self.entries;
        match &self.index {
            Some(index) => index.len() == entries.len(),
            None => (1..entries.len())
                .all(|at| entries[..at].iter().all(|it| it.key != entries[at].key)),
        }
    }

    /// Where the first entry with a key stands.
    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|entry| entry.key == key),
            Some(index) => index
                .find(hash(key), |at| self.entries[*at as usize].key == key)
                .map(|at| *at as usize),
        }
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry under a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.position(key).map(|at| &self.entries[at])
    }

    /// The first entry that fits, looked for where a place is first: entries mostly stand in the order of the text.
    pub(crate) fn entry_at(&self, place: Span, fits: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let behind = self
            .entries
            .partition_point(|entry| entry.key_span.start <= place.start);
        let near = behind.checked_sub(1).map(|at| &self.entries[at]);
        near.filter(|entry| fits(entry))
            .or_else(|| self.entries.iter().find(|entry| fits(entry)))
    }

    /// The entries by value, in the order of the text.
    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// All entries in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

/// For every key the position of its first entry.
fn index(entries: &[Entry]) -> HashTable<u32> {
    let mut index = HashTable::with_capacity(entries.len());
    for (at, entry) in (0..).zip(entries) {
        let same = |at: &u32| entries[*at as usize].key == entry.key;
        let hash_of = |at: &u32| hash(&entries[*at as usize].key);
        index.entry(hash(&entry.key), same, hash_of).or_insert(at);
    }
    index
}

/// Keyed anew in each process: nobody can write keys that all fall together.
fn hash(key: &str) -> u64 {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEYS.hash_one(key)
}

impl<'a> IntoIterator for &'a Object {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Node {
    /// The value under a key, where this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object().and_then(|object| object.get(key))
    }

    /// The entries, where this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match &self.value {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items, where this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, where this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text with its place, where this is a string.
    #[must_use]
    pub fn text(&self) -> Option<Text<'_>> {
        self.as_str().map(|value| Text {
            value,
            span: self.span,
        })
    }

    /// The text of `$ref`, where this is a reference.
    #[must_use]
    pub fn reference(&self) -> Option<Text<'_>> {
        self.get("$ref").and_then(Self::text)
    }

    /// What kind of value this is, in the words of JSON: `null`, `boolean`, `number`, `string`, `array` or `object`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Whether two nodes are the same value, wherever they stand and in whatever order their keys are.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| one.is_same(other))
            }
            (Value::Object(one), Value::Object(other)) => {
                let has = |entry: &Entry| {
                    let value = other.get(&entry.key);
                    value.is_some_and(|value| entry.value.is_same(value))
                };
                one.len() == other.len() && one.iter().all(has)
            }
            (one, other) => one == other,
        }
    }

    /// The value without places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(value) => Json::Number((**value).clone()),
            Value::String(value) => Json::String(value.clone()),
            Value::Array(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Object(object) => Json::Object(
                object
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_json()))
                    .collect(),
            ),
        }
    }

    /// The value as JSON text with every digit of its numbers, where [`Node::to_json`] would round one.
    #[must_use]
    pub fn exact_text(&self) -> Option<String> {
        self.is_rounded().then(|| {
            let mut text = String::new();
            self.write_exact(&mut text);
            text
        })
    }

    fn is_rounded(&self) -> bool {
        match &self.value {
            Value::Number(number) => number.literal().is_some(),
            Value::Array(items) => items.iter().any(Self::is_rounded),
            Value::Object(object) => object.iter().any(|entry| entry.value.is_rounded()),
            _ => false,
        }
    }

    fn write_exact(&self, text: &mut String) {
        match &self.value {
            Value::Number(number) => *text += &number.to_string(),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    text.push(if index == 0 { '[' } else { ',' });
                    item.write_exact(text);
                }
                *text += if items.is_empty() { "[]" } else { "]" };
            }
            Value::Object(object) => {
                for (index, entry) in object.iter().enumerate() {
                    text.push(if index == 0 { '{' } else { ',' });
                    *text += &serde_json::Value::from(entry.key.as_str()).to_string();
                    text.push(':');
                    entry.value.write_exact(text);
                }
                *text += if object.is_empty() { "{}" } else { "}" };
            }
            _ => *text += &self.to_json().to_string(),
        }
    }
}
