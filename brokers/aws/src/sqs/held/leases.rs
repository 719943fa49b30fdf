//! Leases: what is no longer ours is told to be gone, before it may come anew; what is kept is ours for longer.
pub(super) use crate::settings::LONGEST_LEASE as LONGEST;

use super::{
    Held,
    state::{Handle, State},
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tidings::{Token, transport::Part};
use tokio::time::Instant;

/// What is to be kept, and for how many seconds from when that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) handle: Handle,
    pub(crate) seconds: u64,
}

/// For how much longer somebody may have what he has since then.
pub(super) fn left(since: Instant, now: Instant) -> Duration {
    let left = (since + LONGEST).saturating_duration_since(now);
    left.saturating_sub(Duration::from_secs(1))
}

impl Held {
    /// How much sooner a lease ends here than there.
    fn margin(&self, lease: Duration) -> Duration {
        (lease / 10).min(Duration::from_secs(1))
    }

    /// Until when a lease is ours for certain that was asked for at that time.
    pub(super) fn until(&self, asked: Instant, lease: Duration) -> Instant {
        asked + (lease - self.margin(lease))
    }

    /// Those of the tokens that are out and ours, of which AWS lets somebody have them for longer.
    pub(crate) fn leased(&self, tokens: &[Token]) -> Vec<Kept> {
        let state = self.lock();
        let now = Instant::now();
        let one = |token: &Token| {
            let one = state.all.get(&token.position)?;
            let is_ours = one.part == token.part && one.waits.is_none() && one.until > now;
            let seconds = self.seconds(one.since, now).filter(|_| is_ours)?;
            let (position, receipt) = (token.position, one.handle.clone());
            let handle = Handle { position, receipt };
            Some(Kept { handle, seconds })
        };
        tokens.iter().filter_map(one).collect()
    }

    /// For how many seconds somebody may have what he has since then.
    fn seconds(&self, since: Instant, now: Instant) -> Option<u64> {
        let left = left(since, now).as_secs();
        let whole = self.lease.as_secs() + u64::from(self.lease.subsec_nanos() > 0);
        Some(whole.min(left)).filter(|seconds| *seconds > 0)
    }

    /// They are ours for so long from when that was asked.
    pub(crate) fn extended<'a>(&self, asked: Instant, kept: impl Iterator<Item = &'a Kept>) {
        let mut state = self.lock();
        for Kept { handle, seconds } in kept {
            let until = self.until(asked, Duration::from_secs(*seconds));
            if let Some(one) = state.all.get_mut(&handle.position) {
                one.until = until;
                state.ends(until);
            }
        }
    }

    /// It is somebody else's.
    pub(crate) fn lost(&self, position: u64) {
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(one) = state.all.get_mut(&position) {
            one.until = now;
            state.ends(now);
        }
        drop(state);
        self.look_over(now);
    }

    /// Looks at all leases. Gives what is to be given back, and what waits and is to be kept.
    pub(crate) fn look(&self) -> (Vec<Handle>, Vec<Kept>) {
        let now = Instant::now();
        self.look_over(now);
        let mut state = self.lock();
        let is_left = state.heard.is_none_or(|heard| heard + self.lease < now) && !state.is_asked;
        let mut back = std::mem::take(&mut state.back);
        if is_left {
            // Nobody asks for it, and others may.
            back.extend(state.remove_all(|one| one.waits.is_some()));
        }
        let soon = now + self.lease / 2;
        let waits = state.all.iter().filter(|(position, one)| {
            one.waits.is_some() && one.until < soon && !state.keeping.contains_key(position)
        });
        let keep = waits.filter_map(|(position, one)| {
            let (position, receipt) = (*position, one.handle.clone());
            let seconds = self.seconds(one.since, now)?;
            let handle = Handle { position, receipt };
            Some(Kept { handle, seconds })
        });
        let keep = keep.collect();
        (back, keep)
    }

    /// When the next lease ends, at the earliest.
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.lock().earliest
    }

    /// Tells what is over by then.
    fn look_over(&self, now: Instant) {
        let is_told = self.lock().end_leases(now);
        if is_told {
            self.came.notify_one();
            self.room.notify_one();
            self.settled.notify_waiters();
        }
    }

    /// The leases of those that are still here are told anew, until what is given is dropped.
    pub(crate) fn keeping(self: &Arc<Self>, all: Vec<Kept>) -> Keeping {
        let mut state = self.lock();
        let is_here = |kept: &Kept| state.all.contains_key(&kept.handle.position);
        let all: Vec<Kept> = all.into_iter().filter(is_here).collect();
        for kept in &all {
            *state.keeping.entry(kept.handle.position).or_default() += 1;
        }
        drop(state);
        let held = self.clone();
        Keeping { held, all }
    }

    /// Until no lease of those is being told anew: what is asked later may be done sooner.
    pub(crate) async fn are_left_alone(&self, handles: &[&Handle]) {
        loop {
            let told = self.settled.notified();
            let is_kept = |handle: &&Handle| self.lock().keeping.contains_key(&handle.position);
            if !handles.iter().any(is_kept) {
                return;
            }
            told.await;
        }
    }
}

impl State {
    /// A lease ends then.
    pub(super) fn ends(&mut self, until: Instant) {
        self.earliest = Some(self.earliest.map_or(until, |earliest| earliest.min(until)));
    }

    /// What is no longer ours is told to be gone, with all that came with it. Whether there was any.
    pub(super) fn end_leases(&mut self, now: Instant) -> bool {
        if self.earliest.is_none_or(|earliest| earliest > now) {
            return false;
        }
        let is_over = |until: Instant| until <= now;
        let all = self.all.values().filter(|one| is_over(one.until));
        let over: HashSet<Part> = all.map(|one| one.part).collect();
        let mut gone = Vec::new();
        for position in self.positions(|one| over.contains(&one.part)) {
            let Some(one) = self.remove(position) else {
                continue;
            };
            if one.waits.is_none() && gone.last() != Some(&one.part) {
                gone.push(one.part);
            }
            if !is_over(one.until) {
                let receipt = one.handle;
                self.back.push(Handle { position, receipt });
            }
        }
        self.earliest = self.all.values().map(|one| one.until).min();
        let is_told = !gone.is_empty();
        self.gone.extend(gone);
        is_told
    }
}

/// Leases that are being told anew.
pub(crate) struct Keeping {
    pub(crate) held: Arc<Held>,
    pub(crate) all: Vec<Kept>,
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let mut state = self.held.lock();
        for position in self.all.iter().map(|kept| kept.handle.position) {
            if let Some(count) = state.keeping.get_mut(&position) {
                *count -= 1;
                if *count == 0 {
                    state.keeping.remove(&position);
                }
            }
        }
        drop(state);
        self.held.settled.notify_waiters();
    }
}
