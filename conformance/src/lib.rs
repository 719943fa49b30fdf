//! The behaviour suite that every Tidings transport passes: small named cases over fresh channels, chosen by capability.
//!
//! A transport's test target (`harness = false`) is a constructor, the capabilities and one call of [`run`]:
//!
//! ```no_run
//! use std::{process::ExitCode, sync::Arc};
//! use tidings::{Channel, Memory, Transport};
//! use tidings_conformance::{Harness, Setup, run};
//!
//! fn main() -> ExitCode {
//!     let capabilities = Memory::new().capabilities(&Channel::point_to_point("any"));
//!     run(vec![Harness::new("memory", capabilities, || async { Ok(Setup::single(Arc::new(Memory::new()))) })])
//! }
//! ```
//! A case that the transport cannot run for want of a capability shows as ignored, with the reason before its name.
mod bench;
mod cases;
mod harness;

pub use harness::{Harness, Restart, Setup, run};
