//! Shapes of versions 3.0 and 3.1.
use crate::{
    Value,
    read::{
        shape::{Field, Kind, Rest, Shape, may, need},
        shapes::{
            CONTACT, CORRELATION_ID, EXTERNAL_DOCS, LICENSE, SERVER_VARIABLE, bindings, schema,
            security,
        },
    },
};

/// The root object.
pub(crate) static ROOT: Shape = Shape::new(
    "the document",
    &[&[
        need("asyncapi", Kind::Text),
        may("id", Kind::Uri),
        need("info", Kind::Object(&INFO)),
        may("servers", Kind::Map(&Kind::Ref(&SERVER))),
        may("defaultContentType", Kind::Text),
        may("channels", Kind::Map(&Kind::Ref(&CHANNEL))),
        may("operations", Kind::Map(&Kind::Ref(&OPERATION))),
        may("components", Kind::Object(&COMPONENTS)),
    ]],
);

static TITLES: &[Field] = &[
    may("title", Kind::Text),
    may("summary", Kind::Text),
    may("description", Kind::Text),
];

static DOCS: &[Field] = &[
    may("tags", Kind::Set(&Kind::Ref(&TAG))),
    may("externalDocs", Kind::Ref(&EXTERNAL_DOCS)),
];

static INFO: Shape = Shape::new(
    "`info`",
    &[
        &[
            need("title", Kind::Text),
            need("version", Kind::Text),
            may("description", Kind::Text),
            may("termsOfService", Kind::Uri),
            may("contact", Kind::Object(&CONTACT)),
            may("license", Kind::Object(&LICENSE)),
        ],
        DOCS,
    ],
);

static TAG: Shape = Shape::new(
    "a tag",
    &[&[
        need("name", Kind::Text),
        may("description", Kind::Text),
        may("externalDocs", Kind::Ref(&EXTERNAL_DOCS)),
    ]],
);

static SERVER: Shape = Shape::new(
    "a server",
    &[
        &[
            need("host", Kind::Text),
            need("protocol", Kind::Text),
            may("pathname", Kind::Text),
            may("protocolVersion", Kind::Text),
            may("variables", Kind::Map(&Kind::Ref(&SERVER_VARIABLE))),
            may("security", Kind::List(&Kind::Chosen(security::scheme))),
            may("bindings", Kind::Ref(&bindings::SERVER)),
        ],
        TITLES,
        DOCS,
    ],
);

pub(crate) static CHANNEL: Shape = Shape::new(
    "a channel",
    &[
        &[
            may("address", Kind::TextOrNull),
            may("messages", Kind::Map(&Kind::Ref(&MESSAGE))),
            may("parameters", Kind::Map(&Kind::Ref(&PARAMETER))),
            may("servers", Kind::Set(&Kind::Reference(&Kind::Ref(&SERVER)))),
            may("bindings", Kind::Ref(&bindings::CHANNEL)),
        ],
        TITLES,
        DOCS,
    ],
);

const TO_CHANNEL: Kind = Kind::Reference(&Kind::Ref(&CHANNEL));

const TO_MESSAGES: Kind = Kind::List(&Kind::Reference(&Kind::Ref(&MESSAGE)));

static PARAMETER: Shape = Shape::new(
    "a parameter",
    &[&[
        may("description", Kind::Text),
        may("enum", Kind::List(&Kind::Text)),
        may("default", Kind::Text),
        may("examples", Kind::List(&Kind::Text)),
        may("location", Kind::Location),
        may("schema", Kind::Never)
            .help("in version 3 a parameter is text: move `enum`, `default` and `examples` up and drop the schema"),
    ]],
);

pub(crate) static OPERATION: Shape = Shape::new(
    "an operation",
    &[
        &[
            need("action", Kind::Word(&["send", "receive"])),
            need("channel", TO_CHANNEL),
            may("messages", TO_MESSAGES),
            may("reply", Kind::Ref(&REPLY)),
            may("traits", Kind::List(&Kind::Ref(&OPERATION_TRAIT))),
        ],
        OPERATION_COMMON,
        TITLES,
        DOCS,
    ],
);

