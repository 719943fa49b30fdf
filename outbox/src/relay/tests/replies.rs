//! Replies wait for their address, as long as somebody may come back for them.
use super::{RelaySettings, plain, relay, relay_with, seconds, sink::Sink, table::Table, within};
use std::time::Duration;
use tidings::{Channel, Error, ErrorKind, Message, Outgoing};
use tokio::time::sleep;

fn reply(address: &str) -> Outgoing {
    Outgoing::new(Channel::replies(address), Message::new("reply"))
}

fn nobody() -> Error {
    Error::new(ErrorKind::NotFound, "publish", "no such queue")
}

#[tokio::test(start_paused = true)]
async fn a_reply_waits_for_an_address_that_is_not_there_yet() {
    let made = tidings::memory::inbox_address();
    let rows = [reply("shop.replies"), reply(&made)];
    let (table, sink) = (Table::holds(rows), Sink::new());
    sink.decide(|_, _| Some(nobody()));
    let _relay = relay(&table, &sink).await;
    sleep(seconds(30)).await;
    assert_eq!(table.len(), 2, "they wait");
    sink.decide(|_, _| None);
    assert!(within(seconds(90), || table.len() == 0).await);
    assert_eq!(
        sink.bodies("shop.replies").len() + sink.bodies(&made).len(),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn a_reply_to_who_is_gone_is_dropped_in_the_end_and_others_are_parked() {
    let made = tidings::memory::inbox_address();
    let rows = [reply("shop.replies"), reply(&made), plain("q", "0")];
    let (table, sink) = (Table::holds(rows), Sink::new());
    sink.decide(|_, _| Some(nobody()));
    let settings = RelaySettings {
        replies: Duration::from_secs(60),
        ..RelaySettings::default()
    };
    let _relay = relay_with(&table, &sink, settings).await;
    sleep(seconds(300)).await;
    assert_eq!(table.len(), 1, "what is no reply waits for ever");
    assert_eq!(table.reasons(), ["publish: not found: no such queue"]);
}
