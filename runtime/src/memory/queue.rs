//! One queue: what is ready, what waits for its time, and what is out with its listeners.
mod asleep;
mod moving;

use super::{
    Lifetime, MemorySettings,
    ready::{Consumer, Entry, Ready},
    receipt::{Receipt, Settled},
};
use crate::{
    Message, Str, clock,
    outstanding::Outstanding,
    transport::{Incoming, Part, PerKey, SubscribeSpec, Taker, Token, Verdict},
};
use asleep::Asleep;
use bytes::Bytes;
use foldhash::fast::RandomState;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

pub(super) struct Queue {
    pub(super) address: Str,
    pub(super) lifetime: Lifetime,
    core: Mutex<Core>,
    /// Told when something was settled, or the queue is gone.
    pub(super) freed: Notify,
}

#[derive(Default)]
struct Core {
    stock: Stock,
    listeners: HashMap<Consumer, Listener, RandomState>,
    last_listener: Consumer,
    /// Number of the last delivery.
    delivery: u64,
    /// When it is to be removed unless somebody listens again.
    expires: Option<Instant>,
    /// Since when publishers wait for room while listeners take and settle nothing.
    stalled: Option<Instant>,
    /// Messages that were dropped for want of room since a listener was told.
    lost: u64,
    /// Whether a listener found nothing, and waits.
    is_awaited: bool,
    /// What takes messages in place of its only listener, where they need not wait here.
    taker: Option<Taker>,
    removed: bool,
}

/// What is there.
#[derive(Default)]
struct Stock {
    ready: Ready,
    /// By the time they are due.
    delayed: BTreeMap<(Instant, u64), Delayed>,
    /// All messages and their bytes, the ones that are out included.
    messages: usize,
    bytes: usize,
    /// How many there are of each address, in a queue of many.
    addresses: HashMap<Str, usize, RandomState>,
    /// Number of the last message.
    sequence: u64,
}

pub(super) enum Delayed {
    /// Published for later.
    New(Entry),
    /// Was out, and holds back its key.
    Again(Entry),
}

#[derive(Default)]
struct Listener {
    prefetch: usize,
    prefetch_bytes: usize,
    per_key: Option<PerKey>,
    /// By number of the delivery.
    unsettled: Outstanding<Entry>,
    /// How many of them count: where keys have bounds of their own, a key counts once.
    counted: usize,
    bytes: usize,
    /// Woken when there may be something, once it found nothing.
    waker: Option<Waker>,
}

/// Most messages that one listener gets at a time, so that others come by.
const BATCH: usize = 64;

/// What a listener gets.
pub(super) enum Taken {
    Deliveries,
    Lost(u64),
    /// Nothing now; something may be ready at that time.
    Nothing(Option<Instant>),
    Removed,
}

/// What goes with a message into a queue.
#[derive(Default)]
pub(super) struct Beside<'a> {
    /// Its address, in a queue of many.
    pub(super) address: Option<&'a Str>,
    /// Whoever waits until it is settled.
    pub(super) receipt: Option<Receipt>,
}

impl Beside<'_> {
    fn settle(self, settled: Settled) {
        // An error means that nobody waits any more.
        self.receipt.map(|receipt| receipt.send(settled).ok());
    }
}

/// What became of a message that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offered {
    Added,
    Full,
    Removed,
}

impl Queue {
    pub(super) fn new(address: Str, lifetime: Lifetime) -> Self {
        Self {
            address,
            lifetime,
            core: Mutex::default(),
            freed: Notify::new(),
        }
    }

