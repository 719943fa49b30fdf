//! JSON values against an Avro schema.
use serde_json::{Map, Value};

use super::{AvroJson, AvroValidator, Field, Kind, TypeId};
use crate::Violation;
use crate::at::At;
use crate::keywords::is_uuid;
use crate::wording::show;

/// How many values are compared with types at most: unions of records try one type after the other, at each level again.
const MAX_STEPS: usize = 500_000;

pub(super) fn is_valid(schema: &AvroValidator, value: &Value, form: AvroJson) -> bool {
    let mut walk = Walk::new(schema, form, MAX_STEPS);
    walk.value(schema.root, value, &At::ROOT);
    !walk.failed
}

pub(super) fn validate(schema: &AvroValidator, value: &Value, form: AvroJson) -> Vec<Violation> {
    if is_valid(schema, value, form) {
        return Vec::new();
    }
    let mut walk = Walk::new(schema, form, MAX_STEPS);
    walk.details = true;
    walk.value(schema.root, value, &At::ROOT);
    walk.found
}

struct Walk<'s> {
    schema: &'s AvroValidator,
    form: AvroJson,
    /// What is left of [`MAX_STEPS`].
    steps: usize,
    /// Whether reasons are wanted; without them the walk ends at the first.
    details: bool,
    failed: bool,
    found: Vec<Violation>,
}

impl<'s> Walk<'s> {
    fn new(schema: &'s AvroValidator, form: AvroJson, steps: usize) -> Self {
        Self {
            schema,
            form,
            steps,
            details: false,
            failed: false,
            found: Vec::new(),
        }
    }

    fn value(&mut self, id: TypeId, value: &Value, at: &At<'_>) {
        if self.failed && !self.details {
            return;
        }
        let Some(steps) = self.steps.checked_sub(1) else {
            return self.give_up(id, at);
        };
        self.steps = steps;
        let schema = self.schema;
        let kind = &schema.types[id].kind;
        match (kind, value) {
            (Kind::Null, Value::Null) | (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Int | Kind::Long | Kind::Float | Kind::Double, _) => {
                if let Err(reason) = number(kind, value) {
                    self.refuse(id, at, "type", || format!("{} {reason}", show(value)));
                }
            }
            (Kind::String, Value::String(_)) => {}
            (Kind::Uuid, Value::String(text)) => {
                if !is_uuid(text) {
                    let message = || format!("{} is not a valid `uuid`", show(value));
                    self.refuse(id, at, "logicalType", message);
                }
            }
            (Kind::Bytes, Value::String(text)) => {
                self.bytes(id, text, at);
            }
            (Kind::Fixed { size, .. }, Value::String(text)) => {
                let length = text.chars().count();
                if self.bytes(id, text, at) && length != *size {
                    let shown = show(value);
                    let message = || format!("{shown} has `{length}` bytes instead of `{size}`");
                    self.refuse(id, at, "size", message);
                }
            }
            (Kind::Enum { symbols, .. }, Value::String(text)) => {
                if !symbols.contains(text) {
                    self.refuse(id, at, "symbols", || not_a_symbol(value, symbols));
                }
            }
            (Kind::Record { fields, .. }, Value::Object(map)) => self.record(id, fields, map, at),
            (Kind::Array(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(*item, value, &at.index(index));
                }
            }
            (Kind::Map(item), Value::Object(map)) => {
                for (key, value) in map {
                    self.value(*item, value, &at.key(key));
                }
            }
            (Kind::Union(branches), _) => match self.form {
                AvroJson::Tagged => self.tagged(id, branches, value, at),
                AvroJson::Plain => self.plain(id, branches, value, at),
            },
            _ => {
                let message = || format!("{} is not of type `{}`", show(value), schema.name(id));
                self.refuse(id, at, "type", message);
            }
        }
    }

    /// Whether each character stands for one byte.
    fn bytes(&mut self, id: TypeId, text: &str, at: &At<'_>) -> bool {
        let beyond = text.chars().find(|letter| u32::from(*letter) > 0xff);
        if let Some(letter) = beyond {
            let message =
                || format!("`{letter}` is no byte: each character stands for one, up to `\\u00ff`");
            self.refuse(id, at, "type", message);
        }
        beyond.is_none()
    }

