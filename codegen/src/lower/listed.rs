//! Values that `enum` and `const` list.
use super::{
    Ctx,
    class::Class,
    flat::{Flat, is_null},
};
use crate::ir::{Enum, Kind, Variant};
use tidings_document::{Number, Value, api::Type};

/// A text that `const` fixes; other constants are limits of their type.
pub(crate) fn constant<'a>(ctx: &Ctx<'a>, flat: &Flat<'a>) -> Option<Class> {
    match &flat.constant?.value {
        Value::String(text) => Some(Class::Const(text.clone())),
        Value::Number(number) => Some(Class::Scalar(ctx.scalar(flat, number_type(number)))),
        Value::Bool(_) => Some(Class::Scalar(ctx.scalar(flat, Type::Boolean))),
        Value::Null => Some(Class::Json(None)),
        _ => Some(Class::Json(Some("a constant object or array has no type"))),
    }
}

fn number_type(number: &Number) -> Type {
    if number.is_f64() {
        Type::Number
    } else {
        Type::Integer
    }
}

/// The values that `enum` lists.
pub(crate) fn values<'a>(ctx: &Ctx<'a>, flat: &Flat<'a>) -> Option<Class> {
    let nodes: Vec<_> = flat
        .enumeration
        .as_ref()?
        .iter()
        .filter(|node| !is_null(node))
        .collect();
    let texts: Vec<String> = nodes
        .iter()
        .filter_map(|node| node.as_str())
        .map(str::to_owned)
        .collect();
    let numbers: Vec<_> = nodes
        .iter()
        .filter_map(|node| match &node.value {
            Value::Number(number) => Some(number_type(number)),
            _ => None,
        })
        .collect();
    if nodes.is_empty() {
        return Some(Class::Json(None));
    }
    if texts.len() == nodes.len() {
        return Some(if let [only] = &texts[..] {
            Class::Const(only.clone())
        } else {
            Class::Enum(texts, false)
        });
    }
    if numbers.len() == nodes.len() {
        let kind = if numbers.contains(&Type::Number) {
            Type::Number
        } else {
            Type::Integer
        };
        return Some(Class::Scalar(ctx.scalar(flat, kind)));
    }
    if nodes
        .iter()
        .all(|node| matches!(node.value, Value::Bool(_)))
    {
        return Some(Class::Scalar(ctx.scalar(flat, Type::Boolean)));
    }
    Some(Class::Json(Some("`enum` mixes types")))
}

pub(crate) fn enumeration(values: Vec<String>, open: bool) -> Kind {
    let mut variants: Vec<Variant> = Vec::new();
    for wire in values {
        if !variants.iter().any(|variant| variant.wire == wire) {
            variants.push(Variant {
                wire,
                ident: String::new(),
            });
        }
    }
    Kind::Enum(Enum {
        variants,
        unknown: String::new(),
        open,
    })
}
