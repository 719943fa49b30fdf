//! The [`Layer`](crate::Layer)s that come with the runtime.
//!
//! ```
//! use std::sync::Arc;
//! use tidings::{Client, Layers, Memory, Router, layers::{CloudEvents, Dedup, Traces}};
//!
//! let layers = Layers::new()
//!     .with(Traces::new())
//!     .with(Dedup::new(100_000))
//!     .with(CloudEvents::binary("/orders")?);
//! let client = Client::with_layers(Arc::new(Memory::new()), layers.clone());
//! let mut router = Router::new();
//! router.layers(layers);
//! # Ok::<(), tidings::Error>(())
//! ```
mod cloud_events;
mod dedup;
#[cfg(feature = "metrics")]
mod metrics;
mod trace_context;
mod traces;
#[cfg(feature = "validation")]
mod validation;

pub use cloud_events::CloudEvents;
pub use dedup::{Dedup, DedupStore};
#[cfg(feature = "metrics")]
pub use metrics::Metrics;
pub use trace_context::TraceContext;
pub use traces::Traces;
#[cfg(feature = "validation")]
pub use validation::Validation;
