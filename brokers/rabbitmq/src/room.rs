//! How much of a subscription is out, over all of its queues.
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::sync::Notify;

/// What is out of all queues of a subscription.
#[derive(Debug, Default)]
pub(crate) struct Room {
    count: AtomicUsize,
    bytes: AtomicUsize,
    /// What came and is not out yet.
    waiting: AtomicUsize,
    /// Something was settled.
    pub(crate) freed: Notify,
}

impl Room {
    /// One more is out.
    pub(crate) fn take(&self, size: usize) {
        self.count.fetch_add(1, SeqCst);
        self.bytes.fetch_add(size, SeqCst);
    }

    /// One is out no more.
    pub(crate) fn give_back(&self, size: usize) {
        self.count.fetch_sub(1, SeqCst);
        self.bytes.fetch_sub(size, SeqCst);
    }

    /// That many bytes wait too; gives how many do.
    pub(crate) fn begin_to_wait(&self, size: usize) -> usize {
        self.waiting.fetch_add(size, SeqCst).saturating_add(size)
    }

    /// That many wait no more.
    pub(crate) fn end_waiting(&self, size: usize) {
        self.waiting.fetch_sub(size, SeqCst);
    }

    /// How many are out.
    pub(crate) fn count(&self) -> usize {
        self.count.load(SeqCst)
    }

    /// Whether a delivery of that size may go out too: one always may.
    pub(crate) fn has_place(&self, size: usize, limit: usize) -> bool {
        self.count() == 0 || self.bytes.load(SeqCst).saturating_add(size) <= limit
    }
}
