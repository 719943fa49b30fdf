//! The binary encoding to JSON.
use crate::{
    fault::Fault,
    protobuf::{
        descriptor::{Descriptor, Kind, Known, Shape},
        duration::Duration,
        read::{Items, Reading},
        scan::{Part, entry, scan},
        timestamp::Timestamp,
        wire::DEPTH,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// What was written, as JSON.
pub(in crate::protobuf) fn shown(value: Reading<'_, '_>) -> Result<Json, Fault> {
    match value.shape {
        Shape::Repeated | Shape::Packed => list(value),
        Shape::Map(key) => map(value, key),
        _ => single(value),
    }
}

fn list(value: Reading<'_, '_>) -> Result<Json, Fault> {
    let mut items = Items::new(value);
    let mut list = Vec::new();
    while let Some(part) = items.next()? {
        let item = plain(value, value.kind, std::slice::from_ref(&part));
        list.push(single(item).map_err(|fault| fault.at(list.len()))?);
    }
    Ok(list.into())
}

fn map(value: Reading<'_, '_>, key: Kind) -> Result<Json, Fault> {
    let mut map = Map::new();
    for part in value.parts {
        let [name, own] = entry(key, value.kind, part)?;
        let name = match single(plain(value, key, &name))? {
            Json::String(name) => name,
            name => name.to_string(),
        };
        let own = single(plain(value, value.kind, &own)).map_err(|fault| fault.under(&name))?;
        map.insert(name, own);
    }
    Ok(map.into())
}

/// One value of a list or a map.
fn plain<'p, 'de>(of: Reading<'_, 'de>, kind: Kind, parts: &'p [Part<'de>]) -> Reading<'p, 'de> {
    Reading {
        kind,
        shape: Shape::Required,
        parts,
        depth: of.depth,
    }
}

fn single(value: Reading<'_, '_>) -> Result<Json, Fault> {
    Ok(match value.kind {
        Kind::Int32 | Kind::Uint32 | Kind::Sint32 | Kind::Fixed32 | Kind::Sfixed32 => {
            i64::deserialize(value)?.into()
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => i64::deserialize(value)?.to_string().into(),
        Kind::Uint64 | Kind::Fixed64 => u64::deserialize(value)?.to_string().into(),
        Kind::Double => number(f64::deserialize(value)?),
        // With no more digits than it takes to tell it from others.
        Kind::Float => match f32::deserialize(value)? {
            short if short.is_finite() => number(short.to_string().parse().unwrap_or_default()),
            short => number(short.into()),
        },
        Kind::Bytes => STANDARD.encode(Bytes::deserialize(value)?).into(),
        Kind::Enum(of) => {
            let number = i32::deserialize(value)?;
            let known = of.values.iter().find(|(_, known)| *known == number);
            known.map_or_else(|| number.into(), |(name, _)| (*name).into())
        }
        Kind::Message(of) => message(of, value)?,
        Kind::Bool | Kind::String | Kind::Null | Kind::Oneof(_) => Json::deserialize(value)?,
    })
}

fn number(number: f64) -> Json {
    let name = || match number {
        _ if number.is_nan() => "NaN",
        _ if number > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    let shown = serde_json::Number::from_f64(number);
    shown.map_or_else(|| name().into(), Json::Number)
}

fn message(of: &'static Descriptor, value: Reading<'_, '_>) -> Result<Json, Fault> {
    Ok(match of.known {
        Known::No => fields(of, value)?,
        Known::Timestamp => Timestamp::deserialize(value)?.to_string().into(),
        Known::Duration => Duration::deserialize(value)?.to_string().into(),
        Known::FieldMask => mask(&Vec::deserialize(value)?)?.into(),
        Known::Empty => {
            <()>::deserialize(value)?;
            Map::new().into()
        }
        Known::Value => Json::deserialize(value)?,
        Known::Only => {
            let scanned = scan(of, value.parts)?;
            match of.fields {
                [only] => shown(Reading::of(only, &scanned.parts, value.depth + 1))?,
                _ => Json::Null,
            }
        }
        Known::Any => return Err(Fault::new("is of a type that is not known here")),
    })
}

fn fields(of: &'static Descriptor, value: Reading<'_, '_>) -> Result<Json, Fault> {
    let depth = value.depth + 1;
    if depth > DEPTH {
        return Err(Fault::new(format!(
            "is nested deeper than {DEPTH} messages"
        )));
    }
    let scanned = scan(of, value.parts)?;
    if !scanned.unknown.is_empty() {
        return Err(Fault::new(
            "has fields that the schema has not, which JSON has no names for",
        ));
    }
    let mut members = Map::new();
    let mut rest = &scanned.parts[..];
    for (at, field) in of.fields.iter().enumerate() {
        let own = rest.iter().take_while(|part| part.place.field == at);
        let (own, after) = rest.split_at(own.count());
        rest = after;
        if own.is_empty() {
            continue;
        }
        let mut value = Reading::of(field, own, depth);
        let mut name = field.json;
        if let Kind::Oneof(choices) = field.kind {
            let choice = value.choice(choices)?;
            (name, value) = (choice.field.json, choice.value);
        }
        members.insert(
            name.to_owned(),
            shown(value).map_err(|fault| fault.under(name))?,
        );
    }
    Ok(members.into())
}

/// Paths of fields in camel case, where they come back from that.
fn mask(paths: &[String]) -> Result<String, Fault> {
    let camel = paths.iter().map(|path| {
        camel(path).ok_or_else(|| Fault::new(format!("`{path}` is no path that JSON has")))
    });
    Ok(camel.collect::<Result<Vec<_>, _>>()?.join(","))
}

fn camel(path: &str) -> Option<String> {
    let mut camel = String::with_capacity(path.len());
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '_' => {
                let next = letters.next().filter(char::is_ascii_lowercase)?;
                camel.push(next.to_ascii_uppercase());
            }
            ',' => return None,
            letter if letter.is_ascii_uppercase() => return None,
            letter => camel.push(letter),
        }
    }
    Some(camel)
}
