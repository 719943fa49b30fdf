//! Relays: the program.
use crate::{broker::Broker, orders::Orders};
use std::{process::Command, time::Duration};

/// Rows of a channel at a time.
const BATCH: usize = 100;
/// How often it is looked where nobody tells, and the pauses after failures.
const POLL: Duration = Duration::from_millis(200);
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

/// What is queued in a process of sockets dies with it, so that there is confirmed what was settled.
fn broker(orders: &Orders) -> String {
    match Broker::of(&orders.broker) {
        Broker::Socket => format!("{}?confirm=settled", orders.broker),
        _ => orders.broker.clone(),
    }
}

/// A relay of a round.
pub(crate) fn program(orders: &Orders) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings-relay"));
    let mode = if orders.tailing { "tailing" } else { "polling" };
    let milliseconds = |time: Duration| format!("{}ms", time.as_millis());
    for (name, value) in [
        ("DATABASE_URL", orders.database.clone()),
        ("BROKER_URL", broker(orders)),
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
