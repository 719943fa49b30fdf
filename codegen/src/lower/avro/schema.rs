//! An Avro schema taken apart: its names with what defines them, and the type that it is. What cannot be used is told by its place.
use serde_json::{Map, Value as Json};
use std::collections::{HashMap, HashSet};
use tidings_document::{avro_full_name, escaped_token};

/// A schema.
#[derive(Debug)]
pub(super) struct Schema {
    /// By full name.
    pub(super) names: HashMap<String, Named>,
    pub(super) root: Type,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Named {
    Record(Option<String>, Vec<Field>),
    Enum(Option<String>, Vec<String>),
    Fixed(usize, Option<Logical>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) doc: Option<String>,
    pub(super) kind: Type,
    pub(super) default: Option<Json>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Primitive(&'static str, Option<Logical>),
    Named(String),
    Array(Box<Type>),
    Map(Box<Type>),
    Union(Vec<Type>),
}

/// What values stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logical {
    Uuid,
    Date,
    Time,
    Timestamp,
    Local,
    Decimal,
    Duration,
}

/// What is wrong, and where.
pub(super) type Fault = (String, String);

/// Levels that types may have within each other, of lists and maps alone as many as a compiler follows.
const DEPTH: usize = 100;
const CONTAINERS: usize = 24;

const PRIMITIVES: [&str; 8] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];

/// Takes a schema apart.
pub(super) fn schema(json: &Json) -> Result<Schema, Fault> {
    let mut names = HashMap::new();
    let at = At::default();
    let root = read(&mut names, json, "", &at)?;
    Ok(Schema { names, root })
}

/// A place, and how deep it is.
#[derive(Clone, Default)]
struct At {
    pointer: String,
    depth: usize,
    containers: usize,
}

impl At {
    fn step(&self, key: &str) -> Self {
        Self {
            pointer: format!("{}/{}", self.pointer, escaped_token(key)),
            depth: self.depth + 1,
            containers: self.containers,
        }
    }

    fn fail<T>(&self, reason: impl Into<String>) -> Result<T, Fault> {
        Err((self.pointer.clone(), reason.into()))
    }
}

type Names = HashMap<String, Named>;

fn read(names: &mut Names, json: &Json, space: &str, at: &At) -> Result<Type, Fault> {
    if at.depth > DEPTH || at.containers > CONTAINERS {
        return at.fail("is nested too deeply");
    }
    match json {
        Json::String(name) => named(names, name, space, None, at),
        Json::Array(branches) => union(names, branches, space, at),
        Json::Object(map) => object(names, map, space, at),
        _ => at.fail("is no type"),
    }
}

fn object(names: &mut Names, map: &Map<String, Json>, space: &str, at: &At) -> Result<Type, Fault> {
    let inner = |key: &str| match map.get(key) {
        Some(json) => Ok((json, at.step(key))),
        None => at.fail(format!("has no `{key}`")),
    };
    let (kind, place) = inner("type")?;
    let Some(kind) = kind.as_str() else {
        return read(names, kind, space, &place);
    };
    match kind {
        "record" | "error" => record(names, map, space, at),
        "enum" => {
            let symbols = symbols(map, at)?;
            define(names, map, space, at, Named::Enum(doc(map), symbols)).map(Type::Named)
        }
        "fixed" => {
            let size = map.get("size").and_then(Json::as_u64);
            let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else {
                return at.fail("has no `size`");
            };
            let logical = logical(map, kind, Some(size));
            define(names, map, space, at, Named::Fixed(size, logical)).map(Type::Named)
        }
        "array" | "map" => {
            let key = if kind == "map" { "values" } else { "items" };
            let (json, mut place) = inner(key)?;
            place.containers += 1;
            let inner = Box::new(read(names, json, space, &place)?);
            Ok(if kind == "map" {
                Type::Map(inner)
            } else {
                Type::Array(inner)
            })
        }
        name => named(names, name, space, Some(map), &place),
    }
}

fn record(names: &mut Names, map: &Map<String, Json>, space: &str, at: &At) -> Result<Type, Fault> {
    let full = define(names, map, space, at, Named::Record(doc(map), Vec::new()))?;
    let inside = full.rsplit_once('.').map_or("", |(space, _)| space);
    let place = At {
        containers: 0,
        ..at.step("fields")
    };
    let Some(list) = map.get("fields").and_then(Json::as_array) else {
        return place.fail("is no list");
    };
    let mut fields: Vec<Field> = Vec::new();
    let mut seen = HashSet::new();
    for (index, field) in list.iter().enumerate() {
        let place = place.step(&index.to_string());
        let name = field.get("name").and_then(Json::as_str).unwrap_or_default();
        if !is_name(name) || !seen.insert(name) {
            return place.fail("has no name of its own that a field can have");
        }
        let (Some(map), Some(kind)) = (field.as_object(), field.get("type")) else {
            return place.fail("has no `type`");
        };
        fields.push(Field {
            name: name.to_owned(),
            doc: doc(map),
            kind: read(names, kind, inside, &place.step("type"))?,
            default: map.get("default").cloned(),
        });
    }
    if let Some(Named::Record(_, known)) = names.get_mut(&full) {
        *known = fields;
    }
    Ok(Type::Named(full))
}

