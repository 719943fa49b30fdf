//! What a subscription's thread shares with who asks for deliveries and settles them.
use super::{begin::Offsets, commits::Commits, held::Held, watcher::Watcher};
use rdkafka::consumer::BaseConsumer;
use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    thread::Thread,
};
use tidings::{Error, Result, SubscribeSpec, Token, Verdict, transport::Event};
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
        self.lock().is_grouped = true;
    }

    /// Lets the threads look again.
    pub(crate) fn wake(&self) {
        self.wake_driver();
        self.wake_committer();
    }

    pub(crate) fn wake_driver(&self) {
        if let Some(thread) = self.driver.get() {
            thread.unpark();
        }
    }

    fn wake_committer(&self) {
        if let Some(thread) = self.committer.get() {
            thread.unpark();
        }
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
        let was_known = held.commits.is_some();
        let mut deliveries = Vec::new();
        while deliveries.len() < max && self.has_room(&held) {
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
        if held.commits.is_some() && !was_known {
            self.wake_committer();
        }
        match deliveries.is_empty() {
            true => held.events.pop_front(),
            false => Some(Ok(Event::Deliveries(deliveries))),
        }
    }

    fn has_room(&self, held: &Held) -> bool {
        held.out < self.prefetch && held.has_room(self.prefetch_bytes)
    }

    /// Settles what is still held, and gives what waits for the commit, where one is needed. Wakes only whom that concerns.
    pub(crate) fn settle(
        &self,
        verdicts: &[(Token, Verdict)],
        is_committed: bool,
    ) -> Option<oneshot::Receiver<Result<()>>> {
        let mut held = self.lock();
        if held.end.is_some() {
            return None;
        }
        let (was_full, was_known) = (!self.has_room(&held), held.commits.is_some());
        let mut moved = false;
        for (token, verdict) in verdicts {
            moved |= held.settle(*token, verdict, is_committed);
        }
        let waits = moved.then(|| held.commits.wait());
        let is_leaving = held.is_leaving;
        drop(held);
        if was_full {
            self.changed.notify_one();
        }
        if moved && !was_known {
            self.wake_committer();
        }
        if is_leaving {
            self.wake_driver();
        }
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
    /// Whether what is settled is waited for: nothing comes any more, or partitions are to be given back.
    pub(crate) fn is_hurried(&self) -> bool {
        let held = self.lock();
        held.is_leaving || held.end.is_some()
    }

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
        let is_leaving = held.is_leaving;
        drop(held);
        commits.end(outcome);
        if is_leaving {
            self.wake_driver();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Link;
    use rdkafka::ClientConfig;
    use tidings::Channel;

    /// A partition of which the first seven messages are settled.
    fn held(shared: &Shared) -> Token {
        let watcher = Watcher::new(Arc::new(Link::new()));
        let config = ClientConfig::new();
        let consumer: BaseConsumer<Watcher> = config.create_with_context(watcher).unwrap();
        let queue = Arc::new(consumer).split_partition_queue("a", 0).unwrap();
        let mut held = shared.lock();
        held.add(0, queue, Some(7));
        held.parts[&0].part.at(6)
    }

    #[test]
    fn a_group_is_placed_in_what_was_made_again_behind_what_is_under_way() {
        let shared = Shared::new(&SubscribeSpec::new(Channel::point_to_point("a")));
        shared.commits_here();
        let last = held(&shared);
        assert!(shared.settle(&[(last, Verdict::Ack)], true).is_some());
        let (under_way, offsets) = shared.begin_commit().unwrap();
        assert_eq!(offsets, Offsets::from([(0, 7)]));
        shared.lock().begin_anew(0, 0);
        let part = shared.lock().parts[&0].part;
        assert!(shared.lock().is_committing(part), "it is given back");
        // Whether it arrived or not.
        shared.commit_again(under_way);
        let (under_way, offsets) = shared.begin_commit().expect("no place is committed");
        assert_eq!(offsets, Offsets::from([(0, 0)]));
        assert!(shared.lock().is_committing(part), "it is given back");
        shared.end_commit(under_way, &Ok(()));
        assert!(shared.begin_commit().is_none() && !shared.lock().is_committing(part));
    }

    #[test]
    fn who_is_in_no_group_has_no_place() {
        let shared = Shared::new(&SubscribeSpec::new(Channel::point_to_point("a")));
        held(&shared);
        shared.lock().begin_anew(0, 0);
        assert!(shared.begin_commit().is_none());
    }

    #[test]
    fn what_was_out_of_a_partition_of_before_is_out_no_more() {
        let shared = Shared::new(&SubscribeSpec::new(Channel::point_to_point("a")));
        held(&shared);
        let mut state = shared.lock();
        let assigned = state.parts.get_mut(&0).expect("it is held");
        assigned.out.push_back((7, 0));
        state.out += 1;
        drop(state);
        assert!(shared.is_out());
        shared.lock().begin_anew(0, 0);
        assert!(!shared.is_out());
    }

    #[test]
    fn what_was_settled_of_a_partition_of_before_is_not_committed_in_that_of_now() {
        let shared = Shared::new(&SubscribeSpec::new(Channel::point_to_point("a")));
        shared.commits_here();
        let last = held(&shared);
        assert!(shared.settle(&[(last, Verdict::Ack)], true).is_some());
        shared.lock().remove(0);
        held(&shared);
        let (_, offsets) = shared.begin_commit().expect("somebody waits");
        assert_eq!(offsets, Offsets::new());
    }
}
