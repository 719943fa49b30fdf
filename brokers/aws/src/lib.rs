#![doc = include_str!("../README.md")]
#![doc = ""]
#![doc = include_str!("../INTEROP.md")]
#![cfg_attr(feature = "kinesis", doc = "")]
#![cfg_attr(feature = "kinesis", doc = include_str!("../KINESIS.md"))]
#![cfg(feature = "sqs")]
mod address;
mod bindings;
#[cfg(feature = "sns")]
mod both;
mod client;
mod collecting;
mod credentials;
mod fault;
#[cfg(feature = "kinesis")]
mod kinesis;
mod leaving;
mod link;
mod names;
mod opened;
mod packing;
mod pauses;
mod putting;
mod sending;
mod settings;
#[cfg(feature = "sns")]
mod sns;
mod sqs;
mod waves;

#[cfg(feature = "sns")]
pub use both::{AwsConnector, AwsTransport};
#[cfg(feature = "kinesis")]
pub use kinesis::{KinesisConnector, KinesisSettler, KinesisSubscription, KinesisTransport};
pub use settings::AwsSettings;
#[cfg(feature = "sns")]
pub use sns::{SnsConnector, SnsTransport};
pub use sqs::{SqsConnector, SqsSettler, SqsSubscription, SqsTransport};
