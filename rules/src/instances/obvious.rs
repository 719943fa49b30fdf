//! Values that obviously keep their schemas. To compile a schema takes far longer than to look at a value, and most values
//! are fine: only those that this cannot vouch for go to the validator, whose word on them is the only one.

use std::collections::HashMap;

use serde_json::json;
use tidings_document::api::{Api, Items, SchemaId, SchemaKind, SchemaObject, Type, Types};
use tidings_document::{Node, Number, Object, Value};
use tidings_schema::{Dialect, Schema, Validator};

/// How much is looked at for one value before it counts as doubtful.
const STEPS: usize = 10_000;
/// How many schemas may lead on to each other; the validator follows more.
const DEPTH: usize = 16;

/// Looks at values of one document.
pub(super) struct Obvious<'a> {
    api: &'a Api<'a>,
    steps: usize,
    /// Formats and patterns, which only the validator knows to check, by keyword and text.
    single: HashMap<(&'static str, &'a str), Option<Validator>>,
}

impl<'a> Obvious<'a> {
    pub(super) fn new(api: &'a Api<'a>) -> Self {
        Self {
            api,
            steps: 0,
            single: HashMap::new(),
        }
    }

    /// Whether a value certainly keeps a schema.
    pub(super) fn keeps(&mut self, id: SchemaId, value: &Node) -> bool {
        self.steps = STEPS;
        self.fits(id, value, DEPTH)
    }

    fn fits(&mut self, id: SchemaId, value: &Node, depth: usize) -> bool {
        let (Some(depth), Some(steps)) = (depth.checked_sub(1), self.steps.checked_sub(1)) else {
            return false;
        };
        self.steps = steps;
        let api = self.api;
        let object = match &api[id].kind {
            SchemaKind::Bool(any) => return *any,
            SchemaKind::Unresolved => return true,
            SchemaKind::Object(object) => object,
        };
        if object.nullable && matches!(value.value, Value::Null) {
            return true;
        }
        is_simple(object)
            && api[id].node.get("dependencies").is_none()
            && object.types.is_none_or(|types| is_of(types, &value.value))
            && is_listed(object, value)
            && self.single("format", object.format.map(|text| text.value), value)
            && object.all_of.iter().all(|id| self.fits(*id, value, depth))
            && (object.any_of.is_empty()
                || object.any_of.iter().any(|id| self.fits(*id, value, depth)))
            && self.content(object, value, depth)
    }

    fn content(&mut self, object: &'a SchemaObject<'a>, value: &Node, depth: usize) -> bool {
        match &value.value {
            Value::Null | Value::Bool(_) => true,
            Value::Number(number) => is_within(object, number),
            Value::String(text) => {
                let bounds = (object.min_length, object.max_length);
                (bounds == (None, None) || lies_in(text.chars().count(), bounds))
                    && self.single("pattern", object.pattern.map(|text| text.value), value)
            }
            Value::Array(items) => {
                lies_in(items.len(), (object.min_items, object.max_items))
                    && match &object.items {
                        None => true,
                        Some(Items::All(id)) => items.iter().all(|it| self.fits(*id, it, depth)),
                        Some(Items::Each(_)) => false,
                    }
            }
            Value::Object(values) => self.properties(object, values, depth),
        }
    }

    fn properties(&mut self, object: &SchemaObject<'_>, values: &Object, depth: usize) -> bool {
        let looked_at = object.properties.len().saturating_mul(values.len());
        self.steps = self.steps.saturating_sub(looked_at);
        let mut required = object.required.iter();
        lies_in(values.len(), (object.min_properties, object.max_properties))
            && required.all(|name| values.get(name.value).is_some())
            && values.iter().all(|entry| {
                let mut named = object.properties.iter();
                let named = named.find(|property| property.name.value == entry.key);
                let schema = named.map(|property| property.schema);
                let schema = schema.or(object.additional_properties);
                schema.is_none_or(|id| self.fits(id, &entry.value, depth))
            })
    }

    /// Whether a value keeps a single keyword.
    fn single(&mut self, keyword: &'static str, text: Option<&'a str>, value: &Node) -> bool {
        let Some(text) =
            text.filter(|_| !matches!(value.value, Value::Object(_) | Value::Array(_)))
        else {
            return true;
        };
        let validator = self.single.entry((keyword, text)).or_insert_with(|| {
            let schema = Schema::new(json!({ keyword: text }), Dialect::AsyncApi);
            Validator::compile(&schema).ok()
        });
        let validator = validator.as_ref();
        validator.is_some_and(|validator| validator.is_valid(&value.to_json()))
    }
}

/// Whether a schema has none of the keywords that are not looked at here.
fn is_simple(object: &SchemaObject<'_>) -> bool {
    let others = [
        object.not,
        object.if_,
        object.contains,
        object.property_names,
    ];
    others == [None; 4]
        && object.one_of.is_empty()
        && object.discriminator.is_none()
        && object.pattern_properties.is_empty()
        && object.multiple_of.is_none()
        && object.content_encoding.is_none()
        && object.content_media_type.is_none()
        && !object.unique_items
}

fn is_of(types: Types, value: &Value) -> bool {
    let is = |kind| types.contains(kind);
    match value {
        Value::Null => is(Type::Null),
        Value::Bool(_) => is(Type::Boolean),
        Value::String(_) => is(Type::String),
        Value::Array(_) => is(Type::Array),
        Value::Object(_) => is(Type::Object),
        Value::Number(number) => is(Type::Number) || (is(Type::Integer) && !number.is_f64()),
    }
}

