//! Relays: the program; over sockets the library, which has the broker confirm what was settled.
use crate::{
    Outcome,
    base::{Base, patiently},
    broker,
    orders::Orders,
};
use std::{process::Command, sync::Arc, time::Duration};
use tidings::Backoff;
use tidings_outbox::{Relay, RelaySettings};
use tokio::sync::watch;

/// Rows of a channel at a time.
const BATCH: usize = 100;
/// How often it is looked where nobody tells, and the pauses after failures.
const POLL: Duration = Duration::from_millis(200);
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);
/// How long what is being published may take at the end.
const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn publish(orders: &Orders, mut stopped: watch::Receiver<bool>) -> Outcome {
    let base = Base::reach(&orders.database, None).await?;
    let transport = patiently(|| broker::socket(&orders.broker)).await?;
    let transport = Arc::new(transport.confirm_settled());
    let store = base.store(orders.tailing.then_some(&*orders.database))?;
    let mut settings = RelaySettings::default();
    (settings.batch, settings.poll) = (BATCH, POLL);
    settings.backoff = Backoff::new(FIRST, LONGEST);
    let begin = || {
        let relay = Relay::new(store.clone(), transport.clone());
        relay.with_settings(settings.clone()).start()
    };
    let mut relay = patiently(begin).await?;
    tokio::select! {
        error = relay.failed() => Err(error.into()),
        _ = stopped.wait_for(|stopped| *stopped) => Ok(relay.stop(GRACE).await?),
    }
}

/// The program, told the same.
pub(crate) fn program(orders: &Orders) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings-relay"));
    let mode = if orders.tailing { "tailing" } else { "polling" };
    let milliseconds = |time: Duration| format!("{}ms", time.as_millis());
    for (name, value) in [
        ("DATABASE_URL", orders.database.clone()),
        ("BROKER_URL", orders.broker.clone()),
        ("RELAY_MODE", mode.to_owned()),
        ("RELAY_BATCH", BATCH.to_string()),
        ("RELAY_POLL", milliseconds(POLL)),
        ("RELAY_FIRST_PAUSE", milliseconds(FIRST)),
        ("RELAY_LONGEST_PAUSE", milliseconds(LONGEST)),
        ("HTTP_LISTEN", "off".to_owned()),
        ("START_WAIT", "2m".to_owned()),
    ] {
        command.env(format!("TIDINGS_RELAY_{name}"), value);
    }
    command
}
