//! Queues of Amazon SQS.
mod connector;
mod creation;
mod held;
mod keeping;
mod known;
mod poller;
mod queue;
mod queues;
mod receiving;
mod sending;
mod settling;
mod subscription;
mod transport;

#[cfg(feature = "sns")]
pub(crate) use queue::Place;
#[cfg(feature = "sns")]
pub(crate) use queues::Queues;

pub use connector::SqsConnector;
pub use subscription::{SqsSettler, SqsSubscription};
pub use transport::SqsTransport;
