//! A relay over a database without rows.
use super::{CHANNELS, Outcome, Watching, describe};
use crate::{
    Alarm, Alarms, Lead, Parked, Read, Refused, Relay, RelaySettings, RelayState, Store, Stored,
    Waiting,
};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{BoxFuture, Error, ErrorKind, Memory, MessageId, Result};
use tokio::{runtime::Builder, time::sleep};

/// A database without rows, which counts what it is asked.
#[derive(Clone, Default)]
struct Empty(Arc<Asked>);

fn gone() -> Error {
    Error::new(ErrorKind::ConnectionLost, "lead", "gone")
}

#[derive(Default)]
struct Asked {
    looks: AtomicU32,
    waiting: AtomicU32,
    writers: AtomicU32,
    is_away: AtomicBool,
    /// Whether something waits that cannot be read.
    has_rows: AtomicBool,
    /// Whether another relay leads.
    is_led: AtomicBool,
    /// Whether figures take two seconds.
    is_slow: AtomicBool,
}

fn done<T: Send + 'static>(value: T) -> BoxFuture<'static, Result<T>> {
    Box::pin(async { Ok(value) })
}

impl Store for Empty {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        done(())
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        match self.0.is_away.load(SeqCst) {
            true => Box::pin(async { Err(gone()) }),
            false if self.0.is_led.load(SeqCst) => done(None),
            false => done(Some(Box::new(self.clone()))),
        }
    }

    fn parked(&self, _: i64, _: usize) -> BoxFuture<'_, Result<Vec<Parked>>> {
        done(Vec::new())
    }

    fn replay<'a>(&'a self, _: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        done(0)
    }

    fn discard<'a>(&'a self, _: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        done(0)
    }

    fn backlog(&self) -> BoxFuture<'_, Result<u64>> {
        done(0)
    }

    fn waiting(&self, _: u64) -> BoxFuture<'_, Result<Waiting>> {
        self.0.waiting.fetch_add(1, SeqCst);
        let waiting = match self.0.has_rows.load(SeqCst) {
            true => Waiting::new(5, Some(0), 2),
            false => Waiting::default(),
        };
        let takes = Duration::from_secs(match self.0.is_slow.load(SeqCst) {
            true => 2,
            false => 0,
        });
        Box::pin(async move {
            sleep(takes).await;
            Ok(waiting)
        })
    }

    fn oldest_writer(&self) -> BoxFuture<'_, Result<Option<Duration>>> {
        self.0.writers.fetch_add(1, SeqCst);
        let has_rows = self.0.has_rows.load(SeqCst);
        done(has_rows.then_some(Duration::from_secs(3)))
    }

    fn forget<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, Result<usize>> {
        done(0)
    }
}

impl Lead for Empty {
    fn channels(&mut self, _: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        self.0.looks.fetch_add(1, SeqCst);
        match self.0.is_away.load(SeqCst) {
            true => Box::pin(async { Err(gone()) }),
            false if self.0.has_rows.load(SeqCst) => done(vec!["q".to_owned()]),
            false => done(Vec::new()),
        }
    }

    fn read<'a>(&'a mut self, _: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        done(Vec::new())
    }

    fn settle<'a>(
        &'a mut self,
        _: &'a str,
        _: &'a [(i64, MessageId)],
        _: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>> {
        done(())
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(sleep(at_most))
    }
}

