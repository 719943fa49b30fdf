//! A partition that is held: what was delivered of it, and how far it is settled.
use super::{gaps::Gaps, watcher::Watcher};
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
    /// Behind the last that was delivered, or where it begins, where that is known.
    next: Option<u64>,
    /// What was passed over.
    pub(super) gaps: Gaps,
    /// Before this, everything is settled, and the cluster has said that it knows.
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
        if let Some(next) = self.next.filter(|next| *next < position) {
            self.gaps.add(next, position);
        }
        self.next = Some(position + 1);
        Some(Ok((Incoming::new(message, self.part.at(position)), size)))
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
