//! JSON to the binary encoding.
use crate::{
    fault::Fault,
    protobuf::{
        descriptor::{Descriptor, Field, Kind, Known, Shape},
        duration::{Duration, NotDuration},
        timestamp::{NotTimestamp, Timestamp},
        wire::{close, open},
        write::Writing,
    },
};
use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

/// Adds a value.
pub(in crate::protobuf) fn put(value: &Json, to: Writing<'_>) -> Result<(), Fault> {
    match to.shape {
        Shape::Repeated | Shape::Packed => list(value, to),
        Shape::Map(key) => map(value, to, key),
        _ => single(value, to),
    }
}

fn list(value: &Json, to: Writing<'_>) -> Result<(), Fault> {
    let items = value.as_array().ok_or_else(|| unfit(value, "a list"))?;
    for (index, item) in items.iter().enumerate() {
        let part = Writing {
            out: &mut *to.out,
            shape: Shape::Required,
            ..to
        };
        single(item, part).map_err(|fault| fault.at(index))?;
    }
    Ok(())
}

fn map(value: &Json, to: Writing<'_>, key: Kind) -> Result<(), Fault> {
    let entries = value.as_object().ok_or_else(|| unfit(value, "an object"))?;
    for (name, value) in entries {
        let start = open(to.out, to.number);
        let parts = [(1, key, &key_of(key, name)), (2, to.kind, value)];
        for (number, kind, value) in parts {
            let part = Writing {
                out: &mut *to.out,
                number,
                kind,
                shape: Shape::Required,
                depth: to.depth,
            };
            single(value, part).map_err(|fault| fault.under(name))?;
        }
        close(to.out, start);
    }
    Ok(())
}

/// The key of a map, which JSON has as a text.
fn key_of(key: Kind, name: &str) -> Json {
    match (key, name) {
        (Kind::Bool, "true") => Json::Bool(true),
        (Kind::Bool, "false") => Json::Bool(false),
        (_, name) => Json::from(name),
    }
}

fn single(value: &Json, to: Writing<'_>) -> Result<(), Fault> {
    let kind = to.kind;
    let refused = || unfit(value, kind.name());
    match (kind, value) {
        (Kind::Message(of), value) => message(of, value, to),
        (Kind::Bool, Json::Bool(_)) | (Kind::String, Json::String(_)) => value.serialize(to),
        (Kind::Null, Json::Null) => to.serialize_unit(),
        (Kind::Bytes, Json::String(text)) => {
            to.serialize_bytes(&bytes(text).ok_or_else(|| unfit(value, "base64"))?)
        }
        (Kind::Enum(of), Json::String(text)) => {
            let known = of.values.iter().find(|(name, _)| name == text);
            let (_, number) = known.ok_or_else(refused)?;
            to.serialize_i32(*number)
        }
        (Kind::Bool | Kind::String | Kind::Null | Kind::Bytes, _) => Err(refused()),
        (_, Json::Number(_) | Json::String(_)) => {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            match kind {
                Kind::Double => to.serialize_f64(float(&text).ok_or_else(refused)?),
                Kind::Float => to.serialize_f32(float(&text).ok_or_else(refused)?),
                _ => to.whole(whole(&text).ok_or_else(refused)?),
            }
        }
        _ => Err(refused()),
    }
}

fn message(of: &'static Descriptor, value: &Json, to: Writing<'_>) -> Result<(), Fault> {
    let text = || value.as_str().unwrap_or_default();
    let other = |reason: &dyn ToString| Fault::new(reason.to_string());
    match of.known {
        Known::No => {
            let members = value.as_object().ok_or_else(|| unfit(value, of.name))?;
            to.nested(|out, depth| fields(of, members, out, depth))
        }
        Known::Timestamp => {
            let at = text()
                .parse()
                .map_err(|reason: NotTimestamp| other(&reason));
            at.and_then(|at: Timestamp| at.serialize(to))
        }
        Known::Duration => {
            let span = text().parse().map_err(|reason: NotDuration| other(&reason));
            span.and_then(|span: Duration| span.serialize(to))
        }
        Known::FieldMask => mask(value)?.serialize(to),
        Known::Empty => match value.as_object().is_some_and(Map::is_empty) {
            true => to.serialize_unit(),
            false => Err(unfit(value, of.name)),
        },
        Known::Value => value.serialize(to),
        Known::Only => to.nested(|out, depth| match of.fields {
            [only] => put(value, Writing::of(only, out, depth)),
            _ => Err(unfit(value, of.name)),
        }),
        Known::Any => Err(Fault::new("is of a type that is not known here")),
    }
}

/// The fields of a message, by their names in JSON or in the schema.
fn fields(
    of: &'static Descriptor,
    members: &Map<String, Json>,
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for (name, value) in members {
        let (at, field) = named(of, name)
            .ok_or_else(|| Fault::new(format!("is no field that `{}` has", of.name)).under(name))?;
        if value.is_null() && !takes_null(field.kind) {
            continue;
        }
        if !seen.insert(at) {
            return Err(Fault::new("is there beside another of the same").under(name));
        }
        put(value, Writing::of(field, out, depth)).map_err(|fault| fault.under(name))?;
    }
    Ok(())
}

/// The field of a name, and its place or that of the `oneof` that it is a part of.
fn named(of: &'static Descriptor, name: &str) -> Option<(usize, &'static Field)> {
    let is_it = |field: &&Field| field.json == name || field.name == name;
    let mut fields = of.fields.iter().enumerate();
    fields.find_map(|(at, field)| {
        let own = match field.kind {
            Kind::Oneof(choices) => choices,
            _ => std::slice::from_ref(field),
        };
        Some((at, own.iter().find(is_it)?))
    })
}

fn takes_null(kind: Kind) -> bool {
    match kind {
        Kind::Null => true,
        Kind::Message(of) => of.known == Known::Value,
        _ => false,
    }
}

/// The paths of a list of fields, which stand in camel case.
fn mask(value: &Json) -> Result<Vec<String>, Fault> {
    let refused = || unfit(value, "a list of fields such as `user.name,photo`");
    let text = value.as_str().ok_or_else(refused)?;
    if text.contains('_') {
        return Err(refused());
    }
    let paths = text.split(',').filter(|_| !text.is_empty());
    Ok(paths.map(snake).collect())
}

fn snake(path: &str) -> String {
    let mut snake = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Bytes in either alphabet of base64, with or without the signs at its end.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet = match text.contains(['-', '_']) {
        true => &URL_SAFE,
        false => &STANDARD,
    };
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

/// An integer: `1.0` and `1e3` are some too.
fn whole(text: &str) -> Option<i128> {
    let plain = || text.parse().ok();
    let shown = || {
        let number: f64 = float(text)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole, and what is too large is refused"
        )]
        (number.fract() == 0.0).then_some(number as i128)
    };
    plain().or_else(shown)
}

/// A number, or the name of one that JSON has not.
fn float<F: std::str::FromStr + Copy + Into<f64>>(text: &str) -> Option<F> {
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return text.parse().ok();
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number: F = text.parse().ok()?;
    let is_plain = digits.starts_with(|first: char| first.is_ascii_digit());
    (is_plain && number.into().is_finite()).then_some(number)
}

fn unfit(value: &Json, expected: &str) -> Fault {
    let found = match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => format!("`{value}`"),
        Json::Number(number) => format!("`{number}`"),
        Json::String(_) => "this text".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    };
    Fault::new(format!("is {found}, where the schema has {expected}"))
}
