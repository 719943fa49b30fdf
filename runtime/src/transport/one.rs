//! Publishes one message, for all who have no batch.
use super::{DynTransport, deadline};
use crate::{Channel, Error, ErrorKind, Message, Result};
use std::time::Duration;

/// How long the transport may take to confirm a message.
pub(crate) const CONFIRM: Duration = Duration::from_secs(30);

/// Publishes a message, and waits for the confirmation.
///
/// # Errors
/// When the transport does not take it within that time.
pub(crate) async fn publish_one(
    transport: &dyn DynTransport,
    channel: &Channel,
    message: &Message,
) -> Result<()> {
    let batch = std::slice::from_ref(message);
    let outcomes = transport.publish(channel, batch, deadline(CONFIRM)).await;
    let none = || {
        let reason = "the transport gave no outcome";
        Error::new(ErrorKind::Unexpected, "publish", reason)
    };
    outcomes.into_iter().next().unwrap_or_else(|| Err(none()))
}
