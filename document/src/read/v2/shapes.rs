//! Shapes of versions 2.0 to 2.6.
use crate::{
    Node,
    api::Version,
    read::{
        shape::{Field, Kind, Rest, Shape, may, need},
        shapes::{
            CONTACT, CORRELATION_ID, EXTERNAL_DOCS, LICENSE, SERVER_VARIABLE,
            avro::AVRO,
            schema::{self, since},
            security,
        },
    },
};

/// The root object.
pub(crate) static ROOT: Shape = Shape::new(
    "the document",
    &[
        &[
            need("asyncapi", Kind::Text),
            may("id", Kind::Uri),
            need("info", Kind::Object(&INFO)),
            may("servers", SERVERS),
            may("defaultContentType", Kind::Text),
            need("channels", Kind::Addresses(&Kind::Ref(&CHANNEL))),
            may("components", Kind::Object(&COMPONENTS)),
        ],
        DOCS,
    ],
);

static DOCS: &[Field] = &[
    may("tags", Kind::Set(&Kind::Object(&TAG))),
    may("externalDocs", Kind::Object(&EXTERNAL_DOCS)),
];

static INFO: Shape = Shape::new(
    "`info`",
    &[&[
        need("title", Kind::Text),
        need("version", Kind::Text),
        may("description", Kind::Text),
        may("termsOfService", Kind::Uri),
        may("contact", Kind::Object(&CONTACT)),
        may("license", Kind::Object(&LICENSE)),
    ]],
);

static TAG: Shape = Shape::new(
    "a tag",
    &[&[
        need("name", Kind::Text),
        may("description", Kind::Text),
        may("externalDocs", Kind::Object(&EXTERNAL_DOCS)),
    ]],
);

const SERVERS: Kind = Kind::Map(&Kind::Chosen(|version, _| {
    since(version, Version::V2_3, &SERVER)
}));

static SERVER: Shape = Shape::new(
    "a server",
    &[&[
        need("url", Kind::Text),
        need("protocol", Kind::Text),
        may("description", Kind::Text),
        may("protocolVersion", Kind::Text),
        may("variables", VARIABLES),
        may("security", SECURITY),
        may("bindings", BINDINGS),
        may("tags", Kind::Set(&Kind::Object(&TAG))).since(Version::V2_5),
    ]],
);

/// References to variables exist in 2.4 by the text of the specification, which is older than its meta-schema.
const VARIABLES: Kind = Kind::Map(&Kind::Chosen(|version, _| {
    since(version, Version::V2_4, &SERVER_VARIABLE)
}));

const SECURITY: Kind = Kind::List(&Kind::Map(&Kind::Set(&Kind::Text)));

static CHANNEL: Shape = Shape::new(
    "a channel",
    &[&[
        may("$ref", Kind::Text),
        may("description", Kind::Text),
        may("servers", Kind::Set(&Kind::Text)).since(Version::V2_2),
        may("subscribe", Kind::Object(&OPERATION)),
        may("publish", Kind::Object(&OPERATION)),
        may("parameters", Kind::Map(&Kind::Ref(&PARAMETER))),
        may("deprecated", Kind::Bool),
        may("bindings", BINDINGS),
    ]],
);

static PARAMETER: Shape = Shape::new(
    "a parameter",
    &[&[
        may("description", Kind::Text),
        may("schema", schema::ASYNCAPI),
        may("location", Kind::Location),
    ]],
);

static OPERATION: Shape = Shape::new(
    "an operation",
    &[
        &[
            may("traits", Kind::List(&Kind::Ref(&OPERATION_TRAIT))),
            may("message", MESSAGE),
        ],
        OPERATION_COMMON,
        DOCS,
    ],
);

static OPERATION_COMMON: &[Field] = &[
    may("operationId", Kind::Text),
    may("summary", Kind::Text),
    may("description", Kind::Text),
    may("security", SECURITY).since(Version::V2_4),
    may("bindings", BINDINGS),
];

static OPERATION_TRAIT: Shape = Shape::new("an operation trait", &[OPERATION_COMMON, DOCS]);

/// A message, or a choice of messages.
const MESSAGE: Kind = Kind::Chosen(message);

fn message(_: Version, node: &Node) -> Kind {
    if node.get("oneOf").is_some() {
        return Kind::Ref(&ONE_OF);
    }
    let format = node.get("schemaFormat").and_then(Node::as_str);
    Kind::Ref(
        match format.map_or(schema::Checked::AsyncApi, schema::checked) {
            schema::Checked::AsyncApi => &MESSAGE_ASYNCAPI,
            schema::Checked::Draft07 => &MESSAGE_DRAFT_07,
            schema::Checked::OpenApi => &MESSAGE_OPENAPI,
            schema::Checked::Avro => &MESSAGE_AVRO,
            schema::Checked::Not => &MESSAGE_OTHER,
        },
    )
}

