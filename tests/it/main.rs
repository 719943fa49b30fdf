//! Documents, the crates generated from them, and what those do when they run.
#![expect(clippy::unwrap_used, reason = "all of this is tests")]

mod bindings;
mod generated;
mod keys;
mod narrow;
mod requirements;
mod servers;
mod styles;
mod types;
