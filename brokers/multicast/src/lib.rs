#![doc = include_str!("../README.md")]
mod address;
mod connector;
mod frame;
#[doc(hidden)]
pub mod fuzzing;
mod hub;
mod mailbox;
mod sender;
mod settings;
mod socket;
mod subscription;
mod tally;
mod transport;

pub use connector::MulticastConnector;
pub use settings::MulticastSettings;
pub use subscription::{MulticastSettler, MulticastSubscription};
pub use transport::MulticastTransport;
