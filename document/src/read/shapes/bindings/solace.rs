//! Solace.
use super::{INTEGER, TEXTS, VERSION, open};
use crate::read::shape::{Field, Kind, Rest, Shape, may, need};

pub(super) const SERVER: Kind = Kind::Versions(&[
    ("0.4.0", Kind::Object(&SERVER_0_4)),
    ("0.3.0", Kind::Object(&SERVER_0_3)),
    ("0.2.0", Kind::Object(&SERVER_0_2)),
]);

pub(super) const OPERATION: Kind = Kind::Versions(&[
    ("0.4.0", Kind::Object(&OPERATION_0_4)),
    ("0.3.0", Kind::Object(&OPERATION_0_3)),
    ("0.2.0", Kind::Object(&OPERATION_0_2)),
]);

static SERVER_0_4: Shape = Shape::new(
    "a Solace server binding",
    &[
        &[
            may("msgVpn", Kind::Text),
            may("clientName", Kind::Length(1, 160)),
        ],
        VERSION,
    ],
);

static SERVER_0_3: Shape = Shape::new(
    "a Solace server binding of version 0.3.0",
    &[&[may("msgVpn", Kind::Text)], VERSION],
);

static SERVER_0_2: Shape = Shape::new(
    "a Solace server binding of version 0.2.0",
    &[&[may("msvVpn", Kind::Text)], VERSION],
);

static OPERATION_0_4: Shape = Shape::new(
    "a Solace operation binding",
    &[
        DESTINATIONS,
        &[
            may("timeToLive", INTEGER),
            may("priority", Kind::Integer(0, 255)),
            may("dmqEligible", Kind::Bool),
        ],
        VERSION,
    ],
)
.rest(Rest::None);

static OPERATION_0_3: Shape = Shape::new(
    "a Solace operation binding of version 0.3.0",
    &[DESTINATIONS, VERSION],
)
.rest(Rest::None);

static OPERATION_0_2: Shape = Shape::new(
    "a Solace operation binding of version 0.2.0",
    &[
        &[may("destinations", Kind::List(&DESTINATION_0_2))],
        VERSION,
    ],
)
.rest(Rest::None);

static DESTINATIONS: &[Field] = &[may("destinations", Kind::List(&DESTINATION))];

const DESTINATION: Kind = Kind::Chosen(|_, node| {
    let kind = node.get("destinationType").and_then(|kind| kind.as_str());
    Kind::Ref(match kind {
        Some("queue") => &TO_QUEUE,
        _ => &TO_TOPIC,
    })
});

const DESTINATION_0_2: Kind = Kind::Chosen(|_, node| {
    let kind = node.get("destinationType").and_then(|kind| kind.as_str());
    Kind::Ref(match kind {
        Some("queue") => &TO_QUEUE_0_2,
        _ => &TO_TOPIC,
    })
});

static DESTINATION_COMMON: &[Field] = &[
    need("destinationType", Kind::Word(&["queue", "topic"])),
    may("deliveryMode", Kind::Word(&["direct", "persistent"])),
];

static TO_QUEUE: Shape = open(
    "a destination",
    &[DESTINATION_COMMON, &[may("queue", Kind::Ref(&QUEUE))]],
);

static TO_QUEUE_0_2: Shape = open(
    "a destination",
    &[DESTINATION_COMMON, &[may("queue", Kind::Ref(&QUEUE_0_2))]],
);

static TO_TOPIC: Shape = open(
    "a destination",
    &[DESTINATION_COMMON, &[may("topicSubscriptions", TEXTS)]],
);

static QUEUE_COMMON: &[Field] = &[
    may("name", Kind::Text),
    may("topicSubscriptions", TEXTS),
    may("accessType", Kind::Word(&["exclusive", "nonexclusive"])),
];

static QUEUE: Shape = open(
    "a queue",
    &[
        QUEUE_COMMON,
        &[
            may("maxTtl", Kind::Text),
            may("maxMsgSpoolUsage", Kind::Text),
        ],
    ],
);

static QUEUE_0_2: Shape = open("a queue", &[QUEUE_COMMON]);
