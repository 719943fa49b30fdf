//! Publishes what the outbox holds.
use crate::Store;
use alarm::Bell;
use futures_util::FutureExt as _;
use leading::Leading;
use patient::answer;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tidings::{Backoff, Error, ErrorKind, Result, transport::DynTransport};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use watching::{Watching, describe};
use work::Work;

mod alarm;
mod leading;
mod patient;
mod places;
mod publish;
#[cfg(test)]
mod tests;
mod watching;
mod work;

pub use alarm::{Alarm, Alarms};
pub use watching::RelayState;

/// A hundred years, longer than any relay runs. Times beyond are taken for it.
const LONGEST: Duration = Duration::from_secs(3_153_600_000);

/// How long a database may deny what it allowed before, as while a password or a right is changed.
const DENIED: Duration = Duration::from_secs(300);

/// After that time, however long it is.
fn later(time: Duration) -> Instant {
    Instant::now() + time.min(LONGEST)
}

/// How a relay works. What makes no sense is brought within bounds: a batch has one row at least, and a relay looks a thousand times
/// a second at most.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RelaySettings {
    /// Most rows of a channel that are published at a time; 1,000 unless told. Of large ones there are fewer: about 4 MiB of a channel,
    /// and 32 MiB over all, are in memory at a time, and one row at least.
    pub batch: usize,
    /// Most channels that are published to at a time; 64 unless told.
    pub channels: usize,
    /// How long the broker has for a batch; 10 seconds unless told. What is not confirmed by then is published again. A transport that
    /// has not ended five seconds later is given up.
    pub timeout: Duration,
    /// How long the database has for an answer; 1 minute unless told. Then the relay gives its connection up, as one to a machine that
    /// is gone, and tries again by another.
    pub answer: Duration,
    /// How long to wait before looking whether there is something, where nobody tells; 1 second unless told. Another relay takes over
    /// within that time of an end, and of five seconds of silence where a machine vanished.
    pub poll: Duration,
    /// How long a reply waits for an address that is not there; 10 minutes unless told. See [`Relay`].
    pub replies: Duration,
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
            replies: Duration::from_secs(600),
            backoff: Backoff::new(Duration::from_millis(100), Duration::from_secs(60)),
            watch: Duration::from_secs(10),
            alarms: Alarms::default(),
        }
    }
}

impl RelaySettings {
    fn within_bounds(mut self) -> Self {
        self.batch = self.batch.max(1);
        self.channels = self.channels.max(1);
        self.poll = self.poll.max(Duration::from_millis(1));
        let times = [
            &mut self.timeout,
            &mut self.answer,
            &mut self.poll,
            &mut self.replies,
            &mut self.watch,
            &mut self.backoff.first,
            &mut self.backoff.longest,
            &mut self.alarms.every,
        ];
        for time in times {
            *time = (*time).min(LONGEST);
        }
        self
    }
}

