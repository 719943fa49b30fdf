//! IBM MQ.
use super::{COUNT, VERSION, open};
use crate::read::shape::{Field, Kind, Shape, may, need};

pub(super) const SERVER: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&SERVER_SHAPE))]);

pub(super) const CHANNEL: Kind = Kind::Versions(&[(
    "0.1.0",
    Kind::Chosen(|_, node| {
        let kind = node.get("destinationType").and_then(|kind| kind.as_str());
        let queue = kind == Some("queue") || (kind.is_none() && node.get("queue").is_some());
        Kind::Object(if queue {
            &QUEUE_CHANNEL
        } else {
            &TOPIC_CHANNEL
        })
    }),
)]);

/// Headers exist in binary messages only; without headers, the meta-schema cannot tell the kinds apart and wants a type.
pub(super) const MESSAGE: Kind = Kind::Versions(&[(
    "0.1.0",
    Kind::Chosen(|_, node| {
        let kind = node.get("type").and_then(|kind| kind.as_str());
        Kind::Object(match kind {
            Some("binary") => &BINARY_MESSAGE,
            None if node.get("headers").is_some() => &BINARY_MESSAGE,
            _ => &TYPED_MESSAGE,
        })
    }),
)]);

static SERVER_SHAPE: Shape = Shape::new(
    "an IBM MQ server binding",
    &[
        &[
            may("groupId", Kind::Text),
            may("ccdtQueueManagerName", Kind::Text),
            may("cipherSpec", Kind::Text),
            may("multiEndpointServer", Kind::Bool),
            may("heartBeatInterval", Kind::Integer(0, 999_999)),
        ],
        VERSION,
    ],
);

static CHANNEL_COMMON: &[Field] = &[
    may("destinationType", Kind::Word(&["topic", "queue"])),
    may("maxMsgLength", Kind::Integer(0, 104_857_600)),
];

static QUEUE_CHANNEL: Shape = Shape::new(
    "an IBM MQ channel binding of a queue",
    &[
        CHANNEL_COMMON,
        VERSION,
        &[
            need("queue", Kind::Ref(&QUEUE)),
            may("topic", Kind::Never).help("for a topic write `destinationType: topic`"),
        ],
    ],
);

static TOPIC_CHANNEL: Shape = Shape::new(
    "an IBM MQ channel binding of a topic",
    &[
        CHANNEL_COMMON,
        VERSION,
        &[
            may("topic", Kind::Ref(&TOPIC)),
            may("queue", Kind::Never).help("for a queue write `destinationType: queue`"),
        ],
    ],
);

static QUEUE: Shape = open(
    "a queue",
    &[&[
        need("objectName", Kind::Length(0, 48)),
        may("isPartitioned", Kind::Bool),
        may("exclusive", Kind::Bool),
    ]],
);

static TOPIC: Shape = open(
    "a topic",
    &[&[
        may("string", Kind::Length(0, 10_240)),
        may("objectName", Kind::Length(0, 48)),
        may("durablePermitted", Kind::Bool),
        may("lastMsgRetained", Kind::Bool),
    ]],
);

const TYPE: Kind = Kind::Word(&["string", "jms", "binary"]);

static MESSAGE_COMMON: &[Field] = &[may("description", Kind::Text), may("expiry", COUNT)];

static BINARY_MESSAGE: Shape = Shape::new(
    "an IBM MQ message binding",
    &[
        &[may("type", TYPE), may("headers", Kind::Text)],
        MESSAGE_COMMON,
        VERSION,
    ],
);

static TYPED_MESSAGE: Shape = Shape::new(
    "an IBM MQ message binding",
    &[
        &[
            need("type", TYPE).help("without one it is `string`: write that"),
            may("headers", Kind::Never).help("only messages of `type: binary` have headers"),
        ],
        MESSAGE_COMMON,
        VERSION,
    ],
);
