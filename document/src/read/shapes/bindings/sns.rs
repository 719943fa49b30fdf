//! Amazon SNS.
use super::{ANY_MAP, INTEGER, TEXT_OR_TEXTS, TEXTS, VERSION, open};
use crate::{
    Value,
    read::shape::{Kind, Shape, may, need},
};

pub(super) const CHANNEL: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&CHANNEL_SHAPE))]);

pub(super) const OPERATION: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&OPERATION_SHAPE))]);

static CHANNEL_SHAPE: Shape = Shape::new(
    "an SNS channel binding",
    &[
        &[
            need("name", Kind::Text),
            may("ordering", Kind::Ref(&ORDERING)),
            may("policy", Kind::Ref(&POLICY)),
            may("tags", ANY_MAP),
        ],
        VERSION,
    ],
);

static ORDERING: Shape = open(
    "`ordering`",
    &[&[
        need("type", Kind::Word(&["standard", "FIFO"])),
        may("contentBasedDeduplication", Kind::Bool),
    ]],
);

/// A policy of SNS or SQS.
pub(super) static POLICY: Shape = open(
    "a policy",
    &[&[need("statements", Kind::List(&Kind::Ref(&STATEMENT)))]],
);

static STATEMENT: Shape = open(
    "a statement",
    &[&[
        need("effect", Kind::Word(&["Allow", "Deny"])),
        need("principal", TEXT_OR_TEXTS),
        need("action", TEXT_OR_TEXTS),
    ]],
);

static OPERATION_SHAPE: Shape = Shape::new(
    "an SNS operation binding",
    &[
        &[
            may("topic", Kind::Ref(&IDENTIFIER)),
            need("consumers", Kind::Some(&Kind::Ref(&CONSUMER))),
            may("deliveryPolicy", Kind::Ref(&DELIVERY_POLICY)),
        ],
        VERSION,
    ],
);

static IDENTIFIER: Shape = open(
    "an identifier",
    &[&[
        may("url", Kind::Text),
        may("email", Kind::Text),
        may("phone", Kind::Text),
        may("arn", Kind::Text),
        may("name", Kind::Text),
    ]],
);

static CONSUMER: Shape = open(
    "a consumer",
    &[&[
        need(
            "protocol",
            Kind::Word(&[
                "http",
                "https",
                "email",
                "email-json",
                "sms",
                "sqs",
                "application",
                "lambda",
                "firehose",
            ]),
        ),
        need("endpoint", Kind::Ref(&IDENTIFIER)),
        may(
            "filterPolicy",
            Kind::Map(&Kind::Chosen(|_, node| match node.value {
                Value::Array(_) => TEXTS,
                Value::Object(_) => Kind::Any,
                _ => Kind::Text,
            })),
        ),
        may(
            "filterPolicyScope",
            Kind::Word(&["MessageAttributes", "MessageBody"]),
        ),
        need("rawMessageDelivery", Kind::Bool),
        may("redrivePolicy", Kind::Ref(&REDRIVE_POLICY)),
        may("deliveryPolicy", Kind::Ref(&DELIVERY_POLICY)),
        may("displayName", Kind::Text),
    ]],
);

static DELIVERY_POLICY: Shape = open(
    "a delivery policy",
    &[&[
        may("minDelayTarget", INTEGER),
        may("maxDelayTarget", INTEGER),
        may("numRetries", INTEGER),
        may("numNoDelayRetries", INTEGER),
        may("numMinDelayRetries", INTEGER),
        may("numMaxDelayRetries", INTEGER),
        may(
            "backoffFunction",
            Kind::Word(&["arithmetic", "exponential", "geometric", "linear"]),
        ),
        may("maxReceivesPerSecond", INTEGER),
    ]],
);

static REDRIVE_POLICY: Shape = open(
    "a redrive policy",
    &[&[
        need("deadLetterQueue", Kind::Ref(&IDENTIFIER)),
        may("maxReceiveCount", INTEGER),
    ]],
);
