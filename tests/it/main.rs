//! What the crates do when they run that are generated from the documents beside this; `codegen` tests that they are up to date.
#![expect(clippy::unwrap_used, reason = "all of this is tests")]

mod avro;
mod bindings;
mod checks;
mod contract;
mod dates;
mod encodings;
mod exact;
mod keys;
mod narrow;
mod protobuf;
mod requirements;
mod servers;
mod styles;
mod types;
mod validate;
