//! Publishes what the outbox holds.
use crate::Store;
use leading::Leading;
use patient::answer;
use std::{sync::Arc, time::Duration};
use tidings::{Backoff, Error, ErrorKind, Result, transport::DynTransport};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use watching::{Watching, describe};

mod alarm;
mod leading;
mod patient;
mod places;
mod publish;
mod watching;

pub use alarm::{Alarm, Alarms};
pub use watching::RelayState;

/// How a relay works.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RelaySettings {
    /// Most rows of a channel that are published at a time; 1,000 unless told.
    pub batch: usize,
    /// Most channels that are published to at a time; 64 unless told.
    pub channels: usize,
    /// How long the broker has for a batch; 10 seconds unless told. What is not confirmed by then is published again.
    pub timeout: Duration,
    /// How long the database has for an answer; 1 minute unless told. Then the relay gives its connection up, as one to a machine that
    /// is gone, and tries again by another.
    pub answer: Duration,
    /// How long to wait before looking whether there is something, where nobody tells; 1 second unless told. Another relay takes over
    /// within that time.
    pub poll: Duration,
    /// The pauses after failures of a message, of a channel and of the database; from 100 milliseconds to 1 minute unless told.
    pub backoff: Backoff,
    /// How often the figures that the database tells are read by who leads; 10 seconds unless told, and never where it is zero.
    pub watch: Duration,
    /// Who hears of what will not mend itself; nobody unless told.
    pub alarms: Alarms,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            batch: 1000,
            channels: 64,
            timeout: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            backoff: Backoff::new(Duration::from_millis(100), Duration::from_secs(60)),
            watch: Duration::from_secs(10),
            alarms: Alarms::default(),
        }
    }
}

/// A polling publisher: reads the rows of each channel in the order of their ids, publishes them, and deletes what is confirmed. See
/// the [crate](crate) for what it promises.
///
/// What can never be published, because the broker rejects it, it is too large or its row makes no sense, is parked, and what comes
/// after it goes on. Any other failure is tried again, after growing pauses and without an end: the later messages of its key wait,
/// or all of its channel where it has no key or nothing of the channel gets through.
///
/// It tells the `metrics` recorder of the program, where there is one:
///
/// | metric | what |
/// | --- | --- |
/// | `tidings_outbox_leads` | 1 where this relay publishes, 0 where another may |
/// | `tidings_outbox_backlog` | rows that wait, counted up to 100,000 |
/// | `tidings_outbox_oldest_seconds` | how old the oldest of them is |
/// | `tidings_outbox_parked` | messages that are parked |
/// | `tidings_outbox_oldest_writer_seconds` | how long the oldest transaction that has written is open, where the database tells |
/// | `tidings_outbox_published_total` | messages published, by `channel` |
/// | `tidings_outbox_parked_total` | messages parked, by `channel` |
/// | `tidings_outbox_failures_total` | messages that failed and are tried again, by `channel` and `kind` of error |
///
/// Reply addresses are all of the channel `(reply)`, and after the first 1,000 channels all others are `(other)`. Who does not lead
/// reads nothing: its gauges stay as they were.
pub struct Relay {
    store: Arc<dyn Store>,
    transport: Arc<dyn DynTransport>,
    settings: RelaySettings,
}

impl Relay {
    /// From a store to a broker.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, transport: Arc<dyn DynTransport>) -> Self {
        Self {
            store,
            transport,
            settings: RelaySettings::default(),
        }
    }

    /// The same, with those settings.
    #[must_use]
    pub fn with_settings(self, settings: RelaySettings) -> Self {
        Self { settings, ..self }
    }

    /// Begins, as a task of its own. From then on a database that is away is waited for.
    ///
    /// # Errors
    /// When the tables are missing, of another version, or cannot be worked with; and when the database cannot be reached.
    pub async fn start(self) -> Result<Running> {
        self.store.check().await?;
        let (stop, stopped) = watch::channel(false);
        let (state, states) = watch::channel(RelayState::Waiting);
        let wake = Arc::new(Notify::new());
        describe();
        let task = tokio::spawn(run(self, stopped, wake.clone(), state));
        Ok(Running {
            stop,
            wake,
            states,
            task,
        })
    }
}

