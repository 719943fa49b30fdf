//! Offsets that were passed over in a partition. Most hold what is no message for us, such as the ends of transactions, and what was
//! removed since a later record has its key. Those before the oldest record that there is were removed by retention: messages that nobody was
//! given.
use std::collections::VecDeque;

/// Most gaps that are kept apart; those before them are one.
const APART: usize = 64;

/// What was passed over and not looked at yet, in its order.
#[derive(Debug, Default)]
pub(super) struct Gaps(VecDeque<Gap>);

#[derive(Debug, Clone, Copy)]
struct Gap {
    from: u64,
    count: u64,
}

impl Gaps {
    /// These were passed over.
    pub(super) fn add(&mut self, from: u64, to: u64) {
        let count = to - from;
        self.0.push_back(Gap { from, count });
        if self.0.len() > APART
            && let Some(first) = self.0.pop_front()
            && let Some(second) = self.0.front_mut()
        {
            second.from = first.from;
            second.count += first.count;
        }
    }

    /// These were passed over before.
    pub(super) fn put_before(&mut self, mut earlier: Self) {
        earlier.0.append(&mut self.0);
        *self = earlier;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of them are gone, where that is the oldest offset that there is; they have been looked at then.
    pub(super) fn lost(&mut self, oldest: u64) -> u64 {
        let gone = |gap: Gap| gap.count.min(oldest.saturating_sub(gap.from));
        self.0.drain(..).map(gone).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_before_the_oldest_record_is_lost_and_nothing_else() {
        let lost = |oldest| {
            let mut gaps = Gaps::default();
            assert!(gaps.is_empty());
            gaps.add(3, 7);
            gaps.add(10, 11);
            assert!(!gaps.is_empty());
            let lost = gaps.lost(oldest);
            assert!(gaps.is_empty() && gaps.lost(oldest) == 0);
            lost
        };
        assert_eq!([0, 3, 5, 7, 10, 11, 90].map(lost), [0, 0, 2, 4, 4, 5, 5]);
    }

    #[test]
    fn what_nobody_could_look_at_is_looked_at_with_the_rest() {
        let [mut earlier, mut gaps] = [Gaps::default(), Gaps::default()];
        earlier.add(3, 7);
        gaps.add(10, 11);
        gaps.put_before(earlier);
        assert_eq!(gaps.lost(90), 5);
    }

    #[test]
    fn many_gaps_take_no_more_room() {
        let mut gaps = Gaps::default();
        for at in 0..1000 {
            gaps.add(10 * at, 10 * at + 1);
        }
        assert!(gaps.0.len() <= APART);
        assert_eq!(gaps.lost(10_000), 1000);
    }
}
