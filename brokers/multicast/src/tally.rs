//! What came of a stream, and what did not.
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// How long something may come late.
pub(crate) const LATE: Duration = Duration::from_millis(100);

/// Of how many it is remembered that they are missing. More at once are lost.
const MISSING: u64 = 1024;

/// How many before the first that came may come behind it.
const BEFORE: u64 = 32;

/// The numbers of a stream that came.
pub(crate) struct Tally {
    next: u64,
    missing: BTreeMap<u64, Missing>,
    /// What is lost for good, and was not told.
    lost: u64,
    pub(crate) seen: Instant,
}

/// What did not come yet.
struct Missing {
    since: Instant,
    /// Whether it was sent to who listens now, as far as one can know.
    counts: bool,
}

impl Tally {
    /// Of a stream whose first that comes has that number. Those before it may have been sent before anybody listened.
    pub(crate) fn from(number: u64, now: Instant) -> Self {
        let mut tally = Self {
            next: number,
            missing: BTreeMap::new(),
            lost: 0,
            seen: now,
        };
        tally.miss(number.saturating_sub(BEFORE), number, false, now);
        tally
    }

    fn miss(&mut self, from: u64, to: u64, counts: bool, since: Instant) {
        let missing = |number| (number, Missing { since, counts });
        self.missing.extend((from..to).map(missing));
        while self.missing.len() as u64 > MISSING {
            self.give_up();
        }
    }

    /// The first that is missing is lost.
    fn give_up(&mut self) {
        let first = self.missing.pop_first();
        self.lost += u64::from(first.is_some_and(|(_, missing)| missing.counts));
    }

    /// Whether a number that comes is there for the first time.
    pub(crate) fn is_new(&mut self, number: u64, now: Instant) -> bool {
        self.seen = now;
        if number < self.next {
            return self.missing.remove(&number).is_some();
        }
        let first = number.saturating_sub(MISSING).max(self.next);
        self.lost += first - self.next;
        self.miss(first, number, true, now);
        self.next = number.saturating_add(1);
        true
    }

    /// How many are lost by now, each of which is told once.
    pub(crate) fn lost(&mut self, now: Instant) -> u64 {
        while let Some((_, first)) = self.missing.first_key_value()
            && now.saturating_duration_since(first.since) >= LATE
        {
            self.give_up();
        }
        std::mem::take(&mut self.lost)
    }

    /// Whether something is missed that may still come.
    pub(crate) fn is_waiting(&self) -> bool {
        self.lost > 0 || !self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_is_new_once_and_what_stays_away_is_lost_once() {
        let now = Instant::now();
        let mut tally = Tally::from(5, now);
        let came = [5, 6, 6, 9, 7, 7, 5, 4, 4, 10].map(|number| tally.is_new(number, now));
        let expected = [
            true, true, false, true, true, false, false, true, false, true,
        ];
        assert_eq!(came, expected);
        assert!(tally.is_waiting());
        assert_eq!(tally.lost(now), 0);
        assert_eq!(tally.lost(now + LATE), 1, "8 is missing");
        assert_eq!((tally.lost(now + LATE), tally.is_waiting()), (0, false));
        assert!(!tally.is_new(8, now + LATE), "it was given up");
    }

    #[test]
    fn a_leap_is_told_whole_and_little_of_it_is_remembered() {
        let now = Instant::now();
        let mut tally = Tally::from(1, now);
        assert!(tally.is_new(1, now) && tally.is_new(1 << 40, now));
        assert_eq!(tally.missing.len() as u64, MISSING);
        assert_eq!(tally.lost(now + LATE), (1 << 40) - 2);
        assert!(tally.is_new(u64::MAX, now) && !tally.is_new(u64::MAX - 5000, now));
    }

    #[test]
    fn many_small_gaps_are_bounded_too() {
        let now = Instant::now();
        let mut tally = Tally::from(0, now);
        for number in (0..10_000).step_by(2) {
            assert!(tally.is_new(number, now));
        }
        assert_eq!(tally.missing.len() as u64, MISSING);
        assert_eq!(tally.lost(now), 4999 - MISSING);
    }
}
