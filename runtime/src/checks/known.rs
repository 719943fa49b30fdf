//! What came of checks of a value that other checks ask for again, for as long as that value is looked at: branches that have the
//! same within them would ask for it as often as there are ways to it.
use super::Checks;
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    ptr,
};

/// A place of the value, and of the checks: both stay where they are meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(usize, usize);

impl Key {
    pub(super) fn of<N>(value: &N, checks: &'static Checks) -> Self {
        Self(ptr::from_ref(value).addr(), ptr::from_ref(checks).addr())
    }
}

#[derive(Default)]
struct Known {
    told: HashSet<Key>,
    verdicts: HashMap<Key, bool>,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// Does the work with nothing known of another value.
pub(super) fn alone(work: impl FnOnce()) {
    let around = KNOWN.take();
    work();
    KNOWN.set(around);
}

/// Whether nothing was told of it yet.
pub(super) fn is_new(key: Key) -> bool {
    KNOWN.with_borrow_mut(|known| known.told.insert(key))
}

/// Whether it holds, which is found out once.
pub(super) fn verdict(key: Key, holds: impl FnOnce() -> bool) -> bool {
    if let Some(known) = KNOWN.with_borrow(|known| known.verdicts.get(&key).copied()) {
        return known;
    }
    let holds = holds();
    KNOWN.with_borrow_mut(|known| known.verdicts.insert(key, holds));
    holds
}