/// A polling publisher: reads the rows of each channel in the order of their ids, publishes them, and deletes what is confirmed. See
/// the [crate](crate) for what it promises.
///
/// What can never be published, because the broker rejects it or cannot do it at all, it is too large or its row makes no sense, is
/// parked, and what comes after it goes on. Any other failure is tried again, after growing pauses and without an end: the later messages
/// of its key wait, or all of its channel where it has no key or more than 100 keys wait.
///
/// A message for later than the broker holds messages back stays in the table until then, and others go before it.
///
/// A reply whose address is not there is tried again for [`RelaySettings::replies`], and then parked. It is dropped where it has expired,
/// and after 30 seconds where the address was made for one who asked, as it ends with a UUID or begins with `amq.`.
///
/// What was confirmed is published once, as long as the relay lives: where the database cannot delete it, or the lead is lost meanwhile,
/// it is deleted later. A crash of PostgreSQL within a second of a deletion may have it published again.
///
/// It tells the `metrics` recorder of the program, where there is one:
///
/// | metric | what |
/// | --- | --- |
/// | `tidings_outbox_leads` | 1 where this relay publishes, 0 where another may |
/// | `tidings_outbox_backlog` | rows that wait, counted up to 100,000 |
/// | `tidings_outbox_oldest_seconds` | how old the oldest of them is, since it was due where it is for later |
/// | `tidings_outbox_parked` | messages that are parked |
/// | `tidings_outbox_oldest_writer_seconds` | how long the oldest transaction that has written is open, where the database tells |
/// | `tidings_outbox_published_total` | messages published, by `channel` |
/// | `tidings_outbox_parked_total` | messages parked, by `channel` |
/// | `tidings_outbox_dropped_total` | replies dropped, since whoever asked is gone |
/// | `tidings_outbox_failures_total` | messages that failed and are tried again, by `channel` and `kind` of error |
///
/// Reply addresses are all of the channel `(reply)`, and after the first 1,000 channels all others are `(other)`. The gauges of who
/// does not lead are 0, but that while the outbox cannot be read they are the last known.
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
        Self {
            settings: settings.within_bounds(),
            ..self
        }
    }

    /// Begins, as a task of its own. From then on a database that is away is waited for.
    ///
    /// # Errors
    /// When the tables are missing, of another version, or cannot be worked with; and when the database cannot be reached.
    pub async fn start(self) -> Result<Running> {
        answer(self.settings.answer, "check", self.store.check()).await?;
        let (stop, stopped) = watch::channel(false);
        let (state, states) = watch::channel(RelayState::Waiting);
        let wake = Arc::new(Notify::new());
        describe();
        let (told, alarms) = (state.clone(), self.settings.alarms.clone());
        let running = AssertUnwindSafe(run(self, stopped, wake.clone(), state)).catch_unwind();
        let task = tokio::spawn(async move {
            running.await.unwrap_or_else(|_| {
                let error = Error::new(ErrorKind::Unexpected, "relay", "it panicked");
                tracing::error!(%error, "the relay has ended");
                let alarm = Alarm::Ended {
                    error: error.clone(),
                };
                Bell::new(&alarms).ring(&alarm);
                told.send_replace(RelayState::Ended(error.clone()));
                Err(error)
            })
        });
        Ok(Running {
            stop,
            wake,
            states,
            task,
            ended: None,
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
    task: JoinHandle<Result<()>>,
    ended: Option<Result<()>>,
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
        let stopped = || Error::new(ErrorKind::Closed, "relay", "it was stopped");
        self.ended().await.err().unwrap_or_else(stopped)
    }

    /// Its end, whoever asks for it how often.
    async fn ended(&mut self) -> Result<()> {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        let ended = (&mut self.task).await.unwrap_or_else(|error| {
            let reason = error.to_string();
            Err(Error::new(ErrorKind::Unexpected, "relay", reason))
        });
        self.ended.insert(ended).clone()
    }

    /// Begins nothing any more, and waits for what is being published, at most that long.
    ///
    /// # Errors
    /// When that was not done by then, or could not be deleted: it may be published again by the next relay. And why it had ended, where
    /// it had by itself.
    pub async fn stop(mut self, grace: Duration) -> Result<()> {
        self.stop.send_replace(true);
        match timeout(grace, self.ended()).await {
            Ok(ended) => ended,
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

/// Leads when it can, until it is stopped or cannot go on. What is under way when a lead is lost goes on, and is settled by the next.
async fn run(
    relay: Relay,
    stopped: watch::Receiver<bool>,
    wake: Arc<Notify>,
    state: watch::Sender<RelayState>,
) -> Result<()> {
    let watching = Watching::new(&relay, state);
    let backoff = &relay.settings.backoff;
    let (mut work, mut failures) = (Work::default(), 0);
    let (mut denied, mut last) = (None, None);
    loop {
        let begun = Instant::now();
        let Err(error) = lead(&relay, &watching, &mut work, stopped.clone(), &wake).await else {
            return work.left(last);
        };
        // What went well for longer than any pause is over.
        if begun.elapsed() > backoff.full(u32::MAX) {
            (failures, denied) = (0, None);
        }
        let is_denied = error.kind() == ErrorKind::PermissionDenied;
        denied = is_denied.then(|| denied.unwrap_or_else(Instant::now));
        let may_pass = denied.is_some_and(|since| since.elapsed() < DENIED);
        if !may_pass && !is_passing(&error) {
            watching.ended_for_good(&error);
            return Err(error);
        }
        if *stopped.borrow() {
            return work.left(Some(error));
        }
        last = Some(error.clone());
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
    work: &mut Work,
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
                    let leading = Leading::new(relay, watching, lead, work);
                    return tokio::select! {
                        ended = leading.run(stopped, wake) => ended,
                        () = watching.run() => Ok(()),
                    };
                }
                None => {
                    watching.waits();
                    work.is_handed_on = true;
                    unless(stopped.clone(), sleep(relay.settings.poll)).await
                }
            },
        };
    }
}