    #[inline]
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        self.core().stock.messages
    }

    /// Whether somebody listens, and whether there is nothing in it.
    pub(super) fn outlook(&self) -> (bool, bool) {
        let core = self.core();
        (!core.listeners.is_empty(), core.stock.messages == 0)
    }

    pub(super) fn has_listeners(&self) -> bool {
        !self.core().listeners.is_empty()
    }

    pub(super) fn is_expired(&self) -> bool {
        let expires = self.core().expires;
        expires.is_some_and(|expires| expires <= Instant::now())
    }

    /// Whether nothing would be missed without it.
    pub(super) fn is_idle(&self) -> bool {
        let core = self.core();
        core.stock.messages == 0 && core.listeners.is_empty()
    }

    /// Begins to listen.
    pub(super) fn listen(&self, spec: &SubscribeSpec) -> Option<Consumer> {
        let mut core = self.core();
        if core.removed {
            return None;
        }
        core.expires = None;
        core.stalled = None;
        core.last_listener += 1;
        let consumer = core.last_listener;
        let listener = Listener {
            prefetch: spec.prefetch.max(1),
            prefetch_bytes: spec.prefetch_bytes,
            per_key: spec.per_key,
            ..Listener::default()
        };
        core.listeners.insert(consumer, listener);
        Some(consumer)
    }

    /// Has messages given to somebody instead of the only listener, until that leaves.
    pub(super) fn hand_over(&self, taker: Taker) {
        self.core().taker = Some(taker);
    }

    /// Ends listening: what is unsettled goes out again. Gives whether the queue goes with its last listener, now.
    pub(super) fn leave(&self, consumer: Consumer, at_once: bool) -> bool {
        let mut core = self.core();
        let Some(listener) = core.listeners.remove(&consumer) else {
            return false;
        };
        // The last first, so that a key is free only when all of it is back.
        for entry in listener.unsettled.into_items().rev() {
            core.stock.put_back(entry, true);
        }
        core.stock.ready.forget(consumer);
        let (last, asleep) = (core.listeners.is_empty(), core.asleep());
        let goes = match self.lifetime {
            Lifetime::Linger(linger) if last => {
                core.expires = Instant::now().checked_add(linger);
                at_once || linger.is_zero()
            }
            Lifetime::Linger(_) | Lifetime::Durable => false,
        };
        let taker = core.taker.take();
        drop((core, taker));
        Asleep::wake(asleep);
        self.freed.notify_waiters();
        goes
    }

    /// Nobody gets anything from it any more.
    pub(super) fn remove(&self) {
        let mut core = self.core();
        core.removed = true;
        let (asleep, taker) = (Some(core.everybody()), core.taker.take());
        drop((core, taker));
        Asleep::wake(asleep);
        self.freed.notify_waiters();
    }

    /// Whether a message of that size would find room.
    pub(super) fn has_room(&self, size: usize, settings: &MemorySettings) -> bool {
        self.core().stock.has_room(size, settings)
    }

    /// Until when somebody who finds no room waits for listeners that do nothing; none where there are none.
    pub(super) fn waits_until(&self, settings: &MemorySettings) -> Option<Instant> {
        let mut core = self.core();
        let now = Instant::now();
        let since = *core.stalled.get_or_insert(now);
        let until = since.checked_add(settings.idle_after).unwrap_or(now + FAR);
        (!core.listeners.is_empty()).then_some(until)
    }

    /// Adds a message of that [size] where there is room.
    pub(super) fn offer(
        &self,
        message: &Arc<Message>,
        size: usize,
        beside: Beside<'_>,
        settings: &MemorySettings,
    ) -> Offered {
        self.add(self.core(), message, size, beside, settings)
    }

    /// The same, unless nobody listens any more and the queue is to go in a while: what is done then, and when, is for whoever waits.
    pub(super) fn offer_listened(
        &self,
        message: &Arc<Message>,
        size: usize,
        settings: &MemorySettings,
    ) -> Offered {
        let core = self.core();
        if core.expires.is_some() {
            return Offered::Removed;
        }
        self.add(core, message, size, Beside::default(), settings)
    }

    #[inline]
    fn add(
        &self,
        mut core: MutexGuard<'_, Core>,
        message: &Arc<Message>,
        size: usize,
        beside: Beside<'_>,
        settings: &MemorySettings,
    ) -> Offered {
        if core.removed {
            return Offered::Removed;
        }
        if let Some(taker) = core.taker(message) {
            drop(core);
            taker(message.clone());
            beside.settle(Ok(()));
            return Offered::Added;
        }
        if !core.stock.has_room(size, settings) {
            return Offered::Full;
        }
        core.stock.add(message.clone(), size, beside);
        let asleep = core.asleep();
        drop(core);
        Asleep::wake(asleep);
        Offered::Added
    }

    /// Adds a message in the place of the oldest, which are lost.
    pub(super) fn force(
        &self,
        message: &Arc<Message>,
        address: Option<&Str>,
        settings: &MemorySettings,
    ) {
        let mut core = self.core();
        let (before, size) = (core.lost, size(message));
        let mut has_room = core.stock.has_room(size, settings);
        while !has_room {
            core.lost += 1;
            // What is out, or waits for its time, stays.
            let Some(oldest) = core.stock.ready.drop_oldest() else {
                break;
            };
            core.stock.forget(&oldest);
            has_room = core.stock.has_room(size, settings);
        }
        if has_room {
            let beside = Beside {
                address,
                receipt: None,
            };
            core.stock.add(message.clone(), size, beside);
        }
        let (begins, asleep) = (before == 0 && core.lost > 0, core.asleep());
        drop(core);
        if begins {
            tracing::warn!(
                address = %self.address,
                "a group whose listeners are gone or idle is full; its oldest messages are dropped"
            );
        }
        Asleep::wake(asleep);
    }

    /// What a listener gets next, at most `max` messages, which are in `room`; it is woken for more where there is nothing.
    pub(super) fn take(
        &self,
        consumer: Consumer,
        max: usize,
        room: &mut Vec<Incoming>,
        task: &Context<'_>,
    ) -> Taken {
        let mut core = self.core();
        if core.removed {
            return Taken::Removed;
        }
        if core.lost > 0 {
            return Taken::Lost(std::mem::take(&mut core.lost));
        }
        core.stock.release_due();
        core.take(consumer, max.min(BATCH), room);
        if room.is_empty() {
            let (due, before) = core.sleep(consumer, max > 0, task);
            // It may do anything.
            drop((core, before));
            return Taken::Nothing(due);
        }
        core.stalled = None;
        Taken::Deliveries
    }

    /// Settles what a listener has out; what it has not does nothing.
    pub(super) fn settle(&self, consumer: Consumer, verdicts: &[(Token, Verdict)]) {
        let mut core = self.core();
        let Core {
            stock, listeners, ..
        } = &mut *core;
        let Some(listener) = listeners.get_mut(&consumer) else {
            return;
        };
        for (token, verdict) in verdicts {
            let Some(entry) = listener.remove(*token) else {
                tracing::debug!(?token, "settled a delivery that is not out");
                continue;
            };
            listener.bytes = listener.bytes.saturating_sub(entry.size());
            let is_last = stock.settle(entry, verdict, &self.address);
            listener.counted -= usize::from(listener.counts(is_last));
        }
        core.stalled = None;
        let asleep = core.asleep();
        drop(core);
        self.freed.notify_waiters();
        Asleep::wake(asleep);
    }
}

