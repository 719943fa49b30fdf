//! The text of a schema to its list of types. What a schema may have besides, such as defaults and aliases, serves those who read what
//! was written with another one.
use super::kind::{DEPTH, Field, Kind, Logical, Type, TypeId, Types, Union, Unit};
use serde_json::{Map, Value};
use std::{collections::HashMap, sync::OnceLock};

/// The types of a schema, or why it is none.
pub(super) fn compile(text: &str) -> Result<Types, String> {
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut compiler = Compiler::default();
    compiler.add(Kind::String, None);
    let root = compiler.read(&schema, "", 0)?;
    Ok(Types {
        types: compiler.types,
        root,
        fingerprint: OnceLock::new(),
    })
}

#[derive(Default)]
struct Compiler {
    types: Vec<Type>,
    names: HashMap<String, TypeId>,
}

impl Compiler {
    fn read(&mut self, schema: &Value, space: &str, depth: usize) -> Result<TypeId, String> {
        if depth > DEPTH {
            return Err(format!("is nested deeper than {DEPTH} levels"));
        }
        match schema {
            Value::String(name) => self.named(name, space, None),
            Value::Array(branches) => self.union(branches, space, depth),
            Value::Object(map) => self.object(map, space, depth),
            other => Err(format!("{other} is no type")),
        }
    }

