//! Shapes that versions 2 and 3 share: small objects, security schemes, schemas.
pub(crate) mod avro;
pub(crate) mod bindings;
pub(crate) mod dialect;
pub(crate) mod schema;
pub(crate) mod security;

use super::shape::{Kind, Shape, may, need};

/// `contact`.
pub(crate) static CONTACT: Shape = Shape::new(
    "a contact",
    &[&[
        may("name", Kind::Text),
        may("url", Kind::Uri),
        may("email", Kind::Email),
    ]],
);

/// `license`.
pub(crate) static LICENSE: Shape = Shape::new(
    "a license",
    &[&[need("name", Kind::Text), may("url", Kind::Uri)]],
);

/// `externalDocs`.
pub(crate) static EXTERNAL_DOCS: Shape = Shape::new(
    "`externalDocs`",
    &[&[need("url", Kind::Uri), may("description", Kind::Text)]],
);

/// `correlationId`.
pub(crate) static CORRELATION_ID: Shape = Shape::new(
    "a correlation id",
    &[&[
        need("location", Kind::Location),
        may("description", Kind::Text),
    ]],
);

/// A variable of a server.
pub(crate) static SERVER_VARIABLE: Shape = Shape::new(
    "a server variable",
    &[&[
        may("enum", Kind::Set(&Kind::Text)),
        may("default", Kind::Text),
        may("description", Kind::Text),
        may("examples", Kind::List(&Kind::Text)),
    ]],
);
