//! JSON as JSON Schema means it: `1.0` is an integer, a list is no object, and a whole number needs no fraction.
mod any;
mod branch;
mod from;
mod parse;
pub(crate) mod place;
mod read;
mod text;
mod value;
mod write;

pub use branch::{from_exact, from_value};
pub(crate) use read::{meant, meant_aside};
pub use text::Text;
pub use value::Json;
pub(crate) use write::to_writer;
