//! Transport over ActiveMQ Artemis and ActiveMQ Classic, by AMQP 1.0 and [`fe2o3_amqp`].
//!
#![doc = include_str!("../README.md")]
#![doc = include_str!("../INTEROP.md")]
mod address;
mod bindings;
mod body;
mod connector;
mod core;
mod dial;
mod dialect;
mod ensure;
mod error;
#[cfg(test)]
mod fake;
mod guard;
mod headers;
mod held;
mod ids;
mod inbound;
mod inlet;
mod inquiry;
mod leaving;
mod line;
mod lookout;
mod message;
mod outlet;
mod outlets;
mod parcel;
mod place;
mod publish;
mod sasl;
mod scan;
mod scheduler;
mod settings;
mod settling;
mod stream;
mod subscription;
mod tls;
mod transport;

pub use connector::Amqp1Connector;
pub use settings::Amqp1Settings;
pub use subscription::{Amqp1Settler, Amqp1Subscription};
pub use transport::Amqp1Transport;
