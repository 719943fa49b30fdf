//! What a subscription's thread shares with who asks for deliveries and settles them.
use super::{begin::Offsets, commits::Commits, watcher::Watcher};
use crate::{fault, record};
use rdkafka::{
    consumer::{BaseConsumer, base_consumer::PartitionQueue},
    message::Message as _,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    thread::Thread,
};
use tidings::{
    Error, Result, SubscribeSpec, Token, Verdict,
    transport::{Event, Incoming, Part},
};
use tokio::sync::{Notify, oneshot};

/// The state of a subscription.
pub(crate) struct Shared {
    state: Mutex<Held>,
    /// Something may have come, or there is room again.
    pub(crate) changed: Notify,
    driver: OnceLock<Thread>,
    committer: OnceLock<Thread>,
    consumer: OnceLock<Weak<BaseConsumer<Watcher>>>,
    prefetch: usize,
    prefetch_bytes: usize,
}

/// The partitions that are held, and what is to be told of them.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) parts: BTreeMap<i32, Assigned>,
    /// Told before anything is delivered.
    pub(crate) events: VecDeque<Result<Event>>,
    commits: Commits,
    /// What is being committed.
    under_way: Vec<Part>,
    /// Why there is no more.
    pub(crate) end: Option<Error>,
    /// The thread has ended, and with it everything at the cluster.
    has_left: bool,
    generation: u32,
    out: usize,
    out_bytes: usize,
    /// The partition that is asked next, so that each has its turn.
    turn: i32,
}

/// A partition that is held.
pub(crate) struct Assigned {
    pub(crate) part: Part,
    queue: PartitionQueue<Watcher>,
    /// What was delivered and not settled, with its size.
    pub(crate) out: VecDeque<(u64, usize)>,
    /// Behind the last that was delivered.
    next: u64,
    /// Before this, everything is settled, and the cluster has said that it knows.
    committed: i64,
    /// Nothing of it is delivered any more.
    pub(crate) is_leaving: bool,
}

impl Shared {
    pub(crate) fn new(spec: &SubscribeSpec) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            driver: OnceLock::new(),
            committer: OnceLock::new(),
            consumer: OnceLock::new(),
            prefetch: spec.prefetch.max(1),
            prefetch_bytes: spec.prefetch_bytes,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Held> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread that keeps the subscription alive is the one that calls this.
    pub(crate) fn is_driven_here(&self) {
        self.driver.get_or_init(std::thread::current);
    }

    /// The thread that commits is the one that calls this.
    pub(crate) fn commits_here(&self) {
        self.committer.get_or_init(std::thread::current);
    }

    /// Lets the threads look again.
    pub(crate) fn wake(&self) {
        let threads = [&self.driver, &self.committer];
        threads
            .into_iter()
            .filter_map(OnceLock::get)
            .for_each(Thread::unpark);
    }

    /// Nothing comes any more, for that reason.
    pub(crate) fn end(&self, error: Error) {
        self.lock().end.get_or_insert(error);
        self.changed.notify_one();
        self.wake();
    }

    pub(crate) fn left(&self) {
        self.lock().has_left = true;
    }

    pub(crate) fn has_left(&self) -> bool {
        self.lock().has_left
    }

    pub(crate) fn is_over(&self) -> bool {
        self.lock().end.is_some()
    }

    /// Why nothing comes any more.
    pub(crate) fn ended(&self) -> Option<Error> {
        self.lock().end.clone()
    }

    /// Whether anything that was delivered is not settled.
    pub(crate) fn is_out(&self) -> bool {
        self.lock().out > 0
    }

    /// What happens now, if anything does.
    pub(crate) fn next(&self, max: usize) -> Option<Result<Event>> {
        let mut held = self.lock();
        if let Some(error) = &held.end {
            return Some(Err(error.clone()));
        }
        if let Some(event) = held.events.pop_front() {
            return Some(event);
        }
        let mut deliveries = Vec::new();
        while deliveries.len() < max
            && held.out < self.prefetch
            && held.has_room(self.prefetch_bytes)
        {
            match held.take() {
                Some(Ok(incoming)) => deliveries.push(incoming),
                // After what came before it.
                Some(Err(error)) => {
                    held.events.push_back(Err(error));
                    break;
                }
                None => break,
            }
        }
        match deliveries.is_empty() {
            true => held.events.pop_front(),
            false => Some(Ok(Event::Deliveries(deliveries))),
        }
    }

