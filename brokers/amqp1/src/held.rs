//! What a subscription has: what came and waits, and what is out. Shared by the task that receives, by who asks for deliveries, and by
//! who settles them.
use crate::{core::Core, message::Came};
use fe2o3_amqp::link::delivery::DeliveryInfo;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{
    Error, SubscribeSpec, Token,
    transport::{Incoming, Part},
};
use tokio::sync::Notify;

/// How many deliveries are asked for before it is known how large they are.
const FIRST: usize = 32;

/// What a subscription has.
pub(crate) struct Held {
    core: Arc<Core>,
    prefetch: usize,
    bytes: usize,
    ahead: usize,
    is_wildcard: bool,
    state: Mutex<State>,
    /// Something is to be told to who asks for deliveries.
    pub(crate) told: Notify,
    /// Something is to be done by the task that receives.
    pub(crate) wake: Notify,
}

#[derive(Default)]
struct State {
    /// Which opening of the link.
    generation: u32,
    /// Where the last delivery of it stands.
    position: u64,
    waiting: VecDeque<Waiting>,
    out: BTreeMap<u64, Out>,
    /// How many that are to come again later are neither: they are settled for who had them, and not yet for the broker.
    put_off: BTreeMap<u64, DeliveryInfo>,
    /// Bytes of what waits and of what is out.
    bytes: usize,
    out_bytes: usize,
    largest: usize,
    /// How many were asked for at last.
    asked: usize,
    gone: Vec<Part>,
    end: Option<Error>,
    /// Nobody asks any more.
    is_left: bool,
}

struct Waiting {
    info: DeliveryInfo,
    came: Came,
    size: usize,
}

struct Out {
    info: DeliveryInfo,
    size: usize,
}

/// What happens next.
pub(crate) enum Next {
    Deliveries(Vec<Incoming>),
    Gone(Vec<Part>),
    End(Error),
    Nothing,
}

