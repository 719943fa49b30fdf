//! ROS 2.
use super::{INTEGER, VERSION, open};
use crate::read::shape::{Form, Kind, Shape, may, need};

pub(super) const SERVER: Kind = Kind::Versions(&[("0.1.0", Kind::Ref(&SERVER_SHAPE))]);

pub(super) const OPERATION: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&OPERATION_SHAPE))]);

static SERVER_SHAPE: Shape = open(
    "a ROS 2 server binding",
    &[
        &[
            may("rmwImplementation", Kind::Text),
            may("domainId", Kind::Integer(0, 231)),
        ],
        VERSION,
    ],
);

static OPERATION_SHAPE: Shape = Shape::new(
    "a ROS 2 operation binding",
    &[
        &[
            need(
                "role",
                Kind::Word(&[
                    "publisher",
                    "action_client",
                    "service_client",
                    "subscriber",
                    "action_server",
                    "service_server",
                ]),
            ),
            need("node", Kind::Text),
            may("qosPolicies", Kind::Ref(&QOS_POLICIES)),
        ],
        VERSION,
    ],
);

/// The misspelt word is that of the meta-schema; the specification's own is `reliable`, so that nothing here may be mended
/// by its letters.
static RELIABILITY: Form = Form {
    fits: |text| matches!(text, "best_effort" | "realiable"),
    name: "`best_effort` or `realiable`",
    help: "AsyncAPI's JSON Schema takes `realiable`, misspelt as it is",
};

static QOS_POLICIES: Shape = open(
    "`qosPolicies`",
    &[&[
        may("reliability", Kind::Form(&RELIABILITY)),
        may("history", Kind::Word(&["keep_last", "keep_all", "unknown"])),
        may("durability", Kind::Word(&["transient_local", "volatile"])),
        may("lifespan", INTEGER),
        may("deadline", INTEGER),
        may("liveliness", Kind::Word(&["automatic", "manual"])),
        may("leaseDuration", INTEGER),
    ]],
);
