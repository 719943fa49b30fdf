//! Shapes of schemas: AsyncAPI's own superset of JSON Schema draft-07, draft-07 itself, and OpenAPI 3.0.
use super::{EXTERNAL_DOCS, avro::AVRO};
use crate::{
    Node, Value,
    api::{SchemaFormat, Version},
    read::{
        language::schema_format,
        shape::{Field, Kind, Rest, Shape, may, need},
    },
};

/// A schema in AsyncAPI's dialect.
pub(crate) const ASYNCAPI: Kind = Kind::Chosen(|_, node| match node.value {
    Value::Bool(_) => Kind::Any,
    _ => Kind::Ref(&ASYNCAPI_OBJECT),
});

/// Whether an object in a place is a schema in AsyncAPI's dialect.
pub(crate) fn is_asyncapi(kind: Kind, version: Version, node: &Node) -> bool {
    match kind {
        Kind::Chosen(choose) => is_asyncapi(choose(version, node), version, node),
        Kind::Ref(shape) => std::ptr::eq(shape, &ASYNCAPI_OBJECT),
        _ => false,
    }
}

/// A schema of JSON Schema draft-07.
pub(crate) const DRAFT_07: Kind = Kind::Chosen(|_, node| match node.value {
    Value::Bool(_) => Kind::Any,
    _ => Kind::Ref(&DRAFT_07_OBJECT),
});

/// A schema of OpenAPI 3.0.
pub(crate) const OPENAPI: Kind = Kind::Chosen(|_, _| Kind::Ref(&OPENAPI_OBJECT));

/// Headers of version 2: a schema whose type is `object`.
pub(crate) const HEADERS_V2: Kind = Kind::Chosen(|_, node| match node.value {
    Value::Bool(_) => Kind::Any,
    _ => Kind::Ref(&HEADERS_OBJECT),
});

/// A schema of version 3, or one that states its language.
pub(crate) const ANY: Kind = Kind::Chosen(|_, node| match node.get("schema") {
    None => ASYNCAPI,
    Some(_) => multi_format(node),
});

fn multi_format(node: &Node) -> Kind {
    let format = node.get("schemaFormat").and_then(Node::as_str);
    Kind::Ref(match format.map_or(Checked::AsyncApi, checked) {
        Checked::AsyncApi => &MULTI_ASYNCAPI,
        Checked::Draft07 => &MULTI_DRAFT_07,
        Checked::OpenApi => &MULTI_OPENAPI,
        Checked::Avro => &MULTI_AVRO,
        Checked::Not => &MULTI_OTHER,
    })
}

/// Whose rules the schema of a stated format is checked by.
pub(crate) enum Checked {
    AsyncApi,
    Draft07,
    OpenApi,
    Avro,
    Not,
}

pub(crate) fn checked(format: &str) -> Checked {
    match schema_format(format) {
        SchemaFormat::AsyncApi => Checked::AsyncApi,
        SchemaFormat::JsonSchema if format.contains("draft-07") => Checked::Draft07,
        SchemaFormat::OpenApi30 => Checked::OpenApi,
        SchemaFormat::Avro => Checked::Avro,
        _ => Checked::Not,
    }
}

static MULTI: &[Field] = &[may("schemaFormat", Kind::Text)];

static MULTI_ASYNCAPI: Shape = Shape::new(
    "a schema with its format",
    &[MULTI, &[may("schema", ASYNCAPI)]],
)
.rest(Rest::Open);
static MULTI_DRAFT_07: Shape = Shape::new(
    "a schema with its format",
    &[MULTI, &[may("schema", DRAFT_07)]],
)
.rest(Rest::Open);
static MULTI_OPENAPI: Shape = Shape::new(
    "a schema with its format",
    &[MULTI, &[may("schema", OPENAPI)]],
)
.rest(Rest::Open);
static MULTI_AVRO: Shape =
    Shape::new("a schema with its format", &[MULTI, &[may("schema", AVRO)]]).rest(Rest::Open);
static MULTI_OTHER: Shape = Shape::new("a schema with its format", &[MULTI]).rest(Rest::Open);

const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// `type`: a name or a list of names.
const TYPE: Kind = Kind::Chosen(|_, node| match node.value {
    Value::Array(_) if node.as_array().is_some_and(<[Node]>::is_empty) => Kind::Some(&Kind::Any),
    Value::Array(_) => Kind::Set(&Kind::Word(TYPES)),
    _ => Kind::Word(TYPES),
});

/// Keywords that hold no schema.
pub(super) static PLAIN: &[Field] = &[
    may("$ref", Kind::Text),
    may("$id", Kind::Text),
    may("$schema", Kind::Uri),
    may("title", Kind::Text),
    may("description", Kind::Text),
    may("$comment", Kind::Text),
    may("type", TYPE),
    may("format", Kind::Text),
    may("enum", Kind::List(&Kind::Any)),
    may("examples", Kind::List(&Kind::Any)),
    may("readOnly", Kind::Bool),
    may("multipleOf", Kind::Positive),
    may("maximum", Kind::Number),
    may("exclusiveMaximum", Kind::Number)
        .help("draft-07 takes the number itself: `exclusiveMaximum: 10`"),
    may("minimum", Kind::Number),
    may("exclusiveMinimum", Kind::Number)
        .help("draft-07 takes the number itself: `exclusiveMinimum: 0`"),
    may("maxLength", Kind::Count),
    may("minLength", Kind::Count),
    may("pattern", Kind::Text),
    may("maxItems", Kind::Count),
    may("minItems", Kind::Count),
    may("uniqueItems", Kind::Bool),
    may("maxProperties", Kind::Count),
    may("minProperties", Kind::Count),
    may("required", Kind::Set(&Kind::Text)),
    may("contentMediaType", Kind::Text),
    may("contentEncoding", Kind::Text),
];

