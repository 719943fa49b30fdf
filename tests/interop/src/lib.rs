//! What programs that know only a document and a broker exchange with generated code: the order service, its clients and its
//! listeners, each played by either side.
//!
//! The programs of others are in `programs`, in Python, by clients that have nothing to do with ours. They say what they saw, and
//! the cases here say what that has to be. A test target is a [`Broker`] and a list of cases; see `tests/rabbitmq.rs`.
mod broker;
pub mod cases;
pub mod guide;
mod program;
mod shop;
mod suite;

pub use broker::{Broker, Peer};
pub use program::{Program, Said};
pub use shop::{Shop, order};
pub use suite::{Case, Outcome, run};