    fn record(&mut self, id: TypeId, fields: &[Field], map: &Map<String, Value>, at: &At<'_>) {
        let mut known = 0;
        for field in fields {
            match map.get(&field.name) {
                Some(value) => {
                    known += 1;
                    self.value(field.kind, value, &at.key(&field.name));
                }
                None if !field.has_default => {
                    let message = || format!("field `{}` is missing", field.name);
                    self.refuse(id, at, "fields", message);
                }
                None if self.form == AvroJson::Tagged => {
                    let message = || {
                        let name = &field.name;
                        format!(
                            "field `{name}` is missing: its default serves readers of older messages only"
                        )
                    };
                    self.refuse(id, at, "fields", message);
                }
                None => {}
            }
        }
        if known == map.len() {
            return;
        }
        for key in map.keys() {
            if !fields.iter().any(|field| field.name == *key) {
                let message = || format!("field `{key}` is not known");
                self.refuse(id, &at.key(key), "fields", message);
            }
        }
    }

    fn tagged(&mut self, id: TypeId, branches: &[TypeId], value: &Value, at: &At<'_>) {
        let schema = self.schema;
        if value.is_null() && branches.iter().any(|branch| schema.name(*branch) == "null") {
            return;
        }
        if let Some((tag, inner)) = only_entry(value)
            && let Some(branch) = branches
                .iter()
                .find(|branch| schema.name(**branch) == tag && tag != "null")
        {
            return self.value(*branch, inner, &at.key(tag));
        }
        if self.details {
            let bare = branches.iter().find(|branch| self.fits(**branch, value));
            let message = match bare {
                Some(branch) => format!(
                    "{} is the value of a union and stands under its type: `{{\"{}\": …}}`",
                    show(value),
                    schema.name(*branch)
                ),
                None => self.none_of(branches, value),
            };
            self.refuse(id, at, "union", || message);
        } else {
            self.failed = true;
        }
    }

    fn plain(&mut self, id: TypeId, branches: &[TypeId], value: &Value, at: &At<'_>) {
        let schema = self.schema;
        let under_type = only_entry(value).and_then(|(tag, inner)| {
            let mut branches = branches.iter().copied();
            let branch = branches.find(|branch| is_called(schema.name(*branch), tag))?;
            Some((branch, inner, tag))
        });
        let fits = under_type.is_some_and(|(branch, inner, _)| self.fits(branch, inner))
            || branches.iter().any(|branch| self.fits(*branch, value));
        if fits {
            return;
        }
        if !self.details {
            self.failed = true;
        } else if let Some((branch, inner, tag)) = under_type {
            self.value(branch, inner, &at.key(tag));
        } else if let Some(closest) = self.closest(branches, value, at) {
            self.failed = true;
            self.found.extend(closest);
        } else {
            let message = self.none_of(branches, value);
            self.refuse(id, at, "union", || message);
        }
    }

    /// The reasons of the type that has the fewest, among those with the value's JSON type.
    fn closest(
        &mut self,
        branches: &[TypeId],
        value: &Value,
        at: &At<'_>,
    ) -> Option<Vec<Violation>> {
        let types = &self.schema.types;
        let alike = branches
            .iter()
            .filter(|branch| is_alike(&types[**branch].kind, value));
        let mut closest: Option<Vec<Violation>> = None;
        for branch in alike {
            let mut walk = Walk::new(self.schema, self.form, self.steps);
            walk.details = true;
            walk.value(*branch, value, at);
            self.steps = walk.steps;
            let fewer = closest
                .as_ref()
                .is_none_or(|found| walk.found.len() < found.len());
            if fewer {
                closest = Some(walk.found);
            }
        }
        closest
    }

    fn fits(&mut self, id: TypeId, value: &Value) -> bool {
        let mut walk = Walk::new(self.schema, self.form, self.steps);
        walk.value(id, value, &At::ROOT);
        self.steps = walk.steps;
        !walk.failed
    }

    fn none_of(&self, branches: &[TypeId], value: &Value) -> String {
        let names: Vec<_> = branches
            .iter()
            .map(|branch| format!("`{}`", self.schema.name(*branch)))
            .collect();
        format!("{} fits none of {}", show(value), names.join(", "))
    }

    fn refuse(&mut self, id: TypeId, at: &At<'_>, keyword: &str, message: impl FnOnce() -> String) {
        self.failed = true;
        if self.details {
            let found = self.schema.violation(at.pointer(), id, keyword, message());
            self.found.push(found);
        }
    }

