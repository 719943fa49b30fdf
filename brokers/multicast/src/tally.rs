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
    /// Behind the largest number that there can be there is one more.
    next: u128,
    /// What did not come yet, by its first number.
    gaps: BTreeMap<u64, Gap>,
    /// How many numbers that are.
    missing: u64,
    /// What is lost for good, and was not told.
    lost: u64,
    pub(crate) seen: Instant,
}

/// Numbers one after the other, none of which came: as many as there are take no more room than one.
#[derive(Clone, Copy)]
struct Gap {
    last: u64,
    since: Instant,
    /// Whether they were sent to who listens now, as far as one can know.
    counts: bool,
}

impl Tally {
    /// Of a stream whose first that comes has that number. Those before it may have been sent before anybody listened.
    pub(crate) fn from(number: u64, now: Instant) -> Self {
        let mut tally = Self {
            next: number.into(),
            gaps: BTreeMap::new(),
            missing: 0,
            lost: 0,
            seen: now,
        };
        tally.miss(number.saturating_sub(BEFORE), number, false, now);
        tally
    }

    /// From one number to before another.
    fn miss(&mut self, from: u64, to: u64, counts: bool, since: Instant) {
        if from >= to {
            return;
        }
        let last = to - 1;
        let gap = Gap {
            last,
            since,
            counts,
        };
        self.gaps.insert(from, gap);
        self.missing += to - from;
        while self.missing > MISSING {
            self.give_up(self.missing - MISSING);
        }
    }

    /// As many of the first gap as that, at most all, are lost.
    fn give_up(&mut self, most: u64) {
        let Some((first, gap)) = self.gaps.pop_first() else {
            return;
        };
        let count = (gap.last - first + 1).min(most);
        if first + (count - 1) < gap.last {
            self.gaps.insert(first + count, gap);
        }
        self.missing -= count;
        self.lost = self.lost.saturating_add(if gap.counts { count } else { 0 });
    }

    /// Whether a number that comes is there for the first time.
    pub(crate) fn is_new(&mut self, number: u64, now: Instant) -> bool {
        self.seen = now;
        let Ok(next) = u64::try_from(self.next) else {
            return self.fill(number);
        };
        if number < next {
            return self.fill(number);
        }
        let first = number.saturating_sub(MISSING).max(next);
        self.lost = self.lost.saturating_add(first - next);
        self.miss(first, number, true, now);
        self.next = u128::from(number) + 1;
        true
    }

    /// Takes a number out of its gap, if it is in one.
    fn fill(&mut self, number: u64) -> bool {
        let Some((&first, &gap)) = self.gaps.range(..=number).next_back() else {
            return false;
        };
        if gap.last < number {
            return false;
        }
        self.gaps.remove(&first);
        if first < number {
            let last = number - 1;
            self.gaps.insert(first, Gap { last, ..gap });
        }
        if number < gap.last {
            self.gaps.insert(number + 1, gap);
        }
        self.missing -= 1;
        true
    }

    /// How many are lost by now, each of which is told once.
    pub(crate) fn lost(&mut self, now: Instant) -> u64 {
        while let Some((_, first)) = self.gaps.first_key_value()
            && now.saturating_duration_since(first.since) >= LATE
        {
            self.give_up(u64::MAX);
        }
        std::mem::take(&mut self.lost)
    }

    /// Whether something is missed that may still come.
    pub(crate) fn is_waiting(&self) -> bool {
        self.lost > 0 || !self.gaps.is_empty()
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
        assert_eq!((tally.missing, tally.gaps.len()), (MISSING, 1));
        assert!(tally.is_new((1 << 40) - 5, now));
        assert_eq!((tally.missing, tally.gaps.len()), (MISSING - 1, 2));
        assert_eq!(tally.lost(now + LATE), (1 << 40) - 3);
        assert!(tally.is_new(u64::MAX, now) && !tally.is_new(u64::MAX - 5000, now));
        assert!(!tally.is_new(u64::MAX, now), "there is none behind it");
    }

    #[test]
    fn many_small_gaps_are_bounded_too() {
        let now = Instant::now();
        let mut tally = Tally::from(0, now);
        for number in (0..10_000).step_by(2) {
            assert!(tally.is_new(number, now));
        }
        assert_eq!(tally.missing, MISSING);
        assert_eq!(tally.lost(now), 4999 - MISSING);
    }
}