impl Held {
    pub(crate) fn new(core: Arc<Core>, spec: &SubscribeSpec) -> Self {
        Self {
            core,
            prefetch: spec.prefetch.max(1),
            bytes: spec.prefetch_bytes,
            ahead: spec.ahead,
            is_wildcard: spec.channel.wildcard,
            state: Mutex::default(),
            told: Notify::new(),
            wake: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The link was opened: what comes by it is of a new part.
    pub(crate) fn opened(&self) -> u32 {
        let mut state = self.state();
        state.generation = state.generation.wrapping_add(1);
        state.position = 0;
        state.generation
    }

    /// Takes in what came.
    pub(crate) fn came(&self, info: DeliveryInfo, came: Came) {
        let mut state = self.state();
        let size = came.message.size();
        state.bytes += size;
        state.largest = state.largest.max(size);
        state.waiting.push_back(Waiting { info, came, size });
        drop(state);
        self.told.notify_one();
    }

    /// What came by the link is gone with it.
    pub(crate) fn lost(&self) {
        let mut state = self.state();
        let part = Part::new(state.generation, 0);
        state.gone.push(part);
        self.forget(&mut state);
        drop(state);
        self.told.notify_one();
    }

    fn forget(&self, state: &mut State) {
        self.core.came_back(state.out.len());
        state.out.clear();
        state.put_off.clear();
        state.waiting.clear();
        (state.bytes, state.out_bytes, state.position) = (0, 0, 0);
        state.generation = state.generation.wrapping_add(1);
    }

    /// Nothing comes any more, for that reason.
    pub(crate) fn ends(&self, error: Error) {
        self.state().end = Some(error);
        self.told.notify_one();
    }

    /// Nobody asks any more: what is there is to be given back.
    pub(crate) fn leave(&self) {
        self.state().is_left = true;
        self.wake.notify_one();
    }

    pub(crate) fn is_left(&self) -> bool {
        self.state().is_left
    }

    /// How many deliveries may be there and on their way together.
    pub(crate) fn limit(&self) -> usize {
        let state = self.state();
        let unsettled = state.out.len() + state.put_off.len();
        let wanted = self.ahead.max(unsettled + state.asked).min(self.prefetch);
        // By the largest that came: bytes are counted once they are here.
        let there = state.waiting.len() + unsettled;
        let more = match state.largest {
            0 => FIRST,
            largest => self.bytes.saturating_sub(state.bytes) / largest,
        };
        let least = usize::from(there == 0);
        wanted.min(there + more.max(least))
    }

    /// How many are there.
    pub(crate) fn count(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.out.len() + state.put_off.len()
    }

    /// What happens next to who asks for that many; `delivers` is false where nothing more goes out.
    pub(crate) fn next(&self, max: usize, delivers: bool) -> Next {
        let mut state = self.state();
        if !state.gone.is_empty() {
            return Next::Gone(std::mem::take(&mut state.gone));
        }
        let mut batch = Vec::new();
        while delivers && batch.len() < max {
            let is_first = state.out.is_empty();
            let has_place = |next: &Waiting| is_first || state.out_bytes + next.size <= self.bytes;
            if !state.waiting.front().is_some_and(has_place) {
                break;
            }
            let Some(next) = state.waiting.pop_front() else {
                break;
            };
            batch.push(self.hand_out(&mut state, next));
        }
        if !batch.is_empty() {
            self.core.handed_out(batch.len());
            return Next::Deliveries(batch);
        }
        if let Some(error) = &state.end {
            return Next::End(error.clone());
        }
        if state.asked != max {
            state.asked = max;
            self.wake.notify_one();
        }
        Next::Nothing
    }

    fn hand_out(&self, state: &mut State, next: Waiting) -> Incoming {
        let Waiting { info, came, size } = next;
        state.position += 1;
        state.out_bytes += size;
        state.out.insert(state.position, Out { info, size });
        let token = Part::new(state.generation, 0).at(state.position);
        let incoming = Incoming::new(came.message, token).with_attempt(came.attempt);
        match came.address.filter(|_| self.is_wildcard) {
            Some(address) => incoming.with_address(address),
            None => incoming,
        }
    }

    /// Whether that came by the link that is open.
    pub(crate) fn is_current(&self, token: Token) -> bool {
        token.part == Part::new(self.state().generation, 0)
    }

    /// Takes one that is out, to settle it.
    pub(crate) fn take(&self, token: Token) -> Option<DeliveryInfo> {
        let mut state = self.state();
        if state.is_left || token.part != Part::new(state.generation, 0) {
            return None;
        }
        let Out { info, size } = state.out.remove(&token.position)?;
        state.bytes = state.bytes.saturating_sub(size);
        state.out_bytes = state.out_bytes.saturating_sub(size);
        Some(info)
    }

    /// Keeps one that was taken, until it is to come again.
    pub(crate) fn put_off(&self, token: Token, info: DeliveryInfo) {
        let mut state = self.state();
        if token.part == Part::new(state.generation, 0) {
            state.put_off.insert(token.position, info);
        }
    }

    /// Takes one that was put off, once its time has come.
    pub(crate) fn take_put_off(&self, token: Token) -> Option<DeliveryInfo> {
        let mut state = self.state();
        if token.part != Part::new(state.generation, 0) {
            return None;
        }
        state.put_off.remove(&token.position)
    }

    /// So many that were taken are settled, or told not to be.
    pub(crate) fn settled(&self, count: usize) {
        self.core.came_back(count);
        self.wake.notify_one();
        self.told.notify_one();
    }

    /// Takes all that is there, to give it back: what was tried, and what was not.
    pub(crate) fn take_all(&self) -> (Vec<DeliveryInfo>, Vec<DeliveryInfo>) {
        let mut state = self.state();
        let out = std::mem::take(&mut state.out)
            .into_values()
            .map(|out| out.info);
        let out: Vec<_> = out.collect();
        self.core.came_back(out.len());
        let put_off = std::mem::take(&mut state.put_off).into_values();
        let tried = out.into_iter().chain(put_off).collect();
        let waiting = std::mem::take(&mut state.waiting)
            .into_iter()
            .map(|waiting| waiting.info);
        let untried = waiting.collect();
        self.forget(&mut state);
        (tried, untried)
    }
}
