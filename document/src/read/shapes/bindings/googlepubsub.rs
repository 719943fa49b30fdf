//! Google Cloud Pub/Sub.
use super::{ANY_MAP, TEXTS, VERSION, open};
use crate::read::shape::{Kind, Rest, Shape, may, need};

pub(super) const CHANNEL: Kind = Kind::Versions(&[("0.2.0", Kind::Object(&CHANNEL_SHAPE))]);

pub(super) const MESSAGE: Kind = Kind::Versions(&[("0.2.0", Kind::Object(&MESSAGE_SHAPE))]);

static CHANNEL_SHAPE: Shape = Shape::new(
    "a Pub/Sub channel binding",
    &[
        &[
            may("labels", ANY_MAP),
            may("messageRetentionDuration", Kind::Text),
            may("messageStoragePolicy", Kind::Object(&STORAGE)),
            need("schemaSettings", Kind::Ref(&SETTINGS)),
        ],
        VERSION,
    ],
);

static STORAGE: Shape = Shape::new(
    "a storage policy",
    &[&[may("allowedPersistenceRegions", TEXTS)]],
)
.rest(Rest::None);

static SETTINGS: Shape = open(
    "`schemaSettings`",
    &[&[
        need("encoding", Kind::Text),
        may("firstRevisionId", Kind::Text),
        may("lastRevisionId", Kind::Text),
        need("name", Kind::Text),
    ]],
);

static MESSAGE_SHAPE: Shape = Shape::new(
    "a Pub/Sub message binding",
    &[
        &[
            may("attributes", ANY_MAP),
            may("orderingKey", Kind::Text),
            may("schema", Kind::Ref(&SCHEMA)),
        ],
        VERSION,
    ],
);

static SCHEMA: Shape = open("a schema of Pub/Sub", &[&[need("name", Kind::Text)]]);
