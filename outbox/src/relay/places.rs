//! Which channels are busy, and which channels and keys wait after failures.
#[cfg(test)]
mod tests;

use super::{
    later,
    publish::{Failed, Outcome},
};
use bytes::Bytes;
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, SystemTime},
};
use tidings::{Backoff, Error, ErrorKind, MessageId};
use tokio::time::Instant;

/// Most keys of a channel that wait by themselves; with more of them all of the channel waits.
const MOST_KEYS: usize = 100;

/// How long replies wait for an address that was made for one who asks, at most: by then a client that connects again has made it
/// again, and most that ask have given up.
const MADE: Duration = Duration::from_secs(30);

/// How many channels may be remembered without need.
const KNOWN: usize = 1000;

/// How many rows of a channel are read first, since nobody knows how large they are.
const FEW: usize = 64;

/// The channels that are busy or wait; all others are free.
#[derive(Default)]
pub(super) struct Places(HashMap<String, Place>);

#[derive(Default)]
struct Place {
    is_busy: bool,
    wait: Wait,
    keys: HashMap<Bytes, Wait>,
    /// How many rows are read next.
    most: Option<usize>,
    /// Since when replies find nobody.
    missing: Option<Instant>,
    later: Option<Later>,
}

#[derive(Default)]
struct Wait {
    failures: u32,
    until: Option<Instant>,
    /// When the first of these was.
    since: Option<Instant>,
}

/// Rows that the broker cannot hold back are left where they are until then, and until so long before their time.
#[derive(Clone, Copy)]
struct Later {
    until: Instant,
    delay: Duration,
}

impl Wait {
    fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    fn failed(&mut self, error: &Error, backoff: &Backoff) {
        self.failures = self.failures.saturating_add(1);
        self.since.get_or_insert_with(Instant::now);
        let pause = backoff.pause(self.failures);
        let pause = error.wait().map_or(pause, |told| told.max(pause));
        self.until = Some(later(pause));
    }
}

impl Place {
    /// Nothing is to be known of it.
    fn is_done(&self) -> bool {
        self.keys.is_empty() && self.later.is_none()
    }

    /// When the first of it has waited enough that has not by now.
    fn due(&self, now: Instant) -> Option<Instant> {
        let keys = self.keys.values().filter_map(|wait| wait.until);
        let later = self.later.map(|later| later.until);
        let all = keys.chain(self.wait.until).chain(later);
        all.filter(|until| *until > now).min()
    }
}

impl Places {
    pub(super) fn is_free(&self, channel: &str, now: Instant) -> bool {
        let place = self.0.get(channel);
        place.is_none_or(|place| !place.is_busy && place.wait.is_over(now))
    }

    /// How many are busy, or wait.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Forgets channels that have nothing any more, once there are many.
    pub(super) fn tidy(&mut self, there: &[String], now: Instant) {
        if self.0.len() <= KNOWN + 2 * there.len() {
            return;
        }
        let there: HashSet<_> = there.iter().map(|channel| &**channel).collect();
        self.0.retain(|channel, place| {
            let mut waits = place.keys.values().chain([&place.wait]);
            let is_later = place.later.is_some_and(|later| later.until > now);
            let is_used = place.is_busy || is_later || there.contains(&**channel);
            is_used || waits.any(|wait| !wait.is_over(now))
        });
    }

    /// Whether something waits, though nobody looks at its channel meanwhile.
    pub(super) fn waits(&self, now: Instant) -> bool {
        self.0.values().any(|place| place.due(now).is_some())
    }

    /// Since when something fails of what is there: of these channels, and of those that wait.
    pub(super) fn failing(&self, there: &[String], now: Instant) -> Option<Instant> {
        let there: HashSet<_> = there.iter().collect();
        let is_there = |(channel, place): &(&String, &Place)| {
            there.contains(channel) || place.due(now).is_some()
        };
        let places = self.0.iter().filter(is_there);
        let waits = places.flat_map(|(_, place)| place.keys.values().chain([&place.wait]));
        waits.filter_map(|wait| wait.since).min()
    }

    /// The keys of a channel that wait.
    pub(super) fn waiting(&self, channel: &str, now: Instant) -> Vec<Vec<u8>> {
        let keys = self.0.get(channel).map(|place| &place.keys);
        let keys = keys
            .into_iter()
            .flatten()
            .filter(|(_, wait)| !wait.is_over(now));
        keys.map(|(key, _)| key.to_vec()).collect()
    }

    /// How many rows of a channel are to be read.
    pub(super) fn most(&self, channel: &str, most: usize) -> usize {
        let told = self.0.get(channel).and_then(|place| place.most);
        told.unwrap_or(FEW).min(most)
    }

