//! HTTP.
use super::VERSION;
use crate::read::{
    shape::{Field, Kind, Shape, may},
    shapes::schema,
};

pub(super) const OPERATION: Kind = Kind::Versions(&[
    ("0.3.0", Kind::Object(&OPERATION_SHAPE)),
    ("0.2.0", Kind::Object(&OPERATION_SHAPE)),
]);

pub(super) const MESSAGE: Kind = Kind::Versions(&[
    ("0.3.0", Kind::Object(&MESSAGE_0_3)),
    ("0.2.0", Kind::Object(&MESSAGE_0_2)),
]);

static OPERATION_SHAPE: Shape = Shape::new(
    "an HTTP operation binding",
    &[
        &[
            may(
                "method",
                Kind::Word(&[
                    "GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE",
                ]),
            ),
            may("query", schema::ASYNCAPI),
        ],
        VERSION,
    ],
);

static HEADERS: &[Field] = &[may("headers", schema::ASYNCAPI)];

static MESSAGE_0_3: Shape = Shape::new(
    "an HTTP message binding",
    &[HEADERS, &[may("statusCode", Kind::Number)], VERSION],
);

static MESSAGE_0_2: Shape = Shape::new(
    "an HTTP message binding of version 0.2.0",
    &[HEADERS, VERSION],
);
