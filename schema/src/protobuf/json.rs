//! Protobuf's JSON against a message.
use serde_json::{Map, Value};

use super::known::Known;
use super::model::{Enum, Field, Kind, MessageId, Model, Shape};
use super::{ProtobufValidator, violation};
use crate::Violation;
use crate::at::At;
use crate::wording::show;

pub(super) fn is_valid(schema: &ProtobufValidator, value: &Value) -> bool {
    let mut walk = Walk::new(&schema.model);
    walk.message(schema.root, value, &At::ROOT);
    !walk.failed
}

pub(super) fn validate(schema: &ProtobufValidator, value: &Value) -> Vec<Violation> {
    if is_valid(schema, value) {
        return Vec::new();
    }
    let mut walk = Walk::new(&schema.model);
    walk.details = true;
    walk.message(schema.root, value, &At::ROOT);
    walk.found
}

struct Walk<'s> {
    model: &'s Model,
    /// Whether reasons are wanted; without them the walk ends at the first.
    details: bool,
    failed: bool,
    found: Vec<Violation>,
}

impl<'s> Walk<'s> {
    fn new(model: &'s Model) -> Self {
        Self {
            model,
            details: false,
            failed: false,
            found: Vec::new(),
        }
    }

    fn message(&mut self, id: MessageId, value: &Value, at: &At<'_>) {
        if self.failed && !self.details {
            return;
        }
        let message = &self.model.messages[id];
        match (message.known, value) {
            (Some(Known::Any), _) => self.any(id, value, at),
            (Some(Known::Wrapper), _) => {
                if let Some(field) = message.fields.first() {
                    self.single(field, value, at);
                }
            }
            (Some(known), _) => {
                if let Some(reason) = known.refusal(value) {
                    self.refuse(&message.name, at, "type", || {
                        format!("{} {reason}", show(value))
                    });
                }
            }
            (None, Value::Object(map)) => self.object(id, map, at),
            (None, _) => self.refuse(&message.name, at, "type", || {
                format!("{} is no object, as `{}` is", show(value), message.name)
            }),
        }
    }

    fn object(&mut self, id: MessageId, map: &Map<String, Value>, at: &At<'_>) {
        let model = self.model;
        let message = &model.messages[id];
        // The keys by which fields, and fields of each `oneof`, are set.
        let mut set: Vec<Option<&str>> = vec![None; message.fields.len()];
        let mut chosen: Vec<Option<&str>> = vec![None; message.oneofs.len()];
        for (key, value) in map {
            let Some(position) = message.keys.get(key).copied() else {
                self.refuse(&message.name, &at.key(key), "fields", || {
                    format!("field `{key}` is not known")
                });
                continue;
            };
            let field = &message.fields[position];
            let at = at.key(key);
            let before = set[position].replace(key);
            if let Some(other) = before {
                self.refuse(&field.full_name, &at, "fields", || {
                    format!("field `{key}` is given twice: it is `{other}` too")
                });
            }
            if value.is_null() && !takes_null(model, field) {
                set[position] = before;
                continue;
            }
            let rival = field.oneof.and_then(|oneof| chosen[oneof].replace(key));
            if let (Some(rival), None, Some(oneof)) = (rival, before, field.oneof) {
                let name = &message.oneofs[oneof];
                self.refuse(&field.full_name, &at, "oneof", || {
                    format!("`{key}` and `{rival}` are set, but `{name}` has one value")
                });
            }
            self.field(field, value, &at);
        }
        for position in message.required.iter().copied() {
            let field = &message.fields[position];
            if set[position].is_none() {
                self.refuse(&field.full_name, at, "required", || {
                    format!("field `{}` is missing", field.key)
                });
            }
        }
    }