    fn object(
        &mut self,
        map: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<TypeId, String> {
        let inner = |key: &str| map.get(key).ok_or_else(|| format!("`{key}` is missing"));
        match inner("type")? {
            Value::String(kind) => match kind.as_str() {
                "record" | "error" => self.record(map, space, depth),
                "enum" => {
                    let symbols = texts(inner("symbols")?)?;
                    self.define(map, space, |name| Kind::Enum { name, symbols })
                }
                "fixed" => {
                    let size = inner("size")?.as_u64();
                    let size = size.and_then(|size| usize::try_from(size).ok());
                    let size = size.ok_or("`size` is no number of bytes")?;
                    self.define(map, space, |name| Kind::Fixed { name, size })
                }
                "array" => {
                    let item = self.read(inner("items")?, space, depth + 1)?;
                    Ok(self.add(Kind::Array(item), None))
                }
                "map" => {
                    let value = self.read(inner("values")?, space, depth + 1)?;
                    Ok(self.add(Kind::Map(value), None))
                }
                name => self.named(name, space, Some(map)),
            },
            inner => self.read(inner, space, depth + 1),
        }
    }

    fn record(
        &mut self,
        map: &Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<TypeId, String> {
        let id = self.define(map, space, |name| Kind::Record {
            name,
            fields: Vec::new(),
        })?;
        let inside = space_of(self.types[id].kind.name()).to_owned();
        let fields = map.get("fields").and_then(Value::as_array);
        let fields = fields.ok_or("`fields` is no list")?.iter();
        let read = fields.map(|field| {
            let name = field.get("name").and_then(Value::as_str);
            let (Some(name), Some(kind)) = (name, field.get("type")) else {
                return Err("a field has no name or no type".to_owned());
            };
            let kind = self.read(kind, &inside, depth + 1)?;
            let name = name.to_owned();
            Ok(Field { name, kind })
        });
        let read: Vec<_> = read.collect::<Result<_, _>>()?;
        if let Kind::Record { fields, .. } = &mut self.types[id].kind {
            *fields = read;
        }
        Ok(id)
    }

    fn union(&mut self, branches: &[Value], space: &str, depth: usize) -> Result<TypeId, String> {
        let branches = branches.iter();
        let branches = branches.map(|branch| self.read(branch, space, depth + 1));
        let branches: Vec<_> = branches.collect::<Result<_, _>>()?;
        let is_null = |id: &TypeId| matches!(self.types[*id].kind, Kind::Null);
        let null = branches.iter().position(is_null);
        let others = branches.iter().filter(|id| !is_null(id)).count();
        let only = branches.iter().position(|id| !is_null(id));
        let union = Union {
            null,
            only: only.filter(|_| others == 1),
            branches,
        };
        Ok(self.add(Kind::Union(union), None))
    }

    /// A type of the language, or one that was defined before.
    fn named(
        &mut self,
        name: &str,
        space: &str,
        map: Option<&Map<String, Value>>,
    ) -> Result<TypeId, String> {
        let kind = match name {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "int" => Kind::Int,
            "long" => Kind::Long,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "bytes" => Kind::Bytes,
            "string" => Kind::String,
            _ => {
                let known = self.names.get(&full_name(name, space));
                return known
                    .copied()
                    .ok_or_else(|| format!("`{name}` is not known"));
            }
        };
        let logical = map.and_then(|map| logical(map, &kind));
        Ok(self.add(kind, logical))
    }

    fn define(
        &mut self,
        map: &Map<String, Value>,
        space: &str,
        kind: impl FnOnce(String) -> Kind,
    ) -> Result<TypeId, String> {
        let text = |key| map.get(key).and_then(Value::as_str);
        let name = text("name").ok_or("a type has no name")?;
        let full = full_name(name, text("namespace").unwrap_or(space));
        let kind = kind(full.clone());
        let logical = logical(map, &kind);
        let id = self.add(kind, logical);
        match self.names.insert(full.clone(), id) {
            None => Ok(id),
            Some(_) => Err(format!("`{full}` is defined twice")),
        }
    }

    fn add(&mut self, kind: Kind, logical: Option<Logical>) -> TypeId {
        self.types.push(Type { kind, logical });
        self.types.len() - 1
    }
}

fn texts(list: &Value) -> Result<Vec<String>, String> {
    let texts = list.as_array().into_iter().flatten();
    let texts = texts.map(|text| text.as_str().map(str::to_owned));
    let texts: Option<Vec<_>> = texts.collect();
    texts.ok_or_else(|| "`symbols` has something else than texts".to_owned())
}

fn full_name(name: &str, space: &str) -> String {
    match name.contains('.') || space.is_empty() {
        true => name.trim_start_matches('.').to_owned(),
        false => format!("{space}.{name}"),
    }
}

fn space_of(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(space, _)| space)
}

/// What values of a type stand for; one that does not fit its type stands for nothing, as the specification has it.
fn logical(map: &Map<String, Value>, kind: &Kind) -> Option<Logical> {
    let name = map.get("logicalType").and_then(Value::as_str)?;
    Some(match (name, kind) {
        ("uuid", Kind::String | Kind::Fixed { size: 16, .. }) => Logical::Uuid,
        ("date", Kind::Int) => Logical::Date,
        ("time-millis", Kind::Int) => Logical::Time(Unit::Milli),
        ("time-micros", Kind::Long) => Logical::Time(Unit::Micro),
        ("timestamp-millis", Kind::Long) => Logical::Timestamp(Unit::Milli),
        ("timestamp-micros", Kind::Long) => Logical::Timestamp(Unit::Micro),
        ("timestamp-nanos", Kind::Long) => Logical::Timestamp(Unit::Nano),
        ("local-timestamp-millis", Kind::Long) => Logical::Local(Unit::Milli),
        ("local-timestamp-micros", Kind::Long) => Logical::Local(Unit::Micro),
        ("local-timestamp-nanos", Kind::Long) => Logical::Local(Unit::Nano),
        ("decimal", Kind::Bytes | Kind::Fixed { .. }) => decimal(map)?,
        ("duration", Kind::Fixed { size: 12, .. }) => Logical::Duration,
        _ => return None,
    })
}

/// One of up to 38 digits, which 128 bits hold.
fn decimal(map: &Map<String, Value>) -> Option<Logical> {
    let scale = map.get("scale").map_or(Some(0), Value::as_u64)?;
    let precision = map.get("precision")?.as_u64()?;
    let fits = (1..=38).contains(&precision) && scale <= precision;
    fits.then(|| Logical::Decimal {
        precision: u32::try_from(precision).unwrap_or_default(),
        scale: u8::try_from(scale).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_schema_is_told() {
        for (schema, expected) in [
            ("{", "EOF while parsing an object"),
            ("7", "7 is no type"),
            (r#"{"items": "int"}"#, "`type` is missing"),
            (r#"{"type": "array"}"#, "`items` is missing"),
            (r#"{"type": "map"}"#, "`values` is missing"),
            (r#"["null", "Order"]"#, "`Order` is not known"),
            (
                r#"{"type": "fixed", "name": "F", "size": -1}"#,
                "`size` is no number of bytes",
            ),
            (r#"{"type": "fixed", "size": 1}"#, "a type has no name"),
            (
                r#"{"type": "enum", "name": "E", "symbols": [1]}"#,
                "`symbols` has something else than texts",
            ),
            (r#"{"type": "record", "name": "R"}"#, "`fields` is no list"),
            (
                r#"{"type": "record", "name": "R", "fields": [{"name": "a"}]}"#,
                "a field has no name or no type",
            ),
            (
                r#"[{"type": "fixed", "name": "a.F", "size": 1}, {"type": "fixed", "name": "F", "namespace": "a", "size": 1}]"#,
                "`a.F` is defined twice",
            ),
        ] {
            let error = compile(schema).unwrap_err();
            assert!(error.starts_with(expected), "{schema}: {error}");
        }
        let deep = (0..200).fold(r#""int""#.to_owned(), |item, _| {
            format!(r#"{{"type": {item}}}"#)
        });
        assert!(compile(&deep).is_err());
    }

    #[test]
    fn logical_types_that_do_not_fit_stand_for_nothing() {
        let logical = |schema: &str| {
            let types = compile(schema).unwrap();
            types.types[types.root].logical
        };
        for (schema, expected) in [
            (
                r#"{"type": "int", "logicalType": "date"}"#,
                Some(Logical::Date),
            ),
            (r#"{"type": "long", "logicalType": "date"}"#, None),
            (
                r#"{"type": "bytes", "logicalType": "decimal", "precision": 38}"#,
                Some(Logical::Decimal {
                    precision: 38,
                    scale: 0,
                }),
            ),
            (
                r#"{"type": "bytes", "logicalType": "decimal", "precision": 39}"#,
                None,
            ),
            (
                r#"{"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3}"#,
                None,
            ),
            (r#"{"type": "bytes", "logicalType": "decimal"}"#, None),
            (
                r#"{"type": "fixed", "name": "F", "size": 11, "logicalType": "duration"}"#,
                None,
            ),
            (
                r#"{"type": "fixed", "name": "F", "size": 16, "logicalType": "uuid"}"#,
                Some(Logical::Uuid),
            ),
            (r#"{"type": "string", "logicalType": "secret"}"#, None),
        ] {
            assert_eq!(logical(schema), expected, "{schema}");
        }
    }
}