    /// Said once.
    fn give_up(&mut self, id: TypeId, at: &At<'_>) {
        self.failed = true;
        if self.details && self.found.iter().all(|found| found.keyword != "steps") {
            let message = || "the value takes too long to compare with the unions".to_owned();
            self.refuse(id, at, "steps", message);
        }
    }
}

/// Why a value is not the number wanted, as a fragment that follows it.
pub(super) fn number(kind: &Kind, value: &Value) -> Result<(), &'static str> {
    let name = match kind {
        Kind::Int => "is not of type `int`",
        Kind::Long => "is not of type `long`",
        Kind::Float => "is not of type `float`",
        _ => "is not of type `double`",
    };
    match (kind, value) {
        (Kind::Int | Kind::Long, Value::Number(number)) => match number.as_i64() {
            Some(whole) if matches!(kind, Kind::Long) || i32::try_from(whole).is_ok() => Ok(()),
            Some(_) => Err("does not fit in the 32 bits of an `int`"),
            None if number.is_u64() => Err("does not fit in the 64 bits of a `long`"),
            None => Err(name),
        },
        (Kind::Float, Value::Number(number)) => {
            let large = number
                .as_f64()
                .is_none_or(|float| float.abs() > f64::from(f32::MAX));
            if large {
                Err("does not fit in a `float`")
            } else {
                Ok(())
            }
        }
        (Kind::Double, Value::Number(_)) => Ok(()),
        // JSON has no other way to say them.
        (Kind::Float | Kind::Double, Value::String(text))
            if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") =>
        {
            Ok(())
        }
        _ => Err(name),
    }
}

fn not_a_symbol(value: &Value, symbols: &[String]) -> String {
    let shown: Vec<_> = symbols
        .iter()
        .take(8)
        .map(|symbol| format!("`{symbol}`"))
        .collect();
    let more = if symbols.len() > 8 { ", …" } else { "" };
    format!("{} is not one of {}{more}", show(value), shown.join(", "))
}

fn only_entry(value: &Value) -> Option<(&str, &Value)> {
    let mut entries = value.as_object()?.iter();
    let (key, value) = entries.next()?;
    entries.next().is_none().then_some((key.as_str(), value))
}

/// Whether a type goes by this name, with or without its namespace.
fn is_called(full: &str, name: &str) -> bool {
    full == name || full.rsplit_once('.').is_some_and(|(_, last)| last == name)
}

