//! What a document's bindings of SQS and SNS say: kept, or refused by name.
#[cfg(feature = "sns")]
mod filter;
mod policy;
mod queue;
#[cfg(all(test, feature = "sns"))]
mod schemas;
#[cfg(feature = "sns")]
mod topic;

pub(crate) use queue::{Queue, queue};
#[cfg(feature = "sns")]
pub(crate) use topic::{Consumer, Topic, topic};

use tidings::{Binding, Result, Server};

/// Protocols whose bindings of servers have no fields.
const PROTOCOLS: [&str; 3] = ["sqs", "sns", "kinesis"];

/// Refuses whatever the bindings of a server say.
pub(crate) fn server(server: Option<&Server>) -> Result<()> {
    let mut all = PROTOCOLS.into_iter();
    server.map_or(Ok(()), |server| {
        all.try_for_each(|protocol| Binding::of_server(server, protocol)?.known(&[]))
    })
}
