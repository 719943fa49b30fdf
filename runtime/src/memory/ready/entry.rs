//! A message in a queue.
use crate::{Message, Str, memory::receipt::Receipt};
use std::sync::Arc;

/// It, and what the queue knows of it.
#[derive(Debug, Clone)]
pub(in crate::memory) struct Entry {
    pub(in crate::memory) message: Arc<Message>,
    /// The address that it came by, in a queue of many addresses.
    pub(in crate::memory) address: Option<Str>,
    /// Its place among all messages of the queue.
    pub(in crate::memory) sequence: u64,
    pub(in crate::memory) attempt: u32,
    /// Whether its consumer had no other of its key when it went out.
    pub(in crate::memory) leads: bool,
    pub(in crate::memory) size: usize,
    /// The lane of its key, which is there while any message of it is.
    pub(super) lane: Option<usize>,
    /// Whoever waits until it is settled.
    pub(in crate::memory) receipt: Option<Receipt>,
}

impl Entry {
    /// One that has not been out.
    pub(in crate::memory) fn new(message: Arc<Message>, sequence: u64, size: usize) -> Self {
        Self {
            message,
            sequence,
            attempt: 1,
            leads: true,
            size,
            address: None,
            lane: None,
            receipt: None,
        }
    }

    /// The same in another queue, where nothing of it is known yet.
    pub(in crate::memory) fn moved(self, sequence: u64, address: Option<&Str>) -> Self {
        Self {
            sequence,
            lane: None,
            ..self
        }
        .with_address(address)
    }

    pub(in crate::memory) fn with_address(mut self, address: Option<&Str>) -> Self {
        self.address = address.cloned();
        self
    }
}
