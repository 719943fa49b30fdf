//! Pulsar.
use super::{COUNT, INTEGER, TEXTS, VERSION};
use crate::read::shape::{Kind, Rest, Shape, may, need};

pub(super) const SERVER: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&SERVER_SHAPE))]);

pub(super) const CHANNEL: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&CHANNEL_SHAPE))]);

static SERVER_SHAPE: Shape = Shape::new(
    "a Pulsar server binding",
    &[&[may("tenant", Kind::Text)], VERSION],
);

static CHANNEL_SHAPE: Shape = Shape::new(
    "a Pulsar channel binding",
    &[
        &[
            need("namespace", Kind::Text),
            need("persistence", Kind::Word(&["persistent", "non-persistent"])),
            may("compaction", COUNT),
            may("geo-replication", TEXTS),
            may("retention", Kind::Object(&RETENTION)),
            may("ttl", INTEGER),
            may("deduplication", Kind::Bool),
        ],
        VERSION,
    ],
);

static RETENTION: Shape =
    Shape::new("`retention`", &[&[may("time", COUNT), may("size", COUNT)]]).rest(Rest::None);
