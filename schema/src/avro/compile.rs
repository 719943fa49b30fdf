//! An Avro schema to a list of types: names resolved, each type with its place.
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::defaults::{self, FieldDefault};
use super::{AvroFault, AvroFaultKind, AvroValidator, Field, Kind, Type, TypeId, name};
use crate::SchemaError;
use crate::pointer::{MAX_DEPTH, join, too_deep};
use crate::wording::show;

/// The types of a schema, and what is wrong with it; with errors, the types serve no validation.
pub(super) fn compile(schema: &Value) -> (AvroValidator, Vec<AvroFault>) {
    let mut compiler = Compiler::default();
    let root = match too_deep(schema, MAX_DEPTH) {
        None => compiler.read(schema, String::new(), ""),
        Some(pointer) => {
            let message = format!("schema is nested deeper than `{MAX_DEPTH}` levels");
            compiler.fail(pointer, message)
        }
    };
    compiler.unions();
    let types = compiler.types;
    let errors = compiler
        .errors
        .into_iter()
        .map(|error| (error, AvroFaultKind::Unusable));
    let faults = errors.map(AvroFault::from).chain(compiler.ignored);
    let mut faults: Vec<AvroFault> = faults.collect();
    faults.extend(defaults::faults(
        &types,
        &compiler.unknown,
        &compiler.defaults,
    ));
    (AvroValidator { types, root }, faults)
}

#[derive(Default)]
struct Compiler {
    types: Vec<Type>,
    /// Types by their full names.
    names: HashMap<String, TypeId>,
    errors: Vec<SchemaError>,
    /// Types that are none, so that nothing more is said of them.
    unknown: HashSet<TypeId>,
    defaults: Vec<FieldDefault>,
    /// What has no effect.
    ignored: Vec<AvroFault>,
}

impl Compiler {
    fn read(&mut self, schema: &Value, pointer: String, namespace: &str) -> TypeId {
        match schema {
            Value::String(name) => self.named(name, pointer, namespace),
            Value::Array(branches) => {
                let id = self.add(Kind::Null, pointer.clone());
                let branches = branches.iter().enumerate();
                let branches = branches
                    .map(|(at, branch)| self.read(branch, format!("{pointer}/{at}"), namespace))
                    .collect();
                self.types[id].kind = Kind::Union(branches);
                id
            }
            Value::Object(map) => self.object(map, pointer, namespace),
            other => self.fail(pointer, format!("{} is not an Avro type", show(other))),
        }
    }

    fn object(&mut self, map: &Map<String, Value>, pointer: String, namespace: &str) -> TypeId {
        match map.get("type") {
            Some(Value::String(kind)) => match kind.as_str() {
                "record" | "error" => self.record(map, pointer, namespace),
                "enum" => self.enumeration(map, pointer, namespace),
                "fixed" => self.fixed(map, pointer, namespace),
                "array" => {
                    let item = self.inner(map, "items", &pointer, namespace);
                    self.add(Kind::Array(item), pointer)
                }
                "map" => {
                    let value = self.inner(map, "values", &pointer, namespace);
                    self.add(Kind::Map(value), pointer)
                }
                "string" if map.get("logicalType").and_then(Value::as_str) == Some("uuid") => {
                    self.add(Kind::Uuid, pointer)
                }
                name => self.named(name, join(&pointer, "type"), namespace),
            },
            Some(inner) => self.read(inner, join(&pointer, "type"), namespace),
            None if map.contains_key("$ref") => self.fail(
                join(&pointer, "$ref"),
                "Avro has no `$ref`; define the type in place and refer to it by its name",
            ),
            None => self.fail(pointer, "`type` is missing"),
        }
    }

    fn inner(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        pointer: &str,
        namespace: &str,
    ) -> TypeId {
        match map.get(key) {
            Some(inner) => self.read(inner, join(pointer, key), namespace),
            None => self.fail(pointer.to_owned(), format!("`{key}` is missing")),
        }
    }

    fn record(&mut self, map: &Map<String, Value>, pointer: String, namespace: &str) -> TypeId {
        let kind = |name| Kind::Record {
            name,
            fields: Vec::new(),
        };
        let (id, inside) = self.define(map, &pointer, namespace, kind);
        let Some(Value::Array(fields)) = map.get("fields") else {
            return self.fail(pointer, "`fields` of the record is missing, or is no list");
        };
        let fields: Vec<_> = fields.iter().enumerate().collect();
        let read: Vec<Field> = fields
            .into_iter()
            .filter_map(|(at, field)| self.field(field, format!("{pointer}/fields/{at}"), &inside))
            .collect();
        self.twice(&read, &pointer);
        if let Kind::Record { fields, .. } = &mut self.types[id].kind {
            *fields = read;
        }
        id
    }