fn union(names: &mut Names, list: &[Json], space: &str, at: &At) -> Result<Type, Fault> {
    let mut branches = Vec::new();
    let mut seen = HashSet::new();
    for (index, json) in list.iter().enumerate() {
        let place = at.step(&index.to_string());
        let branch = read(names, json, space, &place)?;
        let Some(name) = branch_name(&branch) else {
            return place.fail("is a union within a union");
        };
        if !seen.insert(name.to_owned()) {
            return place.fail("is in the union twice");
        }
        branches.push(branch);
    }
    match branches.is_empty() {
        true => at.fail("is a union of nothing"),
        false => Ok(Type::Union(branches)),
    }
}

/// What a branch of a union is called, which no union is.
pub(super) fn branch_name(branch: &Type) -> Option<&str> {
    match branch {
        Type::Primitive(name, _) => Some(name),
        Type::Named(name) => Some(name),
        Type::Array(_) => Some("array"),
        Type::Map(_) => Some("map"),
        Type::Union(_) => None,
    }
}

/// A type of the language, or a name that was defined before.
fn named(
    names: &Names,
    name: &str,
    space: &str,
    map: Option<&Map<String, Json>>,
    at: &At,
) -> Result<Type, Fault> {
    if let Some(known) = PRIMITIVES.iter().find(|known| **known == name) {
        let logical = map.and_then(|map| logical(map, known, None));
        return Ok(Type::Primitive(known, logical));
    }
    let full = avro_full_name(name, space);
    match names.contains_key(&full) {
        true => Ok(Type::Named(full)),
        false => at.fail(format!(
            "names {}, which nothing defines",
            crate::docs::code(name)
        )),
    }
}

/// Keeps what a name stands for.
fn define(
    names: &mut Names,
    map: &Map<String, Json>,
    space: &str,
    at: &At,
    named: Named,
) -> Result<String, Fault> {
    let text = |key| map.get(key).and_then(Json::as_str);
    let name = text("name").unwrap_or_default();
    if !name.trim_start_matches('.').split('.').all(is_name) {
        return at.fail("has no name that a type can have");
    }
    let full = avro_full_name(name, text("namespace").unwrap_or(space));
    if names.insert(full.clone(), named).is_some() {
        return at.fail("has the name of another type");
    }
    Ok(full)
}

fn symbols(map: &Map<String, Json>, at: &At) -> Result<Vec<String>, Fault> {
    let list = map.get("symbols").and_then(Json::as_array);
    let texts = list.map(|list| list.iter().map(Json::as_str).collect::<Option<Vec<_>>>());
    let Some(texts) = texts.flatten() else {
        return at.fail("has no list of `symbols`");
    };
    let mut seen = HashSet::new();
    let usable = texts.iter().all(|text| is_name(text) && seen.insert(*text));
    match usable && !texts.is_empty() {
        true => Ok(texts.into_iter().map(str::to_owned).collect()),
        false => at
            .step("symbols")
            .fail("has no names, or one of them twice"),
    }
}

fn doc(map: &Map<String, Json>) -> Option<String> {
    map.get("doc").and_then(Json::as_str).map(str::to_owned)
}

fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    text.bytes().next().is_some_and(letter)
        && text
            .bytes()
            .all(|byte| letter(byte) || byte.is_ascii_digit())
}

/// What values of a type stand for: what the runtime makes of it (`runtime/src/avro/compile.rs`), which leaves out what does not fit.
fn logical(map: &Map<String, Json>, kind: &str, size: Option<usize>) -> Option<Logical> {
    let name = map.get("logicalType").and_then(Json::as_str)?;
    Some(match (name, kind) {
        ("uuid", "string") => Logical::Uuid,
        ("uuid", "fixed") if size == Some(16) => Logical::Uuid,
        ("date", "int") => Logical::Date,
        ("time-millis", "int") | ("time-micros", "long") => Logical::Time,
        ("timestamp-millis" | "timestamp-micros" | "timestamp-nanos", "long") => Logical::Timestamp,
        ("local-timestamp-millis" | "local-timestamp-micros" | "local-timestamp-nanos", "long") => {
            Logical::Local
        }
        ("decimal", "bytes" | "fixed") => {
            let scale = map.get("scale").map_or(Some(0), Json::as_u64)?;
            let precision = map.get("precision")?.as_u64()?;
            let fits = (1..=38).contains(&precision) && scale <= precision;
            return fits.then_some(Logical::Decimal);
        }
        ("duration", "fixed") if size == Some(12) => Logical::Duration,
        _ => return None,
    })
}
