//! How a relay ends, and what it tells of that.
use super::{
    RelaySettings, numbered, plain, relay, relay_with, seconds,
    sink::Sink,
    table::{Asked, Table, gone},
    within,
};
use crate::{Alarm, Alarms, RelayState};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Backoff, Error, ErrorKind};
use tokio::time::sleep;

fn missing() -> Error {
    Error::new(ErrorKind::NotFound, "read", "no such table")
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_ends_for_good_says_so() {
    let (table, sink) = (Table::default(), Sink::new());
    let heard = Arc::new(AtomicU32::new(0));
    let into = heard.clone();
    let settings = RelaySettings {
        alarms: Alarms::new(move |alarm| {
            assert!(matches!(alarm, Alarm::Ended { .. }), "{alarm:?}");
            into.fetch_add(1, SeqCst);
        }),
        ..RelaySettings::default()
    };
    let mut running = relay_with(&table, &sink, settings).await;
    sleep(seconds(10)).await;
    table.fail(|_| Some(missing()));
    assert_eq!(running.failed().await.kind(), ErrorKind::NotFound);
    assert!(matches!(*running.state().borrow(), RelayState::Ended(_)));
    assert_eq!(heard.load(SeqCst), 1);
    assert_eq!(running.failed().await.kind(), ErrorKind::NotFound, "again");
    let stopped = running.stop(seconds(5)).await;
    assert_eq!(
        stopped.map_err(|error| error.kind()),
        Err(ErrorKind::NotFound)
    );
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_panics_is_an_alarm() {
    let (table, sink) = (Table::default(), Sink::new());
    let heard = Arc::new(AtomicU32::new(0));
    let into = heard.clone();
    let settings = RelaySettings {
        alarms: Alarms::new(move |alarm| {
            assert!(matches!(alarm, Alarm::Ended { .. }), "{alarm:?}");
            into.fetch_add(1, SeqCst);
        }),
        ..RelaySettings::default()
    };
    let mut running = relay_with(&table, &sink, settings).await;
    sleep(seconds(10)).await;
    table.fail(|_| panic!("on purpose"));
    assert_eq!(running.failed().await.kind(), ErrorKind::Unexpected);
    assert!(matches!(*running.state().borrow(), RelayState::Ended(_)));
    assert_eq!(heard.load(SeqCst), 1);
}

/// As while a password is changed.
#[tokio::test(start_paused = true)]
async fn what_is_denied_for_a_while_is_tried_again() {
    let (table, sink) = (Table::default(), Sink::new());
    let mut running = relay(&table, &sink).await;
    sleep(seconds(10)).await;
    let denied = || Error::new(ErrorKind::PermissionDenied, "read", "Access denied");
    table.fail(move |_| Some(denied()));
    sleep(seconds(100)).await;
    assert!(matches!(*running.state().borrow(), RelayState::Away(_)));
    table.fail(|_| None);
    table.write([plain("q", "0")]);
    assert!(within(seconds(90), || sink.bodies("q") == ["0"]).await);
    table.fail(move |_| Some(denied()));
    let ended = tokio::time::timeout(seconds(1200), running.failed()).await;
    let ended = ended.expect("it ends");
    assert_eq!(ended.kind(), ErrorKind::PermissionDenied);
}

/// What was long ago does not count.
#[tokio::test(start_paused = true)]
async fn what_is_denied_again_after_a_while_is_tried_as_long_again() {
    let (table, sink) = (Table::default(), Sink::new());
    let running = relay(&table, &sink).await;
    for _ in 0..3 {
        table.fail(|_| Some(Error::new(ErrorKind::PermissionDenied, "read", "denied")));
        sleep(seconds(240)).await;
        assert!(matches!(*running.state().borrow(), RelayState::Away(_)));
        table.fail(|_| None);
        sleep(seconds(400)).await;
        assert!(matches!(*running.state().borrow(), RelayState::Leading));
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_asked_less_and_less_and_soon_where_it_was_there() {
    let (table, sink) = (Table::default(), Sink::new());
    let _relay = relay(&table, &sink).await;
    sleep(seconds(10)).await;
    let asked = Arc::new(AtomicU32::new(0));
    let into = asked.clone();
    table.fail(move |what| {
        into.fetch_add(u32::from(what == Asked::Lead), SeqCst);
        Some(gone())
    });
    sleep(seconds(600)).await;
    let asked = asked.load(SeqCst);
    assert!((12..=30).contains(&asked), "{asked}");
    table.fail(|_| None);
    sleep(seconds(200)).await;
    table.fail(|_| Some(gone()));
    sleep(seconds(1)).await;
    table.fail(|_| None);
    table.write([plain("q", "0")]);
    assert!(within(seconds(5), || sink.bodies("q") == ["0"]).await);
}

#[tokio::test(start_paused = true)]
async fn a_stop_tells_what_was_not_deleted() {
    let (table, sink) = (Table::holds([numbered("q", "k", 0)]), Sink::new());
    sink.slow("q", seconds(2));
    let running = relay(&table, &sink).await;
    sleep(seconds(1)).await;
    table.fail(|asked| matches!(asked, Asked::Delete(_)).then(gone));
    let stopped = running.stop(seconds(20)).await;
    let error = stopped.expect_err("it may be published again");
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    let (table, sink) = (Table::holds([numbered("q", "k", 0)]), Sink::new());
    let running = relay(&table, &sink).await;
    sleep(seconds(1)).await;
    running.stop(seconds(20)).await.expect("all was done");
    assert_eq!(table.len(), 0);
}

/// Another has published and deleted it since.
#[tokio::test(start_paused = true)]
async fn a_stop_tells_nothing_of_what_another_relay_has_seen_to() {
    let (table, sink) = (Table::holds([numbered("q", "k", 0)]), Sink::new());
    sink.slow("q", seconds(2));
    let running = relay(&table, &sink).await;
    sleep(seconds(1)).await;
    table.fail(|asked| matches!(asked, Asked::Delete(_) | Asked::Channels).then(gone));
    sleep(seconds(2)).await;
    table.is_led();
    table.fail(|_| None);
    table.replace([]);
    sleep(seconds(600)).await;
    running.stop(seconds(20)).await.expect("all was done");
}

/// Of rows that do not say when they were made, as other programs write them.
#[tokio::test(start_paused = true)]
async fn what_fails_for_long_is_an_alarm_whatever_its_rows_say() {
    let heard = Arc::new(AtomicU32::new(0));
    let into = heard.clone();
    let settings = RelaySettings {
        alarms: Alarms::new(move |alarm| {
            assert!(matches!(alarm, Alarm::Behind { rows: 1, .. }), "{alarm:?}");
            into.fetch_add(1, SeqCst);
        }),
        ..RelaySettings::default()
    };
    let (table, sink) = (Table::holds([numbered("q", "k", 0)]), Sink::new());
    sink.decide(|_, _| Some(super::busy()));
    let _relay = relay_with(&table, &sink, settings).await;
    sleep(seconds(50)).await;
    assert_eq!(heard.load(SeqCst), 0);
    sleep(seconds(50)).await;
    assert_eq!(heard.load(SeqCst), 1);
    sink.decide(|_, _| None);
    sleep(seconds(1000)).await;
    assert_eq!((heard.load(SeqCst), table.len()), (1, 0));
}

/// Nothing else waits.
#[tokio::test(start_paused = true)]
async fn what_is_parked_is_counted_at_once() {
    let (table, sink) = (Table::holds([plain("q", "0")]), Sink::new());
    sink.decide(|_, _| Some(Error::new(ErrorKind::Rejected, "publish", "never")));
    let asked = Arc::new(AtomicU32::new(0));
    let into = asked.clone();
    table.fail(move |what| {
        into.fetch_add(u32::from(what == Asked::Waiting), SeqCst);
        None
    });
    let _relay = relay(&table, &sink).await;
    sleep(seconds(11)).await;
    assert_eq!((table.len(), asked.load(SeqCst)), (0, 2));
}

/// Though nobody is told of its channel while it waits.
#[tokio::test(start_paused = true)]
async fn what_waits_is_counted_whatever_is_looked_at() {
    let (table, sink) = (Table::holds([numbered("q", "k", 0)]), Sink::new());
    sink.decide(|_, _| Some(super::busy()));
    let (asked, heard) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (count, rung) = (asked.clone(), heard.clone());
    let settings = RelaySettings {
        backoff: Backoff::new(seconds(3600), seconds(3600)),
        alarms: Alarms::new(move |alarm| {
            assert!(matches!(alarm, Alarm::Behind { rows: 1, .. }), "{alarm:?}");
            rung.fetch_add(1, SeqCst);
        }),
        ..RelaySettings::default()
    };
    let _relay = relay_with(&table, &sink, settings).await;
    assert!(within(seconds(5), || sink.begun() == 1).await);
    table.rest();
    table.fail(move |what| {
        count.fetch_add(u32::from(what == Asked::Waiting), SeqCst);
        None
    });
    sleep(seconds(100)).await;
    assert!(asked.load(SeqCst) >= 9, "{asked:?}");
    assert_eq!(heard.load(SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn figures_that_never_come_are_asked_for_again() {
    let heard = Arc::new(AtomicU32::new(0));
    let into = heard.clone();
    let mut settings = RelaySettings {
        alarms: Alarms::new(move |_| {
            into.fetch_add(1, SeqCst);
        }),
        answer: seconds(20),
        ..RelaySettings::default()
    };
    settings.alarms.rows = 0;
    let (table, sink) = (Table::holds([plain("q", "0")]), Sink::new());
    sink.decide(|_, _| Some(super::busy()));
    table.stick(1);
    let _relay = relay_with(&table, &sink, settings).await;
    assert!(within(Duration::from_secs(60), || heard.load(SeqCst) > 0).await);
}

/// Counts what is told as a warning.
struct Warnings(Arc<AtomicU32>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let is_warning = *event.metadata().level() == tracing::Level::WARN;
        self.0.fetch_add(u32::from(is_warning), SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_told_of_once_while_it_lasts() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let warnings = Arc::new(AtomicU32::new(0));
    let told = tracing_subscriber::registry().with(Warnings(warnings.clone()));
    let _told = tracing::subscriber::set_default(told);
    let (table, sink) = (Table::default(), Sink::new());
    let _relay = relay(&table, &sink).await;
    sleep(seconds(10)).await;
    for times in 1..3 {
        table.fail(|_| Some(gone()));
        sleep(seconds(300)).await;
        assert_eq!(warnings.load(SeqCst), times);
        table.fail(|_| None);
        sleep(seconds(300)).await;
    }
}
