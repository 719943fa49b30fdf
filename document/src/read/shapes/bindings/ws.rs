//! WebSockets.
use super::VERSION;
use crate::read::{
    shape::{Kind, Shape, may},
    shapes::schema,
};

pub(super) const CHANNEL: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&CHANNEL_SHAPE))]);

static CHANNEL_SHAPE: Shape = Shape::new(
    "a WebSocket channel binding",
    &[
        &[
            may("method", Kind::Word(&["GET", "POST"])),
            may("query", schema::ASYNCAPI),
            may("headers", schema::ASYNCAPI),
        ],
        VERSION,
    ],
);
