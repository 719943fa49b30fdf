//! Moving what waits to another queue, when a wildcard begins or ends to take the messages of an address.
use super::{Core, Delayed, Entry, Queue};
use crate::Str;
use tokio::time::Instant;

/// Something that waits, for somebody or for its time.
pub(in crate::memory) enum Waiting {
    Ready(Entry),
    Delayed(Instant, Delayed),
}

impl Waiting {
    pub(in crate::memory) fn entry(&self) -> &Entry {
        match self {
            Self::Ready(entry) | Self::Delayed(_, Delayed::New(entry) | Delayed::Again(entry)) => {
                entry
            }
        }
    }

    fn entry_mut(&mut self) -> &mut Entry {
        match self {
            Self::Ready(entry) | Self::Delayed(_, Delayed::New(entry) | Delayed::Again(entry)) => {
                entry
            }
        }
    }
}

impl Queue {
    /// Takes out all that waits, in order; nothing where somebody listens.
    pub(in crate::memory) fn empty(&self) -> Vec<Waiting> {
        let waiting = self.core().take_all();
        self.freed.notify_waiters();
        waiting.unwrap_or_default()
    }

    /// The same, and nothing comes in any more; none where somebody listens.
    pub(in crate::memory) fn dissolve(&self) -> Option<Vec<Waiting>> {
        let mut core = self.core();
        let waiting = core.take_all();
        core.removed |= waiting.is_some();
        drop(core);
        self.freed.notify_waiters();
        self.arrived.notify_waiters();
        waiting
    }

    /// Whether messages of that address wait or are out.
    pub(in crate::memory) fn holds(&self, address: &str) -> bool {
        self.core().addresses.contains_key(address)
    }

    /// Adds what waited elsewhere, behind what is here, with the address that it came by in a queue of many addresses.
    pub(in crate::memory) fn refill(&self, waiting: Vec<Waiting>, address: Option<&Str>) {
        let mut core = self.core();
        for waiting in waiting {
            core.put(waiting, address);
        }
        drop(core);
        self.arrived.notify_waiters();
    }
}

impl Core {
    fn take_all(&mut self) -> Option<Vec<Waiting>> {
        self.listeners.is_empty().then_some(())?;
        let ready = std::mem::take(&mut self.ready).into_entries();
        let delayed = std::mem::take(&mut self.delayed).into_iter();
        let delayed = delayed.map(|((due, _), delayed)| Waiting::Delayed(due, delayed));
        let mut all: Vec<_> = ready
            .into_iter()
            .map(Waiting::Ready)
            .chain(delayed)
            .collect();
        all.sort_by_key(|waiting| waiting.entry().sequence);
        (self.messages, self.bytes) = (0, 0);
        self.addresses.clear();
        Some(all)
    }

    fn put(&mut self, mut waiting: Waiting, address: Option<&Str>) {
        self.sequence += 1;
        let entry = waiting.entry_mut();
        entry.sequence = self.sequence;
        entry.address = address.cloned();
        self.count(waiting.entry());
        match waiting {
            Waiting::Ready(entry) => self.ready.add(entry),
            Waiting::Delayed(due, delayed) => {
                if let Delayed::Again(entry) = &delayed {
                    self.ready.pause(entry);
                }
                self.delayed.insert((due, self.sequence), delayed);
            }
        }
    }
}
