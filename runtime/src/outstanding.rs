//! Things that are out: numbered as they went, and taken back in any order, though mostly in about that one.
use std::collections::VecDeque;

/// By number. What was taken out leaves a gap; gaps never take more room than twice what is there.
#[derive(Debug)]
pub(crate) struct Outstanding<T> {
    items: VecDeque<(u64, Option<T>)>,
    count: usize,
}

/// Gaps that are not worth closing.
const FEW: usize = 64;

impl<T> Default for Outstanding<T> {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            count: 0,
        }
    }
}

impl<T> Outstanding<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds one; numbers mostly grow.
    #[inline]
    pub(crate) fn add(&mut self, number: u64, item: T) {
        self.count += 1;
        match self.items.back() {
            Some((last, _)) if *last >= number => self.add_before(number, item),
            _ => self.items.push_back((number, Some(item))),
        }
    }

    #[cold]
    fn add_before(&mut self, number: u64, item: T) {
        match self.find(number) {
            Ok(at) => {
                if self.items[at].1.replace(item).is_some() {
                    self.count -= 1;
                }
            }
            Err(at) => self.items.insert(at, (number, Some(item))),
        }
    }

    /// Takes one out.
    #[inline]
    pub(crate) fn remove(&mut self, number: u64) -> Option<T> {
        match self.items.front() {
            Some((first, _)) if *first == number => self.remove_first(),
            _ => self.remove_within(number),
        }
    }

    #[inline]
    fn remove_first(&mut self) -> Option<T> {
        let (_, item) = self.items.pop_front()?;
        self.count -= 1;
        if matches!(self.items.front(), Some((_, None))) {
            self.close_gaps();
        }
        item
    }

    fn remove_within(&mut self, number: u64) -> Option<T> {
        let at = self.find(number).ok()?;
        let item = self.items[at].1.take()?;
        self.count -= 1;
        self.close_gaps();
        Some(item)
    }

    fn find(&self, number: u64) -> Result<usize, usize> {
        self.items
            .binary_search_by_key(&number, |(other, _)| *other)
    }

    /// The first is never a gap, then.
    fn close_gaps(&mut self) {
        while let Some((_, None)) = self.items.front() {
            self.items.pop_front();
        }
        if self.items.len() > self.count * 3 + FEW {
            self.items.retain(|(_, item)| item.is_some());
        }
    }

    /// All numbers that are out, in their order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u64> {
        let out = self.items.iter().filter(|(_, item)| item.is_some());
        out.map(|(number, _)| *number)
    }

    /// All that is out, in its order.
    pub(crate) fn into_items(self) -> impl DoubleEndedIterator<Item = T> {
        self.items.into_iter().filter_map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_is_out_once() {
        let mut out = Outstanding::default();
        for number in [3, 5, 9, 7, 5] {
            out.add(number, number * 10);
        }
        assert_eq!(out.count, 4);
        assert_eq!(out.remove(5), Some(50));
        assert_eq!(
            (out.remove(5), out.remove(4), out.remove(10)),
            (None, None, None)
        );
        assert_eq!(out.numbers().collect::<Vec<_>>(), [3, 7, 9]);
        assert_eq!(out.remove(3), Some(30));
        assert_eq!(out.into_items().collect::<Vec<_>>(), [70, 90]);
    }

    #[test]
    fn one_that_stays_out_holds_no_room_for_those_that_went() {
        let mut out = Outstanding::default();
        out.add(0, ());
        for number in 1..100_000 {
            out.add(number, ());
            assert_eq!(out.remove(number), Some(()));
        }
        assert!(out.items.len() < 200, "{}", out.items.len());
        assert_eq!(out.remove(0), Some(()));
        assert!(out.is_empty() && out.items.is_empty());
    }

    #[test]
    fn gaps_are_closed_once_they_are_twice_as_many_as_what_is_there() {
        let mut out = Outstanding::default();
        (0..300).for_each(|number| out.add(number, ()));
        for number in (0..300).filter(|number| number % 3 > 0) {
            assert_eq!(out.remove(number), Some(()));
        }
        assert_eq!(out.items.len(), 300);
        for number in (3..90).step_by(3) {
            assert_eq!(out.remove(number), Some(()));
        }
        assert!(out.items.len() < 200, "{}", out.items.len());
        assert_eq!(out.numbers().count(), 71);
    }
}