#[tokio::test(start_paused = true)]
async fn while_nothing_waits_the_database_is_asked_little() {
    let store = Empty::default();
    let relay = Relay::new(Arc::new(store.clone()), Arc::new(Memory::new()));
    let _running = relay.start().await.expect("it starts");
    sleep(Duration::from_secs(6000)).await;
    let asked = |count: &AtomicU32| count.load(SeqCst);
    let asked = [&store.0.looks, &store.0.waiting, &store.0.writers].map(asked);
    let [looks, waiting, writers] = asked;
    assert!((5990..=6001).contains(&looks), "{asked:?}");
    assert!((100..=101).contains(&waiting), "{asked:?}");
    assert!((100..=101).contains(&writers), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn figures_take_a_twentieth_of_the_time_at_most() {
    let store = Empty::default();
    store.0.has_rows.store(true, SeqCst);
    store.0.is_slow.store(true, SeqCst);
    let relay = Relay::new(Arc::new(store.clone()), Arc::new(Memory::new()));
    let _running = relay.start().await.expect("it starts");
    sleep(Duration::from_secs(840)).await;
    let waiting = store.0.waiting.load(SeqCst);
    assert!((19..=21).contains(&waiting), "{waiting}");
}

/// What a relay raises over five rows that wait and a writer of three seconds.
async fn raised(change: impl FnOnce(&mut Alarms)) -> Vec<String> {
    let store = Empty::default();
    store.0.has_rows.store(true, SeqCst);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = heard.clone();
    let mut settings = RelaySettings {
        alarms: Alarms::new(move |alarm| {
            let text = match alarm {
                Alarm::Behind { rows, .. } => format!("behind {rows}"),
                Alarm::Writer { open } => format!("writer {open:?}"),
                other => format!("{other:?}"),
            };
            into.lock().expect("no panic").push(text);
        }),
        ..RelaySettings::default()
    };
    settings.alarms.age = Duration::MAX;
    change(&mut settings.alarms);
    let relay = Relay::new(Arc::new(store), Arc::new(Memory::new()));
    let running = relay.with_settings(settings).start().await;
    let running = running.expect("it starts");
    sleep(Duration::from_secs(60)).await;
    let stopped = running.stop(Duration::from_secs(5)).await;
    stopped.expect("it stops");
    heard.lock().expect("no panic").clone()
}

#[tokio::test(start_paused = true)]
async fn what_is_beyond_its_bound_is_raised_and_what_has_reached_it_is_not() {
    const THREE: Duration = Duration::from_secs(3);
    let at = |alarms: &mut Alarms| (alarms.rows, alarms.writer) = (5, THREE);
    assert_eq!(raised(at).await, [""; 0]);
    assert_eq!(raised(|alarms| alarms.rows = 4).await, ["behind 5"]);
    let writer = |alarms: &mut Alarms| alarms.writer = THREE - Duration::from_millis(1);
    assert_eq!(raised(writer).await, ["writer 3s"]);
    let age = |alarms: &mut Alarms| alarms.age = Duration::from_secs(60);
    assert_eq!(raised(age).await, ["behind 5"], "of 1970");
}

#[test]
fn a_thousand_channels_are_told_apart_and_replies_are_one() {
    let relay = Relay::new(Arc::new(Empty::default()), Arc::new(Memory::new()));
    let (state, _) = tokio::sync::watch::channel(RelayState::Waiting);
    let watching = Watching::new(&relay, state);
    let label = |channel: &str, for_replies| {
        watching.label(&Outcome {
            channel: channel.to_owned(),
            for_replies,
            ..Outcome::default()
        })
    };
    assert_eq!(label("0", true), "(reply)");
    for channel in (0..CHANNELS).map(|number| number.to_string()) {
        assert_eq!(label(&channel, false), channel);
    }
    assert_eq!(label("one more", false), "(other)");
    assert_eq!([label("0", false), label("0", true)], ["0", "(reply)"]);
}

/// Those of the page, and no others.
#[test]
fn what_is_told_is_described() {
    let told = Gauges::default();
    metrics::with_local_recorder(&told, describe);
    let page = include_str!("../../../../docs/outbox.md");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| `tidings_outbox_"));
    let mut named: Vec<_> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap_or_default().split('`'))
        .filter(|part| part.starts_with("tidings_outbox_"))
        .collect();
    named.sort_unstable();
    let described: Vec<_> = told.1.lock().expect("no panic").iter().cloned().collect();
    assert_eq!(described, named);
}

#[tokio::test(start_paused = true)]
async fn who_wants_no_figures_asks_for_none() {
    let store = Empty::default();
    let settings = RelaySettings {
        watch: Duration::ZERO,
        ..RelaySettings::default()
    };
    let relay = Relay::new(Arc::new(store.clone()), Arc::new(Memory::new()));
    let running = relay.with_settings(settings).start().await;
    let _running = running.expect("it starts");
    sleep(Duration::from_secs(600)).await;
    assert_eq!(
        store.0.waiting.load(SeqCst) + store.0.writers.load(SeqCst),
        0
    );
    assert!(store.0.looks.load(SeqCst) > 500);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_for_long_is_an_alarm() {
    let store = Empty::default();
    let heard = Arc::new(AtomicU32::new(0));
    let into = heard.clone();
    let settings = RelaySettings {
        alarms: Alarms::new(move |alarm| {
            assert!(matches!(alarm, Alarm::Away { .. }), "{alarm:?}");
            into.fetch_add(1, SeqCst);
        }),
        ..RelaySettings::default()
    };
    let relay = Relay::new(Arc::new(store.clone()), Arc::new(Memory::new()));
    let running = relay.with_settings(settings).start().await;
    let running = running.expect("it starts");
    let away = |is_away, seconds| {
        store.0.is_away.store(is_away, SeqCst);
        sleep(Duration::from_secs(seconds))
    };
    for _ in 0..5 {
        away(true, 40).await;
        assert!(matches!(*running.state().borrow(), RelayState::Away(_)));
        away(false, 200).await;
        assert!(matches!(*running.state().borrow(), RelayState::Leading));
    }
    assert_eq!(heard.load(SeqCst), 0, "it was over soon");
    away(true, 200).await;
    assert_eq!(heard.load(SeqCst), 1);
    away(true, 600).await;
    assert_eq!(heard.load(SeqCst), 3, "it is told again");
}

/// A recorder that keeps what gauges say, and what is described.
#[derive(Default)]
struct Gauges(
    Mutex<HashMap<String, Arc<AtomicU64>>>,
    Mutex<BTreeSet<String>>,
);

impl Gauges {
    fn get(&self, name: &str) -> Arc<AtomicU64> {
        let mut gauges = self.0.lock().expect("no panic");
        gauges.entry(name.to_owned()).or_default().clone()
    }

    fn describe(&self, name: KeyName) {
        let mut described = self.1.lock().expect("no panic");
        described.insert(name.as_str().to_owned());
    }
}

impl Recorder for Gauges {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(name);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(name);
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.get(key.name()))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// What says how far behind publishing is, and whether this relay leads.
fn figures(gauges: &Gauges) -> [f64; 5] {
    let all = [
        "backlog",
        "oldest_seconds",
        "parked",
        "oldest_writer_seconds",
        "leads",
    ];
    all.map(|name| {
        let gauge = gauges.get(&format!("tidings_outbox_{name}"));
        f64::from_bits(gauge.load(SeqCst))
    })
}

#[test]
fn who_leads_no_more_shows_no_figures_of_then() {
    let told = Gauges::default();
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build();
    let test = async {
        let store = Empty::default();
        store.0.has_rows.store(true, SeqCst);
        let relay = Relay::new(Arc::new(store.clone()), Arc::new(Memory::new()));
        let running = relay.start().await.expect("it starts");
        sleep(Duration::from_secs(30)).await;
        let [backlog, oldest, parked, writer, leads] = figures(&told);
        assert_eq!([backlog, parked, writer, leads], [5.0, 2.0, 3.0, 1.0]);
        assert!(oldest > 0.0);
        store.0.is_away.store(true, SeqCst);
        sleep(Duration::from_secs(30)).await;
        let away = figures(&told);
        let known = [backlog, away[1], parked, writer, 0.0];
        assert_eq!(away, known, "the last known");
        assert!(away[1] >= oldest);
        store.0.is_led.store(true, SeqCst);
        store.0.is_away.store(false, SeqCst);
        sleep(Duration::from_secs(200)).await;
        assert_eq!(figures(&told), [0.0; 5], "they are another's");
        store.0.is_led.store(false, SeqCst);
        sleep(Duration::from_secs(30)).await;
        assert_eq!(figures(&told)[0], 5.0);
        running
            .stop(Duration::from_secs(5))
            .await
            .expect("it stops");
        assert_eq!(figures(&told), [0.0; 5], "it has ended");
    };
    let runtime = runtime.expect("a runtime");
    metrics::with_local_recorder(&told, || runtime.block_on(test));
}
