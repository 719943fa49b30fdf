//! Defaults of fields: each is a value of the field's type, of the first one where that is a union.
use std::collections::HashSet;

use serde_json::Value;

use super::json::number;
use super::{AvroFault, AvroFaultKind, Kind, Type, TypeId, name};
use crate::SchemaError;
use crate::pointer::{MAX_DEPTH, too_deep};
use crate::wording::show;

/// The default of a field.
pub(super) struct FieldDefault {
    pub(super) field: String,
    pub(super) kind: TypeId,
    pub(super) value: Value,
    pub(super) pointer: String,
}

/// Defaults that do not fit. Those of `unknown` types are not judged.
pub(super) fn faults(
    types: &[Type],
    unknown: &HashSet<TypeId>,
    defaults: &[FieldDefault],
) -> Vec<AvroFault> {
    let types = Types { types, unknown };
    let found = defaults.iter().filter_map(|default| {
        let (message, kind) = types.fault(default)?;
        Some(AvroFault::from((
            SchemaError::new(default.pointer.clone(), message),
            kind,
        )))
    });
    found.collect()
}

struct Types<'t> {
    types: &'t [Type],
    unknown: &'t HashSet<TypeId>,
}

impl Types<'_> {
    fn fault(&self, default: &FieldDefault) -> Option<(String, AvroFaultKind)> {
        let FieldDefault { field, value, .. } = default;
        if too_deep(value, MAX_DEPTH).is_some() || self.fits(default.kind, value) {
            return None;
        }
        let shown = match value {
            Value::Array(_) | Value::Object(_) => String::new(),
            scalar => format!(" {}", show(scalar)),
        };
        let Kind::Union(branches) = &self.types[default.kind].kind else {
            let name = name(&self.types[default.kind].kind);
            let message =
                format!("default{shown} of field `{field}` does not fit its type `{name}`");
            return Some((message, AvroFaultKind::Unusable));
        };
        let called = |branch: &TypeId| name(&self.types[*branch].kind);
        let first = branches.first().map_or("", called);
        let later = branches.iter().find(|branch| self.fits(**branch, value));
        Some(match later.map(called) {
            Some(later) => (
                format!(
                    "default{shown} of field `{field}` is of type `{later}`, but the union begins with `{first}`"
                ),
                AvroFaultKind::LaterBranch,
            ),
            None => (
                format!("default{shown} of field `{field}` is of no type of the union"),
                AvroFaultKind::Unusable,
            ),
        })
    }

    /// Whether a default is one of a type; it is no deeper than values may be.
    fn fits(&self, id: TypeId, value: &Value) -> bool {
        if self.unknown.contains(&id) {
            return true;
        }
        match (&self.types[id].kind, value) {
            (Kind::Null, Value::Null) | (Kind::Boolean, Value::Bool(_)) => true,
            (Kind::String | Kind::Uuid, Value::String(_)) => true,
            (kind @ (Kind::Int | Kind::Long | Kind::Float | Kind::Double), _) => {
                number(kind, value).is_ok()
            }
            (Kind::Bytes, Value::String(text)) => are_bytes(text),
            (Kind::Fixed { size, .. }, Value::String(text)) => {
                are_bytes(text) && text.chars().count() == *size
            }
            (Kind::Enum { symbols, .. }, Value::String(text)) => symbols.contains(text),
            (Kind::Array(item), Value::Array(values)) => {
                values.iter().all(|value| self.fits(*item, value))
            }
            (Kind::Map(item), Value::Object(map)) => {
                map.values().all(|value| self.fits(*item, value))
            }
            (Kind::Record { fields, .. }, Value::Object(map)) => {
                fields.iter().all(|field| match map.get(&field.name) {
                    Some(value) => self.fits(field.kind, value),
                    None => field.has_default,
                })
            }
            // A union in a union is no type; whoever wrote it is told.
            (Kind::Union(branches), _) => branches.first().is_some_and(|first| {
                matches!(self.types[*first].kind, Kind::Union(_)) || self.fits(*first, value)
            }),
            _ => false,
        }
    }
}

/// Whether each character stands for one byte.
fn are_bytes(text: &str) -> bool {
    text.chars().all(|letter| u32::from(letter) <= 0xff)
}
