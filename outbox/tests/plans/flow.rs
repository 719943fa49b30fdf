//! Events that are committed and published while a test goes on: when, in which order, and whether all of them.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tidings::{Channel, Message, Outgoing};

use crate::Outcome;

/// The channel of all events.
pub(crate) const CHANNEL: &str = "q";

/// An event's key and its number, which no other has.
pub(crate) type Event = (usize, usize);

#[derive(Clone, Default)]
pub(crate) struct Flow(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    next: usize,
    committed: HashMap<Event, Instant>,
    taken: Vec<(Event, Instant)>,
    /// How many of them were told before.
    told: usize,
}

/// How long events took since that was asked last, from their commit on.
pub(crate) struct Delays {
    pub(crate) count: usize,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    pub(crate) longest: Duration,
}

impl Flow {
    /// The next of that key.
    pub(crate) fn next(&self, key: usize) -> Event {
        let mut seen = self.seen();
        seen.next += 1;
        (key, seen.next)
    }

    pub(crate) fn commit(&self, events: &[Event]) {
        let now = Instant::now();
        let events = events.iter().map(|event| (*event, now));
        self.seen().committed.extend(events);
    }

    /// One that is published.
    pub(crate) fn take(&self, body: &[u8]) -> Outcome {
        let now = Instant::now();
        let body = std::str::from_utf8(body)?;
        let (key, number) = body.split_once(' ').ok_or("not an event")?;
        let event = (key.parse()?, number.parse()?);
        self.seen().taken.push((event, now));
        Ok(())
    }

    pub(crate) fn has_taken(&self, event: Event) -> bool {
        self.seen().taken.iter().any(|(taken, _)| *taken == event)
    }

    pub(crate) fn is_through(&self) -> bool {
        let seen = self.seen();
        seen.taken.len() >= seen.committed.len()
    }

    pub(crate) fn delays(&self) -> Delays {
        let mut seen = self.seen();
        let new = &seen.taken[seen.told..];
        // One that was published before its writer knew of its commit took no time.
        let delay = |(event, taken): &(Event, Instant)| {
            let committed = seen.committed.get(event).unwrap_or(taken);
            taken.saturating_duration_since(*committed)
        };
        let mut delays: Vec<_> = new.iter().map(delay).collect();
        delays.sort_unstable();
        seen.told = seen.taken.len();
        let at = |hundredths: usize| {
            let last = delays.len().saturating_sub(1);
            delays
                .get(last * hundredths / 100)
                .copied()
                .unwrap_or_default()
        };
        Delays {
            count: delays.len(),
            median: at(50),
            p99: at(99),
            longest: at(100),
        }
    }

    /// All that was committed was published once, and those of a key in the order of their numbers. Says how many there were.
    pub(crate) fn check(&self) -> usize {
        let seen = self.seen();
        let mut last = HashMap::new();
        for ((key, number), _) in &seen.taken {
            let before = last.insert(*key, *number).unwrap_or_default();
            assert!(before < *number, "{number} of {key} comes after {before}");
        }
        let mut taken: Vec<_> = seen.taken.iter().map(|(event, _)| *event).collect();
        let mut committed: Vec<_> = seen.committed.keys().copied().collect();
        taken.sort_unstable();
        committed.sort_unstable();
        assert!(taken == committed, "{} of {}", taken.len(), committed.len());
        taken.len()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is appended for an event.
pub(crate) fn outgoing((key, number): Event) -> Outgoing {
    let mut message = Message::new(format!("{key} {number}"));
    message.key = Some(format!("key {key}").into());
    Outgoing::new(Channel::point_to_point(CHANNEL), message)
}
