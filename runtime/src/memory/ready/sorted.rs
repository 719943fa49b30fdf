//! Things in the order of their numbers, mostly added at the end and taken from the front. Elsewhere costs no more than the
//! logarithm of how many there are.
use std::collections::{BTreeMap, VecDeque};

/// By number. What is taken out elsewhere than at the front leaves a gap; gaps never take more room than what is there.
#[derive(Debug)]
pub(super) struct Sorted<T> {
    /// The front is never a gap.
    in_order: VecDeque<(u64, Option<T>)>,
    gaps: usize,
    /// What came behind one with a larger number.
    late: BTreeMap<u64, T>,
}

/// Gaps that are not worth closing.
const FEW: usize = 64;

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self {
            in_order: VecDeque::new(),
            gaps: 0,
            late: BTreeMap::new(),
        }
    }
}

impl<T> Sorted<T> {
    pub(super) fn len(&self) -> usize {
        self.in_order.len() - self.gaps + self.late.len()
    }

    /// Adds one; its number is no other's.
    pub(super) fn insert(&mut self, number: u64, item: T) {
        match self.in_order.back() {
            Some((last, _)) if *last >= number => drop(self.late.insert(number, item)),
            _ => self.in_order.push_back((number, Some(item))),
        }
    }

    /// The number of the first.
    pub(super) fn first(&self) -> Option<u64> {
        let front = self.in_order.front().map(|(number, _)| *number);
        if self.late.is_empty() {
            return front;
        }
        let late = self.late.first_key_value().map(|(number, _)| *number);
        front.into_iter().chain(late).min()
    }

    /// The first, with its number.
    pub(super) fn first_item(&self) -> Option<(u64, &T)> {
        let first = self.first()?;
        let front = self.in_order.front().filter(|(front, _)| *front == first);
        let item = front.and_then(|(_, item)| item.as_ref());
        let item = item.or_else(|| self.late.get(&first))?;
        Some((first, item))
    }

    pub(super) fn pop_first(&mut self) -> Option<T> {
        let first = self.first()?;
        if self
            .in_order
            .front()
            .is_some_and(|(front, _)| *front == first)
        {
            let item = self.in_order.pop_front()?.1;
            self.close_gaps();
            return item;
        }
        self.late.remove(&first)
    }

    /// Takes out the one with that number.
    pub(super) fn remove(&mut self, number: u64) -> Option<T> {
        let at = self
            .in_order
            .binary_search_by_key(&number, |(other, _)| *other);
        let item = at.ok().and_then(|at| self.in_order[at].1.take());
        let Some(item) = item else {
            return self.late.remove(&number);
        };
        self.gaps += 1;
        self.close_gaps();
        Some(item)
    }

    fn close_gaps(&mut self) {
        while self.gaps > 0
            && self
                .in_order
                .front()
                .is_some_and(|(_, item)| item.is_none())
        {
            self.in_order.pop_front();
            self.gaps -= 1;
        }
        if self.gaps > self.in_order.len() / 2 + FEW {
            self.in_order.retain(|(_, item)| item.is_some());
            self.gaps = 0;
        }
    }

    /// All of them, in no order.
    pub(super) fn into_items(self) -> impl Iterator<Item = T> {
        let in_order = self.in_order.into_iter().filter_map(|(_, item)| item);
        in_order.chain(self.late.into_values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against a map, in a seeded order of insertions, removals and takings.
    #[test]
    fn it_is_a_sorted_map() {
        for seed in 0..200_u64 {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut random = |below: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state % below
            };
            let (mut sorted, mut model) = (Sorted::default(), BTreeMap::new());
            for _ in 0..2000 {
                let number = random(400);
                match random(4) {
                    0 => assert_eq!(sorted.pop_first(), model.pop_first().map(|(_, item)| item)),
                    1 => assert_eq!(sorted.remove(number), model.remove(&number)),
                    _ => {
                        if model.insert(number, number).is_none() {
                            sorted.insert(number, number);
                        }
                    }
                }
                assert_eq!(sorted.len(), model.len(), "seed {seed}");
                assert_eq!(
                    sorted.first(),
                    model.first_key_value().map(|(first, _)| *first)
                );
            }
            let mut left: Vec<_> = sorted.into_items().collect();
            left.sort_unstable();
            assert_eq!(left, model.into_values().collect::<Vec<_>>(), "seed {seed}");
        }
    }

    #[test]
    fn gaps_take_no_more_room_than_what_is_there() {
        let mut sorted = Sorted::default();
        sorted.insert(0, ());
        for number in 1..100_000 {
            sorted.insert(number, ());
            assert_eq!(sorted.remove(number), Some(()));
        }
        assert!(sorted.in_order.len() < 200, "{}", sorted.in_order.len());
    }
}