    fn field(&mut self, field: &Field, value: &Value, at: &At<'_>) {
        match (field.shape, value) {
            (Shape::Single, _) => self.single(field, value, at),
            (Shape::List, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.single(field, item, &at.index(index));
                }
            }
            (Shape::Map, Value::Object(map)) => self.map(field, map, at),
            (Shape::List, _) => {
                self.refuse(&field.full_name, at, "type", || {
                    format!("{} is no list", show(value))
                });
            }
            (Shape::Map, _) => {
                self.refuse(&field.full_name, at, "type", || {
                    format!("{} is no object", show(value))
                });
            }
        }
    }

    fn map(&mut self, field: &Field, map: &Map<String, Value>, at: &At<'_>) {
        let Kind::Message(entry) = field.kind else {
            return;
        };
        let [key, inner] = &self.model.messages[entry].fields[..] else {
            return;
        };
        for (name, value) in map {
            let fits = match key.kind {
                Kind::String => true,
                Kind::Bool => matches!(name.as_str(), "true" | "false"),
                Kind::Whole(_, signed, width) => {
                    whole_text(name).is_some_and(|number| in_range(number, signed, width))
                }
                _ => false,
            };
            if !fits {
                let kind = key.kind.name(self.model);
                self.refuse(&field.full_name, &at.key(name), "type", || {
                    format!("key `{name}` is not of type `{kind}`")
                });
            }
            self.single(inner, value, &at.key(name));
        }
    }

    fn single(&mut self, field: &Field, value: &Value, at: &At<'_>) {
        if self.failed && !self.details {
            return;
        }
        let model = self.model;
        let reason = match field.kind {
            Kind::Message(id) | Kind::Group(id) => return self.message(id, value, at),
            Kind::Enum(id) => symbol(&model.enums[id], value),
            Kind::Whole(_, signed, width) => whole(value, signed, width),
            Kind::Double => float(value, f64::MAX),
            Kind::Float => float(value, f64::from(f32::MAX)),
            Kind::Bool => value.is_boolean().then_some(()).ok_or_else(String::new),
            Kind::String => value.is_string().then_some(()).ok_or_else(String::new),
            Kind::Bytes => match value.as_str() {
                Some(text) if !is_base64(text) => Err("is not base64".to_owned()),
                Some(_) => Ok(()),
                None => Err(String::new()),
            },
        };
        if let Err(reason) = reason {
            self.refuse(&field.full_name, at, "type", || match &reason[..] {
                "" => format!(
                    "{} is not of type `{}`",
                    show(value),
                    field.kind.name(model)
                ),
                reason => format!("{} {reason}", show(value)),
            });
        }
    }

    /// A value with the name of its type beside it.
    fn any(&mut self, id: MessageId, value: &Value, at: &At<'_>) {
        let model = self.model;
        let name = &model.messages[id].name;
        let Value::Object(map) = value else {
            return self.refuse(name, at, "type", || format!("{} is no object", show(value)));
        };
        // Without a type there is no value.
        let Some(url) = map.get("@type") else {
            if !map.is_empty() {
                self.refuse(name, at, "required", || {
                    "field `@type` is missing".to_owned()
                });
            }
            return;
        };
        let target = url.as_str().and_then(|url| url.rsplit_once('/'));
        let Some(target) = target.and_then(|(_, name)| model.names.get(name)) else {
            return self.refuse(name, &at.key("@type"), "type", || {
                format!("{} names no message of the schema", show(url))
            });
        };
        if model.messages[*target].known.is_none() {
            let mut rest = map.clone();
            rest.remove("@type");
            return self.object(*target, &rest, at);
        }
        match map.get("value") {
            Some(inner) => self.message(*target, inner, &at.key("value")),
            None => self.refuse(name, at, "required", || {
                "field `value` is missing".to_owned()
            }),
        }
        for key in map
            .keys()
            .filter(|key| !matches!(key.as_str(), "@type" | "value"))
        {
            self.refuse(name, &at.key(key), "fields", || {
                format!("field `{key}` is not known")
            });
        }
    }

    fn refuse(
        &mut self,
        schema: &str,
        at: &At<'_>,
        keyword: &str,
        message: impl FnOnce() -> String,
    ) {
        self.failed = true;
        if self.details {
            self.found
                .push(violation(at.pointer(), schema, keyword, message()));
        }
    }
}

/// Whether null is a value of a field; elsewhere it says that the field is not set.
fn takes_null(model: &Model, field: &Field) -> bool {
    field.shape == Shape::Single
        && match field.kind {
            Kind::Message(id) => model.messages[id].known == Some(Known::Value),
            Kind::Enum(id) => model.enums[id].is_null(),
            _ => false,
        }
}

/// Nothing where the type alone is wrong, else the reason as a fragment that follows the value.
type Judged = Result<(), String>;

fn symbol(kind: &Enum, value: &Value) -> Judged {
    let fits = match value {
        Value::Null => kind.is_null(),
        Value::String(name) => kind.values.iter().any(|(known, _)| known == name),
        Value::Number(number) => {
            let number = number
                .as_i64()
                .and_then(|number| i32::try_from(number).ok());
            number.is_some_and(|number| !kind.is_closed || kind.has_number(number))
        }
        _ => return Err(String::new()),
    };
    if fits {
        return Ok(());
    }
    let shown: Vec<_> = kind
        .values
        .iter()
        .take(8)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let more = if kind.values.len() > 8 { ", …" } else { "" };
    Err(format!("is not one of {}{more}", shown.join(", ")))
}

fn whole(value: &Value, signed: bool, width: u8) -> Judged {
    let number = match value {
        Value::Number(number) => number
            .as_i128()
            .or_else(|| number.as_f64().and_then(whole_float)),
        Value::String(text) => whole_text(text),
        _ => None,
    };
    match number {
        None => Err(String::new()),
        Some(number) if in_range(number, signed, width) => Ok(()),
        Some(number) if number < 0 && !signed => Err("is less than `0`".to_owned()),
        Some(_) => Err(format!("does not fit in `{width}` bits")),
    }
}

/// A whole number as text; `1e3` and `1.0` are some too.
fn whole_text(text: &str) -> Option<i128> {
    let plain =
        text.bytes().all(|byte| b"0123456789.eE+-".contains(&byte)) && !text.starts_with('+');
    let number = || text.parse().ok().and_then(whole_float);
    if plain {
        text.parse().ok().or_else(number)
    } else {
        None
    }
}

fn whole_float(number: f64) -> Option<i128> {
    // Beyond, nothing fits in 64 bits anyway.
    (number.fract() == 0.0 && number.abs() < 1e30).then_some(number as i128)
}

fn in_range(number: i128, signed: bool, width: u8) -> bool {
    match (signed, width) {
        (true, 32) => i32::try_from(number).is_ok(),
        (true, _) => i64::try_from(number).is_ok(),
        (false, 32) => u32::try_from(number).is_ok(),
        (false, _) => u64::try_from(number).is_ok(),
    }
}

fn float(value: &Value, max: f64) -> Judged {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => {
            return Ok(());
        }
        Value::String(text) if text.bytes().all(|byte| b"0123456789.eE+-".contains(&byte)) => {
            text.parse().ok()
        }
        _ => None,
    };
    match number {
        Some(number) if number.abs() <= max => Ok(()),
        Some(_) => Err("is out of range".to_owned()),
        None => Err(String::new()),
    }
}

/// Base64 in either alphabet, with or without padding.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let fits = match body.len() % 4 {
        0 => padding == 0,
        2 => matches!(padding, 0 | 2),
        3 => padding <= 1,
        _ => false,
    };
    fits && body.bytes().all(letter)
}