    /// Fields of the same name.
    fn twice(&mut self, fields: &[Field], pointer: &str) {
        let mut seen = HashSet::new();
        for (at, field) in fields.iter().enumerate() {
            if !seen.insert(&field.name) {
                let message = format!("field `{}` is defined twice", field.name);
                self.fail(format!("{pointer}/fields/{at}/name"), message);
            }
        }
    }

    /// What may not stand beside each other in a union, or in it at all; known only when every name is.
    fn unions(&mut self) {
        let mut errors = Vec::new();
        for kind in &self.types {
            let Kind::Union(branches) = &kind.kind else {
                continue;
            };
            let mut seen = HashSet::new();
            for (at, branch) in branches.iter().enumerate() {
                if self.unknown.contains(branch) {
                    continue;
                }
                let name = name(&self.types[*branch].kind);
                let place = || format!("{}/{at}", kind.pointer);
                if name == "union" {
                    errors.push(SchemaError::new(place(), "a union may not hold a union"));
                } else if !seen.insert(name) {
                    let message = format!("type `{name}` is in the union twice");
                    errors.push(SchemaError::new(place(), message));
                }
            }
        }
        self.errors.extend(errors);
    }

    fn field(&mut self, field: &Value, pointer: String, namespace: &str) -> Option<Field> {
        let (Some(map), Some(name)) =
            (field.as_object(), field.get("name").and_then(Value::as_str))
        else {
            self.fail(pointer, "the field has no `name`");
            return None;
        };
        if !is_name(name) {
            self.fail(join(&pointer, "name"), not_a_name(name));
        }
        let kind = self.inner(map, "type", &pointer, namespace);
        if let Some(value) = map.get("default") {
            self.defaults.push(FieldDefault {
                field: name.to_owned(),
                kind,
                value: value.clone(),
                pointer: join(&pointer, "default"),
            });
        }
        if map.get("logicalType").is_some_and(Value::is_string) {
            let message = format!("`logicalType` beside the type of field `{name}` has no effect");
            let error = SchemaError::new(join(&pointer, "logicalType"), message);
            self.ignored
                .push(AvroFault::from((error, AvroFaultKind::IgnoredLogicalType)));
        }
        Some(Field {
            name: name.to_owned(),
            kind,
            has_default: map.contains_key("default"),
        })
    }