impl Stock {
    fn has_room(&self, size: usize, settings: &MemorySettings) -> bool {
        let fits = self.messages < settings.queue_messages
            && self.bytes.saturating_add(size) <= settings.queue_bytes;
        fits || self.messages == 0
    }

    fn add(&mut self, message: Arc<Message>, size: usize, beside: Beside<'_>) {
        self.sequence += 1;
        let wait = message.not_before.map(until);
        let mut entry = Entry::new(message, self.sequence, size);
        if let Some(address) = beside.address {
            entry.set_address(address);
        }
        entry.receipt = beside.receipt;
        self.count(&entry);
        match wait {
            Some(wait) if !wait.is_zero() => self.delay(Delayed::New(entry), wait),
            _ => self.ready.add(entry),
        }
    }

    #[inline]
    fn count(&mut self, entry: &Entry) {
        self.messages += 1;
        self.bytes += entry.size();
        if let Some(address) = entry.address() {
            self.count_address(address);
        }
    }

    #[cold]
    fn count_address(&mut self, address: &Str) {
        *self.addresses.entry(address.clone()).or_default() += 1;
    }

    #[cold]
    fn forget_address(&mut self, address: &Str) {
        let Some(count) = self.addresses.get_mut(address) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            self.addresses.remove(address);
        }
    }

    #[inline]
    fn forget(&mut self, entry: &Entry) {
        if let Some(address) = entry.address() {
            self.forget_address(address);
        }
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(entry.size());
    }

    fn delay(&mut self, delayed: Delayed, wait: Duration) {
        let (Delayed::New(entry) | Delayed::Again(entry)) = &delayed;
        let due = Instant::now() + wait.min(FAR);
        self.delayed.insert((due, entry.sequence), delayed);
    }

    /// Makes ready what is due.
    fn release_due(&mut self) {
        if self.delayed.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(first) = self
            .delayed
            .first_entry()
            .filter(|first| first.key().0 <= now)
        {
            match first.remove() {
                // Its place is where it comes out.
                Delayed::New(mut entry) => {
                    self.sequence += 1;
                    entry.sequence = self.sequence;
                    self.ready.add(entry);
                }
                Delayed::Again(entry) => self.ready.resume(entry),
            }
        }
    }

    /// Gives whether its consumer has no other of its key.
    #[inline]
    fn settle(&mut self, entry: Entry, verdict: &Verdict, address: &Str) -> bool {
        match verdict {
            Verdict::Ack => self.done(&entry, Ok(())),
            Verdict::Release => self.put_back(entry, false),
            Verdict::Retry { after } if after.is_zero() => self.put_back(entry, true),
            Verdict::Retry { after } => {
                let entry = again(entry);
                let is_last = self.ready.pause(&entry);
                self.delay(Delayed::Again(entry), *after);
                is_last
            }
            Verdict::Reject { reason } => {
                let (id, name) = (&entry.message.id, &entry.message.name);
                tracing::warn!(%id, ?name, %address, %reason, "rejected message dropped");
                self.done(&entry, Err(reason.clone()))
            }
        }
    }

    #[inline]
    fn done(&mut self, entry: &Entry, settled: Settled) -> bool {
        if let Some(receipt) = &entry.receipt {
            // An error means that nobody waits any more.
            receipt.send(settled).ok();
        }
        self.forget(entry);
        self.ready.settled(entry)
    }

    fn put_back(&mut self, entry: Entry, counts: bool) -> bool {
        self.ready
            .put_back(if counts { again(entry) } else { entry })
    }
}