    /// Up to when the rows of a channel have to be for now, where some were not.
    pub(super) fn until_ms(&self, channel: &str, now: Instant) -> Option<i64> {
        let later = self.0.get(channel)?.later?;
        let until = SystemTime::now().checked_add(later.delay);
        (later.until > now)
            .then(|| crate::columns::milliseconds(until.unwrap_or(SystemTime::now())))
    }

    /// With so many rows, which are large or not.
    pub(super) fn begin(&mut self, channel: &str, rows: usize, are_large: bool) {
        let place = self.0.entry(channel.to_owned()).or_default();
        place.is_busy = true;
        place.most = Some(match are_large {
            true => rows,
            false => place.most.unwrap_or(FEW).saturating_mul(4),
        });
    }

    /// Nothing of it is there but what waits.
    pub(super) fn idle(&mut self, channel: &str, now: Instant) {
        if let Some(place) = self.0.get_mut(channel) {
            place.keys.retain(|_, wait| !wait.is_over(now));
            place.later = place.later.filter(|later| later.until > now);
            if place.is_done() {
                self.0.remove(channel);
            }
        }
    }

    /// Gives up replies that found nobody for that long. An address that was made for one who asked is made by nobody else: its replies
    /// are dropped. So are those that nobody wants by now. All others are parked, since whoever is asked there may come back.
    pub(super) fn overdue(&mut self, outcome: &mut Outcome, patience: Duration, now: Instant) {
        let is_missing = |failed: &mut Failed| failed.error.kind() == ErrorKind::NotFound;
        let missing: Vec<_> = match outcome.for_replies {
            true => outcome.failed.extract_if(.., is_missing).collect(),
            false => Vec::new(),
        };
        let Some(place) = self.0.get_mut(&outcome.channel) else {
            return;
        };
        if missing.is_empty() {
            place.missing = None;
            return;
        }
        let since = *place.missing.get_or_insert(now);
        let is_made = is_made_for_one(&outcome.channel);
        let patience = match is_made {
            true => patience.min(MADE),
            false => patience,
        };
        for failed in missing {
            let is_expired = failed.expires.is_some_and(|end| end <= SystemTime::now());
            match now - since >= patience {
                _ if is_expired => outcome.dropped.extend(failed.dropped()),
                true if is_made => outcome.dropped.extend(failed.dropped()),
                true => outcome.parked.push(failed.refused()),
                false => outcome.failed.push(failed),
            }
        }
    }

    /// Takes what became of a batch; gives the first failure of a channel that had none.
    pub(super) fn ended<'a>(
        &mut self,
        outcome: &'a Outcome,
        backoff: &Backoff,
        now: Instant,
    ) -> Option<&'a Error> {
        let place = self.0.entry(outcome.channel.clone()).or_default();
        place.is_busy = false;
        let had_none = place.wait.failures == 0 && place.keys.is_empty();
        // What could be tried again for longer than any pause is there no more.
        let longest = backoff.longest;
        let is_there = |until: Instant| until.checked_add(longest).is_none_or(|end| end > now);
        place.keys.retain(|_, wait| wait.until.is_none_or(is_there));
        if !place.keys.is_empty() {
            for key in &outcome.passed {
                place.keys.remove(key);
            }
        }
        if let Some((at, delay)) = outcome.later {
            let wait = at.duration_since(SystemTime::now()).unwrap_or_default();
            let until = later(wait);
            place.later = Some(Later { until, delay });
        }
        let mut all = None;
        for failed in &outcome.failed {
            match &failed.key {
                Some(key) if place.keys.len() < MOST_KEYS || place.keys.contains_key(key) => {
                    let wait = place.keys.entry(key.clone()).or_default();
                    wait.failed(&failed.error, backoff);
                }
                _ => all = Some(&failed.error),
            }
        }
        match all {
            Some(error) => place.wait.failed(error, backoff),
            None if outcome.failed.is_empty() => place.wait = Wait::default(),
            None => {}
        }
        let first = outcome.failed.first().filter(|_| had_none);
        first.map(|failed| &failed.error)
    }

    /// When the next of them has waited enough.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.0.values().filter_map(|place| place.due(now)).min()
    }
}

/// Whether an address was made by a transport for the replies to one who asks: this runtime's end with a UUID, RabbitMQ names some itself.
fn is_made_for_one(address: &str) -> bool {
    const UUID: usize = 36;
    let start = address.len().checked_sub(UUID);
    let end = start.and_then(|start| address.get(start..));
    address.starts_with("amq.")
        || end.is_some_and(|end| matches!(MessageId::from(end), MessageId::Uuid(_)))
}
