//! Topics of Amazon SNS, each with a queue of SQS for every group.
mod attributes;
mod connector;
mod creation;
mod policy;
mod sending;
mod subscribing;
mod topic;
mod transport;

pub use connector::SnsConnector;
pub use transport::SnsTransport;
