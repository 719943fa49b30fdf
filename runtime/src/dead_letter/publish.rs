//! Publishes a dead letter: nobody else makes the channel that it goes to, and what was as large as may be has no room for more.
use super::strip;
use crate::{
    DynTransport, Error, ErrorKind, Outgoing, Result,
    transport::{CONFIRM, Ensure, Wanted, deadline, publish_one},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to wait before a channel that is not there is looked for again.
pub(super) const LOOK: Duration = Duration::from_millis(50);
/// How long to wait before a channel that was just made is sent to.
const MADE: Duration = Duration::from_millis(10);

/// Publishes it, by itself where it is too large with what says why.
///
/// # Errors
/// When the transport does not take it.
pub(crate) async fn publish(transport: &dyn DynTransport, letter: &mut Outgoing) -> Result<()> {
    let until = deadline(CONFIRM);
    loop {
        let sent = publish_one(transport, &letter.channel, &letter.message).await;
        let Err(error) = sent else {
            return Ok(());
        };
        match mended(transport, letter, &error).await {
            Some(pause) if Instant::now() < until => sleep(pause).await,
            _ => return Err(error),
        }
    }
}

/// After which pause it can be sent that could not be; none where nothing was done about that. Without what says why it is as large as
/// it came, and a channel that is not there is made.
pub(crate) async fn mended(
    transport: &dyn DynTransport,
    letter: &mut Outgoing,
    error: &Error,
) -> Option<Duration> {
    let Outgoing { channel, message } = letter;
    match error.kind() {
        ErrorKind::TooLarge => strip(message).then_some(Duration::ZERO),
        ErrorKind::NotFound => {
            let wanted = [Wanted::channel(channel.clone())];
            let made = transport.ensure(&wanted, Ensure::Create).await;
            if let Err(error) = &made {
                tracing::warn!(address = %channel.address, %error, "there is no such channel, and none can be made");
            }
            // It may take a while until everybody knows of it.
            made.is_ok().then_some(MADE)
        }
        _ => None,
    }
}
