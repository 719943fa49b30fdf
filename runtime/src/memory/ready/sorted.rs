//! Things in the order of their numbers, mostly added at the end and taken from the front. Elsewhere costs no more than the
//! logarithm of how many there are.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What has a number.
pub(super) trait Numbered {
    fn number(&self) -> u64;
}

/// By number; of two with one number any comes first. What is taken out elsewhere than at the front stays as a gap; gaps never take more room than what is there.
#[derive(Debug)]
pub(super) struct Sorted<T> {
    /// The front is never a gap.
    in_order: VecDeque<T>,
    /// The numbers of those there that are taken out.
    gaps: BTreeSet<u64>,
    /// What came behind one with a larger number.
    late: BTreeMap<u64, T>,
}

/// Gaps that are not worth closing.
const FEW: usize = 64;

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self {
            in_order: VecDeque::new(),
            gaps: BTreeSet::new(),
            late: BTreeMap::new(),
        }
    }
}

impl<T: Numbered> Sorted<T> {
    pub(super) fn len(&self) -> usize {
        self.in_order.len() - self.gaps.len() + self.late.len()
    }

    /// Adds one.
    #[inline]
    pub(super) fn insert(&mut self, item: T) {
        let number = item.number();
        match self.in_order.back() {
            Some(last) if last.number() >= number => drop(self.late.insert(number, item)),
            _ => self.in_order.push_back(item),
        }
    }

    /// The first.
    pub(super) fn first(&self) -> Option<&T> {
        let front = self.in_order.front();
        if self.late.is_empty() {
            return front;
        }
        let late = self.late.first_key_value().map(|(_, item)| item);
        front
            .into_iter()
            .chain(late)
            .min_by_key(|item| item.number())
    }

    /// The first where that is true of it and all of them came in order, which needs no more looking.
    #[inline]
    pub(super) fn pop_plain(&mut self, fits: impl Fn(&T) -> bool) -> Option<T> {
        let is_plain = self.late.is_empty() && self.gaps.is_empty();
        let fits = is_plain && self.in_order.front().is_some_and(fits);
        fits.then(|| self.in_order.pop_front())?
    }

    #[inline]
    pub(super) fn pop_first(&mut self) -> Option<T> {
        if !self.late.is_empty() && self.is_late_first() {
            return self.late.pop_first().map(|(_, item)| item);
        }
        self.pop_front()
    }

    fn pop_front(&mut self) -> Option<T> {
        let item = self.in_order.pop_front();
        if !self.gaps.is_empty() {
            self.close_gaps();
        }
        item
    }

    fn is_late_first(&self) -> bool {
        let late = self.late.first_key_value().map(|(number, _)| *number);
        let front = self.in_order.front().map(T::number);
        late.is_some_and(|late| front.is_none_or(|front| late < front))
    }

    /// Takes out the one with that number.
    pub(super) fn remove(&mut self, number: u64) {
        if !self.late.is_empty() && self.late.remove(&number).is_some() {
            return;
        }
        // Mostly there.
        if self
            .in_order
            .front()
            .is_some_and(|it| it.number() == number)
        {
            self.pop_front();
        } else if self
            .in_order
            .binary_search_by_key(&number, T::number)
            .is_ok()
        {
            self.gaps.insert(number);
            self.close_gaps();
        }
    }

    /// Keeps those of which that is true.
    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let Self {
            in_order,
            gaps,
            late,
        } = self;
        in_order.retain(|item| !gaps.contains(&item.number()) && keep(item));
        gaps.clear();
        late.retain(|_, item| keep(item));
    }

    #[cold]
    fn close_gaps(&mut self) {
        let Self { in_order, gaps, .. } = self;
        while in_order
            .front()
            .is_some_and(|front| gaps.remove(&front.number()))
        {
            in_order.pop_front();
        }
        if gaps.len() > in_order.len() / 2 + FEW {
            in_order.retain(|item| !gaps.contains(&item.number()));
            gaps.clear();
        }
    }

    /// All of them, in no order.
    pub(super) fn into_items(self) -> impl Iterator<Item = T> {
        let Self {
            in_order,
            gaps,
            late,
        } = self;
        let in_order = in_order.into_iter();
        let in_order = in_order.filter(move |item| !gaps.contains(&item.number()));
        in_order.chain(late.into_values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Numbered for u64 {
        fn number(&self) -> u64 {
            *self
        }
    }

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
                match random(5) {
                    4 => {
                        let even = |number: &u64| number.is_multiple_of(2);
                        if let Some(popped) = sorted.pop_plain(even) {
                            assert!(even(&popped));
                            assert_eq!(Some(popped), model.pop_first().map(|(_, item)| item));
                        }
                    }
                    0 => assert_eq!(sorted.pop_first(), model.pop_first().map(|(_, item)| item)),
                    1 => {
                        sorted.remove(number);
                        model.remove(&number);
                    }
                    _ => {
                        if model.insert(number, number).is_none() {
                            sorted.insert(number);
                        }
                    }
                }
                assert_eq!(sorted.len(), model.len(), "seed {seed}");
                assert_eq!(sorted.first(), model.keys().next());
            }
            let mut left: Vec<_> = sorted.into_items().collect();
            left.sort_unstable();
            assert_eq!(left, model.into_values().collect::<Vec<_>>(), "seed {seed}");
        }
    }

    #[test]
    fn gaps_take_no_more_room_than_what_is_there() {
        let mut sorted = Sorted::default();
        sorted.insert(0_u64);
        for number in 1..100_000 {
            sorted.insert(number);
            sorted.remove(number);
        }
        assert!(sorted.in_order.len() < 200, "{}", sorted.in_order.len());
    }

    #[test]
    fn gaps_are_closed_once_they_are_half_of_what_is_there() {
        let mut sorted = Sorted::default();
        (0..1000_u64).for_each(|number| sorted.insert(number));
        (1..=564).for_each(|number| sorted.remove(number));
        assert_eq!((sorted.in_order.len(), sorted.gaps.len()), (1000, 564));
        sorted.remove(565);
        assert_eq!((sorted.in_order.len(), sorted.gaps.len()), (435, 0));
    }
}
