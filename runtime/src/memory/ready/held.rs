//! Which lanes a consumer holds whose first message may go out.
use super::sorted::{Numbered, Sorted};

/// The heads of the lanes that a consumer holds. One that has gone from there stays until it is looked at.
#[derive(Debug)]
pub(super) struct Held {
    /// By place.
    pub(super) heads: Sorted<Head>,
    /// In no order: not looked at while something else comes first, since most have gone by then.
    pub(super) later: Vec<Head>,
    /// No place of those is before.
    least: u64,
}

/// The place of the first of a lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) sequence: u64,
    pub(super) lane: usize,
}

impl Numbered for Head {
    fn number(&self) -> u64 {
        self.sequence
    }
}

impl Default for Held {
    fn default() -> Self {
        Self {
            heads: Sorted::default(),
            later: Vec::new(),
            least: u64::MAX,
        }
    }
}

impl Held {
    pub(super) fn add(&mut self, head: Head) {
        self.least = self.least.min(head.sequence);
        self.later.push(head);
    }

    /// Whether one of those not looked at may come before another.
    pub(super) fn is_due(&self, before: Option<u64>) -> bool {
        !self.later.is_empty() && before.is_none_or(|before| self.least < before)
    }

    /// Puts those not looked at where they belong, if they are there.
    pub(super) fn sort(&mut self, is_there: impl Fn(&Head) -> bool) {
        let later = self.later.drain(..).filter(is_there);
        later.for_each(|head| self.heads.insert(head));
        self.least = u64::MAX;
    }

    pub(super) fn len(&self) -> usize {
        self.heads.len() + self.later.len()
    }

    pub(super) fn retain(&mut self, is_there: impl Fn(&Head) -> bool) {
        self.heads.retain(&is_there);
        self.sort(is_there);
    }
}
