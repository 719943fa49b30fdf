//! What a relay tells of itself: its state, its figures by the `metrics` facade, and alarms.
#[cfg(test)]
mod tests;

use super::{
    Relay,
    alarm::{Alarm, Bell},
    patient::answer,
    publish::Outcome,
};
use crate::columns::milliseconds;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};
use tidings::{Error, Result};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// Most rows that are counted.
const MOST_ROWS: u64 = 100_000;

/// Most channels that are told apart, so that addresses with parameters do not grow a recorder without bound.
const CHANNELS: usize = 1000;

/// What the database takes long for is asked so many times less often than that takes.
const RESTS: u32 = 20;

/// While nothing waits, the database is asked this many times less often.
const IDLE: u32 = 6;

/// What only the database tells, and only who leads asks for.
const FIGURES: [&str; 4] = [
    "tidings_outbox_backlog",
    "tidings_outbox_oldest_seconds",
    "tidings_outbox_parked",
    "tidings_outbox_oldest_writer_seconds",
];

/// What a relay does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RelayState {
    /// It tries to take the lead; another may have it.
    Waiting,
    /// It publishes.
    Leading,
    /// The outbox cannot be read; it is tried again.
    Away(Error),
    /// It has ended for good, and is not tried again.
    Ended(Error),
}

pub(super) struct Watching<'a> {
    relay: &'a Relay,
    bell: Bell<'a>,
    /// Whether nothing waited at the last look.
    is_idle: AtomicBool,
    /// Whether more is parked than at the last look.
    has_parked: AtomicBool,
    /// Whether figures are shown that the database told.
    has_figures: AtomicBool,
    channels: Mutex<HashSet<String>>,
    since: Mutex<Since>,
    state: watch::Sender<RelayState>,
}

/// Since when it leads, since when the outbox cannot be read, and since when what is there cannot be published.
#[derive(Default)]
struct Since {
    leads: Option<Instant>,
    away: Option<Instant>,
    fails: Option<Instant>,
}

impl<'a> Watching<'a> {
    pub(super) fn new(relay: &'a Relay, state: watch::Sender<RelayState>) -> Self {
        Self {
            relay,
            bell: Bell::new(&relay.settings.alarms),
            is_idle: AtomicBool::new(false),
            has_parked: AtomicBool::new(false),
            has_figures: AtomicBool::new(false),
            channels: Mutex::default(),
            since: Mutex::default(),
            state,
        }
    }

    pub(super) fn idle(&self, is_idle: bool) {
        self.is_idle.store(is_idle, Relaxed);
    }

    /// Since when something cannot be published that is there.
    pub(super) fn fails(&self, since: Option<Instant>) {
        self.since().fails = since;
    }

    /// Another may lead, and shows how far behind publishing is.
    pub(super) fn waits(&self) {
        *self.since() = Since::default();
        self.hide();
        self.tell(RelayState::Waiting);
    }

    pub(super) fn leads(&self) {
        self.since().leads = Some(Instant::now());
        self.tell(RelayState::Leading);
    }

    /// The outbox cannot be read. What is over soon alarms nobody; who led for longer than any pause had no trouble before.
    pub(super) fn away(&self, error: Error) {
        let now = Instant::now();
        let longest = self.relay.settings.backoff.longest;
        let away = {
            let mut since = self.since();
            if since.leads.take().is_some_and(|led| now > led + longest) {
                since.away = None;
            }
            now - *since.away.get_or_insert(now)
        };
        if away > self.bell.alarms().age {
            let error = error.clone();
            self.bell.ring(&Alarm::Away { error });
        }
        self.tell(RelayState::Away(error));
    }

    /// Nobody tries it again.
    pub(super) fn ended_for_good(&self, error: &Error) {
        let error = error.clone();
        tracing::error!(%error, "the relay has ended, and publishes nothing any more");
        self.bell.ring(&Alarm::Ended {
            error: error.clone(),
        });
        self.tell(RelayState::Ended(error));
    }

    /// What was found while it led is no more so.
    fn hide(&self) {
        if self.has_figures.swap(false, Relaxed) {
            for figure in FIGURES {
                gauge!(figure).set(0.0);
            }
        }
    }

