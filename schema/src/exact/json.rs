//! Values with exact numbers as the validation library sees them.
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet, btree_map};

use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use jsonschema::types::JsonType;
use serde_json::Value;

use super::{Exact, Number};

/// The representation.
pub(crate) struct ExactJson;

impl Json for ExactJson {
    type Node<'a> = &'a Exact;
    type PreparedKey = String;
    type StringBuffer = ();
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(&Exact) -> T) -> T {
        f(&Exact::String(string.to_owned()))
    }
}

impl<'a> Node<'a, ExactJson> for &'a Exact {
    type Object = &'a BTreeMap<String, Exact>;
    type Array = &'a [Exact];
    type Number = &'a Number;

    fn as_object(&self) -> Option<Self::Object> {
        match self {
            Exact::Object(map) => Some(map),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<Self::Array> {
        match self {
            Exact::Array(items) => Some(items),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match self {
            Exact::String(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<Self::Number> {
        match self {
            Exact::Number(number) => Some(number),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self {
            Exact::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Exact::Null)
    }

    fn json_type(&self) -> JsonType {
        match self {
            Exact::Null => JsonType::Null,
            Exact::Bool(_) => JsonType::Boolean,
            Exact::Number(_) => JsonType::Number,
            Exact::String(_) => JsonType::String,
            Exact::Array(_) => JsonType::Array,
            Exact::Object(_) => JsonType::Object,
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(Value::from(*self))
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Exact>(self) as usize))
    }
}

impl<'a> Object<'a, ExactJson> for &'a BTreeMap<String, Exact> {
    type Node = &'a Exact;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        BTreeMap::len(self)
    }

    fn get(&self, key: &String) -> Option<&'a Exact> {
        (*self).get(key)
    }

    fn members(&self) -> Members<'a> {
        Members((*self).iter())
    }
}

pub(crate) struct Members<'a>(btree_map::Iter<'a, String, Exact>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a Exact);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name.as_str(), value))
    }
}

impl<'a> Array<'a, ExactJson> for &'a [Exact] {
    type Node = &'a Exact;
    type ElementsIter = std::slice::Iter<'a, Exact>;

    fn len(&self) -> usize {
        <[Exact]>::len(self)
    }

    fn elements(&self) -> Self::ElementsIter {
        (*self).iter()
    }

    fn is_unique(&self) -> bool {
        let mut seen = HashSet::new();
        self.iter().all(|item| seen.insert(item))
    }
}

impl JsonNumber for &Number {
    fn as_u64(&self) -> Option<u64> {
        self.nearest.as_u64()
    }

    fn as_i64(&self) -> Option<i64> {
        self.nearest.as_i64()
    }

    fn as_f64(&self) -> Option<f64> {
        self.nearest.as_f64()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        Cow::Borrowed(&self.nearest)
    }

    fn is_integer(&self) -> bool {
        self.decimal.is_integer()
    }
}
