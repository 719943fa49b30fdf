//! The relay over a table in memory, which fails as it is told, by a clock that is turned.
use super::{Relay, RelaySettings, Running};
use crate::relay::tests::table::Table;
use sink::Sink;
use std::{sync::Arc, time::Duration};
use tidings::{Channel, Error, ErrorKind, Message, Outgoing};
use tokio::time::sleep;

mod bound;
mod ends;
mod failures;
mod replies;
mod settling;
#[path = "../../tests/stores/sink.rs"]
mod sink;
mod sizes;
mod table;
mod turns;

/// A message of a key, whose body is the key and a number.
fn numbered(address: &str, key: &str, number: usize) -> Outgoing {
    let mut message = Message::new(format!("{key}{number}"));
    message.key = Some(key.to_owned().into());
    Outgoing::new(Channel::point_to_point(address), message)
}

/// One without a key.
fn plain(address: &str, body: &str) -> Outgoing {
    let message = Message::new(body.to_owned());
    Outgoing::new(Channel::point_to_point(address), message)
}

fn busy() -> Error {
    Error::new(ErrorKind::Busy, "publish", "no room")
}

async fn relay_with(table: &Table, sink: &Sink, settings: RelaySettings) -> Running {
    let relay = Relay::new(Arc::new(table.clone()), Arc::new(sink.clone()));
    let running = relay.with_settings(settings).start().await;
    running.expect("it starts")
}

async fn relay(table: &Table, sink: &Sink) -> Running {
    relay_with(table, sink, RelaySettings::default()).await
}

/// Waits until something holds, for a time of the turned clock; says whether it does.
async fn within(time: Duration, holds: impl Fn() -> bool) -> bool {
    let step = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    while !holds() && waited < time {
        sleep(step).await;
        waited += step;
    }
    holds()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
