//! Kafka.
use super::{COUNT, VERSION, avro::is_avro, open};
use crate::read::{
    shape::{Field, Kind, Rest, Shape, may},
    shapes::schema,
};

pub(super) const SERVER: Kind = Kind::Versions(&[
    ("0.5.0", Kind::Object(&SERVER_SHAPE)),
    ("0.4.0", Kind::Object(&SERVER_SHAPE)),
    ("0.3.0", Kind::Object(&SERVER_SHAPE)),
]);

pub(super) const CHANNEL: Kind = Kind::Versions(&[
    ("0.5.0", Kind::Object(&CHANNEL_0_5)),
    ("0.4.0", Kind::Object(&CHANNEL_0_4)),
    ("0.3.0", Kind::Object(&CHANNEL_0_3)),
]);

pub(super) const OPERATION: Kind = Kind::Versions(&[
    ("0.5.0", Kind::Object(&OPERATION_SHAPE)),
    ("0.4.0", Kind::Object(&OPERATION_SHAPE)),
    ("0.3.0", Kind::Object(&OPERATION_SHAPE)),
]);

pub(super) const MESSAGE: Kind = Kind::Versions(&[
    ("0.5.0", Kind::Object(&MESSAGE_SHAPE)),
    ("0.4.0", Kind::Object(&MESSAGE_0_4)),
    ("0.3.0", Kind::Object(&MESSAGE_SHAPE)),
]);

static SERVER_SHAPE: Shape = Shape::new(
    "a Kafka server binding",
    &[
        &[
            may("schemaRegistryUrl", Kind::Text),
            may("schemaRegistryVendor", Kind::Text),
        ],
        VERSION,
    ],
);

static TOPIC: &[Field] = &[
    may("topic", Kind::Text),
    may("partitions", Kind::Integer(1, i64::MAX)),
    may("replicas", Kind::Integer(1, i64::MAX)),
];

static CHANNEL_0_5: Shape = Shape::new(
    "a Kafka channel binding",
    &[
        TOPIC,
        &[may("topicConfiguration", Kind::Ref(&CONFIGURATION_0_5))],
        VERSION,
    ],
);

static CHANNEL_0_4: Shape = Shape::new(
    "a Kafka channel binding of version 0.4.0",
    &[
        TOPIC,
        &[may("topicConfiguration", Kind::Object(&CONFIGURATION_0_4))],
        VERSION,
    ],
);

static CHANNEL_0_3: Shape = Shape::new(
    "a Kafka channel binding of version 0.3.0",
    &[TOPIC, VERSION],
);

static CONFIGURATION: &[Field] = &[
    may(
        "cleanup.policy",
        Kind::List(&Kind::Word(&["compact", "delete"])),
    ),
    may("retention.ms", Kind::Integer(-1, i64::MAX)),
    may("retention.bytes", Kind::Integer(-1, i64::MAX)),
    may("delete.retention.ms", COUNT),
    may("max.message.bytes", COUNT),
];

static CONFIGURATION_0_5: Shape = open(
    "a topic configuration",
    &[
        CONFIGURATION,
        &[
            may("confluent.key.schema.validation", Kind::Bool),
            may("confluent.key.subject.name.strategy", Kind::Text),
            may("confluent.value.schema.validation", Kind::Bool),
            may("confluent.value.subject.name.strategy", Kind::Text),
        ],
    ],
);

static CONFIGURATION_0_4: Shape =
    Shape::new("a topic configuration", &[CONFIGURATION]).rest(Rest::None);

static OPERATION_SHAPE: Shape = Shape::new(
    "a Kafka operation binding",
    &[
        &[
            may("groupId", schema::ASYNCAPI),
            may("clientId", schema::ASYNCAPI),
        ],
        VERSION,
    ],
);

static REGISTRY: &[Field] = &[
    may("schemaIdLocation", Kind::Word(&["header", "payload"])),
    may("schemaIdPayloadEncoding", Kind::Text),
    may("schemaLookupStrategy", Kind::Text),
];

static MESSAGE_SHAPE: Shape = Shape::new(
    "a Kafka message binding",
    &[&[may("key", schema::ASYNCAPI)], REGISTRY, VERSION],
);

/// In version 0.4.0 a key may be an Avro schema as well.
static MESSAGE_0_4: Shape = Shape::new(
    "a Kafka message binding of version 0.4.0",
    &[
        &[may(
            "key",
            Kind::Chosen(|_, node| match is_avro(node) {
                true => Kind::Any,
                false => schema::ASYNCAPI,
            }),
        )],
        REGISTRY,
        VERSION,
    ],
);
