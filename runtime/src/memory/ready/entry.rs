//! A message in a queue.
use crate::{Message, Str, memory::receipt::Receipt};
use std::{num::NonZeroU32, sync::Arc};

/// It, and what the queue knows of it; small, because it is moved more often than looked at.
#[derive(Debug, Clone)]
pub(in crate::memory) struct Entry {
    pub(in crate::memory) message: Arc<Message>,
    /// Its place among all messages of the queue.
    pub(in crate::memory) sequence: u64,
    /// The address that it came by, in a queue of many addresses.
    address: Option<Box<Str>>,
    /// Whoever waits until it is settled.
    pub(in crate::memory) receipt: Option<Receipt>,
    /// The lane of its key, counted from 1, which is there while any message of it is.
    lane: Option<NonZeroU32>,
    pub(super) size: u32,
    pub(in crate::memory) attempt: u32,
    /// Whether its consumer had no other of its key when it went out.
    pub(in crate::memory) leads: bool,
}

impl Entry {
    /// One of that size in bytes that has not been out; more than 4 GiB count as that.
    #[inline]
    pub(in crate::memory) fn new(message: Arc<Message>, sequence: u64, size: usize) -> Self {
        Self {
            message,
            sequence,
            attempt: 1,
            leads: true,
            size: u32::try_from(size).unwrap_or(u32::MAX),
            address: None,
            lane: None,
            receipt: None,
        }
    }

    /// The same in another queue, where nothing of it is known yet.
    pub(in crate::memory) fn moved(self, sequence: u64, address: Option<&Str>) -> Self {
        let mut moved = Self {
            sequence,
            lane: None,
            address: None,
            ..self
        };
        address
            .into_iter()
            .for_each(|address| moved.set_address(address));
        moved
    }

    #[cold]
    pub(in crate::memory) fn set_address(&mut self, address: &Str) {
        self.address = Some(Box::new(address.clone()));
    }

    pub(in crate::memory) fn address(&self) -> Option<&Str> {
        self.address.as_deref()
    }

    pub(in crate::memory) fn size(&self) -> usize {
        self.size as usize
    }

    pub(super) fn lane(&self) -> Option<usize> {
        self.lane.map(|lane| lane.get() as usize - 1)
    }

    pub(super) fn set_lane(&mut self, at: usize) {
        let lane = u32::try_from(at + 1).ok().and_then(NonZeroU32::new);
        self.lane = Some(lane.expect("so many lanes find no room in memory"));
    }
}
