#![doc = include_str!("../README.md")]
#![doc = ""]
#![doc = include_str!("../INTEROP.md")]
mod asker;
mod bindings;
mod client;
mod connector;
mod consumer;
mod creation;
mod deadlines;
mod ensure;
mod fault;
mod insist;
mod link;
mod producer;
mod properties;
mod receipt;
mod record;
mod security;
mod server;
mod settings;
mod subscription;
mod topic;
mod transaction;
mod transport;
mod waves;

pub use connector::KafkaConnector;
pub use settings::{GroupProtocol, KafkaSettings};
pub use subscription::{KafkaSettler, KafkaSubscription};
pub use transport::KafkaTransport;
