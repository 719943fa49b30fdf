//! What is held, with the counts of what is out.
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};
use tidings::{
    Error, Message,
    transport::{Incoming, Part},
};
use tokio::time::Instant;

#[derive(Default)]
pub(super) struct State {
    pub(super) all: BTreeMap<u64, One>,
    /// The positions of what was not taken yet, in their order.
    pub(super) waiting: VecDeque<u64>,
    pub(super) out: usize,
    pub(super) out_bytes: usize,
    /// How many messages, and bytes, of each key are out.
    pub(super) keys: HashMap<Bytes, (usize, usize)>,
    pub(super) position: u64,
    pub(super) generation: u32,
    /// Somebody waits for deliveries.
    pub(super) is_asked: bool,
    /// How many were asked for last, and have not come.
    pub(super) asked_for: usize,
    /// When deliveries were last handed out, until more is asked for.
    pub(super) given: Option<Instant>,
    /// Whether that is asked for at once, as a rule.
    pub(super) is_quick: bool,
    /// When somebody last did and got none: calls may be cancelled and made again.
    pub(super) asked: Option<Instant>,
    /// When somebody last waited for anything.
    pub(super) heard: Option<Instant>,
    pub(super) gone: Vec<Part>,
    /// What went with leases that ended, and is to be given back.
    pub(super) back: Vec<Handle>,
    /// No lease ends before.
    pub(super) earliest: Option<Instant>,
    /// The positions whose leases are being told anew, and how often at once.
    pub(super) keeping: HashMap<u64, usize>,
    /// How many settlements are being told.
    pub(super) telling: usize,
    /// How many requests for more are under way.
    pub(super) asking: usize,
    pub(super) ended: Option<Error>,
}

pub(super) struct One {
    pub(super) part: Part,
    pub(super) handle: String,
    pub(super) size: usize,
    pub(super) key: Option<Bytes>,
    /// When it came, at the latest; AWS lets nobody have it for longer than so many hours.
    pub(super) since: Instant,
    /// Until when it is ours.
    pub(super) until: Instant,
    /// What is to be handed out.
    pub(super) waits: Option<(Arc<Message>, u32)>,
}

/// By what AWS knows a delivery, and what it is called here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) position: u64,
    pub(crate) receipt: String,
}

impl State {
    pub(super) fn hand_out(&mut self, position: u64) -> Option<Incoming> {
        let one = self.all.get_mut(&position)?;
        let (message, attempt) = one.waits.take()?;
        self.out += 1;
        self.out_bytes += one.size;
        if let Some(key) = &one.key {
            let (count, bytes) = self.keys.entry(key.clone()).or_default();
            *count += 1;
            *bytes += one.size;
        }
        let incoming = Incoming::new(message, one.part.at(position));
        Some(incoming.with_attempt(attempt))
    }

    pub(super) fn remove(&mut self, position: u64) -> Option<One> {
        let one = self.all.remove(&position)?;
        if one.waits.is_some() {
            self.waiting.retain(|other| *other != position);
            return Some(one);
        }
        self.out -= 1;
        self.out_bytes -= one.size;
        if let Some(key) = &one.key
            && let Some((count, bytes)) = self.keys.get_mut(key)
        {
            *count -= 1;
            *bytes -= one.size;
            if *count == 0 {
                self.keys.remove(key);
            }
        }
        Some(one)
    }

    pub(super) fn positions(&self, is_it: impl Fn(&One) -> bool) -> Vec<u64> {
        let all = self.all.iter().filter(|(_, one)| is_it(one));
        all.map(|(position, _)| *position).collect()
    }

    pub(super) fn remove_all(&mut self, is_it: impl Fn(&One) -> bool) -> Vec<Handle> {
        let positions = self.positions(is_it);
        let each = positions.into_iter().filter_map(|position| {
            let receipt = self.remove(position)?.handle;
            Some(Handle { position, receipt })
        });
        each.collect()
    }
}
