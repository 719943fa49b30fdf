//! Publishes a dead letter: nobody else makes the channel that it goes to, and what was as large as may be has no room for more.
use super::strip;
use crate::{
    DynTransport, Error, ErrorKind, Message, Outgoing, Result,
    transport::{Ensure, Wanted, deadline},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long sending one may take.
const CONFIRM: Duration = Duration::from_secs(30);
/// How long to wait before a channel that is not there is looked for again.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// Publishes it, by itself where it is too large with what says why.
///
/// # Errors
/// When the transport does not take it.
pub(crate) async fn publish(transport: &dyn DynTransport, letter: &mut Outgoing) -> Result<()> {
    let until = deadline(CONFIRM);
    loop {
        let Outgoing { channel, message } = letter;
        let Err(error) = once(transport, channel, message).await else {
            return Ok(());
        };
        let helps = match error.kind() {
            ErrorKind::TooLarge => strip(message),
            ErrorKind::NotFound if Instant::now() < until => {
                let wanted = [Wanted::channel(channel.clone())];
                transport.ensure(&wanted, Ensure::Create).await?;
                // It may take a while until everybody knows of it.
                sleep(LOOK).await;
                true
            }
            _ => false,
        };
        if !helps {
            return Err(error);
        }
    }
}

/// Publishes one message, and waits for the confirmation.
pub(super) async fn once(
    transport: &dyn DynTransport,
    channel: &crate::Channel,
    message: &Message,
) -> Result<()> {
    let batch = std::slice::from_ref(message);
    let outcomes = transport.publish(channel, batch, deadline(CONFIRM)).await;
    let none = || {
        Error::new(
            ErrorKind::Unexpected,
            "publish",
            "the transport gave no outcome",
        )
    };
    outcomes.into_iter().next().unwrap_or_else(|| Err(none()))
}
