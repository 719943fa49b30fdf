//! The contiguous prefix of what was delivered: what a cumulative broker may be told, and where a log-tailing relay stands.
use std::collections::VecDeque;

/// Positions of one part that were delivered, and which of them are done. Positions grow, with gaps, as the broker hands them
/// out; work on them ends in any order. Takes memory for what is not done, however much lies between and beyond.
#[derive(Debug, Clone, Default)]
pub struct Watermark {
    /// From the first that is not done.
    out: VecDeque<Mark>,
    /// How many of these are not done.
    waiting: usize,
    lag: usize,
}

/// A delivery that is not done, or some next to each other that are.
#[derive(Debug, Clone)]
struct Mark {
    /// The position of the last.
    last: u64,
    /// How many are done.
    done: usize,
}

/// Marks that are not worth joining.
const FEW: usize = 64;

impl Watermark {
    /// Nothing delivered yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A position was delivered. One that is not beyond the last is known already, and does nothing.
    pub fn delivered(&mut self, position: u64) {
        if self.out.back().is_none_or(|mark| mark.last < position) {
            let (last, done) = (position, 0);
            self.out.push_back(Mark { last, done });
            self.waiting += 1;
            self.lag += 1;
        }
    }

    /// A position is done. Gives the new watermark where it moved: everything up to there is done.
    pub fn done(&mut self, position: u64) -> Option<u64> {
        let at = self.out.binary_search_by_key(&position, |mark| mark.last);
        let mark = self.out.get_mut(at.ok()?).filter(|mark| mark.done == 0)?;
        mark.done = 1;
        self.waiting -= 1;
        let mut moved = None;
        while let Some(mark) = self.out.pop_front_if(|mark| mark.done > 0) {
            moved = Some(mark.last);
            self.lag -= mark.done;
        }
        if self.out.len() > self.waiting * 3 + FEW {
            self.join();
        }
        moved
    }

    /// Makes one mark of those next to each other that are done.
    fn join(&mut self) {
        let mut joined: VecDeque<Mark> = VecDeque::new();
        for mark in std::mem::take(&mut self.out) {
            match joined
                .back_mut()
                .filter(|before| before.done > 0 && mark.done > 0)
            {
                Some(before) => {
                    before.last = mark.last;
                    before.done += mark.done;
                }
                None => joined.push_back(mark),
            }
        }
        self.out = joined;
    }

    /// The last that is before `end` and none of those, which are in order: done, or at work.
    pub(crate) fn last_but(&self, those: &[u64], end: u64) -> Option<u64> {
        let is_other = |mark: &&Mark| mark.done > 0 || those.binary_search(&mark.last).is_err();
        let before = self.out.iter().filter(|mark| mark.last < end);
        before.rev().find(is_other).map(|mark| mark.last)
    }

    /// How many deliveries lie beyond the watermark.
    #[must_use]
    pub fn lag(&self) -> usize {
        self.lag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_over_what_is_done_without_a_gap() {
        let mut watermark = Watermark::new();
        [3, 5, 9]
            .into_iter()
            .for_each(|position| watermark.delivered(position));
        assert_eq!(watermark.done(5), None);
        assert_eq!(watermark.done(3), Some(5));
        assert_eq!(watermark.done(3), None, "done twice is done once");
        assert_eq!(watermark.lag(), 1);
        assert_eq!(watermark.done(9), Some(9));
        assert_eq!(
            watermark.done(7),
            None,
            "what was never delivered moves nothing"
        );
    }

    #[test]
    fn one_that_is_not_done_takes_no_memory_for_those_behind_it_that_are() {
        let mut watermark = Watermark::new();
        watermark.delivered(0);
        for position in 1..100_000 {
            watermark.delivered(position);
            assert_eq!(watermark.done(position), None);
        }
        assert!(watermark.out.len() < 100, "{}", watermark.out.len());
        assert_eq!(watermark.lag(), 100_000);
        assert_eq!(watermark.done(50_000), None, "it is done already");
        watermark.delivered(99_999);
        watermark.delivered(100_000);
        assert_eq!(watermark.done(0), Some(99_999));
        assert_eq!(watermark.lag(), 1);
    }

    #[test]
    fn joining_waits_until_it_makes_much_less_of_many() {
        let mut watermark = Watermark::new();
        (0..300).for_each(|position| watermark.delivered(position));
        let done = (0..300).filter(|position| position % 3 > 0);
        done.for_each(|position| assert_eq!(watermark.done(position), None));
        assert_eq!(watermark.out.len(), 300, "a third is not done");
        (3..120).step_by(3).for_each(|position| {
            watermark.done(position);
        });
        assert!(watermark.out.len() < 200, "{}", watermark.out.len());
        assert_eq!((watermark.done(0), watermark.lag()), (Some(119), 180));
    }

    /// Every order of being done, against the definition: the last position before the first that is not done.
    #[test]
    fn in_every_order_it_stands_before_the_first_that_is_not_done() {
        let positions = [1, 4, 6, 7, 20];
        let mut orders = vec![Vec::new()];
        for _ in positions {
            let longer = |order: &Vec<u64>| {
                let left = positions
                    .iter()
                    .filter(|position| !order.contains(position));
                left.map(|next| [&order[..], &[*next]].concat())
                    .collect::<Vec<_>>()
            };
            orders = orders.iter().flat_map(longer).collect();
        }
        for order in orders {
            let mut watermark = Watermark::new();
            positions
                .iter()
                .for_each(|position| watermark.delivered(*position));
            let mut stood = None;
            for end in 1..=order.len() {
                stood = watermark.done(order[end - 1]).or(stood);
                let is_done = |position: &&u64| order[..end].contains(position);
                assert_eq!(
                    stood,
                    positions.iter().take_while(is_done).last().copied(),
                    "{order:?}"
                );
            }
            assert_eq!(watermark.lag(), 0);
        }
    }
}
