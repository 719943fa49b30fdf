//! What a subscription holds: of each shard what came and waits to be taken, what is out, and how far it is settled.
mod records;
mod shards;
mod state;
#[cfg(test)]
mod tests;

use state::{Assigned, State};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{Error, Message, Result, Str, SubscribeSpec, Token, Verdict, transport::Event};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

pub(crate) struct Held {
    state: Mutex<State>,
    /// Something is there to be taken, or told.
    pub(crate) changed: Notify,
    /// Something is to be done about leases.
    pub(crate) wake: Notify,
    /// Something was settled.
    pub(crate) settled: Notify,
    ended: watch::Sender<bool>,
    /// Whether all is given back after the end.
    over: watch::Sender<bool>,
    /// For how long a shard is ours once that was told.
    lease: Duration,
    prefetch: usize,
    bytes: usize,
}

/// A message that came, with its sequence number.
pub(crate) struct Record {
    pub(crate) message: Message,
    pub(crate) sequence: Str,
}

/// How far a shard is settled: a position of ours, and the sequence number there.
pub(crate) type Mark = (u64, Str);

impl Held {
    pub(crate) fn new(spec: &SubscribeSpec, lease: Duration) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            wake: Notify::new(),
            settled: Notify::new(),
            ended: watch::Sender::new(false),
            over: watch::Sender::new(false),
            lease,
            prefetch: spec.prefetch.max(1),
            bytes: spec.prefetch_bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when a lease is ours for certain that was told at that time: clocks go differently.
    fn until(&self, told: Instant) -> Instant {
        told + (self.lease - (self.lease / 10).min(Duration::from_secs(1)))
    }

    /// What happens next, where it does now.
    pub(crate) fn take(&self, max: usize) -> Option<Result<Event>> {
        let mut state = self.lock();
        if let Some(error) = &state.ended {
            return Some(Err(error.clone()));
        }
        if state.expire(Instant::now()) {
            self.wake.notify_one();
        }
        if let Some(event) = state.events.pop_front() {
            return Some(Ok(event));
        }
        let mut batch = Vec::new();
        while !state.is_closing && batch.len() < max && self.has_room(&state) {
            let Some(incoming) = state.hand_out() else {
                break;
            };
            batch.push(incoming);
        }
        (!batch.is_empty()).then_some(Ok(Event::Deliveries(batch)))
    }

    /// One message always may be out.
    fn has_room(&self, state: &State) -> bool {
        state.out == 0 || (state.out < self.prefetch && state.out_bytes < self.bytes)
    }

    /// When the first lease is over, unless it is told again.
    pub(crate) fn expires(&self) -> Option<Instant> {
        let state = self.lock();
        state.parts.values().filter_map(|part| part.until).min()
    }

    /// Takes in verdicts; gives those that others are to be told, for each part the position up to which all is done.
    pub(crate) fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<Token> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Vec::new();
        }
        let mut told = Vec::new();
        for (token, verdict) in verdicts {
            if state.settle(*token, *verdict == Verdict::Ack) {
                let assigned = state.parts.get(&token.part);
                let is_leased = assigned.is_some_and(|assigned| assigned.until.is_some());
                told.extend(is_leased.then_some(*token));
            }
        }
        // Others are left alone: a look at leases costs a read of the whole table.
        let now = Instant::now();
        let is_done_with = |one: &Assigned| one.is_finished() || one.is_left(now);
        let mut parts = verdicts
            .iter()
            .filter_map(|(token, _)| state.parts.get(&token.part));
        let is_awaited = parts.any(is_done_with);
        drop(state);
        self.changed.notify_one();
        if is_awaited {
            self.wake.notify_one();
        }
        self.settled.notify_waiters();
        told
    }

    pub(crate) fn telling(&self) {
        self.lock().telling += 1;
    }

    pub(crate) fn told(&self) {
        self.lock().telling -= 1;
        self.settled.notify_waiters();
    }

    /// Whether nothing is out, nor being told.
    pub(crate) fn is_settled(&self) -> bool {
        let state = self.lock();
        state.out == 0 && state.telling == 0
    }

    pub(crate) fn out(&self) -> usize {
        self.lock().out
    }

    /// Nothing more is handed out; what is out can be settled.
    pub(crate) fn close(&self) {
        self.lock().is_closing = true;
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self, why: Error) {
        self.lock().ended.get_or_insert(why);
        self.ended.send_replace(true);
        self.changed.notify_one();
        self.wake.notify_one();
        self.settled.notify_waiters();
    }

    pub(crate) fn ends(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    pub(crate) fn overs(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    pub(crate) fn is_over(&self) {
        self.over.send_replace(true);
    }
}
