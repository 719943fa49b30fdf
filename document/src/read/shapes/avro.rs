//! Shapes of Avro schemas. Whether the names that they use are defined is not looked at here.
use crate::{
    Node, Value,
    read::{
        format,
        shape::{Field, Form, Kind, Shape, may, need},
        shapes::bindings::open,
    },
};

/// An Avro schema.
pub(crate) const AVRO: Kind = Kind::Chosen(|_, node| match &node.value {
    Value::String(_) => Kind::Form(&TYPE_NAME),
    Value::Array(_) => Kind::Some(&AVRO),
    _ => Kind::Ref(
        match node.get("type").and_then(Node::as_str).unwrap_or_default() {
            "record" => &RECORD,
            "enum" => &ENUM,
            "array" => &ARRAY,
            "map" => &MAP,
            "fixed" => &FIXED,
            _ => &PRIMITIVE,
        },
    ),
});

static TYPE_NAME: Form = Form {
    fits: format::is_avro_full_name,
    name: "the name of an Avro type",
    help: "names have letters, digits and `_`, such as `com.example.Order`",
};

static NAME: Form = Form {
    fits: format::is_avro_name,
    name: "an Avro name",
    help: "names have letters, digits and `_`, and begin with no digit",
};

static NAMESPACE: Form = Form {
    fits: |text| text.is_empty() || format::is_avro_full_name(text),
    name: "an Avro namespace",
    help: "write names with dots between them, such as `com.example`",
};

static PRIMITIVE: Shape = open(
    "an Avro schema",
    &[&[need(
        "type",
        Kind::Word(&[
            "null", "boolean", "int", "long", "float", "double", "bytes", "string", "record",
            "enum", "array", "map", "fixed",
        ]),
    )]],
);

/// What every type but the primitive ones may have.
static COMMON: &[Field] = &[
    may("namespace", Kind::Form(&NAMESPACE)),
    may("doc", Kind::Text),
    may("aliases", Kind::List(&Kind::Form(&NAME))),
];

static NAMED: &[Field] = &[need("name", Kind::Form(&NAME))];

/// Arrays and maps need no name.
static NAMELESS: &[Field] = &[may("name", Kind::Form(&NAME))];

static RECORD: Shape = open(
    "an Avro record",
    &[
        NAMED,
        COMMON,
        &[need("fields", Kind::List(&Kind::Ref(&FIELD)))],
    ],
);

static FIELD: Shape = open(
    "a field of an Avro record",
    &[
        NAMED,
        &[
            need("type", AVRO),
            may("doc", Kind::Text),
            may("order", Kind::Word(&["ascending", "descending", "ignore"])),
            may("aliases", Kind::List(&Kind::Form(&NAME))),
        ],
    ],
);

static ENUM: Shape = open(
    "an Avro enum",
    &[
        NAMED,
        COMMON,
        &[need("symbols", Kind::List(&Kind::Form(&NAME)))],
    ],
);

static ARRAY: Shape = open("an Avro array", &[NAMELESS, COMMON, &[need("items", AVRO)]]);

static MAP: Shape = open("an Avro map", &[NAMELESS, COMMON, &[need("values", AVRO)]]);

static FIXED: Shape = open(
    "an Avro type of fixed size",
    &[NAMED, COMMON, &[need("size", Kind::Number)]],
);
