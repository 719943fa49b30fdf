//! Things that belong to keys of messages: one a key, found by it, and by a number while it is there.
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use slab::Slab;
use std::{
    hash::BuildHasher,
    ops::{Index, IndexMut},
};

/// What belongs to a key, and knows it.
pub(crate) trait Keyed {
    /// Never another.
    fn key(&self) -> &[u8];
}

/// The things. A key is looked at once to find or to add what belongs to it, and never to remove that.
#[derive(Debug)]
pub(crate) struct ByKey<T> {
    /// Each with the hash of its key.
    items: Slab<(u64, T)>,
    numbers: HashTable<usize>,
    hasher: RandomState,
}

impl<T> Default for ByKey<T> {
    fn default() -> Self {
        Self {
            items: Slab::new(),
            numbers: HashTable::new(),
            hasher: RandomState::default(),
        }
    }
}

impl<T: Keyed> ByKey<T> {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The number of what belongs to that key, and whether it was made just now.
    pub(crate) fn find_or_add(&mut self, key: &[u8], make: impl FnOnce() -> T) -> (usize, bool) {
        let hash = self.hasher.hash_one(key);
        let Self { items, numbers, .. } = self;
        let found = numbers.find(hash, |at| items[*at].1.key() == key);
        if let Some(at) = found {
            return (*at, false);
        }
        let at = items.insert((hash, make()));
        numbers.insert_unique(hash, at, |at| items[*at].0);
        (at, true)
    }

    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.items.get(at).map(|(_, item)| item)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.items.get_mut(at).map(|(_, item)| item)
    }

    /// Takes out what has that number.
    pub(crate) fn remove(&mut self, at: usize) -> Option<T> {
        let (hash, item) = self.items.try_remove(at)?;
        if let Ok(number) = self.numbers.find_entry(hash, |number| *number == at) {
            number.remove();
        }
        Some(item)
    }

    /// All of them, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.items.iter().map(|(at, (_, item))| (at, item))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.iter_mut().map(|(_, (_, item))| item)
    }

    pub(crate) fn into_values(self) -> impl Iterator<Item = T> {
        self.items.into_iter().map(|(_, (_, item))| item)
    }
}

impl<T> Index<usize> for ByKey<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.items[at].1
    }
}

impl<T> IndexMut<usize> for ByKey<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.items[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    impl Keyed for String {
        fn key(&self) -> &[u8] {
            self.as_bytes()
        }
    }

    #[test]
    fn there_is_one_a_key_and_it_keeps_its_number() {
        let (mut items, mut expected) = (ByKey::<String>::default(), BTreeMap::new());
        for step in 0..10_000_u32 {
            let key = (step.wrapping_mul(2_654_435_761) >> 20).to_string();
            if step % 3 == 2
                && let Some(at) = expected.remove(&key)
            {
                assert_eq!(items.remove(at), Some(key));
                continue;
            }
            let (at, is_new) = items.find_or_add(key.as_bytes(), || key.clone());
            assert_eq!(items[at], key);
            assert_eq!(is_new, expected.insert(key, at).is_none());
            assert_eq!(items.len(), expected.len());
        }
        let mut left: Vec<_> = items.iter().map(|(at, key)| (key.clone(), at)).collect();
        left.sort();
        assert_eq!(left, expected.into_iter().collect::<Vec<_>>());
    }
}
