//! Streams of Amazon Kinesis, with leases of their shards in tables of Amazon DynamoDB.
mod connector;
mod creation;
mod envelope;
mod held;
mod keeper;
mod lease;
mod leases;
mod naming;
mod putting;
mod reading;
mod refusals;
mod renewing;
#[cfg(test)]
mod scripted;
mod sending;
mod shards;
mod sharing;
mod streams;
mod subscription;
mod table;
mod transport;

pub use connector::KinesisConnector;
pub use subscription::{KinesisSettler, KinesisSubscription};
pub use transport::KinesisTransport;
