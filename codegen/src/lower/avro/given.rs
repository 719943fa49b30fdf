//! Defaults of fields as what a new value has: where they are plain.
use super::schema::{Named, Type};
use crate::ir::{Format, Given, Native, Slot, Ty};
use serde_json::Value as Json;
use std::collections::HashMap;

/// What a field begins with where nobody says; nothing where somebody has to.
pub(super) fn given(
    names: &HashMap<String, Named>,
    kind: &Type,
    slot: &Slot,
    default: Option<&Json>,
) -> Option<Given> {
    if matches!(slot.ty, Ty::Native(Native::Nothing)) {
        return Some(Given::Nothing);
    }
    let default = default?;
    match kind {
        Type::Union(branches) => {
            if default.is_null() {
                return slot.nullable.then_some(Given::Null);
            }
            let mut others = branches
                .iter()
                .filter(|branch| !matches!(branch, Type::Primitive("null", _)));
            // Of several, it would have to be said which.
            let (only, None) = (others.next()?, others.next()) else {
                return None;
            };
            value(names, only, slot, default)
        }
        kind => value(names, kind, slot, default),
    }
}

fn value(
    names: &HashMap<String, Named>,
    kind: &Type,
    slot: &Slot,
    default: &Json,
) -> Option<Given> {
    match (&slot.ty, default) {
        (Ty::Bool, Json::Bool(value)) => Some(Given::Bool(*value)),
        (Ty::Int("i32"), Json::Number(_)) => {
            let whole = i32::try_from(default.as_i64()?).ok()?;
            Some(Given::Integer(whole.into()))
        }
        (Ty::Int(_), Json::Number(_)) => default.as_i64().map(Given::Integer),
        (Ty::Native(Native::Float | Native::Double), Json::Number(_)) => default
            .as_f64()
            .filter(|value| value.is_finite())
            .map(Given::Float),
        (Ty::Text(Format::Plain), Json::String(text)) => Some(Given::Text(text.clone())),
        (Ty::List(_), Json::Array(items)) => items.is_empty().then_some(Given::Empty),
        (Ty::Map(_), Json::Object(entries)) => entries.is_empty().then_some(Given::Empty),
        (Ty::Def(id), Json::String(text)) => {
            let Type::Named(name) = kind else { return None };
            let Some(Named::Enum(_, symbols)) = names.get(name) else {
                return None;
            };
            let variant = symbols.iter().position(|symbol| symbol == text)?;
            Some(Given::Variant(*id, variant))
        }
        _ => None,
    }
}