    /// Settles what is still held, and gives what waits for the commit, where one is needed.
    pub(crate) fn settle(
        &self,
        verdicts: &[(Token, Verdict)],
        is_committed: bool,
    ) -> Option<oneshot::Receiver<Result<()>>> {
        let mut held = self.lock();
        if held.end.is_some() {
            return None;
        }
        let mut moved = false;
        for (token, verdict) in verdicts {
            moved |= held.settle(*token, verdict, is_committed);
        }
        let waits = moved.then(|| held.commits.wait());
        drop(held);
        self.changed.notify_one();
        self.wake();
        waits
    }
}

/// What a transaction settles.
impl Shared {
    pub(crate) fn is_of(&self, consumer: &Arc<BaseConsumer<Watcher>>) {
        self.consumer.get_or_init(|| Arc::downgrade(consumer));
    }

    /// The consumer, while there is one.
    pub(crate) fn consumer(&self) -> Option<Arc<BaseConsumer<Watcher>>> {
        self.consumer.get()?.upgrade()
    }

    /// Where all of that is settled, if it is still held; nothing where more of a part is settled already.
    pub(crate) fn offsets(&self, verdicts: &[(Token, Verdict)]) -> Option<Offsets> {
        let held = self.lock();
        let mut offsets = Offsets::new();
        let is_acked = |(_, verdict): &&(Token, Verdict)| *verdict == Verdict::Ack;
        for (token, _) in verdicts.iter().filter(is_acked) {
            let number = i32::try_from(token.part.part).ok()?;
            let assigned = held.parts.get(&number);
            let assigned = assigned.filter(|assigned| assigned.part == token.part)?;
            if let Some(offset) = assigned.moves(token.position) {
                let known = offsets.entry(number).or_insert(offset);
                *known = offset.max(*known);
            }
        }
        Some(offsets)
    }

    /// It is committed.
    pub(crate) fn settled(&self, verdicts: &[(Token, Verdict)]) {
        self.settle(verdicts, false);
        let mut held = self.lock();
        for (token, _) in verdicts
            .iter()
            .filter(|(_, verdict)| *verdict == Verdict::Ack)
        {
            held.committed(
                token.part,
                i64::try_from(token.position).map_or(0, |at| at + 1),
            );
        }
    }
}

/// What the thread does that commits.
impl Shared {
    /// The next commit, and its offsets in those parts that are still held and not further already; what is of others is lost
    /// anyway.
    pub(crate) fn begin_commit(&self) -> Option<(Commits, Offsets)> {
        let mut held = self.lock();
        let commits = held.commits.take()?;
        let offsets = commits.offsets().filter_map(|(part, offset)| {
            let number = i32::try_from(part.part).ok()?;
            let assigned = held.parts.get(&number)?;
            let is_new = assigned.part == part && offset > assigned.committed;
            is_new.then_some((number, offset))
        });
        let offsets: Offsets = offsets.collect();
        held.under_way = commits.offsets().map(|(part, _)| part).collect();
        Some((commits, offsets))
    }

    /// The same again, with what came meanwhile.
    pub(crate) fn commit_again(&self, commits: Commits) {
        let mut held = self.lock();
        held.under_way.clear();
        commits.put_back(&mut held.commits);
    }

    pub(crate) fn end_commit(&self, commits: Commits, outcome: &Result<()>) {
        let mut held = self.lock();
        held.under_way.clear();
        if outcome.is_ok() {
            let offsets = commits.offsets();
            offsets.for_each(|(part, offset)| held.committed(part, offset));
        }
        drop(held);
        commits.end(outcome);
        self.wake();
    }
}

