//! What a subscription has: what came and waits, and what is out. Shared by the task that receives, by who asks for deliveries, and by
//! who settles them.
use crate::{core::Core, message::Came};
use fe2o3_amqp::link::delivery::DeliveryInfo;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{
    Channel, Error, SubscribeSpec, Token,
    transport::{Incoming, Part},
};
use tokio::{sync::Notify, time::Instant};

/// Which part of all bytes each delivery that is asked for is expected to have at least, before anything came and then: what comes may
/// be larger than all before.
const FIRST: usize = 32;
const LEAST: usize = 64;
/// Which part of the largest size is forgotten with each delivery.
const FADES: usize = 16;
/// How many may wait for their time beside what else is there: the broker has them, and here they are some dozen bytes each.
const PUT_OFF: usize = 1 << 16;
/// What is put off for longer than clocks go.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// What a subscription has.
pub(crate) struct Held {
    core: Arc<Core>,
    prefetch: usize,
    bytes: usize,
    ahead: usize,
    /// What it receives all channels of, where it does.
    template: Option<Channel>,
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
    /// Those that are to come again later, by when: they are settled for who had them, and not yet for the broker.
    put_off: BTreeMap<(Instant, u64), DeliveryInfo>,
    /// Bytes of what waits and of what is out.
    bytes: usize,
    out_bytes: usize,
    /// The largest that came, which fades.
    largest: usize,
    /// How many were asked for at last.
    asked: usize,
    gone: Vec<Part>,
    end: Option<Error>,
    /// Nobody asks any more.
    is_left: bool,
}

impl State {
    /// How many count as unsettled: what waits for its time takes no place of others.
    fn unsettled(&self) -> usize {
        self.out.len() + self.put_off.len().saturating_sub(PUT_OFF)
    }
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

/// Whose a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Own,
    /// It is of another channel than those of the template.
    Foreign,
    /// It does not say by which channel it came.
    Unknown,
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
            template: Some(spec.channel.clone()).filter(|channel| channel.wildcard),
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

    /// Whether what came is of a channel that is received: patterns of the broker take more than templates give.
    pub(crate) fn fit(&self, came: &Came) -> Fit {
        match (&self.template, &came.address) {
            (None, _) => Fit::Own,
            (Some(_), None) => Fit::Unknown,
            (Some(template), Some(address)) if template.is_of(address) => Fit::Own,
            (Some(_), Some(_)) => Fit::Foreign,
        }
    }

    /// Takes in what came.
    pub(crate) fn came(&self, info: DeliveryInfo, came: Came) {
        let mut state = self.state();
        let size = came.message.size();
        state.bytes += size;
        state.largest = size.max(state.largest - state.largest / FADES);
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
        let unsettled = state.unsettled();
        let wanted = self.ahead.max(unsettled + state.asked).min(self.prefetch);
        // Bytes are counted once they are here.
        let there = state.waiting.len() + unsettled;
        let likely = match state.largest {
            0 => self.bytes / FIRST,
            largest => largest.max(self.bytes / LEAST),
        };
        let more = self.bytes.saturating_sub(state.bytes) / likely.max(1);
        let least = usize::from(there == 0);
        wanted.min(there + more.max(least))
    }

    /// How many are there.
    pub(crate) fn count(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.unsettled()
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
        match came.address.filter(|_| self.template.is_some()) {
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
    pub(crate) fn put_off(&self, token: Token, info: DeliveryInfo, after: Duration) {
        let mut state = self.state();
        if token.part == Part::new(state.generation, 0) {
            let due = Instant::now() + after.min(FAR);
            state.put_off.insert((due, token.position), info);
        }
    }

    /// When the next that was put off is to come again.
    pub(crate) fn due(&self) -> Option<Instant> {
        let state = self.state();
        state.put_off.keys().next().map(|(due, _)| *due)
    }

    /// Takes those that were put off, and whose time has come.
    pub(crate) fn take_due(&self) -> Vec<DeliveryInfo> {
        let mut state = self.state();
        let later = state.put_off.split_off(&(Instant::now(), u64::MAX));
        let due = std::mem::replace(&mut state.put_off, later);
        due.into_values().collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dialect::Dialect, fake, message};
    use fe2o3_amqp::types::messaging::{Body, Data, Message};

    /// What a subscription has that may have four messages, and 64 MiB, with deliveries to put into it.
    async fn held(prefetch: usize) -> (Held, Vec<DeliveryInfo>) {
        let (core, mut links) = fake::connected().await;
        let place = crate::place::Inward::inbox("a", &core.offer);
        let patience = core.patience();
        let mut opened = crate::inlet::open_at(&core, &place, patience)
            .await
            .unwrap();
        opened.receiver.set_credit(4).await.unwrap();
        let mut broker = links.recv().await.unwrap();
        let mut infos = Vec::new();
        for _ in 0..4 {
            drop(broker.send_batchable("a").await.unwrap());
            let came = opened
                .receiver
                .recv::<Body<fe2o3_amqp::types::primitives::Value>>();
            infos.push(came.await.unwrap().into_parts().0);
        }
        let spec = SubscribeSpec::new(Channel::point_to_point("a"))
            .prefetch(prefetch)
            .ahead(0);
        let held = Held::new(core, &spec);
        held.opened();
        (held, infos)
    }

    /// One of that size comes, is handed out, and is taken.
    fn pass(held: &Held, info: &DeliveryInfo, size: usize) -> Token {
        let body = Body::Data(vec![Data(vec![0; size].into())].into());
        let message = Message::builder().body(body).build();
        held.came(info.clone(), message::read(message, Dialect::Artemis));
        let Next::Deliveries(came) = held.next(usize::MAX, true) else {
            panic!("nothing came");
        };
        held.core.came_back(1);
        assert!(held.take(came[0].token).is_some());
        came[0].token
    }

    #[tokio::test]
    async fn one_large_message_slows_those_behind_it_for_some_only() {
        let (held, infos) = held(1000).await;
        held.next(1000, true);
        assert_eq!(held.limit(), 32);
        pass(&held, &infos[0], 1 << 10);
        assert_eq!(held.limit(), 64);
        pass(&held, &infos[0], 60 << 20);
        assert_eq!(held.limit(), 1);
        for _ in 0..100 {
            pass(&held, &infos[0], 1 << 10);
        }
        assert_eq!(held.limit(), 64);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_its_time_takes_no_place_of_others() {
        tokio::time::resume();
        let (held, infos) = held(4).await;
        tokio::time::pause();
        held.next(4, true);
        for info in &infos {
            let token = pass(&held, info, 10);
            held.put_off(token, info.clone(), Duration::from_secs(3600));
        }
        assert_eq!((held.count(), held.limit()), (0, 4));
        assert!(held.take_due().is_empty());
        tokio::time::advance(held.due().unwrap() - Instant::now()).await;
        assert!(!held.take_due().is_empty());
        held.put_off(pass(&held, &infos[0], 10), infos[0].clone(), Duration::MAX);
        assert!(held.due().unwrap() > Instant::now());
    }
}