static ONE_OF: Shape = Shape::new(
    "a choice of messages",
    &[&[need("oneOf", Kind::List(&MESSAGE))]],
)
.rest(Rest::None);

static TRAITS: &[Field] = &[may("traits", Kind::List(&Kind::Ref(&MESSAGE_TRAIT)))];

static MESSAGE_ASYNCAPI: Shape = Shape::new(
    "a message",
    &[
        &[may("payload", schema::ASYNCAPI)],
        TRAITS,
        EXAMPLES,
        MESSAGE_COMMON,
        DOCS,
    ],
);
static MESSAGE_DRAFT_07: Shape = Shape::new(
    "a message",
    &[
        &[may("payload", schema::DRAFT_07)],
        TRAITS,
        EXAMPLES,
        MESSAGE_COMMON,
        DOCS,
    ],
);
static MESSAGE_OPENAPI: Shape = Shape::new(
    "a message",
    &[
        &[may("payload", schema::OPENAPI)],
        TRAITS,
        EXAMPLES,
        MESSAGE_COMMON,
        DOCS,
    ],
);
static MESSAGE_AVRO: Shape = Shape::new(
    "a message",
    &[
        &[may("payload", AVRO)],
        TRAITS,
        EXAMPLES,
        MESSAGE_COMMON,
        DOCS,
    ],
);
static MESSAGE_OTHER: Shape = Shape::new(
    "a message",
    &[
        &[may("payload", Kind::Any)],
        TRAITS,
        EXAMPLES,
        MESSAGE_COMMON,
        DOCS,
    ],
);

static MESSAGE_COMMON: &[Field] = &[
    may("messageId", Kind::Text).since(Version::V2_4),
    may("schemaFormat", Kind::Text),
    may("contentType", Kind::Text),
    may("headers", schema::HEADERS_V2),
    may("correlationId", Kind::Ref(&CORRELATION_ID)),
    may("name", Kind::Text),
    may("title", Kind::Text),
    may("summary", Kind::Text),
    may("description", Kind::Text),
    may("deprecated", Kind::Bool),
    may("bindings", BINDINGS),
];

static EXAMPLES: &[Field] = &[may(
    "examples",
    Kind::List(&Kind::Chosen(|version, _| {
        Kind::Object(if version >= Version::V2_1 {
            &EXAMPLE
        } else {
            &EXAMPLE_V2_0
        })
    })),
)];

static MESSAGE_TRAIT: Shape = Shape::new(
    "a message trait",
    &[
        &[may("examples", Kind::List(&Kind::Map(&Kind::Any)))],
        MESSAGE_COMMON,
        DOCS,
    ],
);

static EXAMPLE: Shape = Shape::new(
    "an example",
    &[&[
        may("name", Kind::Text),
        may("summary", Kind::Text),
        may("headers", Kind::Map(&Kind::Any)),
        may("payload", Kind::Any),
    ]],
)
.rest(Rest::None)
.any_of(&["payload", "headers"]);

static EXAMPLE_V2_0: Shape = Shape::new(
    "an example",
    &[&[
        may("headers", Kind::Map(&Kind::Any)),
        may("payload", Kind::Any),
    ]],
)
.rest(Rest::None);

/// Version 2 leaves bindings open.
const BINDINGS: Kind = Kind::Map(&Kind::Any);

static COMPONENTS: Shape = Shape::new(
    "`components`",
    &[&[
        may("schemas", Kind::Map(&schema::ASYNCAPI)),
        may("servers", SERVERS).since(Version::V2_3),
        may("channels", Kind::Addresses(&Kind::Ref(&CHANNEL))).since(Version::V2_3),
        may("serverVariables", VARIABLES).since(Version::V2_4),
        may("messages", Kind::Map(&MESSAGE)),
        may(
            "securitySchemes",
            Kind::Map(&Kind::Chosen(security::scheme)),
        ),
        may("parameters", Kind::Map(&Kind::Ref(&PARAMETER))),
        may("correlationIds", Kind::Map(&Kind::Ref(&CORRELATION_ID))),
        may(
            "operationTraits",
            Kind::Map(&Kind::Object(&OPERATION_TRAIT)),
        ),
        may("messageTraits", Kind::Map(&Kind::Object(&MESSAGE_TRAIT))),
        may("serverBindings", Kind::Map(&BINDINGS)),
        may("channelBindings", Kind::Map(&BINDINGS)),
        may("operationBindings", Kind::Map(&BINDINGS)),
        may("messageBindings", Kind::Map(&BINDINGS)),
    ]],
);
