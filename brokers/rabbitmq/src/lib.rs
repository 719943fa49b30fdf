//! Transport over RabbitMQ (AMQP 0-9-1).
mod address;
mod bindings;
mod connector;
mod core;
mod error;
mod headers;
mod link;
mod out;
mod properties;
mod publish;
mod publisher;
mod settings;
mod subscription;
mod tls;
mod topology;
mod transport;

pub use connector::RabbitConnector;
pub use out::RabbitSettler;
pub use settings::{QueueType, RabbitSettings};
pub use subscription::RabbitSubscription;
pub use transport::RabbitTransport;