impl Held {
    /// Whether something of a part is on its way to be committed.
    pub(crate) fn is_committing(&self, part: Part) -> bool {
        self.commits.has(part) || self.under_way.contains(&part)
    }

    /// One message always may be out.
    fn has_room(&self, most_bytes: usize) -> bool {
        self.out == 0 || self.out_bytes < most_bytes
    }

    /// The next message of any partition, in turns.
    fn take(&mut self) -> Option<Result<Incoming>> {
        for _ in 0..self.parts.len() {
            let behind = self.parts.range(self.turn..).next();
            let (number, _) = behind.or_else(|| self.parts.first_key_value())?;
            let number = *number;
            self.turn = number.saturating_add(1);
            let Some(taken) = self.parts.get_mut(&number)?.take() else {
                continue;
            };
            return Some(taken.map(|(incoming, size)| {
                self.out += 1;
                self.out_bytes += size;
                incoming
            }));
        }
        None
    }

    /// A partition is held from now on.
    pub(crate) fn add(&mut self, number: i32, queue: PartitionQueue<Watcher>) {
        self.generation = self.generation.wrapping_add(1);
        let part = Part::new(self.generation, u32::try_from(number).unwrap_or_default());
        let assigned = Assigned {
            part,
            queue,
            out: VecDeque::new(),
            next: 0,
            committed: 0,
            is_leaving: false,
        };
        self.parts.insert(number, assigned);
    }

    /// A partition is held no longer; what was out of it cannot be settled any more.
    pub(crate) fn remove(&mut self, number: i32) -> Option<Part> {
        let assigned = self.parts.remove(&number)?;
        self.out -= assigned.out.len();
        self.out_bytes -= assigned.out.iter().map(|(_, size)| size).sum::<usize>();
        Some(assigned.part)
    }

    /// Whether there is something new to commit.
    fn settle(&mut self, token: Token, verdict: &Verdict, is_committed: bool) -> bool {
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
    fn committed(&mut self, part: Part, offset: i64) {
        let number = i32::try_from(part.part).unwrap_or(-1);
        let assigned = self.parts.get_mut(&number);
        if let Some(assigned) = assigned.filter(|assigned| assigned.part == part) {
            assigned.committed = assigned.committed.max(offset);
        }
    }
}

impl Assigned {
    /// The next message that was fetched, and its size. Where one cannot be read, nothing behind it is delivered, and so settled.
    fn take(&mut self) -> Option<Result<(Incoming, usize)>> {
        if self.is_leaving {
            return None;
        }
        let record = match self.queue.poll(std::time::Duration::ZERO)? {
            Ok(record) => record,
            Err(error) => {
                let error = fault::received(&error).with("partition", self.part.part);
                self.is_leaving = !error.is_retryable();
                return Some(Err(error));
            }
        };
        let position = u64::try_from(record.offset()).unwrap_or_default();
        let message = record::message(&record);
        let size = message.size();
        self.out.push_back((position, size));
        self.next = position + 1;
        Some(Ok((Incoming::new(message, self.part.at(position)), size)))
    }

    /// The offset to commit where everything up to there is settled, if that was delivered and is news to the cluster.
    fn moves(&self, position: u64) -> Option<i64> {
        let offset = i64::try_from(position).ok()?.checked_add(1)?;
        (position < self.next && offset > self.committed).then_some(offset)
    }

    /// Everything up to there is not out any more; gives how many that were, and their sizes together.
    fn ack(&mut self, position: u64) -> (usize, usize) {
        let is_behind = |(first, _): &(u64, usize)| *first > position;
        let count = self
            .out
            .iter()
            .position(is_behind)
            .unwrap_or(self.out.len());
        let bytes = self.out.drain(..count).map(|(_, size)| size).sum();
        (count, bytes)
    }

    fn release(&mut self, position: u64) -> (usize, usize) {
        let Ok(at) = self
            .out
            .binary_search_by_key(&position, |(position, _)| *position)
        else {
            return (0, 0);
        };
        self.out.remove(at).map_or((0, 0), |(_, size)| (1, size))
    }
}
