//! What a subscription holds: what came and waits to be taken, and what is out, each with its lease.
use super::receiving::Received;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{
    Error, Message, Result, SubscribeSpec,
    transport::{Event, Incoming, Part, PerKey, Token},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// For how long somebody who asked and was called off counts as asking.
const LINGER: Duration = Duration::from_millis(100);

pub(crate) struct Held {
    state: Mutex<State>,
    /// Something is there to be taken.
    pub(crate) came: Notify,
    /// There is room for more, or somebody asks for it.
    pub(crate) room: Notify,
    /// Something was settled.
    pub(crate) settled: Notify,
    ended: watch::Sender<bool>,
    /// How long something is out.
    pub(crate) lease: Duration,
    prefetch: usize,
    bytes: usize,
    /// Most of a key that is out, where keys are held.
    per_key: Option<PerKey>,
    holds_keys: bool,
}

#[derive(Default)]
struct State {
    all: BTreeMap<u64, One>,
    /// The positions of what was not taken yet, in their order.
    waiting: VecDeque<u64>,
    out: usize,
    out_bytes: usize,
    /// How many messages, and bytes, of each key are out.
    keys: HashMap<Bytes, (usize, usize)>,
    position: u64,
    generation: u32,
    /// Somebody waits for deliveries.
    is_asked: bool,
    /// When somebody last did and got none: calls may be cancelled and made again.
    asked: Option<Instant>,
    /// When somebody last waited for anything.
    heard: Option<Instant>,
    gone: Vec<Part>,
    /// How many settlements are being told.
    telling: usize,
    /// How many requests for more are under way.
    asking: usize,
    ended: Option<Error>,
}

struct One {
    part: Part,
    handle: String,
    size: usize,
    key: Option<Bytes>,
    /// Until when it is ours.
    until: Instant,
    /// What is to be handed out.
    waits: Option<(Arc<Message>, u32)>,
}

/// A delivery that is to be settled.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) token: Token,
    pub(crate) handle: String,
    pub(crate) key: Option<Bytes>,
    pub(crate) until: Instant,
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

    /// Until when a lease that begins now is ours for certain: answers take a moment.
    fn until(&self) -> Instant {
        let margin = (self.lease / 10).min(Duration::from_secs(1));
        Instant::now() + (self.lease - margin)
    }

    /// Whether nothing comes any more.
    pub(crate) fn ends(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Takes in what came at once; gives back the handles where nobody takes it any more.
    pub(crate) fn add(&self, received: Vec<Received>) -> Vec<String> {
        let until = self.until();
        let mut state = self.lock();
        if state.ended.is_some() {
            return received.into_iter().map(|one| one.handle).collect();
        }
        state.generation = state.generation.wrapping_add(1);
        let part = Part::new(state.generation, 0);
        for one in received {
            let position = state.position;
            state.position += 1;
            state.waiting.push_back(position);
            let one = One {
                part,
                handle: one.handle,
                size: one.message.size(),
                key: one.message.key.clone(),
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
        let mut state = self.lock();
        state.heard = Some(Instant::now());
        if !state.gone.is_empty() {
            let parts = std::mem::take(&mut state.gone);
            return Some(Ok(Event::Gone { parts }));
        }
        if let Some(error) = &state.ended {
            return Some(Err(error.clone()));
        }
        let batch = self.hand_out(&mut state, max);
        state.is_asked = max > 0 && batch.is_empty();
        if !batch.is_empty() {
            // More is asked for soon, as a rule.
            state.asked = Some(Instant::now());
            self.room.notify_one();
            return Some(Ok(Event::Deliveries(batch)));
        }
        if state.is_asked {
            state.asked = Some(Instant::now());
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

    fn hand_out(&self, state: &mut State, max: usize) -> Vec<Incoming> {
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
        let waits = state
            .waiting
            .iter()
            .filter_map(|position| state.all.get(position));
        // Those of keys that have no place hold up nobody else.
        let is_of_key = |one: &One| {
            let key = one.key.as_ref().filter(|_| self.per_key.is_some());
            key.is_some_and(|key| state.keys.contains_key(key))
        };
        let was_asked = state.asked.is_some_and(|asked| asked.elapsed() < LINGER);
        let is_asked = state.is_asked || was_asked;
        if !is_asked || state.ended.is_some() || !waits.into_iter().all(is_of_key) {
            return 0;
        }
        self.prefetch.saturating_sub(self.counted(&state))
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
        Some(Taken {
            token,
            handle: one.handle,
            key: one.key,
            until: one.until,
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
    pub(crate) fn give_back(&self, key: Option<&Bytes>) -> Vec<String> {
        let Some(key) = key.filter(|_| self.holds_keys) else {
            return Vec::new();
        };
        let mut state = self.lock();
        let is_it = |one: &One| one.key.as_ref() == Some(key) && one.waits.is_some();
        state.remove_all(is_it)
    }

    /// Those of the tokens that are out and ours, with their handles.
    pub(crate) fn leased(&self, tokens: &[Token]) -> Vec<(Token, String)> {
        let state = self.lock();
        let now = Instant::now();
        let one = |token: &Token| {
            let one = state.all.get(&token.position)?;
            (one.part == token.part && one.until > now).then(|| (*token, one.handle.clone()))
        };
        tokens.iter().filter_map(one).collect()
    }

    /// They are ours for another lease from then on.
    pub(crate) fn extended(&self, positions: &[u64]) {
        let until = self.until();
        let mut state = self.lock();
        for position in positions {
            if let Some(one) = state.all.get_mut(position) {
                one.until = until;
            }
        }
    }

    /// It is somebody else's.
    pub(crate) fn lost(&self, position: u64) {
        if let Some(one) = self.lock().all.get_mut(&position) {
            one.until = Instant::now();
        }
    }

    /// Looks at all leases: what is no longer ours is told to be gone, with all that came with it. Gives the handles of what is to be
    /// given back, and those of what waits and is to be kept, with their positions.
    pub(crate) fn look(&self) -> (Vec<String>, Vec<(u64, String)>) {
        let now = Instant::now();
        let mut state = self.lock();
        let is_over = |one: &&One| one.until <= now;
        let over: HashSet<Part> = state
            .all
            .values()
            .filter(is_over)
            .map(|one| one.part)
            .collect();
        let mut back = Vec::new();
        if !over.is_empty() {
            let out = state.all.values().filter(|one| one.waits.is_none());
            let mut gone: Vec<Part> = out
                .map(|one| one.part)
                .filter(|part| over.contains(part))
                .collect();
            gone.dedup();
            let ours: HashSet<u64> = state
                .all
                .iter()
                .filter(|(_, one)| one.until > now)
                .map(|(position, _)| *position)
                .collect();
            let positions: Vec<u64> = state.positions(|one| over.contains(&one.part));
            for position in positions {
                let removed = state.remove(position);
                back.extend(
                    removed
                        .filter(|_| ours.contains(&position))
                        .map(|one| one.handle),
                );
            }
            state.gone.extend(gone);
        }
        let is_left = state.heard.is_none_or(|heard| heard + self.lease < now) && !state.is_asked;
        if is_left {
            // Nobody asks for it, and others may.
            back.extend(state.remove_all(|one| one.waits.is_some()));
        }
        let soon = now + self.lease / 2;
        let waits = state
            .all
            .iter()
            .filter(|(_, one)| one.waits.is_some() && one.until < soon);
        let keep = waits
            .map(|(position, one)| (*position, one.handle.clone()))
            .collect();
        let is_told = !state.gone.is_empty();
        drop(state);
        if is_told {
            self.came.notify_one();
            self.room.notify_one();
            self.settled.notify_waiters();
        }
        (back, keep)
    }

    /// How many are out.
    pub(crate) fn out(&self) -> usize {
        self.lock().out
    }

    /// Nothing comes any more; gives the handles of what is held.
    pub(crate) fn end(&self, why: Error) -> Vec<String> {
        let mut state = self.lock();
        state.ended.get_or_insert(why);
        let held = state.remove_all(|_| true);
        drop(state);
        self.ended.send_replace(true);
        self.came.notify_one();
        self.room.notify_one();
        self.settled.notify_waiters();
        held
    }
}

impl State {
    fn hand_out(&mut self, position: u64) -> Option<Incoming> {
        let one = self.all.get_mut(&position)?;
        let (message, attempt) = one.waits.take()?;
        self.out += 1;
        self.out_bytes += one.size;
        if let Some(key) = &one.key {
            let (count, bytes) = self.keys.entry(key.clone()).or_default();
            *count += 1;
            *bytes += one.size;
        }
        let incoming = Incoming::new(message, one.part.at(position));
        Some(incoming.with_attempt(attempt))
    }

    fn remove(&mut self, position: u64) -> Option<One> {
        let one = self.all.remove(&position)?;
        if one.waits.is_some() {
            self.waiting.retain(|other| *other != position);
            return Some(one);
        }
        self.out -= 1;
        self.out_bytes -= one.size;
        if let Some(key) = &one.key
            && let Some((count, bytes)) = self.keys.get_mut(key)
        {
            *count -= 1;
            *bytes -= one.size;
            if *count == 0 {
                self.keys.remove(key);
            }
        }
        Some(one)
    }

    fn positions(&self, is_it: impl Fn(&One) -> bool) -> Vec<u64> {
        let all = self.all.iter().filter(|(_, one)| is_it(one));
        all.map(|(position, _)| *position).collect()
    }

    fn remove_all(&mut self, is_it: impl Fn(&One) -> bool) -> Vec<String> {
        let positions = self.positions(is_it);
        let removed = positions
            .into_iter()
            .filter_map(|position| self.remove(position));
        removed.map(|one| one.handle).collect()
    }
}
