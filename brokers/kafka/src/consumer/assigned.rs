//! A partition that is held: what was delivered of it, and how far it is settled.
use super::{gaps::Gaps, watcher::Watcher};
use crate::{fault, record};
use rdkafka::{consumer::base_consumer::PartitionQueue, message::Message as _};
use std::{collections::VecDeque, time::Duration};
use tidings::{
    Error, Message,
    transport::{Incoming, Part},
};

/// What comes next of a partition.
pub(super) enum Taken {
    /// A message, and its size.
    Message(Incoming, usize),
    /// Where one cannot be read, nothing behind it is delivered, and so settled.
    Failed(Error),
    /// What was read and settled is no more what there is: what comes begins before it, there.
    TurnedBack(u64),
}

/// A partition that is held.
pub(crate) struct Assigned {
    pub(crate) part: Part,
    queue: PartitionQueue<Watcher>,
    words: record::Words,
    /// What was delivered and not settled, with its size.
    pub(crate) out: VecDeque<(u64, usize)>,
    /// Behind the last that was delivered, or where it begins, where that is known.
    next: Option<u64>,
    /// What was passed over.
    pub(super) gaps: Gaps,
    /// The first message since it turned back, until that was told.
    first: Option<(u64, Message)>,
    /// Before this, everything is settled, and the cluster has said that it knows; less than any offset where its place is another's.
    pub(super) committed: i64,
    /// Nothing of it is delivered any more.
    pub(crate) is_leaving: bool,
}

impl Assigned {
    pub(super) fn new(part: Part, queue: PartitionQueue<Watcher>, begins: Option<u64>) -> Self {
        Self {
            part,
            queue,
            words: record::Words::default(),
            out: VecDeque::new(),
            next: begins,
            gaps: Gaps::default(),
            first: None,
            committed: 0,
            is_leaving: false,
        }
    }

    /// What comes next of what was fetched.
    pub(super) fn take(&mut self) -> Option<Taken> {
        if self.is_leaving {
            return None;
        }
        if let Some((position, message)) = self.first.take() {
            return Some(self.deliver(position, message));
        }
        let record = match self.queue.poll(Duration::ZERO)? {
            Ok(record) => record,
            Err(error) => {
                let error = fault::received(&error).with("partition", self.part.part);
                self.is_leaving = !error.is_retryable();
                return Some(Taken::Failed(error));
            }
        };
        let position = u64::try_from(record.offset()).unwrap_or_default();
        let message = record::message(&record, &mut self.words);
        drop(record);
        if self.next.is_some_and(|next| position < next) {
            self.first = Some((position, message));
            return Some(Taken::TurnedBack(position));
        }
        Some(self.deliver(position, message))
    }

    fn deliver(&mut self, position: u64, message: Message) -> Taken {
        let size = message.size();
        self.out.push_back((position, size));
        if let Some(next) = self.next.filter(|next| *next < position) {
            self.gaps.add(next, position);
        }
        self.next = Some(position + 1);
        Taken::Message(Incoming::new(message, self.part.at(position)), size)
    }

    /// It is another part from now on, which begins at what comes; gives how many were out of the one before, and their sizes together.
    pub(super) fn begin_anew(&mut self, part: Part) -> (usize, usize) {
        let bytes = self.out.iter().map(|(_, size)| size).sum();
        let count = self.out.len();
        self.out.clear();
        (self.part, self.next, self.committed) = (part, None, -1);
        self.gaps = Gaps::default();
        (count, bytes)
    }

    /// The offset to commit where everything up to there is settled, if that was delivered and is news to the cluster.
    pub(super) fn moves(&self, position: u64) -> Option<i64> {
        let offset = i64::try_from(position).ok()?.checked_add(1)?;
        let was_delivered = self.next.is_some_and(|next| position < next);
        (was_delivered && offset > self.committed).then_some(offset)
    }

    /// Everything up to there is not out any more; gives how many that were, and their sizes together.
    pub(super) fn ack(&mut self, position: u64) -> (usize, usize) {
        let is_behind = |(first, _): &(u64, usize)| *first > position;
        let count = self
            .out
            .iter()
            .position(is_behind)
            .unwrap_or(self.out.len());
        let bytes = self.out.drain(..count).map(|(_, size)| size).sum();
        (count, bytes)
    }

    pub(super) fn release(&mut self, position: u64) -> (usize, usize) {
        let Ok(at) = self
            .out
            .binary_search_by_key(&position, |(position, _)| *position)
        else {
            return (0, 0);
        };
        self.out.remove(at).map_or((0, 0), |(_, size)| (1, size))
    }
}
