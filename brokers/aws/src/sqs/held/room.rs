//! How much may be out, and how much more may come.
use super::{
    Held,
    state::{One, State},
};
use bytes::Bytes;
use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};
use tidings::transport::Incoming;
use tokio::time::Instant;

/// For how long somebody who asked and was called off counts as asking.
const LINGER: Duration = Duration::from_millis(100);

/// Who asks for more so soon after something came has no use for a round trip each time, so that some come ahead: so many times what
/// is asked for. What others ask for is all that they get, lest it waits here and nobody else has it.
pub(super) const QUICK: Duration = Duration::from_secs(1);
const AHEAD: usize = 5;

impl Held {
    pub(super) fn hand_out(&self, state: &mut State, max: usize) -> Vec<Incoming> {
        let mut batch = Vec::new();
        let mut stay = VecDeque::new();
        // What is behind another of its key stays behind it.
        let mut held_back: HashSet<Bytes> = HashSet::new();
        let now = Instant::now();
        while batch.len() < max
            && let Some(position) = state.waiting.pop_front()
        {
            let Some(one) = state.all.get(&position) else {
                continue;
            };
            let is_behind = one.key.as_ref().is_some_and(|key| held_back.contains(key));
            if is_behind || one.until <= now || !self.has_place(state, one) {
                held_back.extend(one.key.clone());
                stay.push_back(position);
                continue;
            }
            batch.extend(state.hand_out(position));
        }
        stay.append(&mut state.waiting);
        state.waiting = stay;
        batch
    }

    /// Whether one may be out besides those that are.
    fn has_place(&self, state: &State, one: &One) -> bool {
        let has_bytes = state.out == 0 || state.out_bytes + one.size <= self.bytes;
        let of_key = one.key.as_ref().and_then(|key| state.keys.get(key));
        match (self.per_key, of_key) {
            (Some(per_key), Some((count, bytes))) => {
                *count < per_key.messages && bytes + one.size <= per_key.bytes && has_bytes
            }
            _ => has_bytes && self.counted(state) < self.prefetch,
        }
    }

    /// How many are out, where those of a key may count once.
    fn counted(&self, state: &State) -> usize {
        if self.per_key.is_none() {
            return state.out;
        }
        let keyed: usize = state.keys.values().map(|(count, _)| count).sum();
        state.keys.len() + (state.out - keyed)
    }

    /// How many more may come, which somebody asks for.
    pub(crate) fn wanted(&self) -> usize {
        let state = self.lock();
        let waiting = state.waiting.iter();
        let waiting: Vec<&One> = waiting
            .filter_map(|position| state.all.get(position))
            .collect();
        // Those of keys that have no place hold up nobody else, but are kept here all the same.
        let is_of_key = |one: &&One| {
            let key = one.key.as_ref().filter(|_| self.per_key.is_some());
            key.is_some_and(|key| state.keys.contains_key(key))
        };
        let bytes: usize = waiting.iter().map(|one| one.size).sum();
        let is_full = state.out > 0 && state.out_bytes + bytes >= self.bytes;
        let was_asked = state.asked.is_some_and(|asked| asked.elapsed() < LINGER);
        let is_asked = state.is_asked || was_asked;
        if !is_asked || is_full || state.ended.is_some() || !waiting.iter().all(is_of_key) {
            return 0;
        }
        let room = self.prefetch.saturating_sub(self.counted(&state));
        let times = if state.is_quick { AHEAD } else { 1 };
        room.min(state.asked_for.saturating_mul(times))
    }
}
