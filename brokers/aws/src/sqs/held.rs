//! What a subscription holds: what came and waits to be taken, and what is out, each with its lease.
mod leases;
mod room;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use leases::Keeping;
pub(crate) use state::Handle;

use super::receiving::Received;
use bytes::Bytes;
use state::{One, State};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{
    Error, Result, SubscribeSpec,
    transport::{Event, Part, PerKey, Token},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

pub(crate) struct Held {
    state: Mutex<State>,
    /// Something is there to be taken.
    pub(crate) came: Notify,
    /// There is room for more, or somebody asks for it.
    pub(crate) room: Notify,
    /// Something was settled, or something that was being told has been.
    pub(crate) settled: Notify,
    ended: watch::Sender<bool>,
    /// How long something is out.
    pub(crate) lease: Duration,
    prefetch: usize,
    bytes: usize,
    /// Most of a key that is out, where keys are held.
    per_key: Option<PerKey>,
    pub(crate) holds_keys: bool,
}

/// A delivery that is to be settled.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) token: Token,
    pub(crate) handle: Handle,
    pub(crate) key: Option<Bytes>,
    pub(crate) until: Instant,
    /// For how much longer AWS may keep it from others.
    pub(crate) left: Duration,
}

impl Held {
    pub(crate) fn new(spec: &SubscribeSpec, lease: Duration, holds_keys: bool) -> Self {
        Self {
            state: Mutex::default(),
            came: Notify::new(),
            room: Notify::new(),
            settled: Notify::new(),
            ended: watch::Sender::new(false),
            lease,
            prefetch: spec.prefetch.max(1),
            bytes: spec.prefetch_bytes,
            per_key: spec.per_key.filter(|_| holds_keys),
            holds_keys,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing comes any more.
    pub(crate) fn ends(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Takes in what came at once, by then at the latest; gives it back where nobody takes it any more.
    pub(crate) fn add(&self, since: Instant, received: Vec<Received>) -> Vec<Handle> {
        let mut state = self.lock();
        if state.ended.is_some() {
            let each = received.into_iter().map(|one| Handle {
                position: u64::MAX,
                receipt: one.handle,
            });
            return each.collect();
        }
        // What comes anew was lost before.
        state.end_leases(Instant::now());
        state.generation = state.generation.wrapping_add(1);
        let part = Part::new(state.generation, 0);
        let until = self.until(since, self.lease);
        state.ends(until);
        for one in received {
            let position = state.position;
            state.position += 1;
            state.waiting.push_back(position);
            let one = One {
                part,
                handle: one.handle,
                size: one.message.size(),
                key: one.message.key.clone(),
                since,
                until,
                waits: Some((Arc::new(one.message), one.attempt)),
            };
            state.all.insert(position, one);
        }
        drop(state);
        self.came.notify_one();
        Vec::new()
    }

    /// What happens next, where it does now; whether deliveries are asked for is remembered until it does.
    pub(crate) fn take(&self, max: usize) -> Option<Result<Event>> {
        let now = Instant::now();
        let mut state = self.lock();
        state.heard = Some(now);
        state.end_leases(now);
        if !state.gone.is_empty() {
            let parts = std::mem::take(&mut state.gone);
            self.room.notify_one();
            self.settled.notify_waiters();
            return Some(Ok(Event::Gone { parts }));
        }
        if let Some(error) = &state.ended {
            return Some(Err(error.clone()));
        }
        if let Some(given) = state.given.take_if(|_| max > 0) {
            state.is_quick = now - given < room::QUICK;
        }
        let batch = self.hand_out(&mut state, max);
        state.is_asked = max > 0 && batch.is_empty();
        state.asked_for = match state.is_quick {
            true => max,
            false => max - batch.len(),
        };
        if !batch.is_empty() {
            state.given = Some(now);
            state.asked = Some(now);
            self.room.notify_one();
            return Some(Ok(Event::Deliveries(batch)));
        }
        if state.is_asked {
            state.asked = Some(now);
            self.room.notify_one();
        }
        None
    }

    /// Nobody waits for deliveries any more.
    pub(crate) fn unasked(&self) {
        let mut state = self.lock();
        state.is_asked = false;
        state.heard = Some(Instant::now());
    }

    /// What is to be settled of those tokens: what is out, and ours.
    pub(crate) fn settle(&self, token: Token) -> Option<Taken> {
        let mut state = self.lock();
        let one = state.all.get(&token.position)?;
        let is_out = one.part == token.part && one.waits.is_none() && one.until > Instant::now();
        if !is_out {
            return None;
        }
        let one = state.remove(token.position)?;
        drop(state);
        self.room.notify_one();
        self.came.notify_one();
        let (position, receipt) = (token.position, one.handle);
        let left = leases::left(one.since, Instant::now());
        Some(Taken {
            token,
            handle: Handle { position, receipt },
            key: one.key,
            until: one.until,
            left,
        })
    }

    /// Settlements begin to be told.
    pub(crate) fn telling(&self) {
        self.lock().telling += 1;
    }

    /// They have been told.
    pub(crate) fn told(&self) {
        self.lock().telling -= 1;
        self.settled.notify_waiters();
    }

    /// A request for more begins.
    pub(crate) fn asking(&self) {
        self.lock().asking += 1;
    }

    /// It has ended, and what came by it is taken in or given back.
    pub(crate) fn asked(&self) {
        self.lock().asking -= 1;
        self.settled.notify_waiters();
    }

    /// Whether nothing more can come.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.lock();
        state.ended.is_some() && state.asking == 0
    }

    /// Whether nothing is out, nor being told.
    pub(crate) fn is_settled(&self) -> bool {
        let state = self.lock();
        state.out == 0 && state.telling == 0
    }

    /// What waits of a key, where keys are held, since what is before it comes again first.
    pub(crate) fn give_back(&self, key: Option<&Bytes>) -> Vec<Handle> {
        let Some(key) = key.filter(|_| self.holds_keys) else {
            return Vec::new();
        };
        let mut state = self.lock();
        let is_it = |one: &One| one.key.as_ref() == Some(key) && one.waits.is_some();
        state.remove_all(is_it)
    }

    /// How many are out.
    pub(crate) fn out(&self) -> usize {
        self.lock().out
    }

    /// Nothing comes any more; gives what is held.
    pub(crate) fn end(&self, why: Error) -> Vec<Handle> {
        let mut state = self.lock();
        state.ended.get_or_insert(why);
        let mut held = std::mem::take(&mut state.back);
        held.extend(state.remove_all(|_| true));
        drop(state);
        self.ended.send_replace(true);
        self.came.notify_one();
        self.room.notify_one();
        self.settled.notify_waiters();
        held
    }
}
