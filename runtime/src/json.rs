//! JSON as JSON Schema means it: `1.0` is an integer, a list is no object, and a whole number needs no fraction.
pub(crate) mod place;
mod read;
mod write;

pub(crate) use read::{meant, meant_aside};
pub(crate) use write::to_writer;