static OPERATION_COMMON: &[Field] = &[
    may("security", Kind::List(&Kind::Chosen(security::scheme))),
    may("bindings", Kind::Ref(&bindings::OPERATION)),
];

static OPERATION_TRAIT: Shape = Shape::new("an operation trait", &[OPERATION_COMMON, TITLES, DOCS]);

static REPLY: Shape = Shape::new(
    "a reply",
    &[&[
        may("address", Kind::Ref(&REPLY_ADDRESS)),
        may("channel", TO_CHANNEL),
        may("messages", TO_MESSAGES),
    ]],
);

static REPLY_ADDRESS: Shape = Shape::new(
    "a reply address",
    &[&[
        need("location", Kind::Location),
        may("description", Kind::Text),
    ]],
);

static MESSAGE: Shape = Shape::new(
    "a message",
    &[
        &[
            may("payload", schema::ANY),
            may(
                "traits",
                Kind::List(&Kind::Chosen(|_, node| match node.value {
                    Value::Array(_) => Kind::Tuple(TRAIT_AND_VALUES),
                    _ => Kind::Ref(&MESSAGE_TRAIT),
                })),
            ),
        ],
        MESSAGE_COMMON,
        TITLES,
        DOCS,
    ],
);

/// The meta-schemas let a trait stand in a list with an object of values for it.
static TRAIT_AND_VALUES: &[Kind] = &[Kind::Ref(&MESSAGE_TRAIT), Kind::Map(&Kind::Any)];

static MESSAGE_COMMON: &[Field] = &[
    may("headers", schema::ANY),
    may("correlationId", Kind::Ref(&CORRELATION_ID)),
    may("contentType", Kind::Text),
    may("name", Kind::Text),
    may("deprecated", Kind::Bool),
    may("bindings", Kind::Ref(&bindings::MESSAGE)),
    may("examples", Kind::List(&Kind::Object(&EXAMPLE))),
    may("schemaFormat", Kind::Never)
        .help("in version 3 it stands in the payload: `payload: {schemaFormat: …, schema: …}`"),
];

static MESSAGE_TRAIT: Shape = Shape::new("a message trait", &[MESSAGE_COMMON, TITLES, DOCS]);

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

static COMPONENTS: Shape = Shape::new(
    "`components`",
    &[&[
        may("schemas", Kind::Components(&schema::ANY)),
        may("servers", Kind::Components(&Kind::Ref(&SERVER))),
        may("channels", Kind::Components(&Kind::Ref(&CHANNEL))),
        may(
            "serverVariables",
            Kind::Components(&Kind::Ref(&SERVER_VARIABLE)),
        ),
        may("operations", Kind::Components(&Kind::Ref(&OPERATION))),
        may("messages", Kind::Components(&Kind::Ref(&MESSAGE))),
        may(
            "securitySchemes",
            Kind::Components(&Kind::Chosen(security::scheme)),
        ),
        may("parameters", Kind::Components(&Kind::Ref(&PARAMETER))),
        may(
            "correlationIds",
            Kind::Components(&Kind::Ref(&CORRELATION_ID)),
        ),
        may(
            "operationTraits",
            Kind::Components(&Kind::Ref(&OPERATION_TRAIT)),
        ),
        may(
            "messageTraits",
            Kind::Components(&Kind::Ref(&MESSAGE_TRAIT)),
        ),
        may("replies", Kind::Components(&Kind::Ref(&REPLY))),
        may(
            "replyAddresses",
            Kind::Components(&Kind::Ref(&REPLY_ADDRESS)),
        ),
        may(
            "serverBindings",
            Kind::Components(&Kind::Ref(&bindings::SERVER)),
        ),
        may(
            "channelBindings",
            Kind::Components(&Kind::Ref(&bindings::CHANNEL)),
        ),
        may(
            "operationBindings",
            Kind::Components(&Kind::Ref(&bindings::OPERATION)),
        ),
        may(
            "messageBindings",
            Kind::Components(&Kind::Ref(&bindings::MESSAGE)),
        ),
        may("tags", Kind::Components(&Kind::Ref(&TAG))),
        may("externalDocs", Kind::Components(&Kind::Ref(&EXTERNAL_DOCS))),
    ]],
);
