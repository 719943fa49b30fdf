//! Shapes of schemas in the dialects of JSON Schema that the official parser does not look into. Each is that of one schema
//! alone: the schemas in it are looked at by themselves.
use super::schema::PLAIN;
use crate::{
    Value,
    api::SchemaFormat,
    read::shape::{Field, Kind, Rest, Shape, may},
};

/// A schema or, since draft-06, `true` or `false`.
pub(crate) const SCHEMA: Kind = Kind::Chosen(|_, node| match node.value {
    Value::Object(_) | Value::Bool(_) => Kind::Any,
    _ => Kind::Ref(&DRAFT_07),
});

/// One of draft-04: where `true` may stand as well, it is no schema.
const SCHEMA_04: Kind = Kind::Chosen(|_, node| match node.value {
    Value::Object(_) => Kind::Any,
    _ => Kind::Ref(&DRAFT_04),
});

/// What a schema of a dialect looks like; `None` where reading checks it, or nothing is known of the dialect.
pub(crate) fn shape(format: SchemaFormat) -> Option<&'static Shape> {
    match format {
        SchemaFormat::JsonSchema04 => Some(&DRAFT_04),
        SchemaFormat::JsonSchema06 => Some(&DRAFT_06),
        SchemaFormat::JsonSchema2019 => Some(&OF_2019),
        SchemaFormat::JsonSchema2020 => Some(&OF_2020),
        _ => None,
    }
}

static DRAFT_04: Shape =
    Shape::new("a schema", &[ONLY_04, SINCE_06, SINCE_07, PLAIN]).rest(Rest::Open);

static DRAFT_06: Shape = Shape::new("a schema", &[SINCE_07, NESTED, ITEMS, PLAIN]).rest(Rest::Open);

/// Draft-07, whose schemas reading checks.
pub(crate) static DRAFT_07: Shape =
    Shape::new("a schema", &[NESTED, ITEMS, CONDITIONS, PLAIN]).rest(Rest::Open);

static OF_2019: Shape =
    Shape::new("a schema", &[NESTED, ITEMS, CONDITIONS, NEWER, PLAIN]).rest(Rest::Open);

static OF_2020: Shape =
    Shape::new("a schema", &[NESTED, PREFIX, CONDITIONS, NEWER, PLAIN]).rest(Rest::Open);

static ONLY_04: &[Field] = &[
    may("id", Kind::Text),
    may("exclusiveMaximum", Kind::Bool)
        .help("draft-04 takes `true` beside the number: `maximum: 10`"),
    may("exclusiveMinimum", Kind::Bool)
        .help("draft-04 takes `true` beside the number: `minimum: 0`"),
    may("enum", Kind::Some(&Kind::Any)),
    may(
        "required",
        Kind::Chosen(|_, node| match node.as_array() {
            Some([]) => Kind::Some(&Kind::Any),
            _ => Kind::Set(&Kind::Text),
        }),
    )
    .help("draft-04 takes a list of one name or more: `required: [id]`"),
    may("definitions", Kind::Map(&SCHEMA_04)),
    may("properties", Kind::Map(&SCHEMA_04)),
    may("patternProperties", Kind::Map(&SCHEMA_04)),
    may("additionalProperties", SCHEMA),
    may("additionalItems", SCHEMA),
    may(
        "dependencies",
        Kind::Map(&Kind::Chosen(|_, node| match node.value {
            Value::Array(_) => Kind::Set(&Kind::Text),
            _ => SCHEMA_04,
        })),
    ),
    may(
        "items",
        Kind::Chosen(|_, node| match node.value {
            Value::Array(_) => Kind::Some(&SCHEMA_04),
            _ => SCHEMA_04,
        }),
    ),
    may("allOf", Kind::Some(&SCHEMA_04)),
    may("anyOf", Kind::Some(&SCHEMA_04)),
    may("oneOf", Kind::Some(&SCHEMA_04)),
    may("not", SCHEMA_04),
];

/// What draft-04 takes for remarks.
static SINCE_06: &[Field] = &[may("$id", Kind::Any), may("examples", Kind::Any)];

/// What draft-06 takes for remarks.
static SINCE_07: &[Field] = &[
    may("$comment", Kind::Any),
    may("readOnly", Kind::Any),
    may("contentMediaType", Kind::Any),
    may("contentEncoding", Kind::Any),
];

/// Keywords with schemas in them, since draft-06.
static NESTED: &[Field] = &[
    may("definitions", Kind::Map(&SCHEMA)),
    may(
        "dependencies",
        Kind::Map(&Kind::Chosen(|_, node| match node.value {
            Value::Array(_) => Kind::Set(&Kind::Text),
            _ => SCHEMA,
        })),
    ),
    may("properties", Kind::Map(&SCHEMA)),
    may("patternProperties", Kind::Map(&SCHEMA)),
    may("additionalProperties", SCHEMA),
    may("propertyNames", SCHEMA),
    may("contains", SCHEMA),
    may("allOf", Kind::Some(&SCHEMA)),
    may("anyOf", Kind::Some(&SCHEMA)),
    may("oneOf", Kind::Some(&SCHEMA)),
    may("not", SCHEMA),
    may("required", Kind::Set(&Kind::Text)).help("list the names: `required: [id]`"),
    may("exclusiveMaximum", Kind::Number).help("write the number itself: `exclusiveMaximum: 10`"),
    may("exclusiveMinimum", Kind::Number).help("write the number itself: `exclusiveMinimum: 0`"),
];

static ITEMS: &[Field] = &[
    may(
        "items",
        Kind::Chosen(|_, node| match node.value {
            Value::Array(_) => Kind::Some(&SCHEMA),
            _ => SCHEMA,
        }),
    ),
    may("additionalItems", SCHEMA),
];

static PREFIX: &[Field] = &[
    may("prefixItems", Kind::Some(&SCHEMA)),
    may("items", SCHEMA).help("schemas by position stand in `prefixItems` since 2020-12"),
    may("$dynamicAnchor", Kind::Text),
    may("$dynamicRef", Kind::Text),
];

static CONDITIONS: &[Field] = &[may("if", SCHEMA), may("then", SCHEMA), may("else", SCHEMA)];

/// What came with 2019-09.
static NEWER: &[Field] = &[
    may("$anchor", Kind::Text),
    may("$defs", Kind::Map(&SCHEMA)),
    may("dependentRequired", Kind::Map(&Kind::Set(&Kind::Text))),
    may("dependentSchemas", Kind::Map(&SCHEMA)),
    may("minContains", Kind::Count),
    may("maxContains", Kind::Count),
    may("unevaluatedItems", SCHEMA),
    may("unevaluatedProperties", SCHEMA),
    may("contentSchema", SCHEMA),
    may("deprecated", Kind::Bool),
    may("writeOnly", Kind::Bool),
];
