//! Anypoint MQ.
use super::VERSION;
use crate::read::{
    shape::{Kind, Shape, may},
    shapes::schema,
};

pub(super) const CHANNEL: Kind = Kind::Versions(&[("0.0.1", Kind::Object(&CHANNEL_SHAPE))]);

pub(super) const MESSAGE: Kind = Kind::Versions(&[("0.0.1", Kind::Object(&MESSAGE_SHAPE))]);

static CHANNEL_SHAPE: Shape = Shape::new(
    "an Anypoint MQ channel binding",
    &[
        &[
            may("destination", Kind::Text),
            may(
                "destinationType",
                Kind::Word(&["exchange", "queue", "fifo-queue"]),
            ),
        ],
        VERSION,
    ],
);

static MESSAGE_SHAPE: Shape = Shape::new(
    "an Anypoint MQ message binding",
    &[&[may("headers", schema::ASYNCAPI)], VERSION],
);