fn is_listed(object: &SchemaObject<'_>, value: &Node) -> bool {
    let is_constant = object
        .constant
        .is_none_or(|constant| is_same(constant, value));
    let mut all = object.enumeration.into_iter().flatten();
    is_constant && (object.enumeration.is_none() || all.any(|one| is_same(one, value)))
}

/// Whether two values are the same for certain.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => one.is_i64() && one == other,
        _ => false,
    }
}

fn is_within(object: &SchemaObject<'_>, number: &Number) -> bool {
    /// Up to here a float tells all integers apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let exact = |number: &Number| {
        let held = number.as_f64().filter(|float| float.abs() < EXACT);
        held.filter(|_| number.literal().is_none())
    };
    let keeps = |bound: &Option<Number>, fits: fn(f64, f64) -> bool| match bound {
        None => true,
        Some(bound) => exact(number)
            .zip(exact(bound))
            .is_some_and(|(number, bound)| fits(number, bound)),
    };
    keeps(&object.minimum, |number, bound| number >= bound)
        && keeps(&object.maximum, |number, bound| number <= bound)
        && keeps(&object.exclusive_minimum, |number, bound| number > bound)
        && keeps(&object.exclusive_maximum, |number, bound| number < bound)
}

fn lies_in(count: usize, (least, most): (Option<u64>, Option<u64>)) -> bool {
    let count = count as u64;
    least.is_none_or(|least| count >= least) && most.is_none_or(|most| count <= most)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tidings_document::schema_json;

    use super::*;

    /// Schemas and values that try every keyword, each schema against each value.
    const DOCUMENT: &str = r##"
asyncapi: 3.1.0
info: { title: Values, version: 1.0.0 }
components:
  schemas:
    s00: true
    s01: false
    s02: { type: string }
    s03: { type: [integer, 'null'] }
    s04: { type: number, minimum: 1, maximum: 3 }
    s05: { exclusiveMinimum: 1, exclusiveMaximum: 3 }
    s06: { minimum: 9007199254740993 }
    s07: { enum: [1, a, null, [1]] }
    s08: { const: 1.0 }
    s09: { minLength: 2, maxLength: 2 }
    s10: { pattern: '^a+$' }
    s11: { format: date }
    s12: { format: int8 }
    s13: { format: nothing-known }
    s14: { minItems: 1, maxItems: 1, items: { type: integer } }
    s15: { items: [{ type: string }] }
    s16: { uniqueItems: true }
    s17: { contains: { const: 1 } }
    s18: { required: [a], properties: { a: { type: integer }, b: false } }
    s19: { properties: { a: true }, additionalProperties: false }
    s20: { properties: { a: true }, additionalProperties: { type: string } }
    s21: { minProperties: 1, maxProperties: 1 }
    s22: { patternProperties: { '^a': { type: string } } }
    s23: { propertyNames: { maxLength: 0 } }
    s24: { dependencies: { a: [b] } }
    s25: { allOf: [{ type: integer }, { minimum: 2 }] }
    s26: { anyOf: [{ type: string }, { minimum: 2 }] }
    s27: { oneOf: [{ type: integer }, { minimum: 2 }] }
    s28: { not: { type: integer } }
    s29: { if: { type: integer }, then: { minimum: 2 }, else: { type: string } }
    s30: { multipleOf: 2 }
    s31: { contentEncoding: base64 }
    s32: { properties: { a: { $ref: '#/components/schemas/s32' } }, type: object }
    s33: { type: unheard-of }
    s34: { minLength: two }
    s35: { $ref: '#/components/schemas/s04', type: string }
    s36: { dependencies: { a: { required: [b] } } }
x-values:
  - null
  - true
  - 1
  - 1.0
  - 2
  - 2.5
  - 3
  - 1000
  - 9007199254740992
  - 18446744073709551615
  - a
  - aa
  - ää
  - '2024-02-29'
  - ''
  - []
  - [1]
  - [1, 1]
  - [a]
  - [[1]]
  - {}
  - { a: 1 }
  - { a: a }
  - { b: 1 }
  - { a: 1, b: 1 }
  - { a: { a: { a: {} } } }
  - { a: { a: { a: 1 } } }
  - { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: {} } } } } } } } } } } } } } } } } }
"##;

    #[test]
    fn what_is_vouched_for_the_validator_finds_nothing_in() {
        let text = DOCUMENT.as_bytes().to_vec();
        let settings = tidings_document::Settings::default();
        let (document, _) = tidings_document::open_text(Path::new("values.yaml"), text, &settings)
            .expect("the text is small");
        let (api, _) = tidings_document::read(&document);
        let api = api.expect("the document has a version");
        let values = document.root().and_then(|root| root.get("x-values"));
        let values = values.and_then(Node::as_array).expect("there are values");
        let mut obvious = Obvious::new(&api);
        let mut vouched = 0;
        for (id, schema) in (0..).map(SchemaId).zip(&api.schemas) {
            let json = Schema::new(schema_json(&api, id), Dialect::AsyncApi);
            let validator = Validator::compile(&json).ok();
            for value in values.iter().filter(|value| obvious.keeps(id, value)) {
                vouched += 1;
                let is_valid = |validator: &Validator| validator.is_valid(&value.to_json());
                assert!(
                    validator.as_ref().is_none_or(is_valid),
                    "{} at {}",
                    value.to_json(),
                    schema.pointer
                );
            }
        }
        assert!(vouched > 400, "only {vouched} values were vouched for");
    }
}
