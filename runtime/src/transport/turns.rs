//! Whose turn it is within a batch: of a key one message at a time is under way, and nothing behind one that failed.
use std::collections::{HashMap, VecDeque};

/// The keys of a batch, with what waits behind the message that is under way.
#[derive(Default)]
pub struct Turns<'a> {
    keys: HashMap<&'a [u8], Key>,
}

#[derive(Default)]
struct Key {
    waiting: VecDeque<usize>,
    has_failed: bool,
}

/// What becomes of a message that comes.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is to be sent.
    Now,
    /// It is behind another.
    Waits,
    /// An earlier one of its key failed.
    Never,
}

impl<'a> Turns<'a> {
    /// The message at that place comes.
    pub fn come(&mut self, key: &'a [u8], at: usize) -> Turn {
        match self.keys.get_mut(key) {
            None => {
                self.keys.insert(key, Key::default());
                Turn::Now
            }
            Some(key) if key.has_failed => Turn::Never,
            Some(key) => {
                key.waiting.push_back(at);
                Turn::Waits
            }
        }
    }

    /// The one under way has arrived: the next of its key, which is to be sent.
    pub fn next(&mut self, key: &[u8]) -> Option<usize> {
        let next = self.keys.get_mut(key)?.waiting.pop_front();
        if next.is_none() {
            self.keys.remove(key);
        }
        next
    }

    /// The one under way failed: those that waited behind it, and are not to be sent.
    pub fn fail(&mut self, key: &[u8]) -> VecDeque<usize> {
        let Some(key) = self.keys.get_mut(key) else {
            return VecDeque::new();
        };
        key.has_failed = true;
        std::mem::take(&mut key.waiting)
    }

    /// Everything that still waits.
    pub fn rest(self) -> impl Iterator<Item = usize> {
        self.keys.into_values().flat_map(|key| key.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_key_one_is_under_way() {
        let mut turns = Turns::default();
        let mut come = |key: &'static [u8], at| turns.come(key, at);
        assert_eq!(come(b"a", 0), Turn::Now);
        assert_eq!(come(b"a", 1), Turn::Waits);
        assert_eq!(come(b"b", 2), Turn::Now);
        assert_eq!(come(b"a", 3), Turn::Waits);
        assert_eq!(turns.next(b"a"), Some(1));
        assert_eq!(turns.next(b"b"), None);
        assert_eq!(turns.come(b"b", 4), Turn::Now);
        assert_eq!(turns.fail(b"a"), [3]);
        assert_eq!(turns.come(b"a", 5), Turn::Never);
        assert_eq!(turns.come(b"b", 6), Turn::Waits);
        assert_eq!(turns.rest().collect::<Vec<_>>(), [6]);
    }
}
