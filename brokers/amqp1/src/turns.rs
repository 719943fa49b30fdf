//! Whose turn it is within a batch: of a key one message at a time is under way, and nothing behind one that failed.
use std::collections::{HashMap, VecDeque};

/// The keys of a batch, with what waits behind the message that is under way.
#[derive(Default)]
pub(crate) struct Turns<'a>(HashMap<&'a [u8], Line>);

enum Line {
    Moving(VecDeque<usize>),
    Failed,
}

impl Default for Line {
    fn default() -> Self {
        Self::Moving(VecDeque::new())
    }
}

/// What becomes of a message that comes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is to be sent.
    Now,
    /// It is behind another.
    Waits,
    /// An earlier one of its key failed.
    Never,
}

impl<'a> Turns<'a> {
    /// The message at that place comes.
    pub(crate) fn come(&mut self, key: &'a [u8], at: usize) -> Turn {
        let Some(line) = self.0.get_mut(key) else {
            self.0.insert(key, Line::default());
            return Turn::Now;
        };
        match line {
            Line::Failed => Turn::Never,
            Line::Moving(waiting) => {
                waiting.push_back(at);
                Turn::Waits
            }
        }
    }

    /// The one under way has arrived: the next of its key, which is to be sent.
    pub(crate) fn next(&mut self, key: &[u8]) -> Option<usize> {
        let Line::Moving(waiting) = self.0.get_mut(key)? else {
            return None;
        };
        let next = waiting.pop_front();
        if next.is_none() {
            self.0.remove(key);
        }
        next
    }

    /// The one under way failed: those that waited behind it, and are not to be sent.
    pub(crate) fn fail(&mut self, key: &[u8]) -> VecDeque<usize> {
        let failed = self
            .0
            .get_mut(key)
            .map(|line| std::mem::replace(line, Line::Failed));
        match failed {
            Some(Line::Moving(waiting)) => waiting,
            _ => VecDeque::new(),
        }
    }

    /// Everything that still waits.
    pub(crate) fn rest(self) -> impl Iterator<Item = usize> {
        self.0.into_values().flat_map(|line| match line {
            Line::Moving(waiting) => waiting,
            Line::Failed => VecDeque::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_key_one_is_under_way() {
        let mut turns = Turns::default();
        assert_eq!(turns.come(b"a", 0), Turn::Now);
        assert_eq!(turns.come(b"a", 1), Turn::Waits);
        assert_eq!(turns.come(b"b", 2), Turn::Now);
        assert_eq!(turns.come(b"a", 3), Turn::Waits);
        assert_eq!(turns.next(b"a"), Some(1));
        assert_eq!(turns.next(b"b"), None);
        assert_eq!(turns.come(b"b", 4), Turn::Now);
        assert_eq!(turns.fail(b"a"), [3]);
        assert_eq!(turns.come(b"a", 5), Turn::Never);
        assert_eq!(turns.come(b"b", 6), Turn::Waits);
        assert_eq!(turns.rest().collect::<Vec<_>>(), [6]);
    }
}
