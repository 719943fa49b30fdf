//! What a relay tells whoever has to act.
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::Error;
use tokio::time::Instant;

/// Something that will not mend itself, or not soon enough.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Alarm {
    /// Messages were parked since the last alarm: look at them (`tidings outbox list`), then replay or drop them.
    Parked {
        /// How many.
        messages: u64,
        /// The address that the last of them was for.
        channel: String,
        /// Why that cannot be published.
        reason: String,
    },
    /// Publishing is behind: more is written than is published, the broker is away or refuses a channel, or a key waits.
    Behind {
        /// How many rows wait, as far as they were counted.
        rows: u64,
        /// How old the oldest of them is, since it was due where it is for later; zero where none says.
        age: Duration,
    },
    /// A transaction that has written something is open for long: nothing that it wrote is published, and the database cannot clean
    /// up behind it.
    Writer {
        /// How long.
        open: Duration,
    },
    /// The outbox cannot be read for longer than [`Alarms::age`]; it is tried again.
    Away {
        /// Why.
        error: Error,
    },
    /// The relay has ended for good, and publishes nothing any more: mend what the error says, and start it again.
    Ended {
        /// Why.
        error: Error,
    },
}

type Call = dyn Fn(&Alarm) + Send + Sync;

/// When to raise which alarm, and who hears of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Alarms {
    /// More rows than these are [`Alarm::Behind`]; 10,000 unless told.
    pub rows: u64,
    /// Rows older than that are [`Alarm::Behind`]; 1 minute unless told.
    pub age: Duration,
    /// Transactions open for longer than that are [`Alarm::Writer`]; 10 minutes unless told.
    pub writer: Duration,
    /// An alarm is raised at most that often while its reason lasts, each kind by itself; every 5 minutes unless told.
    pub every: Duration,
    call: Option<Arc<Call>>,
}

impl Default for Alarms {
    /// That nobody hears.
    fn default() -> Self {
        Self {
            rows: 10_000,
            age: Duration::from_secs(60),
            writer: Duration::from_secs(600),
            every: Duration::from_secs(300),
            call: None,
        }
    }
}

impl Alarms {
    /// Calls that with each alarm, within the relay's task: it must not block.
    #[must_use]
    pub fn new(call: impl Fn(&Alarm) + Send + Sync + 'static) -> Self {
        Self::default().heard_by(call)
    }

    /// The same, heard by that.
    #[must_use]
    pub fn heard_by(self, call: impl Fn(&Alarm) + Send + Sync + 'static) -> Self {
        let call: Option<Arc<Call>> = Some(Arc::new(call));
        Self { call, ..self }
    }
}

impl fmt::Debug for Alarms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarms")
            .field("rows", &self.rows)
            .field("age", &self.age)
            .field("writer", &self.writer)
            .field("every", &self.every)
            .field("is_heard", &self.call.is_some())
            .finish()
    }
}

/// Raises alarms, each kind as often as it may be.
pub(super) struct Bell<'a> {
    alarms: &'a Alarms,
    rung: Mutex<Rung>,
}

#[derive(Default)]
struct Rung {
    /// When each kind was raised last.
    at: [Option<Instant>; KINDS],
    /// What was parked and not told yet.
    parked: Option<Alarm>,
}

const KINDS: usize = 5;

fn kind(alarm: &Alarm) -> usize {
    match alarm {
        Alarm::Parked { .. } => 0,
        Alarm::Behind { .. } => 1,
        Alarm::Writer { .. } => 2,
        Alarm::Away { .. } => 3,
        Alarm::Ended { .. } => 4,
    }
}

impl<'a> Bell<'a> {
    pub(super) fn new(alarms: &'a Alarms) -> Self {
        let rung = Mutex::default();
        Self { alarms, rung }
    }

    pub(super) fn alarms(&self) -> &'a Alarms {
        self.alarms
    }

    /// Raises an alarm, unless one of its kind was raised a short while ago.
    pub(super) fn ring(&self, alarm: &Alarm) {
        let Some(call) = &self.alarms.call else {
            return;
        };
        let now = Instant::now();
        {
            let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
            let at = &mut rung.at[kind(alarm)];
            if at.is_some_and(|at| now < at + self.alarms.every) {
                return;
            }
            *at = Some(now);
            if matches!(alarm, Alarm::Parked { .. }) {
                rung.parked = None;
            }
        }
        if catch_unwind(AssertUnwindSafe(|| call(alarm))).is_err() {
            tracing::error!(?alarm, "who hears the outbox's alarms panicked");
        }
    }

    /// Something more was parked; what is not told now is told with the next.
    pub(super) fn parked(&self, more: u64, channel: &str, reason: &str) {
        let alarm = {
            let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
            let before = match &rung.parked {
                Some(Alarm::Parked { messages, .. }) => *messages,
                _ => 0,
            };
            let alarm = Alarm::Parked {
                messages: before + more,
                channel: channel.to_owned(),
                reason: reason.to_owned(),
            };
            rung.parked = Some(alarm.clone());
            alarm
        };
        self.ring(&alarm);
    }

    /// Tells what was parked since the last alarm of that kind, once it may be told.
    pub(super) fn remind(&self) {
        let parked = self.rung.lock();
        let parked = parked
            .unwrap_or_else(PoisonError::into_inner)
            .parked
            .clone();
        if let Some(alarm) = parked {
            self.ring(&alarm);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::ErrorKind;

    /// What is heard, in short.
    fn heard() -> (Alarms, Arc<Mutex<Vec<String>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let into = heard.clone();
        let alarms = Alarms::new(move |alarm| {
            let short = match alarm {
                Alarm::Parked { messages, .. } => format!("parked {messages}"),
                Alarm::Behind { rows, .. } => format!("behind {rows}"),
                other => format!("{other:?}"),
            };
            into.lock().expect("no panic").push(short);
        });
        (alarms, heard)
    }

    fn behind(rows: u64) -> Alarm {
        let age = Duration::ZERO;
        Alarm::Behind { rows, age }
    }

    #[tokio::test(start_paused = true)]
    async fn each_kind_is_told_at_most_every_so_often_and_nothing_parked_is_forgotten() {
        let (alarms, heard) = heard();
        let bell = Bell::new(&alarms);
        bell.ring(&behind(1));
        bell.ring(&behind(2));
        bell.parked(1, "q", "large");
        bell.parked(2, "q", "large");
        bell.parked(3, "q", "large");
        bell.remind();
        tokio::time::advance(alarms.every).await;
        bell.remind();
        bell.remind();
        bell.ring(&behind(3));
        let expected = ["behind 1", "parked 1", "parked 5", "behind 3"];
        assert_eq!(*heard.lock().expect("no panic"), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_of_who_hears_it_ends_there() {
        let alarms = Alarms::new(|_| panic!("on purpose"));
        let error = Error::new(ErrorKind::ConnectionLost, "read", "gone");
        Bell::new(&alarms).ring(&Alarm::Away { error });
        Bell::new(&Alarms::default()).ring(&behind(1));
    }
}
