//! Channels take turns, and a batch is bounded.
use super::{
    RelaySettings, numbered, plain, relay, relay_with, seconds,
    sink::Sink,
    table::{Asked, Table},
    within,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Bindings, Channel, Message, Outgoing};

#[tokio::test(start_paused = true)]
async fn a_channel_beyond_the_places_has_its_turn() {
    let rows = (0..1000).map(|number| numbered("a", "k", number));
    let (table, sink) = (Table::holds(rows), Sink::new());
    table.write([numbered("b", "k", 0), numbered("c", "k", 0)]);
    sink.slow("a", Duration::from_millis(10));
    let settings = RelaySettings {
        batch: 1,
        channels: 1,
        ..RelaySettings::default()
    };
    let _relay = relay_with(&table, &sink, settings).await;
    let others = || sink.bodies("b").len() + sink.bodies("c").len() == 2;
    assert!(within(seconds(30), others).await);
    assert!(sink.bodies("a").len() < 20, "{}", sink.bodies("a").len());
    assert!(within(seconds(60), || table.len() == 0).await);
    assert_eq!(sink.bodies("a").len(), 1000);
}

/// Who commits is to tell only where there is nothing else to do.
#[tokio::test(start_paused = true)]
async fn a_lead_rests_when_there_is_nothing_to_do_and_not_before() {
    let (table, sink) = (Table::holds([plain("q", "0")]), Sink::new());
    sink.slow("q", seconds(3));
    let rests = Arc::new(AtomicU32::new(0));
    let into = rests.clone();
    table.fail(move |asked| {
        into.fetch_add(u32::from(asked == Asked::Rest), SeqCst);
        None
    });
    let _relay = relay(&table, &sink).await;
    tokio::time::sleep(Duration::from_millis(2900)).await;
    assert_eq!(rests.load(SeqCst), 0);
    assert!(within(Duration::from_millis(200), || rests.load(SeqCst) == 1).await);
}

/// Two services that write to one address with settings of their own.
#[tokio::test(start_paused = true)]
async fn rows_that_alternate_in_settings_go_together() {
    let bindings =
        |of: usize| Bindings::new([("amqp", serde_json::json!({"cc": [of.to_string()]}))]);
    let row = |number: usize| {
        let channel = Channel::point_to_point("q").with_bindings(bindings(number % 2));
        let mut message = Message::new(number.to_string());
        message.key = Some((number % 2).to_string().into());
        Outgoing::new(channel, message)
    };
    let (table, sink) = (Table::holds((0..1000).map(row)), Sink::new());
    sink.slow("q", Duration::from_millis(100));
    let _relay = relay_with(&table, &sink, RelaySettings::default()).await;
    assert!(within(seconds(60), || table.len() == 0).await);
    assert!(sink.begun() <= 10, "{}", sink.begun());
    for parity in 0..2 {
        let of = |body: &String| body.parse::<usize>().is_ok_and(|body| body % 2 == parity);
        let bodies: Vec<_> = sink.bodies("q").into_iter().filter(of).collect();
        let expected = (0..1000).filter(|number| number % 2 == parity);
        let expected: Vec<_> = expected.map(|number| number.to_string()).collect();
        assert_eq!(bodies, expected);
    }
}

/// One key whose rows have several settings stays in its order.
#[tokio::test(start_paused = true)]
async fn a_key_of_several_settings_keeps_its_order() {
    let row = |number: usize| {
        let channel = Channel::point_to_point("q").with_shards(1 + (number % 3) as u16);
        let mut message = Message::new(number.to_string());
        message.key = Some("k".into());
        Outgoing::new(channel, message)
    };
    let (table, sink) = (Table::holds((0..30).map(row)), Sink::new());
    let _relay = relay_with(&table, &sink, RelaySettings::default()).await;
    assert!(within(seconds(60), || table.len() == 0).await);
    let expected: Vec<_> = (0..30).map(|number| number.to_string()).collect();
    assert_eq!(sink.bodies("q"), expected);
}

#[tokio::test(start_paused = true)]
async fn nonsense_in_settings_is_brought_within_bounds() {
    let (table, sink) = (Table::holds([plain("q", "0")]), Sink::new());
    let mut settings = RelaySettings {
        batch: 0,
        channels: 0,
        poll: Duration::MAX,
        timeout: Duration::MAX,
        answer: Duration::MAX,
        watch: Duration::MAX,
        backoff: tidings::Backoff::new(Duration::MAX, Duration::MAX),
        ..RelaySettings::default()
    };
    settings.alarms = crate::Alarms::new(|_| {});
    settings.alarms.every = Duration::MAX;
    settings.alarms.rows = 0;
    let _relay = relay_with(&table, &sink, settings).await;
    assert!(within(seconds(5), || sink.bodies("q") == ["0"]).await);
    let busy = super::busy().retry_after(Duration::MAX);
    sink.decide(move |_, _| Some(busy.clone()));
    let settings = RelaySettings {
        poll: Duration::ZERO,
        watch: Duration::ZERO,
        ..RelaySettings::default()
    };
    let table = Table::holds([plain("q", "1"), numbered("t", "k", 1)]);
    let mut running = relay_with(&table, &sink, settings).await;
    let failed = tokio::time::timeout(seconds(5), running.failed()).await;
    assert!(failed.is_err(), "{failed:?}");
}
