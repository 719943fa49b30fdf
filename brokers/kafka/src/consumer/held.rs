//! The partitions that are held, and what is to be told of them and committed.
use super::{
    assigned::{Assigned, Taken},
    commits::Commits,
    watcher::Watcher,
};
use rdkafka::consumer::base_consumer::PartitionQueue;
use std::collections::{BTreeMap, VecDeque};
use tidings::{
    Error, Result, Token, Verdict,
    transport::{Event, Incoming, Part},
};

/// The partitions that are held, and what is to be told of them.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) parts: BTreeMap<i32, Assigned>,
    /// Told before anything is delivered.
    pub(crate) events: VecDeque<Result<Event>>,
    pub(super) commits: Commits,
    /// A group has a place, which is committed.
    pub(super) is_grouped: bool,
    /// What is being committed.
    pub(super) under_way: Vec<Part>,
    /// Partitions are to be given back once what is out of them is settled.
    pub(crate) is_leaving: bool,
    /// Why there is no more.
    pub(crate) end: Option<Error>,
    /// The thread has ended, and with it everything at the cluster.
    pub(super) has_left: bool,
    generation: u32,
    pub(super) out: usize,
    out_bytes: usize,
    /// The partition that is asked next, so that each has its turn.
    turn: i32,
}

impl Held {
    /// Whether something of a part is on its way to be committed.
    pub(crate) fn is_committing(&self, part: Part) -> bool {
        self.commits.has(part) || self.under_way.contains(&part)
    }

    /// One message always may be out.
    pub(super) fn has_room(&self, most_bytes: usize) -> bool {
        self.out == 0 || self.out_bytes < most_bytes
    }

    /// The next message of any partition, in turns; none where something is to be told before.
    pub(super) fn take(&mut self) -> Option<Result<Incoming>> {
        for _ in 0..self.parts.len() {
            let behind = self.parts.range(self.turn..).next();
            let (number, _) = behind.or_else(|| self.parts.first_key_value())?;
            let number = *number;
            self.turn = number.saturating_add(1);
            match self.parts.get_mut(&number)?.take() {
                None => {}
                Some(Taken::Message(incoming, size)) => {
                    self.out += 1;
                    self.out_bytes += size;
                    return Some(Ok(incoming));
                }
                Some(Taken::Failed(error)) => return Some(Err(error)),
                Some(Taken::TurnedBack(position)) => {
                    self.begin_anew(number, position);
                    return None;
                }
            }
        }
        None
    }

    /// A partition is another than it was, and begins there: its topic was made again, or its log was cut off, and with it what nobody may
    /// have had.
    pub(super) fn begin_anew(&mut self, number: i32, position: u64) {
        let new = self.next_part(number);
        let Some(assigned) = self.parts.get_mut(&number) else {
            return;
        };
        let old = assigned.part;
        tracing::warn!(
            partition = number,
            "the partition has other messages than it had: its topic was made again, or lost some of its end"
        );
        let (count, bytes) = assigned.begin_anew(new);
        self.out -= count;
        self.out_bytes -= bytes;
        self.events.push_back(Ok(Event::Gone { parts: vec![old] }));
        self.events.push_back(Ok(Event::Lost { count: None }));
        // Who has the partition next would begin where the group was in the one before, and a commit that is under way may say so yet.
        if let Some(offset) = i64::try_from(position).ok().filter(|_| self.is_grouped) {
            self.commits.add(new, offset);
        }
    }

    fn next_part(&mut self, number: i32) -> Part {
        self.generation = self.generation.wrapping_add(1);
        Part::new(self.generation, u32::try_from(number).unwrap_or_default())
    }

    /// A partition is held from now on, and begins there, where that is known.
    pub(crate) fn add(&mut self, number: i32, queue: PartitionQueue<Watcher>, begins: Option<u64>) {
        let part = self.next_part(number);
        self.parts
            .insert(number, Assigned::new(part, queue, begins));
    }

    /// A partition is held no longer; what was out of it cannot be settled any more.
    pub(crate) fn remove(&mut self, number: i32) -> Option<Part> {
        let assigned = self.parts.remove(&number)?;
        self.out -= assigned.out.len();
        self.out_bytes -= assigned.out.iter().map(|(_, size)| size).sum::<usize>();
        Some(assigned.part)
    }

    /// Whether there is something new to commit.
    pub(super) fn settle(&mut self, token: Token, verdict: &Verdict, is_committed: bool) -> bool {
        let number = i32::try_from(token.part.part).unwrap_or(-1);
        let assigned = self.parts.get_mut(&number);
        let Some(assigned) = assigned.filter(|assigned| assigned.part == token.part) else {
            return false;
        };
        let is_done = matches!(verdict, Verdict::Ack);
        let (count, bytes) = match is_done {
            true => assigned.ack(token.position),
            false => assigned.release(token.position),
        };
        self.out -= count;
        self.out_bytes -= bytes;
        let Some(offset) = assigned
            .moves(token.position)
            .filter(|_| is_done && is_committed)
        else {
            return false;
        };
        self.commits.add(token.part, offset);
        true
    }

    /// The cluster knows that everything of the part before that offset is settled.
    pub(super) fn committed(&mut self, part: Part, offset: i64) {
        let number = i32::try_from(part.part).unwrap_or(-1);
        let assigned = self.parts.get_mut(&number);
        if let Some(assigned) = assigned.filter(|assigned| assigned.part == part) {
            assigned.committed = assigned.committed.max(offset);
        }
    }
}
