//! One queue: what is ready, what waits for its time, and what is out with its listeners.
use super::{
    Lifetime, MemorySettings,
    ready::{Consumer, Entry, Ready},
    receipt::{Receipt, Settled},
};
use crate::{
    Message, Str, clock,
    transport::{Incoming, Part, SubscribeSpec, Token, Verdict},
};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

pub(super) struct Queue {
    pub(super) address: Str,
    pub(super) lifetime: Lifetime,
    core: Mutex<Core>,
    /// Told when something may have become ready, for anybody.
    pub(super) arrived: Notify,
    /// Told when something was settled, or the queue is gone.
    pub(super) freed: Notify,
}

#[derive(Default)]
struct Core {
    ready: Ready,
    /// By the time they are due.
    delayed: BTreeMap<(Instant, u64), Delayed>,
    listeners: HashMap<Consumer, Listener>,
    last_listener: Consumer,
    /// All messages and their bytes, the ones that are out included.
    messages: usize,
    bytes: usize,
    /// Number of the last message, and of the last delivery.
    sequence: u64,
    delivery: u64,
    /// When it is to be removed unless somebody listens again.
    expires: Option<Instant>,
    /// When a listener last took or settled something.
    progress: Option<Instant>,
    /// Messages that were dropped for want of room since a listener was told.
    lost: u64,
    removed: bool,
}

enum Delayed {
    /// Published for later.
    New(Entry),
    /// Was out, and holds back its key.
    Again(Entry),
}

#[derive(Default)]
struct Listener {
    prefetch: usize,
    prefetch_bytes: usize,
    /// By number of the delivery.
    unsettled: BTreeMap<u64, Entry>,
    bytes: usize,
}

/// What a listener gets.
pub(super) enum Taken {
    Deliveries(Vec<Incoming>),
    Lost(u64),
    /// Nothing now; something may be ready at that time.
    Nothing(Option<Instant>),
    Removed,
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
            arrived: Notify::new(),
            freed: Notify::new(),
        }
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        self.core().messages
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
        core.messages == 0 && core.listeners.is_empty()
    }

    /// Begins to listen.
    pub(super) fn listen(&self, spec: &SubscribeSpec) -> Option<Consumer> {
        let mut core = self.core();
        if core.removed {
            return None;
        }
        core.expires = None;
        core.progress = Some(Instant::now());
        core.last_listener += 1;
        let consumer = core.last_listener;
        let listener = Listener {
            prefetch: spec.prefetch.max(1),
            prefetch_bytes: spec.prefetch_bytes,
            ..Listener::default()
        };
        core.listeners.insert(consumer, listener);
        Some(consumer)
    }

    /// Ends listening: what is unsettled goes out again. Gives whether the queue goes with its last listener, now.
    pub(super) fn leave(&self, consumer: Consumer, at_once: bool) -> bool {
        let mut core = self.core();
        let Some(listener) = core.listeners.remove(&consumer) else {
            return false;
        };
        // The last first, so that a key is free only when all of it is back.
        for (_, entry) in listener.unsettled.into_iter().rev() {
            core.put_back(entry, true);
        }
        core.ready.forget(consumer);
        let last = core.listeners.is_empty();
        let goes = match self.lifetime {
            Lifetime::Linger(linger) if last => {
                core.expires = Instant::now().checked_add(linger);
                at_once || linger.is_zero()
            }
            Lifetime::Linger(_) | Lifetime::Durable => false,
        };
        drop(core);
        self.arrived.notify_waiters();
        self.freed.notify_waiters();
        goes
    }

    /// Nobody gets anything from it any more.
    pub(super) fn remove(&self) {
        self.core().removed = true;
        self.arrived.notify_waiters();
        self.freed.notify_waiters();
    }

    /// Whether a message of that size would find room.
    pub(super) fn has_room(&self, size: usize, settings: &MemorySettings) -> bool {
        self.core().has_room(size, settings)
    }

    /// When listeners have done nothing for so long that nobody need wait for them; at once where there are none.
    pub(super) fn neglected_at(&self, settings: &MemorySettings) -> Option<Instant> {
        let core = self.core();
        let since = core.progress.filter(|_| !core.listeners.is_empty());
        since.and_then(|since| since.checked_add(settings.idle_after))
    }

    /// Adds a message where there is room.
    pub(super) fn offer(
        &self,
        message: &Arc<Message>,
        settings: &MemorySettings,
        receipt: Option<Receipt>,
    ) -> Offered {
        let mut core = self.core();
        if core.removed {
            return Offered::Removed;
        }
        if !core.has_room(size(message), settings) {
            return Offered::Full;
        }
        core.add(message, receipt);
        drop(core);
        self.arrived.notify_waiters();
        Offered::Added
    }

    /// Adds a message in the place of the oldest, which are lost.
    pub(super) fn force(&self, message: &Arc<Message>, settings: &MemorySettings) {
        let mut core = self.core();
        let before = core.lost;
        while !core.has_room(size(message), settings) {
            let Some(oldest) = core.ready.drop_oldest() else {
                core.lost += 1;
                return;
            };
            core.forget(&oldest);
            core.lost += 1;
        }
        core.add(message, None);
        let begins = before == 0 && core.lost > 0;
        drop(core);
        if begins {
            tracing::warn!(
                address = %self.address,
                "a group whose listeners are gone or idle is full; its oldest messages are dropped"
            );
        }
        self.arrived.notify_waiters();
    }

    /// What a listener gets next, at most `max` messages.
    pub(super) fn take(&self, consumer: Consumer, max: usize) -> Taken {
        let mut core = self.core();
        if core.removed {
            return Taken::Removed;
        }
        if core.lost > 0 {
            return Taken::Lost(std::mem::take(&mut core.lost));
        }
        let now = core.release_due();
        let taken = core.take(consumer, max);
        if taken.is_empty() {
            let due = core.delayed.first_key_value().map(|((due, _), _)| *due);
            return Taken::Nothing(due.filter(|_| core.has_demand(consumer)));
        }
        core.progress = Some(now.unwrap_or_else(Instant::now));
        Taken::Deliveries(taken)
    }

    /// Settles what a listener has out; what it has not does nothing.
    pub(super) fn settle(&self, consumer: Consumer, verdicts: &[(Token, Verdict)]) {
        let mut core = self.core();
        let Some(mut listener) = core.listeners.remove(&consumer) else {
            return;
        };
        for (token, verdict) in verdicts {
            let entry = listener.unsettled.remove(&token.position);
            let Some(entry) = entry.filter(|_| token.part == Part::ONLY) else {
                tracing::debug!(?token, "settled a delivery that is not out");
                continue;
            };
            listener.bytes = listener.bytes.saturating_sub(entry.size);
            core.settle(entry, verdict, &self.address);
        }
        core.progress = Some(Instant::now());
        core.listeners.insert(consumer, listener);
        drop(core);
        self.freed.notify_waiters();
        self.arrived.notify_waiters();
    }
}

