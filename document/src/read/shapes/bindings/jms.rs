//! JMS.
use super::{VERSION, open};
use crate::{
    Value,
    read::{
        shape::{Kind, Shape, may, need},
        shapes::schema,
    },
};

pub(super) const SERVER: Kind = Kind::Versions(&[("0.0.1", Kind::Object(&SERVER_SHAPE))]);

pub(super) const CHANNEL: Kind = Kind::Versions(&[("0.0.1", Kind::Object(&CHANNEL_SHAPE))]);

pub(super) const MESSAGE: Kind = Kind::Versions(&[("0.0.1", Kind::Object(&MESSAGE_SHAPE))]);

static SERVER_SHAPE: Shape = Shape::new(
    "a JMS server binding",
    &[
        &[
            need("jmsConnectionFactory", Kind::Text),
            may("properties", Kind::List(&Kind::Ref(&PROPERTY))),
            may("clientID", Kind::Text),
        ],
        VERSION,
    ],
);

static PROPERTY: Shape = open(
    "a property",
    &[&[
        need("name", Kind::Text),
        need(
            "value",
            Kind::Chosen(|_, node| match node.value {
                Value::Array(_) | Value::Object(_) => Kind::Text,
                _ => Kind::Any,
            }),
        ),
    ]],
);

static CHANNEL_SHAPE: Shape = Shape::new(
    "a JMS channel binding",
    &[
        &[
            may("destination", Kind::Text),
            may("destinationType", Kind::Word(&["queue", "fifo-queue"])),
        ],
        VERSION,
    ],
);

static MESSAGE_SHAPE: Shape = Shape::new(
    "a JMS message binding",
    &[&[may("headers", schema::ASYNCAPI)], VERSION],
);