    fn since(&self) -> MutexGuard<'_, Since> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, state: RelayState) {
        let leads = matches!(state, RelayState::Leading);
        gauge!("tidings_outbox_leads").set(f64::from(u8::from(leads)));
        self.state.send_replace(state);
    }

    /// Takes what became of a batch.
    pub(super) fn ended(&self, outcome: &Outcome) {
        let label = || self.label(outcome);
        if !outcome.published.is_empty() {
            let published = outcome.published.len() as u64;
            counter!("tidings_outbox_published_total", "channel" => label()).increment(published);
        }
        let dropped = outcome.dropped.len() as u64;
        if dropped > 0 {
            tracing::debug!(channel = %outcome.channel, dropped, "whoever asked is gone; replies dropped");
            counter!("tidings_outbox_dropped_total").increment(dropped);
        }
        if let Some(row) = outcome.parked.last() {
            let parked = outcome.parked.len() as u64;
            counter!("tidings_outbox_parked_total", "channel" => label()).increment(parked);
            self.has_parked.store(true, Relaxed);
            self.bell.parked(parked, &outcome.channel, &row.row.reason);
        }
        for failed in &outcome.failed {
            let kind = failed.error.kind().to_string();
            counter!("tidings_outbox_failures_total", "channel" => label(), "kind" => kind)
                .increment(1);
        }
    }

    /// Asks the database now and then, for as long as the relay leads. What it cannot tell is asked for again.
    pub(super) async fn run(&self) {
        let every = self.relay.settings.watch;
        if every.is_zero() {
            return std::future::pending().await;
        }
        let mut round = 0_u32;
        self.has_figures.store(true, Relaxed);
        loop {
            let begun = Instant::now();
            // Somebody may have decided what was parked.
            let is_quiet = self.is_idle.load(Relaxed) && !round.is_multiple_of(IDLE);
            let asked = match is_quiet && !self.has_parked.swap(false, Relaxed) {
                true => self.nothing_waits(),
                false => self.ask().await,
            };
            let writer = match is_quiet {
                true => Ok(()),
                false => self.ask_for_writers().await,
            };
            // What was waited for in vain is asked for again soon.
            let rest = match asked.and(writer) {
                Ok(()) => begun.elapsed() * RESTS,
                Err(error) => {
                    tracing::debug!(%error, "the outbox's figures cannot be read");
                    every
                }
            };
            self.bell.remind();
            round = round.wrapping_add(1);
            sleep(every.max(rest)).await;
        }
    }

    fn nothing_waits(&self) -> Result<()> {
        gauge!("tidings_outbox_backlog").set(0.0);
        gauge!("tidings_outbox_oldest_seconds").set(0.0);
        Ok(())
    }

    async fn ask(&self) -> Result<()> {
        let alarms = self.bell.alarms();
        let most = MOST_ROWS.max(alarms.rows.saturating_add(1));
        let waiting = self.relay.store.waiting(most);
        let waiting = answer(self.relay.settings.answer, "watch", waiting).await?;
        let now = milliseconds(SystemTime::now());
        let age = waiting
            .oldest_ms
            .map_or(0, |oldest| now.saturating_sub(oldest));
        let age = Duration::from_millis(age.try_into().unwrap_or(0));
        // Rows need not say when they were made.
        let fails = self.since().fails.map(|since| since.elapsed());
        let age = age.max(fails.unwrap_or_default());
        gauge!("tidings_outbox_backlog").set(waiting.rows as f64);
        gauge!("tidings_outbox_oldest_seconds").set(age);
        gauge!("tidings_outbox_parked").set(waiting.parked as f64);
        if waiting.rows > alarms.rows || (waiting.rows > 0 && age > alarms.age) {
            let rows = waiting.rows;
            self.bell.ring(&Alarm::Behind { rows, age });
        }
        Ok(())
    }

    async fn ask_for_writers(&self) -> Result<()> {
        let open = self.relay.store.oldest_writer();
        let open = answer(self.relay.settings.answer, "watch", open).await?;
        let open = open.unwrap_or_default();
        gauge!("tidings_outbox_oldest_writer_seconds").set(open);
        if open > self.bell.alarms().writer {
            self.bell.ring(&Alarm::Writer { open });
        }
        Ok(())
    }

    /// Reply addresses are as many as there are clients, and others may be as many as there are parameters.
    fn label(&self, outcome: &Outcome) -> String {
        let channels = self.channels.lock();
        let mut channels = channels.unwrap_or_else(PoisonError::into_inner);
        let label = match &*outcome.channel {
            _ if outcome.for_replies => "(reply)",
            channel if channels.contains(channel) => channel,
            channel if channels.len() < CHANNELS => {
                channels.insert(channel.to_owned());
                channel
            }
            _ => "(other)",
        };
        label.to_owned()
    }
}

/// Nobody leads any more who would set them.
impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.hide();
        gauge!("tidings_outbox_leads").set(0.0);
    }
}

/// Tells the recorder what the figures mean.
pub(super) fn describe() {
    describe_gauge!("tidings_outbox_leads", "Whether this relay publishes.");
    describe_gauge!(
        "tidings_outbox_backlog",
        "Rows that wait, counted up to 100,000."
    );
    describe_gauge!(
        "tidings_outbox_oldest_seconds",
        Unit::Seconds,
        "Age of the oldest row that waits."
    );
    describe_gauge!("tidings_outbox_parked", "Messages that are parked.");
    describe_gauge!(
        "tidings_outbox_oldest_writer_seconds",
        Unit::Seconds,
        "How long the oldest transaction that has written is open."
    );
    describe_counter!("tidings_outbox_published_total", "Messages published.");
    describe_counter!("tidings_outbox_parked_total", "Messages parked.");
    describe_counter!(
        "tidings_outbox_dropped_total",
        "Replies dropped, since whoever asked is gone."
    );
    describe_counter!(
        "tidings_outbox_failures_total",
        "Messages to be tried again."
    );
}