    fn enumeration(
        &mut self,
        map: &Map<String, Value>,
        pointer: String,
        namespace: &str,
    ) -> TypeId {
        let symbols = map.get("symbols").and_then(Value::as_array);
        let symbols = symbols.and_then(|symbols| {
            let texts = symbols.iter().map(|symbol| symbol.as_str());
            texts
                .map(|text| text.map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        });
        match symbols {
            Some(symbols) => {
                let mut seen = HashSet::new();
                for (at, symbol) in symbols.iter().enumerate() {
                    if !is_name(symbol) {
                        self.fail(format!("{pointer}/symbols/{at}"), not_a_name(symbol));
                    } else if !seen.insert(symbol) {
                        let message = format!("symbol `{symbol}` is defined twice");
                        self.fail(format!("{pointer}/symbols/{at}"), message);
                    }
                }
                if let Some(value) = map.get("default")
                    && !symbols.iter().any(|symbol| value == symbol.as_str())
                {
                    let message = format!("default {} is none of the symbols", show(value));
                    self.fail(join(&pointer, "default"), message);
                }
                let kind = |name| Kind::Enum { name, symbols };
                self.define(map, &pointer, namespace, kind).0
            }
            None => self.fail(pointer, "`symbols` of the enum is no list of texts"),
        }
    }

    fn fixed(&mut self, map: &Map<String, Value>, pointer: String, namespace: &str) -> TypeId {
        let size = map.get("size").and_then(Value::as_u64);
        match size.and_then(|size| usize::try_from(size).ok()) {
            Some(size) => {
                let kind = |name| Kind::Fixed { name, size };
                self.define(map, &pointer, namespace, kind).0
            }
            None => self.fail(pointer, "`size` of the fixed type is no count of bytes"),
        }
    }

    /// Adds a named type; gives the namespace that holds inside it too.
    fn define(
        &mut self,
        map: &Map<String, Value>,
        pointer: &str,
        namespace: &str,
        kind: impl FnOnce(String) -> Kind,
    ) -> (TypeId, String) {
        let Some(name) = map.get("name").and_then(Value::as_str) else {
            let id = self.fail(pointer.to_owned(), "`name` of the type is missing");
            return (id, namespace.to_owned());
        };
        if !name.trim_start_matches('.').split('.').all(is_name) {
            self.fail(join(pointer, "name"), not_a_name(name));
        }
        let stated = map.get("namespace").and_then(Value::as_str);
        let full = full_name(name, stated.unwrap_or(namespace));
        let inside = full.rsplit_once('.').map_or("", |(space, _)| space);
        let inside = inside.to_owned();
        let id = self.add(kind(full.clone()), pointer.to_owned());
        if self.names.insert(full.clone(), id).is_some() {
            self.fail(
                pointer.to_owned(),
                format!("type `{full}` is defined twice"),
            );
        }
        (id, inside)
    }

    fn named(&mut self, name: &str, pointer: String, namespace: &str) -> TypeId {
        let primitive = match name {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "int" => Kind::Int,
            "long" => Kind::Long,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "bytes" => Kind::Bytes,
            "string" => Kind::String,
            _ => {
                return match self.names.get(&full_name(name, namespace)) {
                    Some(id) => *id,
                    None => self.fail(pointer, format!("type `{name}` is not known")),
                };
            }
        };
        self.add(primitive, pointer)
    }

    fn add(&mut self, kind: Kind, pointer: String) -> TypeId {
        self.types.push(Type { kind, pointer });
        self.types.len() - 1
    }

    fn fail(&mut self, pointer: String, message: impl Into<String>) -> TypeId {
        self.errors.push(SchemaError::new(pointer.clone(), message));
        let id = self.add(Kind::Null, pointer);
        self.unknown.insert(id);
        id
    }
}

fn is_name(text: &str) -> bool {
    let mut letters = text.bytes();
    let first = letters.next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

fn not_a_name(text: &str) -> String {
    format!("`{text}` is no Avro name: letters, digits and `_`, no digit first")
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() {
        name.trim_start_matches('.').to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(schema: Value, expect: Expect) {
        let faults = AvroValidator::faults(&schema);
        let lines: Vec<String> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.error.pointer, fault.error.message))
            .collect();
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn each_fault_is_named_with_its_place() {
        check(
            json!({ "type": "record", "name": "User", "namespace": "a", "fields": [
                { "name": "lumens", "type": "int" },
                { "name": "sent", "type": "timestamp_ms" },
                { "type": "int" },
                { "name": "list", "type": { "type": "array" } },
                { "name": "other", "type": ["null", { "$ref": "#/components/schemas/X" }] },
                { "name": "kind", "type": { "type": "enum", "name": "Kind" } },
                { "name": "a-b", "type": { "type": "enum", "name": "E", "symbols": ["A", "B C"] } },
                { "name": "again", "type": { "type": "fixed", "name": "User", "size": 4 } },
            ] }),
            expect![[r#"
                /fields/1/type: type `timestamp_ms` is not known
                /fields/2: the field has no `name`
                /fields/3/type: `items` is missing
                /fields/4/type/1/$ref: Avro has no `$ref`; define the type in place and refer to it by its name
                /fields/5/type: `symbols` of the enum is no list of texts
                /fields/6/name: `a-b` is no Avro name: letters, digits and `_`, no digit first
                /fields/6/type/symbols/1: `B C` is no Avro name: letters, digits and `_`, no digit first
                /fields/7/type: type `a.User` is defined twice"#]],
        );
        check(json!(7), expect![": `7` is not an Avro type"]);
    }

    #[test]
    fn what_a_type_lacks_is_named() {
        for (schema, expect) in [
            (json!({}), expect![": `type` is missing"]),
            (json!({ "type": { "type": "int" } }), expect![[""]]),
            (
                json!({ "type": "record", "name": "A" }),
                expect![": `fields` of the record is missing, or is no list"],
            ),
            (
                json!({ "type": "record", "fields": [] }),
                expect![": `name` of the type is missing"],
            ),
            (
                json!({ "type": "record", "name": "1A", "fields": [] }),
                expect!["/name: `1A` is no Avro name: letters, digits and `_`, no digit first"],
            ),
            (
                json!({ "type": "record", "name": "a..A", "fields": [] }),
                expect!["/name: `a..A` is no Avro name: letters, digits and `_`, no digit first"],
            ),
            (
                json!({ "type": "record", "name": "A", "fields": [{ "name": "a", "type": "int" }, { "name": "a", "type": "int" }] }),
                expect!["/fields/1/name: field `a` is defined twice"],
            ),
            (
                json!({ "type": "enum", "name": "E", "symbols": ["A", "A"] }),
                expect!["/symbols/1: symbol `A` is defined twice"],
            ),
            (
                json!({ "type": "enum", "name": "_E", "symbols": ["_A", "B_1"] }),
                expect![[""]],
            ),
            (
                json!({ "type": "fixed", "name": "F", "size": -1 }),
                expect![": `size` of the fixed type is no count of bytes"],
            ),
            (
                json!({ "type": "fixed", "name": "F" }),
                expect![": `size` of the fixed type is no count of bytes"],
            ),
            (json!({ "type": "map" }), expect![": `values` is missing"]),
            (
                json!(["int", "int"]),
                expect!["/1: type `int` is in the union twice"],
            ),
            (
                json!(["null", ["int"]]),
                expect!["/1: a union may not hold a union"],
            ),
            (
                json!([
                    "null", "bytes", "string", "boolean", "int", "long", "float", "double"
                ]),
                expect![[""]],
            ),
            (
                json!({ "type": "union" }),
                expect!["/type: type `union` is not known"],
            ),
        ] {
            check(schema, expect);
        }
    }

    #[test]
    fn rules_of_unions_and_defaults_hold_too() {
        check(
            json!(["int", "int"]),
            expect!["/1: type `int` is in the union twice"],
        );
        check(
            json!({ "type": "record", "name": "A", "fields": [{ "name": "n", "type": "int", "default": "x" }] }),
            expect![[
                r#"/fields/0/default: default `"x"` of field `n` does not fit its type `int`"#
            ]],
        );
    }

    #[test]
    fn what_is_wrong_elsewhere_is_told_beside_unknown_types() {
        let record = json!({ "type": "record", "name": "A", "fields": [
            { "name": "lost", "type": "nothing", "default": 1 },
            { "name": "maybe", "type": ["null", "nothing", "other"], "default": null },
            { "name": "at", "type": "long", "logicalType": "timestamp-millis" },
            { "name": "inside", "type": { "type": "long", "logicalType": "timestamp-millis" } },
            { "name": "size", "type": ["string", "null"], "default": null },
            { "name": "note", "type": ["null", { "type": "string" }], "default": "" },
            { "name": "none", "type": ["null", "string"], "default": 5 },
            { "name": "list", "type": { "type": "array", "items": "int" }, "default": [1, "2"] },
            { "name": "map", "type": { "type": "map", "values": ["int", "null"] }, "default": { "a": null } },
            { "name": "unit", "type": { "type": "enum", "name": "Unit", "symbols": ["EUR"], "default": "USD" }, "default": "EUR" },
            { "name": "hash", "type": { "type": "fixed", "name": "Hash", "size": 2 }, "default": "ab\u{e9}" },
            { "name": "inner", "type": { "type": "record", "name": "B", "fields": [
                { "name": "x", "type": "int" }, { "name": "y", "type": "int", "default": 0 } ] }, "default": { "x": 1 } },
            { "name": "again", "type": "B", "default": { "y": 1 } },
            { "name": "self", "type": ["null", "A"], "default": null },
        ] });
        check(
            record,
            expect![[r#"
            /fields/0/type: type `nothing` is not known
            /fields/1/type/1: type `nothing` is not known
            /fields/1/type/2: type `other` is not known
            /fields/9/type/default: default `"USD"` is none of the symbols
            /fields/2/logicalType: `logicalType` beside the type of field `at` has no effect
            /fields/4/default: default `null` of field `size` is of type `null`, but the union begins with `string`
            /fields/5/default: default `""` of field `note` is of type `string`, but the union begins with `null`
            /fields/6/default: default `5` of field `none` is of no type of the union
            /fields/7/default: default of field `list` does not fit its type `array`
            /fields/8/default: default of field `map` does not fit its type `map`
            /fields/10/default: default `"abé"` of field `hash` does not fit its type `Hash`
            /fields/12/default: default of field `again` does not fit its type `B`"#]],
        );
    }

    #[test]
    fn names_are_found_in_the_namespace_around_them() {
        check(
            json!({ "type": "record", "name": "a.b.List", "fields": [
                { "name": "id", "type": { "type": "fixed", "name": "Id", "size": 4 } },
                { "name": "same", "type": "a.b.Id" },
                { "name": "next", "type": ["null", "List"], "default": null },
                { "name": "none", "type": "Lost" },
            ] }),
            expect!["/fields/3/type: type `Lost` is not known"],
        );
    }

    #[test]
    fn depth_is_bounded() {
        let deep = (0..500).fold(json!("int"), |inner, _| json!({ "type": inner }));
        let errors = AvroValidator::compile(&deep).unwrap_err();
        assert_eq!(
            errors[0].message,
            "schema is nested deeper than `128` levels"
        );
    }
}
