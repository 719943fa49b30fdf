//! Things that belong to keys of messages: one a key, found by it, and by a number while it is there.
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use slab::Slab;
use std::{
    hash::{BuildHasher, Hasher},
    ops::{Index, IndexMut},
};

/// The things. Keys are told apart by their hashes and not kept: one pair in 2^64 shares what belongs to it, so that its messages
/// wait for each other as those of one key do.
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

impl<T> ByKey<T> {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The number of what belongs to that key, made where there is none.
    #[inline]
    pub(crate) fn find_or_add(&mut self, key: &[u8], make: impl FnOnce() -> T) -> usize {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(key);
        let hash = hasher.finish();
        let Self { items, numbers, .. } = self;
        if let Some(at) = numbers.find(hash, |at| items[*at].0 == hash) {
            return *at;
        }
        let at = items.insert((hash, make()));
        numbers.insert_unique(hash, at, |at| items[*at].0);
        at
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

    /// Keeps those of which that is true.
    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let Self { items, numbers, .. } = self;
        numbers.retain(|at| keep(&items[*at].1));
        items.retain(|_, (_, item)| keep(item));
    }

    /// All of them, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.items.iter().map(|(at, (_, item))| (at, item))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(_, (_, item))| item)
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
            if step % 1000 == 999 {
                items.retain(|key| !key.starts_with('1'));
                expected.retain(|key: &String, _| !key.starts_with('1'));
            }
            let at = items.find_or_add(key.as_bytes(), || key.clone());
            assert_eq!(items[at], key);
            assert_eq!(*expected.entry(key).or_insert(at), at);
            assert_eq!(items.len(), expected.len());
        }
        let mut left: Vec<_> = items.iter().map(|(at, key)| (key.clone(), at)).collect();
        left.sort();
        assert_eq!(left, expected.into_iter().collect::<Vec<_>>());
    }
}
