//! How far behind the beginning of a channel reading may begin: as long as nobody can have committed there since.
use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;

/// Below any number.
pub(super) const BEGINNING: i64 = i64::MIN;
/// Whoever is under way for longer counts as staying open.
const MOMENT: Duration = Duration::from_millis(100);

/// The transactions that were under way, as a reading saw it. What another had numbered by then it has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Writers(BTreeSet<u64>);

impl Writers {
    /// Of `txid_current_snapshot()`: the lowest, the next, and those between that have not ended.
    pub(super) fn parse(snapshot: &str) -> Option<Self> {
        let (_, open) = snapshot.rsplit_once(':')?;
        let open = open.split(',').filter(|number| !number.is_empty());
        let numbers: Result<_, _> = open.map(str::parse).collect();
        numbers.ok().map(Self)
    }
}

/// Where the next reading of a channel begins.
#[derive(Debug)]
pub(super) struct Skipping {
    /// Up to that number there is nothing but what these may commit.
    above: i64,
    open: Writers,
    /// The same as of a reading. It counts when those are seen that were under way for a moment only.
    next: Option<Next>,
}

#[derive(Debug)]
struct Next {
    above: i64,
    open: Writers,
    at: Instant,
}

impl Default for Skipping {
    fn default() -> Self {
        Self {
            above: BEGINNING,
            open: Writers::default(),
            next: None,
        }
    }
}

impl Skipping {
    pub(super) fn above(&self) -> i64 {
        self.above
    }

    /// Whether a reading from there sees all that one from the beginning does: of those that might commit before it none has ended.
    pub(super) fn is_whole(&self, writers: &Writers) -> bool {
        self.open.0.is_subset(&writers.0)
    }

    /// A reading of all keys, from the beginning or from there, found that row first.
    pub(super) fn was_read(&mut self, first: i64, writers: Writers, from: i64, now: Instant) {
        let below = first.saturating_sub(1);
        self.above = self.above.min(below);
        if from == BEGINNING {
            // What those had that have ended is seen.
            self.open.0.retain(|open| writers.0.contains(open));
        }
        if let Some(next) = &mut self.next {
            next.above = next.above.min(below);
            if now < next.at + MOMENT {
                return;
            }
            self.above = self.above.max(next.above);
            let both = self.open.0.union(&next.open.0);
            let open = both.filter(|open| writers.0.contains(open));
            self.open = Writers(open.copied().collect());
        }
        self.next = Some(Next {
            above: below,
            open: writers,
            at: now,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writers(open: &[u64]) -> Writers {
        Writers(open.iter().copied().collect())
    }

    #[test]
    fn a_snapshot_says_who_is_under_way() {
        assert_eq!(Writers::parse("10:20:10,14"), Some(writers(&[10, 14])));
        assert_eq!(Writers::parse("20:20:"), Some(writers(&[])));
        assert_eq!(Writers::parse("20:20:x"), None);
        assert_eq!(Writers::parse(""), None);
    }

    #[test]
    fn reading_begins_behind_who_stays_open_and_at_the_beginning_once_that_ends() {
        let (mut skipping, now) = (Skipping::default(), Instant::now());
        skipping.was_read(5, writers(&[10, 11]), BEGINNING, now);
        assert_eq!(skipping.above(), BEGINNING, "11 may be about to commit");
        skipping.was_read(7, writers(&[10, 12]), BEGINNING, now + MOMENT / 2);
        assert_eq!(skipping.above(), BEGINNING);
        skipping.was_read(9, writers(&[10, 13]), BEGINNING, now + MOMENT);
        assert_eq!(skipping.above(), 4);
        assert!(skipping.is_whole(&writers(&[10, 99])));
        assert!(!skipping.is_whole(&writers(&[13])), "10 has ended");
        skipping.was_read(20, writers(&[10, 14]), 4, now + 2 * MOMENT);
        assert_eq!(skipping.above(), 8);
        assert!(skipping.is_whole(&writers(&[10])));
    }

    #[test]
    fn whoever_stays_open_later_is_waited_for_too() {
        let (mut skipping, now) = (Skipping::default(), Instant::now());
        skipping.was_read(5, writers(&[10]), BEGINNING, now);
        skipping.was_read(7, writers(&[10, 12]), BEGINNING, now + MOMENT);
        skipping.was_read(9, writers(&[10, 12]), 4, now + 2 * MOMENT);
        assert_eq!(skipping.above(), 6);
        assert!(!skipping.is_whole(&writers(&[10])), "12 has ended");
    }

    #[test]
    fn what_is_still_there_is_not_passed_over() {
        let (mut skipping, now) = (Skipping::default(), Instant::now());
        skipping.was_read(5, writers(&[10]), BEGINNING, now);
        skipping.was_read(3, writers(&[10]), BEGINNING, now + MOMENT);
        assert_eq!(skipping.above(), 2, "it came late, and stays");
        skipping.was_read(1, writers(&[11]), BEGINNING, now + MOMENT);
        assert_eq!(skipping.above(), 0);
        assert!(skipping.is_whole(&writers(&[])), "what 10 had is seen");
    }
}
