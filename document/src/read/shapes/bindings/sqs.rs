//! Amazon SQS.
use super::{ANY_MAP, INTEGER, VERSION, open, sns};
use crate::read::shape::{Field, Kind, Shape, may, need};

pub(super) const CHANNEL: Kind = Kind::Versions(&[("0.2.0", Kind::Object(&CHANNEL_SHAPE))]);

pub(super) const OPERATION: Kind = Kind::Versions(&[("0.2.0", Kind::Object(&OPERATION_SHAPE))]);

static CHANNEL_SHAPE: Shape = Shape::new(
    "an SQS channel binding",
    &[
        &[
            need("queue", Kind::Ref(&QUEUE)),
            may("deadLetterQueue", Kind::Ref(&QUEUE)),
        ],
        VERSION,
    ],
);

static OPERATION_SHAPE: Shape = Shape::new(
    "an SQS operation binding",
    &[
        &[need("queues", Kind::List(&Kind::Ref(&OPERATION_QUEUE)))],
        VERSION,
    ],
);

static QUEUE: Shape = open("a queue", &[&[need("fifoQueue", Kind::Bool)], QUEUE_COMMON]);

static OPERATION_QUEUE: Shape = open("a queue", &[&[may("fifoQueue", Kind::Bool)], QUEUE_COMMON]);

static QUEUE_COMMON: &[Field] = &[
    need("name", Kind::Text),
    may("deduplicationScope", Kind::Word(&["queue", "messageGroup"])),
    may(
        "fifoThroughputLimit",
        Kind::Word(&["perQueue", "perMessageGroupId"]),
    ),
    may("deliveryDelay", Kind::Integer(0, 900)),
    may("visibilityTimeout", Kind::Integer(0, 43_200)),
    may("receiveMessageWaitTime", INTEGER),
    may("messageRetentionPeriod", Kind::Integer(60, 1_209_600)),
    may("redrivePolicy", Kind::Ref(&REDRIVE_POLICY)),
    may("policy", Kind::Ref(&sns::POLICY)),
    may("tags", ANY_MAP),
];

static REDRIVE_POLICY: Shape = open(
    "a redrive policy",
    &[&[
        need("deadLetterQueue", Kind::Ref(&IDENTIFIER)),
        may("maxReceiveCount", INTEGER),
    ]],
);

static IDENTIFIER: Shape = open(
    "an identifier",
    &[&[may("arn", Kind::Text), may("name", Kind::Text)]],
);
