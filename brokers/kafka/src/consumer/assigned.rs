//! A partition that is held: what was delivered of it, and how far it is settled.
use super::watcher::Watcher;
use crate::{fault, record};
use rdkafka::{consumer::base_consumer::PartitionQueue, message::Message as _};
use std::{collections::VecDeque, time::Duration};
use tidings::{
    Result,
    transport::{Incoming, Part},
};

/// A partition that is held.
pub(crate) struct Assigned {
    pub(crate) part: Part,
    queue: PartitionQueue<Watcher>,
    words: record::Words,
    /// What was delivered and not settled, with its size.
    pub(crate) out: VecDeque<(u64, usize)>,
    /// Behind the last that was delivered.
    next: u64,
    /// Before this, everything is settled, and the cluster has said that it knows.
    pub(super) committed: i64,
    /// Nothing of it is delivered any more.
    pub(crate) is_leaving: bool,
}

impl Assigned {
    pub(super) fn new(part: Part, queue: PartitionQueue<Watcher>) -> Self {
        Self {
            part,
            queue,
            words: record::Words::default(),
            out: VecDeque::new(),
            next: 0,
            committed: 0,
            is_leaving: false,
        }
    }

    /// The next message that was fetched, and its size. Where one cannot be read, nothing behind it is delivered, and so settled.
    pub(super) fn take(&mut self) -> Option<Result<(Incoming, usize)>> {
        if self.is_leaving {
            return None;
        }
        let record = match self.queue.poll(Duration::ZERO)? {
            Ok(record) => record,
            Err(error) => {
                let error = fault::received(&error).with("partition", self.part.part);
                self.is_leaving = !error.is_retryable();
                return Some(Err(error));
            }
        };
        let position = u64::try_from(record.offset()).unwrap_or_default();
        let message = record::message(&record, &mut self.words);
        let size = message.size();
        self.out.push_back((position, size));
        self.next = position + 1;
        Some(Ok((Incoming::new(message, self.part.at(position)), size)))
    }

    /// The offset to commit where everything up to there is settled, if that was delivered and is news to the cluster.
    pub(super) fn moves(&self, position: u64) -> Option<i64> {
        let offset = i64::try_from(position).ok()?.checked_add(1)?;
        (position < self.next && offset > self.committed).then_some(offset)
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