/// Tells a relay that something was committed, for a service that has its relay in its own process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// The relay looks at once, rather than at the next [poll](RelaySettings::poll).
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// A relay that runs. Dropping it ends it at once; what was not confirmed is published again by the next.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    wake: Arc<Notify>,
    states: watch::Receiver<RelayState>,
    task: JoinHandle<Error>,
}

impl Running {
    /// Says that something was committed: the relay looks at once, rather than at the next [poll](RelaySettings::poll). For a service
    /// that has its relay in its own process, where the database does not tell.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// What it does, now and from then on.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<RelayState> {
        self.states.clone()
    }

    /// The same for whoever commits.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(self.wake.clone())
    }

    /// Ends when the relay does by itself, with why: when its transport is closed, or its tables are no longer what they were.
    pub async fn failed(&mut self) -> Error {
        match (&mut self.task).await {
            Ok(error) => error,
            Err(error) => Error::new(ErrorKind::Unexpected, "relay", error.to_string()),
        }
    }

    /// Begins nothing any more, and waits for what is being published, at most that long.
    ///
    /// # Errors
    /// When that was not done by then; it may be published again by the next relay.
    pub async fn stop(mut self, grace: Duration) -> Result<()> {
        self.stop.send_replace(true);
        match timeout(grace, &mut self.task).await {
            Ok(_) => Ok(()),
            Err(_) => {
                let reason = "messages were still being published; they may be published again";
                Err(Error::new(ErrorKind::Timeout, "stop", reason))
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Leads when it can, until it is stopped or cannot go on.
async fn run(
    relay: Relay,
    stopped: watch::Receiver<bool>,
    wake: Arc<Notify>,
    state: watch::Sender<RelayState>,
) -> Error {
    let watching = Watching::new(&relay, state);
    let backoff = &relay.settings.backoff;
    let mut failures = 0;
    loop {
        let begun = Instant::now();
        let error = match lead(&relay, &watching, stopped.clone(), &wake).await {
            Ok(()) => return Error::new(ErrorKind::Closed, "relay", "it was stopped"),
            Err(error) if !is_passing(&error) => return error,
            Err(error) => error,
        };
        // What went well for longer than any pause is over.
        if begun.elapsed() > backoff.full(u32::MAX) {
            failures = 0;
        }
        if failures == 0 {
            tracing::warn!(%error, "the outbox cannot be read; it is tried again");
        }
        failures += 1;
        watching.away(error);
        let pause = sleep(backoff.pause(failures));
        unless(stopped.clone(), pause).await;
    }
}

/// Waits for something, unless it is stopped before.
async fn unless<T>(mut stopped: watch::Receiver<bool>, what: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => None,
        done = what => Some(done),
    }
}

/// Whether the database may be there again by itself.
fn is_passing(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Closed | ErrorKind::PermissionDenied
    )
}

/// Waits for the lead, and leads until it is stopped.
async fn lead(
    relay: &Relay,
    watching: &Watching<'_>,
    stopped: watch::Receiver<bool>,
    wake: &Notify,
) -> Result<()> {
    loop {
        let lead = answer(relay.settings.answer, "lead", relay.store.lead());
        match unless(stopped.clone(), lead).await {
            None => return Ok(()),
            Some(lead) => match lead? {
                Some(lead) => {
                    watching.leads();
                    let leading = Leading::new(relay, watching, lead);
                    return tokio::select! {
                        ended = leading.run(stopped, wake) => ended,
                        () = watching.run() => Ok(()),
                    };
                }
                None => {
                    watching.waits();
                    unless(stopped.clone(), sleep(relay.settings.poll)).await
                }
            },
        };
    }
}