impl Core {
    fn has_room(&self, size: usize, settings: &MemorySettings) -> bool {
        let fits = self.messages < settings.queue_messages
            && self.bytes.saturating_add(size) <= settings.queue_bytes;
        fits || self.messages == 0
    }

    fn add(&mut self, message: &Arc<Message>, receipt: Option<Receipt>) {
        self.sequence += 1;
        let entry = Entry {
            message: message.clone(),
            sequence: self.sequence,
            attempt: 1,
            size: size(message),
            receipt,
        };
        self.messages += 1;
        self.bytes += entry.size;
        match message.not_before.map(until) {
            Some(wait) if !wait.is_zero() => self.delay(Delayed::New(entry), wait),
            _ => self.ready.add(entry),
        }
    }

    fn forget(&mut self, entry: &Entry) {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(entry.size);
    }

    fn delay(&mut self, delayed: Delayed, wait: Duration) {
        let (Delayed::New(entry) | Delayed::Again(entry)) = &delayed;
        let due = Instant::now() + wait.min(FAR);
        self.delayed.insert((due, entry.sequence), delayed);
    }

    /// Makes ready what is due; gives the time where it had to look.
    fn release_due(&mut self) -> Option<Instant> {
        if self.delayed.is_empty() {
            return None;
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
        Some(now)
    }

    fn has_demand(&self, consumer: Consumer) -> bool {
        self.listeners
            .get(&consumer)
            .is_some_and(Listener::has_demand)
    }

    fn take(&mut self, consumer: Consumer, max: usize) -> Vec<Incoming> {
        let mut taken = Vec::new();
        let Some(listener) = self.listeners.get_mut(&consumer) else {
            return taken;
        };
        while taken.len() < max && listener.has_demand() {
            let Some(entry) = self.ready.take(consumer) else {
                break;
            };
            self.delivery += 1;
            let token = Part::ONLY.at(self.delivery);
            taken.push(Incoming::new(entry.message.clone(), token).with_attempt(entry.attempt));
            listener.bytes += entry.size;
            listener.unsettled.insert(self.delivery, entry);
        }
        taken
    }

    fn settle(&mut self, entry: Entry, verdict: &Verdict, address: &Str) {
        match verdict {
            Verdict::Ack => self.done(&entry, Ok(())),
            Verdict::Release => self.put_back(entry, false),
            Verdict::Retry { after } if after.is_zero() => self.put_back(entry, true),
            Verdict::Retry { after } => {
                let entry = again(entry);
                self.ready.pause(&entry);
                self.delay(Delayed::Again(entry), *after);
            }
            Verdict::Reject { reason } => {
                let (id, name) = (&entry.message.id, &entry.message.name);
                tracing::warn!(%id, ?name, %address, %reason, "rejected message dropped");
                self.done(&entry, Err(reason.clone()));
            }
        }
    }

    fn done(&mut self, entry: &Entry, settled: Settled) {
        if let Some(receipt) = &entry.receipt {
            // An error means that nobody waits any more.
            receipt.send(settled).ok();
        }
        self.ready.settled(entry);
        self.forget(entry);
    }

    fn put_back(&mut self, entry: Entry, counts: bool) {
        self.ready
            .put_back(if counts { again(entry) } else { entry });
    }
}

impl Listener {
    fn has_demand(&self) -> bool {
        let full = self.unsettled.len() >= self.prefetch
            || (self.bytes >= self.prefetch_bytes && !self.unsettled.is_empty());
        !full
    }
}

/// A time too far to be told is as good as never, and still counted.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

fn again(entry: Entry) -> Entry {
    Entry {
        attempt: entry.attempt.saturating_add(1),
        ..entry
    }
}

/// What a message counts for: empty headers take memory too.
pub(super) fn size(message: &Message) -> usize {
    message.size() + message.headers.len() * size_of::<(Str, Bytes)>()
}

/// How long until that time of the clock.
fn until(time: std::time::SystemTime) -> Duration {
    time.duration_since(clock::now()).unwrap_or(Duration::ZERO)
}
