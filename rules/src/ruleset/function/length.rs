//! `length`: of a text, a list or an object, or a number itself, within bounds.
use tidings_document::{Node, Value};

use super::{Check, Found, Function, options::Options};

#[derive(Debug, Clone)]
pub(crate) struct Length {
    min: Option<f64>,
    max: Option<f64>,
}

pub(super) fn read(options: &mut Options<'_, '_>) -> Option<Function> {
    let object = options.object(&["min", "max"])?;
    let mut bound = |key| match object.get(key) {
        None => Some(None),
        Some(node) => match number(node) {
            Some(number) => Some(Some(number)),
            None => options.wrong(node, key, "a number"),
        },
    };
    let (min, max) = (bound("min")?, bound("max")?);
    if object.is_empty() {
        let span = options.function.span;
        return options.error(span, "`length` needs the option `min` or `max`".to_owned());
    }
    Some(Function::Length(Length { min, max }))
}

fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Number(number) => number.as_f64(),
        _ => None,
    }
}

impl Length {
    pub(super) fn check(&self, check: &mut Check<'_, '_>) {
        let length = match &check.target.value {
            Found::Missing => return,
            Found::Key(key) => key.encode_utf16().count() as f64,
            Found::Index(at) => *at as f64,
            Found::Node(node) => match &node.value {
                Value::String(text) => text.encode_utf16().count() as f64,
                Value::Array(items) => items.len() as f64,
                Value::Object(object) => object.len() as f64,
                Value::Number(number) => number.as_f64().unwrap_or_default(),
                Value::Null | Value::Bool(_) => return,
            },
        };
        if let Some(min) = self.min.filter(|min| length < *min) {
            check.demand(
                false,
                &format!("have a length of at least {min}, not {length}"),
            );
        }
        if let Some(max) = self.max.filter(|max| length > *max) {
            check.demand(
                false,
                &format!("have a length of at most {max}, not {length}"),
            );
        }
    }
}
