//! What a document's bindings of SQS and SNS say: kept, or refused by name.
#[cfg(feature = "sns")]
mod filter;
mod policy;
mod queue;
#[cfg(all(test, feature = "sns"))]
mod schemas;
mod told;
#[cfg(feature = "sns")]
mod topic;

pub(crate) use queue::{Queue, queue};
#[cfg(feature = "kinesis")]
pub(crate) use told::none;
#[cfg(feature = "sns")]
pub(crate) use topic::{Consumer, Topic, topic};
