//! The shards that are held, each with what came of it, what is out, and how far it is settled.
use super::{Mark, Record};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};
use tidings::{
    Error, Str, Token,
    transport::{Event, Incoming, Part},
};
use tokio::{sync::Notify, task::AbortHandle, time::Instant};

#[derive(Default)]
pub(super) struct State {
    pub(super) parts: BTreeMap<Part, Assigned>,
    /// Told before anything is delivered.
    pub(super) events: VecDeque<Event>,
    pub(super) ended: Option<Error>,
    /// Whether nothing more is handed out, nor read.
    pub(super) is_closing: bool,
    pub(super) generation: u32,
    pub(super) out: usize,
    pub(super) out_bytes: usize,
    /// How many settlements are being told.
    pub(super) telling: usize,
    /// The part that was asked last, so that each has its turn.
    pub(super) turn: Option<Part>,
}

/// A shard that is held.
pub(super) struct Assigned {
    pub(super) shard: Str,
    pub(super) settled: Option<Mark>,
    /// Until when it is ours, where there are others.
    pub(super) until: Option<Instant>,
    pub(super) waiting: VecDeque<Record>,
    pub(super) out: VecDeque<Out>,
    /// The position of what is delivered next.
    pub(super) next: u64,
    pub(super) is_read: bool,
    /// Until when it waits for what is out, before it goes to somebody else.
    pub(super) leaving: Option<Instant>,
    pub(super) room: Arc<Notify>,
    pub(super) reader: Option<AbortHandle>,
}

pub(super) struct Out {
    pub(super) position: u64,
    pub(super) sequence: Str,
    pub(super) size: usize,
}

impl Assigned {
    pub(super) fn new(shard: &str, until: Option<Instant>) -> Self {
        Self {
            shard: shard.into(),
            settled: None,
            until,
            waiting: VecDeque::new(),
            out: VecDeque::new(),
            next: 0,
            is_read: false,
            leaving: None,
            room: Arc::default(),
            reader: None,
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        let is_done = match self.next.checked_sub(1) {
            Some(last) => self.settled.as_ref().is_some_and(|(at, _)| *at == last),
            None => true,
        };
        self.is_idle_at_its_end() && is_done
    }

    /// Another has what is left of it: it was told to leave, or its last record was released.
    pub(super) fn is_left(&self, now: Instant) -> bool {
        match self.leaving {
            Some(until) => until <= now || self.out.is_empty(),
            None => self.is_idle_at_its_end() && !self.is_finished(),
        }
    }

    /// What was not delivered since it leaves is another's, whose end it is.
    fn is_idle_at_its_end(&self) -> bool {
        let is_all_out = self.waiting.is_empty() && self.leaving.is_none();
        self.is_read && is_all_out && self.out.is_empty()
    }
}

impl State {
    /// The next message of any shard, in turns.
    pub(super) fn hand_out(&mut self) -> Option<Incoming> {
        let has = |(part, one): (&Part, &mut Assigned)| {
            (!one.waiting.is_empty() && one.leaving.is_none()).then_some(*part)
        };
        let turn = self.turn;
        let mut those: Vec<Part> = self.parts.iter_mut().filter_map(has).collect();
        those.sort_by_key(|part| (turn.is_some_and(|turn| *part <= turn), *part));
        let part = *those.first()?;
        let assigned = self.parts.get_mut(&part)?;
        let record = assigned.waiting.pop_front()?;
        if assigned.waiting.is_empty() {
            assigned.room.notify_one();
        }
        let (position, size) = (assigned.next, record.message.size());
        assigned.next += 1;
        assigned.out.push_back(Out {
            position,
            sequence: record.sequence,
            size,
        });
        self.turn = Some(part);
        self.out += 1;
        self.out_bytes += size;
        Some(Incoming::new(record.message, part.at(position)))
    }

    /// Whether something is settled by it that was not.
    pub(super) fn settle(&mut self, token: Token, is_done: bool) -> bool {
        let Some(assigned) = self.parts.get_mut(&token.part) else {
            return false;
        };
        let at = |out: &Out| out.position.cmp(&token.position);
        let Ok(found) = assigned.out.binary_search_by(at) else {
            return false;
        };
        let sequence = assigned.out[found].sequence.clone();
        let first = if is_done { 0 } else { found };
        let settled = assigned.out.drain(first..=found);
        let sizes: Vec<usize> = settled.map(|out| out.size).collect();
        if is_done {
            assigned.settled = Some((token.position, sequence));
        }
        self.out -= sizes.len();
        self.out_bytes -= sizes.iter().sum::<usize>();
        is_done
    }

    /// What leases are over of is gone; whether there was any.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let is_over = |(_, one): &(&Part, &Assigned)| one.until.is_some_and(|until| until <= now);
        let parts: Vec<Part> = self
            .parts
            .iter()
            .filter(is_over)
            .map(|(part, _)| *part)
            .collect();
        for part in &parts {
            self.remove(*part);
        }
        let is_any = !parts.is_empty();
        if is_any {
            self.events.push_back(Event::Gone { parts });
        }
        is_any
    }

    pub(super) fn remove(&mut self, part: Part) -> Option<Assigned> {
        let assigned = self.parts.remove(&part)?;
        self.out -= assigned.out.len();
        self.out_bytes -= assigned.out.iter().map(|out| out.size).sum::<usize>();
        if let Some(reader) = &assigned.reader {
            reader.abort();
        }
        assigned.room.notify_one();
        Some(assigned)
    }
}