/// Whether the JSON type is right, at least.
fn is_alike(kind: &Kind, value: &Value) -> bool {
    match value {
        Value::Null => matches!(kind, Kind::Null),
        Value::Bool(_) => matches!(kind, Kind::Boolean),
        Value::Number(_) => matches!(kind, Kind::Int | Kind::Long | Kind::Float | Kind::Double),
        Value::String(_) => matches!(
            kind,
            Kind::String | Kind::Uuid | Kind::Bytes | Kind::Fixed { .. } | Kind::Enum { .. }
        ),
        Value::Array(_) => matches!(kind, Kind::Array(_)),
        Value::Object(_) => matches!(kind, Kind::Record { .. } | Kind::Map(_)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn schema() -> AvroValidator {
        AvroValidator::compile(&json!({
            "type": "record", "name": "Order", "namespace": "shop", "fields": [
                { "name": "id", "type": { "type": "string", "logicalType": "uuid" } },
                { "name": "count", "type": "int" },
                { "name": "total", "type": "float" },
                { "name": "state", "type": { "type": "enum", "name": "State", "symbols": ["NEW", "PAID"] } },
                { "name": "hash", "type": { "type": "fixed", "name": "Hash", "size": 2 } },
                { "name": "tags", "type": { "type": "map", "values": "long" } },
                { "name": "note", "type": ["null", "string"], "default": null },
                { "name": "next", "type": ["null", "Order", { "type": "array", "items": "State" }], "default": null },
            ],
        }))
        .unwrap()
    }

    fn good() -> Value {
        json!({
            "id": "1fa6ef40-8f47-40a8-8cf6-f8607d0066ef", "count": 1, "total": 1, "state": "NEW", "hash": "\u{0}\u{ff}",
            "tags": { "a": 1 }, "note": null, "next": null,
        })
    }

    fn with(changes: Value) -> Value {
        let mut value = good();
        for (key, change) in changes.as_object().unwrap() {
            value[key] = change.clone();
        }
        value
    }

    fn check(value: Value, form: AvroJson, expect: Expect) {
        let found = schema().validate_json(&value, form);
        assert_eq!(found.is_empty(), schema().is_valid_json(&value, form));
        let lines: Vec<String> = found
            .iter()
            .map(|found| format!("{} {} ({})", found.instance, found.message, found.schema))
            .collect();
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn the_first_eight_symbols_are_named() {
        let symbols: Vec<_> = ('a'..='i').map(String::from).collect();
        let told = |symbols| not_a_symbol(&json!("x"), symbols);
        assert!(told(&symbols[..8]).ends_with("`g`, `h`"));
        assert!(told(&symbols).ends_with("`h`, …"));
    }

    #[test]
    fn every_violation_has_its_place() {
        check(good(), AvroJson::Tagged, expect![[""]]);
        let bad = with(json!({
            "id": "x", "count": 3_000_000_000_u64, "total": 1e300, "state": "OLD", "hash": "abc",
            "tags": { "a/b": 1.5, "c": "1" }, "more": 1,
        }));
        check(
            bad,
            AvroJson::Tagged,
            expect![[r#"
                /id `"x"` is not a valid `uuid` (/fields/0/type)
                /count `3000000000` does not fit in the 32 bits of an `int` (/fields/1/type)
                /total `1e+300` does not fit in a `float` (/fields/2/type)
                /state `"OLD"` is not one of `NEW`, `PAID` (/fields/3/type)
                /hash `"abc"` has `3` bytes instead of `2` (/fields/4/type)
                /tags/a~1b `1.5` is not of type `long` (/fields/5/type/values)
                /tags/c `"1"` is not of type `long` (/fields/5/type/values)
                /more field `more` is not known ()"#]],
        );
        check(
            json!({ "count": "1" }),
            AvroJson::Plain,
            expect![[r#"
             field `id` is missing ()
            /count `"1"` is not of type `int` (/fields/1/type)
             field `total` is missing ()
             field `state` is missing ()
             field `hash` is missing ()
             field `tags` is missing ()"#]],
        );
    }

    #[test]
    fn values_of_unions_stand_under_their_types() {
        let tagged = with(json!({ "note": { "string": "x" }, "next": { "shop.Order": good() } }));
        check(tagged.clone(), AvroJson::Tagged, expect![[""]]);
        check(tagged, AvroJson::Plain, expect![[""]]);
        let bad = with(json!({ "note": { "string": 1 }, "next": { "array": ["NEW", "OLD"] } }));
        check(
            bad,
            AvroJson::Tagged,
            expect![[r#"
            /note/string `1` is not of type `string` (/fields/6/type/1)
            /next/array/1 `"OLD"` is not one of `NEW`, `PAID` (/fields/3/type)"#]],
        );
        check(
            with(json!({ "note": { "null": null }, "next": 5 })),
            AvroJson::Tagged,
            expect![[r#"
                /note the object fits none of `null`, `string` (/fields/6/type)
                /next `5` fits none of `null`, `shop.Order`, `array` (/fields/7/type)"#]],
        );
    }

    #[test]
    fn plain_values_of_unions_are_another_form() {
        let plain = with(json!({ "note": "x", "next": ["NEW"] }));
        check(plain.clone(), AvroJson::Plain, expect![[""]]);
        check(
            plain,
            AvroJson::Tagged,
            expect![[r#"
            /note `"x"` is the value of a union and stands under its type: `{"string": …}` (/fields/6/type)
            /next the array is the value of a union and stands under its type: `{"array": …}` (/fields/7/type)"#]],
        );
        let bad = with(json!({ "note": 1, "next": with(json!({ "count": "1" })) }));
        check(
            bad,
            AvroJson::Plain,
            expect![[r#"
            /note `1` fits none of `null`, `string` (/fields/6/type)
            /next/count `"1"` is not of type `int` (/fields/1/type)"#]],
        );
    }

    #[test]
    fn fields_with_defaults_may_be_missing_in_plain_json_only() {
        let mut value = good();
        value.as_object_mut().unwrap().remove("note");
        check(value.clone(), AvroJson::Plain, expect![[""]]);
        check(
            value,
            AvroJson::Tagged,
            expect![
                " field `note` is missing: its default serves readers of older messages only ()"
            ],
        );
    }

    #[test]
    fn unions_that_explode_give_up() {
        let node = |name: &str| json!({ "type": "record", "name": name, "fields": [{ "name": "n", "type": ["null", "A", "B"] }] });
        let mut schema = node("A");
        schema["fields"][0]["type"][2] = node("B");
        let schema = AvroValidator::compile(&schema).unwrap();
        let deep = (0..100).fold(json!({ "n": 1 }), |inner, _| json!({ "n": inner }));
        assert!(!schema.is_valid_json(&deep, AvroJson::Plain));
        assert!(!schema.validate_json(&deep, AvroJson::Plain).is_empty());
    }

    #[test]
    fn what_takes_too_long_is_told_once() {
        let node = |name: &str| json!({ "type": "record", "name": name, "fields": [{ "name": "n", "type": ["null", "A", "B"] }] });
        let mut schema = node("A");
        schema["fields"][0]["type"][2] = node("B");
        let schema = AvroValidator::compile(&json!({ "type": "array", "items": schema })).unwrap();
        let deep = (0..100).fold(json!({ "n": 1 }), |inner, _| json!({ "n": inner }));
        let value = json!([{ "n": 1 }, deep, deep, { "n": null }, { "n": 1 }]);
        let found: Vec<_> = schema
            .validate_json(&value, AvroJson::Plain)
            .into_iter()
            .map(|found| format!("{} {} ({})", found.instance, found.message, found.keyword))
            .collect();
        expect![[r#"
            /0/n `1` fits none of `null`, `A`, `B` (union)
            /1/n the value takes too long to compare with the unions (steps)"#]]
        .assert_eq(&found.join("\n"));
    }

    #[test]
    fn of_several_records_the_reasons_of_the_one_with_the_fewest_are_told() {
        let record = |name: &str, fields: &[&str]| {
            let field = |name: &&str| json!({ "name": name, "type": "int" });
            json!({ "type": "record", "name": name, "fields": fields.iter().map(field).collect::<Vec<_>>() })
        };
        let records = [
            record("Far", &["x", "y"]),
            record("Near", &["a", "b"]),
            record("Other", &["a", "z"]),
        ];
        let told = |order: [usize; 3]| {
            let union = json!(order.map(|at| records[at].clone()));
            let schema = AvroValidator::compile(&union).unwrap();
            let found = schema.validate_json(&json!({ "a": 1, "b": "2" }), AvroJson::Plain);
            let found: Vec<_> = found.into_iter().map(|found| found.message).collect();
            found.join("; ")
        };
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]] {
            assert_eq!(told(order), "`\"2\"` is not of type `int`", "{order:?}");
        }
    }

    #[test]
    fn each_number_has_its_range_and_its_name() {
        let message = |kind: &str, value: Value| {
            let schema = AvroValidator::compile(&json!(kind)).unwrap();
            let found = schema.validate_json(&value, AvroJson::Tagged);
            found
                .first()
                .map_or(String::new(), |found| found.message.clone())
        };
        for (kind, value, expected) in [
            ("int", json!(i32::MAX), ""),
            ("int", json!(i32::MIN), ""),
            (
                "int",
                json!(1_u64 << 31),
                "`2147483648` does not fit in the 32 bits of an `int`",
            ),
            ("int", json!("1"), "`\"1\"` is not of type `int`"),
            ("long", json!(i64::MAX), ""),
            ("long", json!(i64::MIN), ""),
            (
                "long",
                json!(1_u64 << 63),
                "`9223372036854775808` does not fit in the 64 bits of a `long`",
            ),
            ("long", json!(1.5), "`1.5` is not of type `long`"),
            ("float", json!(f32::MAX), ""),
            ("float", json!(f32::MIN), ""),
            ("float", json!(1e39), "`1e+39` does not fit in a `float`"),
            ("float", json!(-1e39), "`-1e+39` does not fit in a `float`"),
            ("float", json!(true), "`true` is not of type `float`"),
            ("float", json!("NaN"), ""),
            ("float", json!("-Infinity"), ""),
            ("double", json!("Infinity"), ""),
            ("double", json!("inf"), "`\"inf\"` is not of type `double`"),
            ("int", json!("NaN"), "`\"NaN\"` is not of type `int`"),
            ("double", json!(1e39), ""),
            ("double", json!(true), "`true` is not of type `double`"),
        ] {
            assert_eq!(message(kind, value.clone()), expected, "{kind} {value}");
        }
    }
}
