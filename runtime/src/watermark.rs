//! The contiguous prefix of what was delivered: what a cumulative broker may be told, and where a log-tailing relay stands.
use std::collections::VecDeque;

/// Positions of one part that were delivered, and which of them are done. Positions grow, with gaps, as the broker hands them
/// out; work on them ends in any order. Takes memory for what lies between the watermark and the last delivery.
#[derive(Debug, Clone, Default)]
pub struct Watermark {
    /// From the first that is not done.
    out: VecDeque<(u64, bool)>,
}

impl Watermark {
    /// Nothing delivered yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A position was delivered. One that is not beyond the last is known already, and does nothing.
    pub fn delivered(&mut self, position: u64) {
        if self.out.back().is_none_or(|(last, _)| *last < position) {
            self.out.push_back((position, false));
        }
    }

    /// A position is done. Gives the new watermark where it moved: everything up to there is done.
    pub fn done(&mut self, position: u64) -> Option<u64> {
        let at = self
            .out
            .binary_search_by_key(&position, |(position, _)| *position)
            .ok()?;
        self.out[at].1 = true;
        let mut moved = None;
        while let Some((position, true)) = self.out.front() {
            moved = Some(*position);
            self.out.pop_front();
        }
        moved
    }

    /// How many deliveries lie beyond the watermark.
    #[must_use]
    pub fn lag(&self) -> usize {
        self.out.len()
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
