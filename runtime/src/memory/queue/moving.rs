//! Moving what waits to another queue, when a wildcard begins or ends to take the messages of an address.
use super::{Asleep, Core, Delayed, Entry, Queue, Stock};
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
        let asleep = core.asleep();
        drop(core);
        self.freed.notify_waiters();
        Asleep::wake(asleep);
        waiting
    }

    /// Whether messages of that address wait or are out.
    pub(in crate::memory) fn holds(&self, address: &str) -> bool {
        self.core().stock.addresses.contains_key(address)
    }

    /// Adds what waited elsewhere, behind what is here, with the address that it came by in a queue of many addresses.
    pub(in crate::memory) fn refill(&self, waiting: Vec<Waiting>, address: Option<&Str>) {
        let mut core = self.core();
        for waiting in waiting {
            core.stock.put(waiting, address);
        }
        let asleep = core.asleep();
        drop(core);
        Asleep::wake(asleep);
    }
}

impl Core {
    fn take_all(&mut self) -> Option<Vec<Waiting>> {
        self.listeners.is_empty().then_some(())?;
        let stock = &mut self.stock;
        let ready = std::mem::take(&mut stock.ready).into_entries();
        let delayed = std::mem::take(&mut stock.delayed).into_iter();
        let delayed = delayed.map(|((due, _), delayed)| Waiting::Delayed(due, delayed));
        let mut all: Vec<_> = ready.map(Waiting::Ready).chain(delayed).collect();
        all.sort_unstable_by_key(|waiting| waiting.entry().sequence);
        (stock.messages, stock.bytes) = (0, 0);
        stock.addresses.clear();
        Some(all)
    }
}

impl Stock {
    fn put(&mut self, waiting: Waiting, address: Option<&Str>) {
        self.sequence += 1;
        let (mut entry, delayed) = match waiting {
            Waiting::Ready(entry) => (entry, None),
            Waiting::Delayed(due, Delayed::New(entry)) => (entry, Some((due, false))),
            Waiting::Delayed(due, Delayed::Again(entry)) => (entry, Some((due, true))),
        };
        entry = entry.moved(self.sequence, address);
        self.count(&entry);
        match delayed {
            None => self.ready.add(entry),
            Some((due, again)) => {
                if again {
                    self.ready.pause_new(&mut entry);
                }
                let delayed = if again { Delayed::Again } else { Delayed::New };
                self.delayed.insert((due, self.sequence), delayed(entry));
            }
        }
    }
}
