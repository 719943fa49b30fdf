//! NATS.
use super::VERSION;
use crate::read::shape::{Kind, Shape, may};

pub(super) const OPERATION: Kind = Kind::Versions(&[("0.1.0", Kind::Object(&OPERATION_SHAPE))]);

static OPERATION_SHAPE: Shape = Shape::new(
    "a NATS operation binding",
    &[&[may("queue", Kind::Length(0, 255))], VERSION],
);
