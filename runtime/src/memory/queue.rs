//! One queue: what is ready, what is held back, and how much is out with its listeners.
use super::{Lifetime, MemorySettings};
use crate::{Message, Str};
use bytes::Bytes;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, futures::OwnedNotified},
    time::Instant,
};

/// A message in a queue.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: Message,
    /// Its place among all messages.
    pub(super) sequence: u64,
    pub(super) attempt: u32,
    pub(super) size: usize,
}

impl Entry {
    pub(super) fn new(message: &Message, sequence: u64) -> Self {
        Self {
            message: message.clone(),
            sequence,
            attempt: 1,
            // Empty headers take memory too.
            size: message.size() + message.headers.len() * size_of::<(Str, Bytes)>(),
        }
    }
}

pub(super) struct Queue {
    /// By place, so that what comes back is the next to go out.
    ready: BTreeMap<u64, Entry>,
    /// By the time it is due.
    delayed: BTreeMap<(Instant, u64), Entry>,
    /// Messages out with listeners.
    out: usize,
    /// Bytes of all messages, the ones that are out included.
    bytes: usize,
    pub(super) listeners: usize,
    pub(super) lifetime: Lifetime,
    /// When it is to be removed unless somebody listens again.
    pub(super) expires: Option<Instant>,
    arrived: Arc<Notify>,
    freed: Arc<Notify>,
}

impl Queue {
    pub(super) fn new(lifetime: Lifetime) -> Self {
        Self {
            ready: BTreeMap::new(),
            delayed: BTreeMap::new(),
            out: 0,
            bytes: 0,
            listeners: 0,
            lifetime,
            expires: None,
            arrived: Arc::default(),
            freed: Arc::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.delayed.len() + self.out
    }

    pub(super) fn is_expired(&self) -> bool {
        self.expires
            .is_some_and(|expires| expires <= Instant::now())
    }

    /// What to wait for where a message of that size does not fit.
    pub(super) fn room(&self, size: usize, settings: &MemorySettings) -> Option<OwnedNotified> {
        let fits = self.len() < settings.queue_messages
            && self.bytes.saturating_add(size) <= settings.queue_bytes;
        // Made under the lock, so that no notification comes between.
        if fits || self.len() == 0 {
            None
        } else {
            Some(self.freed.clone().notified_owned())
        }
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.bytes += entry.size;
        self.ready.insert(entry.sequence, entry);
        self.arrived.notify_waiters();
    }

    /// What to wait for when nothing is ready, and until when at most.
    pub(super) fn arrival(&self) -> (OwnedNotified, Option<Instant>) {
        let due = self.delayed.first_key_value().map(|((due, _), _)| *due);
        (self.arrived.clone().notified_owned(), due)
    }

    pub(super) fn take(&mut self, max: usize) -> Vec<Entry> {
        self.release_due();
        let taken: Vec<Entry> = std::iter::from_fn(|| self.ready.pop_first())
            .take(max)
            .map(|(_, entry)| entry)
            .collect();
        self.out += taken.len();
        taken
    }

    fn release_due(&mut self) {
        let now = Instant::now();
        while let Some(first) = self
            .delayed
            .first_entry()
            .filter(|first| first.key().0 <= now)
        {
            let entry = first.remove();
            self.ready.insert(entry.sequence, entry);
        }
    }

    /// Takes back a message that was out, to go out again after a time.
    pub(super) fn put_back(&mut self, mut entry: Entry, after: Duration) {
        self.out = self.out.saturating_sub(1);
        entry.attempt = entry.attempt.saturating_add(1);
        // A time too far to be told is as good as never, and still counted.
        let far = Duration::from_secs(60 * 60 * 24 * 365);
        if after.is_zero() {
            self.ready.insert(entry.sequence, entry);
        } else {
            let due = Instant::now() + after.min(far);
            self.delayed.insert((due, entry.sequence), entry);
        }
        self.arrived.notify_waiters();
    }

    /// Forgets a message that was out.
    pub(super) fn forget(&mut self, entry: &Entry) {
        self.out = self.out.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(entry.size);
        self.freed.notify_waiters();
    }
}

impl Drop for Queue {
    /// Whoever waits for this queue has to look again.
    fn drop(&mut self) {
        self.arrived.notify_waiters();
        self.freed.notify_waiters();
    }
}
