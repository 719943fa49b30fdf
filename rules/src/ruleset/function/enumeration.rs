//! `enumeration`: a value is one of some.
use serde_json::Value as Json;
use tidings_document::Value;

use super::{Check, Found, Function, options::Options};

#[derive(Debug, Clone)]
pub(crate) struct Enumeration {
    values: Vec<Json>,
}

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let object = options.object(&["values"])?;
    let node = options.required(object, "values")?;
    let scalar = |item: &tidings_document::Node| {
        let nests = matches!(item.value, Value::Array(_) | Value::Object(_));
        (!nests).then(|| item.to_json())
    };
    let values = node
        .as_array()
        .map(|items| items.iter().map(scalar).collect::<Option<Vec<_>>>());
    match values.flatten() {
        Some(values) => Some(Function::Enumeration(Enumeration { values })),
        None => options.wrong(
            node,
            "values",
            "a list of texts, numbers, booleans and `null`",
        ),
    }
}

impl Enumeration {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let value = match &check.target.value {
            Found::Missing => return,
            Found::Key(key) => Json::from(key.as_ref()),
            Found::Index(at) => Json::from(*at),
            Found::Node(node) => match node.value {
                Value::Array(_) | Value::Object(_) => return,
                _ => node.to_json(),
            },
        };
        if !self.values.iter().any(|known| is_same(known, &value)) {
            let known: Vec<_> = self
                .values
                .iter()
                .map(|value| format!("`{value}`"))
                .collect();
            check.report(format!("`{value}` is none of {}", known.join(", ")));
        }
    }
}

/// Numbers are the same when their values are, however they are written.
fn is_same(a: &Json, b: &Json) -> bool {
    a == b || a.is_number() && b.is_number() && a.as_f64() == b.as_f64()
}
