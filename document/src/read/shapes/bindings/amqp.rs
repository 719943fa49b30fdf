//! AMQP 0-9-1.
use super::{COUNT, INTEGER, TEXTS, VERSION, open};
use crate::read::shape::{Field, Kind, Shape, may, need};

pub(super) const CHANNEL: Kind = Kind::Versions(&[(
    "0.3.0",
    Kind::Chosen(|_, node| {
        let is = node.get("is").and_then(|is| is.as_str());
        let queue = is == Some("queue") || (is.is_none() && node.get("queue").is_some());
        Kind::Object(if queue { &QUEUE_CHANNEL } else { &KEY_CHANNEL })
    }),
)]);

/// What the binding of a channel is one of.
pub(super) const CHANNELS: [Kind; 2] = [Kind::Object(&QUEUE_CHANNEL), Kind::Object(&KEY_CHANNEL)];

pub(super) const OPERATION: Kind = Kind::Versions(&[("0.3.0", Kind::Object(&OPERATION_SHAPE))]);

pub(super) const MESSAGE: Kind = Kind::Versions(&[("0.3.0", Kind::Object(&MESSAGE_SHAPE))]);

static IS: &[Field] = &[may("is", Kind::Word(&["queue", "routingKey"]))];

static QUEUE_CHANNEL: Shape = Shape::new(
    "an AMQP channel binding of a queue",
    &[
        IS,
        VERSION,
        &[
            need("queue", Kind::Ref(&QUEUE)),
            may("exchange", Kind::Never).help("for an exchange write `is: routingKey`"),
        ],
    ],
);

static KEY_CHANNEL: Shape = Shape::new(
    "an AMQP channel binding of a routing key",
    &[
        IS,
        VERSION,
        &[
            need("exchange", Kind::Ref(&EXCHANGE)).help("for a queue write `is: queue`"),
            may("queue", Kind::Never).help("for a queue write `is: queue`"),
        ],
    ],
);

static EXCHANGE: Shape = open(
    "an exchange",
    &[&[
        may("name", Kind::Length(0, 255)),
        may(
            "type",
            Kind::Word(&["topic", "direct", "fanout", "default", "headers"]),
        ),
        may("durable", Kind::Bool),
        may("autoDelete", Kind::Bool),
        may("vhost", Kind::Text),
    ]],
);

static QUEUE: Shape = open(
    "a queue",
    &[&[
        may("name", Kind::Length(0, 255)),
        may("durable", Kind::Bool),
        may("exclusive", Kind::Bool),
        may("autoDelete", Kind::Bool),
        may("vhost", Kind::Text),
    ]],
);

static OPERATION_SHAPE: Shape = Shape::new(
    "an AMQP operation binding",
    &[
        &[
            may("expiration", COUNT),
            may("userId", Kind::Text),
            may("cc", TEXTS),
            may("priority", INTEGER),
            may("deliveryMode", Kind::Choice(&[1, 2])),
            may("mandatory", Kind::Bool),
            may("bcc", TEXTS),
            may("timestamp", Kind::Bool),
            may("ack", Kind::Bool),
        ],
        VERSION,
    ],
);

static MESSAGE_SHAPE: Shape = Shape::new(
    "an AMQP message binding",
    &[
        &[
            may("contentEncoding", Kind::Text),
            may("messageType", Kind::Text),
        ],
        VERSION,
    ],
);
