//! Which channels are busy, and which channels and keys wait after failures.
use super::publish::Outcome;
use std::collections::HashMap;
use tidings::{Backoff, Error};
use tokio::time::Instant;

/// Most keys of a channel that wait by themselves; with more of them all of the channel waits.
const MOST_KEYS: usize = 100;

/// The channels that are busy or wait; all others are free.
#[derive(Default)]
pub(super) struct Places(HashMap<String, Place>);

#[derive(Default)]
struct Place {
    is_busy: bool,
    wait: Wait,
    keys: HashMap<Vec<u8>, Wait>,
}

#[derive(Default)]
struct Wait {
    failures: u32,
    until: Option<Instant>,
}

impl Wait {
    fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    fn failed(&mut self, error: &Error, backoff: &Backoff, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let pause = backoff.pause(self.failures);
        self.until = Some(now + error.wait().map_or(pause, |told| told.max(pause)));
    }
}

impl Places {
    pub(super) fn is_free(&self, channel: &str, now: Instant) -> bool {
        let place = self.0.get(channel);
        place.is_none_or(|place| !place.is_busy && place.wait.is_over(now))
    }

    /// The keys of a channel that wait.
    pub(super) fn waiting(&self, channel: &str, now: Instant) -> Vec<Vec<u8>> {
        let keys = self.0.get(channel).map(|place| &place.keys);
        let keys = keys
            .into_iter()
            .flatten()
            .filter(|(_, wait)| !wait.is_over(now));
        keys.map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn begin(&mut self, channel: &str) {
        self.0.entry(channel.to_owned()).or_default().is_busy = true;
    }

    /// Nothing of it is there but what waits.
    pub(super) fn idle(&mut self, channel: &str, now: Instant) {
        if let Some(place) = self.0.get_mut(channel) {
            place.keys.retain(|_, wait| !wait.is_over(now));
            if place.keys.is_empty() {
                self.0.remove(channel);
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
        for key in &outcome.passed {
            place.keys.remove(key);
        }
        let settled = outcome.published.len() + outcome.parked.len();
        let mut all = outcome.failed.first().filter(|_| settled == 0);
        for failed in &outcome.failed {
            let (key, error) = failed;
            match key {
                Some(key) if place.keys.len() < MOST_KEYS || place.keys.contains_key(key) => {
                    let wait = place.keys.entry(key.clone()).or_default();
                    wait.failed(error, backoff, now);
                }
                _ => all = Some(failed),
            }
        }
        match all {
            Some((_, error)) => place.wait.failed(error, backoff, now),
            None if outcome.failed.is_empty() => place.wait = Wait::default(),
            None => {}
        }
        let first = outcome.failed.first().filter(|_| had_none);
        first.map(|(_, error)| error)
    }

    /// When the next of them has waited enough.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let waits = |place: &'_ Place| {
            let keys = place.keys.values().filter_map(|wait| wait.until);
            keys.chain(place.wait.until)
                .filter(|until| *until > now)
                .min()
        };
        self.0.values().filter_map(waits).min()
    }
}