/// Keywords whose schemas are plain draft-07 in both dialects.
static DRAFT_07_ONLY: &[Field] = &[
    may("definitions", Kind::Map(&DRAFT_07)),
    may(
        "dependencies",
        Kind::Map(&Kind::Chosen(|_, node| match node.value {
            Value::Array(_) => Kind::Set(&Kind::Text),
            _ => DRAFT_07,
        })),
    ),
    may("additionalItems", DRAFT_07),
    may("if", DRAFT_07),
    may("then", DRAFT_07),
    may("else", DRAFT_07),
];

static NESTED_DRAFT_07: &[Field] = &[
    may("properties", Kind::Map(&DRAFT_07)),
    may("patternProperties", Kind::Map(&DRAFT_07)),
    may("additionalProperties", DRAFT_07),
    may("propertyNames", DRAFT_07),
    may(
        "items",
        Kind::Chosen(|_, node| match node.value {
            Value::Array(_) => Kind::Some(&DRAFT_07),
            _ => DRAFT_07,
        }),
    ),
    may("contains", DRAFT_07),
    may("allOf", Kind::Some(&DRAFT_07)),
    may("anyOf", Kind::Some(&DRAFT_07)),
    may("oneOf", Kind::Some(&DRAFT_07)),
    may("not", DRAFT_07),
];

static NESTED_ASYNCAPI: &[Field] = &[
    may("properties", Kind::Map(&ASYNCAPI)),
    may("patternProperties", Kind::Map(&ASYNCAPI)),
    may("additionalProperties", ASYNCAPI),
    may("propertyNames", ASYNCAPI),
    may(
        "items",
        Kind::Chosen(|_, node| match node.value {
            Value::Array(_) => Kind::Some(&ASYNCAPI),
            _ => ASYNCAPI,
        }),
    ),
    may("contains", ASYNCAPI),
    may("allOf", Kind::Some(&ASYNCAPI)),
    may("anyOf", Kind::Some(&ASYNCAPI)),
    may("oneOf", Kind::Some(&ASYNCAPI)),
    may("not", ASYNCAPI),
    may("discriminator", Kind::Text),
    may(
        "externalDocs",
        Kind::Chosen(|version, _| {
            if version.is_v2() {
                Kind::Object(&EXTERNAL_DOCS)
            } else {
                Kind::Ref(&EXTERNAL_DOCS)
            }
        }),
    ),
    may("deprecated", Kind::Bool),
];

static ASYNCAPI_OBJECT: Shape =
    Shape::new("a schema", &[PLAIN, NESTED_ASYNCAPI, DRAFT_07_ONLY]).rest(Rest::Open);

static DRAFT_07_OBJECT: Shape =
    Shape::new("a schema", &[PLAIN, NESTED_DRAFT_07, DRAFT_07_ONLY]).rest(Rest::Open);

static HEADERS_OBJECT: Shape = Shape::new(
    "a schema of headers",
    &[
        &[may("type", Kind::Word(&["object"]))],
        PLAIN,
        NESTED_ASYNCAPI,
        DRAFT_07_ONLY,
    ],
)
.rest(Rest::Open);

static OPENAPI_OBJECT: Shape = Shape::new(
    "a schema of OpenAPI 3.0",
    &[&[
        may("$ref", Kind::Text),
        may("title", Kind::Text),
        may("description", Kind::Text),
        may(
            "type",
            Kind::Word(&["array", "boolean", "integer", "number", "object", "string"]),
        ),
        may("nullable", Kind::Bool),
        may("format", Kind::Text),
        may("enum", Kind::Some(&Kind::Any)),
        may("default", Kind::Any),
        may("example", Kind::Any),
        may("readOnly", Kind::Bool),
        may("writeOnly", Kind::Bool),
        may("deprecated", Kind::Bool),
        may("multipleOf", Kind::Positive),
        may("maximum", Kind::Number),
        may("exclusiveMaximum", Kind::Bool),
        may("minimum", Kind::Number),
        may("exclusiveMinimum", Kind::Bool),
        may("maxLength", Kind::Count),
        may("minLength", Kind::Count),
        may("pattern", Kind::Text),
        may("maxItems", Kind::Count),
        may("minItems", Kind::Count),
        may("uniqueItems", Kind::Bool),
        may("maxProperties", Kind::Count),
        may("minProperties", Kind::Count),
        may("required", Kind::Set(&Kind::Text)),
        may("not", OPENAPI),
        may("allOf", Kind::List(&OPENAPI)),
        may("anyOf", Kind::List(&OPENAPI)),
        may("oneOf", Kind::List(&OPENAPI)),
        may("items", OPENAPI),
        may("properties", Kind::Map(&OPENAPI)),
        may(
            "additionalProperties",
            Kind::Chosen(|_, node| match node.value {
                Value::Bool(_) => Kind::Any,
                _ => OPENAPI,
            }),
        ),
        may("discriminator", Kind::Object(&DISCRIMINATOR)),
        may("xml", Kind::Any),
        may("externalDocs", Kind::Any),
    ]],
);

static DISCRIMINATOR: Shape = Shape::new(
    "a discriminator",
    &[&[
        need("propertyName", Kind::Text),
        may("mapping", Kind::Map(&Kind::Text)),
    ]],
)
.rest(Rest::Open);

/// An object for which a reference may stand since some version.
pub(crate) fn since(version: Version, since: Version, shape: &'static Shape) -> Kind {
    if version >= since {
        Kind::Ref(shape)
    } else {
        Kind::Object(shape)
    }
}