impl Core {
    /// Has a listener woken when there may be something for it; gives when that is by the clock, and what was woken before. Who wants
    /// none is told of nothing that is only added or settled.
    fn sleep(
        &mut self,
        consumer: Consumer,
        is_wanted: bool,
        task: &Context<'_>,
    ) -> (Option<Instant>, Option<Waker>) {
        let Some(listener) = self.listeners.get_mut(&consumer) else {
            return (None, None);
        };
        self.is_awaited |= is_wanted;
        let before = listener.waker.replace(task.waker().clone());
        let due = self.stock.delayed.first_key_value();
        let due = due.filter(|_| is_wanted && listener.has_demand());
        (due.map(|((due, _), _)| *due), before)
    }

    /// What takes a message that need not wait here, for its time or for others.
    fn taker(&self, message: &Message) -> Option<Taker> {
        let taker = self.taker.as_ref()?;
        let is_next = message.not_before.is_none() && self.stock.messages == 0;
        is_next.then(|| taker.clone())
    }

    /// Those that wait, for whom there may be something now.
    fn asleep(&mut self) -> Option<Asleep> {
        self.is_awaited.then(|| self.everybody())
    }

    /// Those that wait, for something or for the end.
    fn everybody(&mut self) -> Asleep {
        self.is_awaited = false;
        Asleep::of(self.listeners.values_mut().map(|it| &mut it.waker))
    }

    fn take(&mut self, consumer: Consumer, max: usize, taken: &mut Vec<Incoming>) {
        let ready = &mut self.stock.ready;
        if ready.len() == 0 {
            return;
        }
        let Some(listener) = self.listeners.get_mut(&consumer) else {
            return;
        };
        taken.reserve(max.min(ready.len()));
        while taken.len() < max && listener.has_demand() {
            let Some(entry) = ready.take(consumer, listener.per_key) else {
                break;
            };
            listener.counted += usize::from(listener.counts(entry.leads));
            self.delivery += 1;
            let token = Part::ONLY.at(self.delivery);
            taken.push(Incoming {
                message: entry.message.clone(),
                token,
                attempt: entry.attempt,
                address: entry.address().cloned(),
            });
            listener.bytes += entry.size();
            listener.unsettled.add(self.delivery, entry);
        }
    }
}

impl Listener {
    #[inline]
    fn remove(&mut self, token: Token) -> Option<Entry> {
        if token.part != Part::ONLY {
            return None;
        }
        self.unsettled.remove(token.position)
    }

    /// Whether a message counts that is, or is not, its only one of a key.
    fn counts(&self, is_only: bool) -> bool {
        is_only || self.per_key.is_none()
    }

    fn has_demand(&self) -> bool {
        let full = self.counted >= self.prefetch
            || (self.bytes >= self.prefetch_bytes && !self.unsettled.is_empty());
        !full
    }
}

/// A time too far to be told is as good as never, and still counted.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

fn again(mut entry: Entry) -> Entry {
    entry.attempt = entry.attempt.saturating_add(1);
    entry
}

/// What a message counts for.
pub(super) fn size(message: &Message) -> usize {
    message.size() + overhead(message)
}

/// What empty headers take.
pub(super) fn overhead(message: &Message) -> usize {
    message.headers.len() * size_of::<(Str, Bytes)>()
}

/// How long until that time of the clock.
fn until(time: std::time::SystemTime) -> Duration {
    time.duration_since(clock::now()).unwrap_or(Duration::ZERO)
}
