//! What a subscription holds: of each shard what came and waits to be taken, what is out, and how far it is settled.
use super::lease::Lease;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{
    Error, Message, Result, Str, SubscribeSpec, Token, Verdict,
    transport::{Event, Incoming, Part},
};
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::Instant,
};

pub(crate) struct Held {
    state: Mutex<State>,
    /// Something is there to be taken, or told.
    pub(crate) changed: Notify,
    /// Something is to be done about leases.
    pub(crate) wake: Notify,
    /// Something was settled.
    pub(crate) settled: Notify,
    ended: watch::Sender<bool>,
    /// Whether all is given back after the end.
    over: watch::Sender<bool>,
    /// For how long a shard is ours once that was told.
    lease: Duration,
    prefetch: usize,
    bytes: usize,
}

#[derive(Default)]
struct State {
    parts: BTreeMap<Part, Assigned>,
    /// Told before anything is delivered.
    events: VecDeque<Event>,
    ended: Option<Error>,
    /// Whether nothing more is handed out, nor read.
    is_closing: bool,
    generation: u32,
    out: usize,
    out_bytes: usize,
    /// How many settlements are being told.
    telling: usize,
    /// The part that was asked last, so that each has its turn.
    turn: Option<Part>,
}

/// A message that came, with its sequence number.
pub(crate) struct Record {
    pub(crate) message: Message,
    pub(crate) sequence: Str,
}

/// How far a shard is settled: a position of ours, and the sequence number there.
pub(crate) type Mark = (u64, Str);

/// A shard that is held.
struct Assigned {
    shard: Str,
    /// What others know that by; none where there are no others.
    lease: Option<Arc<Lease>>,
    settled: Option<Mark>,
    until: Option<Instant>,
    waiting: VecDeque<Record>,
    out: VecDeque<Out>,
    /// The position of what is delivered next.
    next: u64,
    is_read: bool,
    /// Until when it waits for what is out, before it goes to somebody else.
    leaving: Option<Instant>,
    room: Arc<Notify>,
    reader: Option<AbortHandle>,
}

struct Out {
    position: u64,
    sequence: Str,
    size: usize,
}

impl Held {
    pub(crate) fn new(spec: &SubscribeSpec, lease: Duration) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            wake: Notify::new(),
            settled: Notify::new(),
            ended: watch::Sender::new(false),
            over: watch::Sender::new(false),
            lease,
            prefetch: spec.prefetch.max(1),
            bytes: spec.prefetch_bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when a lease is ours for certain that was told at that time: clocks go differently.
    fn until(&self, told: Instant) -> Instant {
        told + (self.lease - (self.lease / 10).min(Duration::from_secs(1)))
    }
}

/// What a consumer asks.
impl Held {
    /// What happens next, where it does now.
    pub(crate) fn take(&self, max: usize) -> Option<Result<Event>> {
        let mut state = self.lock();
        if let Some(error) = &state.ended {
            return Some(Err(error.clone()));
        }
        if state.expire(Instant::now()) {
            self.wake.notify_one();
        }
        if let Some(event) = state.events.pop_front() {
            return Some(Ok(event));
        }
        let mut batch = Vec::new();
        while !state.is_closing && batch.len() < max && self.has_room(&state) {
            let Some(incoming) = state.hand_out() else {
                break;
            };
            batch.push(incoming);
        }
        (!batch.is_empty()).then_some(Ok(Event::Deliveries(batch)))
    }

    /// One message always may be out.
    fn has_room(&self, state: &State) -> bool {
        state.out == 0 || (state.out < self.prefetch && state.out_bytes < self.bytes)
    }

    /// When the first lease is over, unless it is told again.
    pub(crate) fn expires(&self) -> Option<Instant> {
        let state = self.lock();
        state.parts.values().filter_map(|part| part.until).min()
    }

    /// Takes in verdicts; gives what of them is to be told, for each part the position up to which all is done.
    pub(crate) fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Arc<Lease>)> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Vec::new();
        }
        let mut told = Vec::new();
        for (token, verdict) in verdicts {
            if state.settle(*token, *verdict == Verdict::Ack) {
                let assigned = state.parts.get(&token.part);
                let lease = assigned.and_then(|assigned| assigned.lease.clone());
                told.extend(lease.map(|lease| (*token, lease)));
            }
        }
        // Others are left alone: a look at leases costs a read of the whole table.
        let now = Instant::now();
        let is_done_with = |one: &Assigned| one.is_finished() || one.is_left(now);
        let mut parts = verdicts
            .iter()
            .filter_map(|(token, _)| state.parts.get(&token.part));
        let is_awaited = parts.any(is_done_with);
        drop(state);
        self.changed.notify_one();
        if is_awaited {
            self.wake.notify_one();
        }
        self.settled.notify_waiters();
        told
    }

    pub(crate) fn telling(&self) {
        self.lock().telling += 1;
    }

    pub(crate) fn told(&self) {
        self.lock().telling -= 1;
        self.settled.notify_waiters();
    }

    /// Whether nothing is out, nor being told.
    pub(crate) fn is_settled(&self) -> bool {
        let state = self.lock();
        state.out == 0 && state.telling == 0
    }

    pub(crate) fn out(&self) -> usize {
        self.lock().out
    }

    /// Nothing more is handed out; what is out can be settled.
    pub(crate) fn close(&self) {
        self.lock().is_closing = true;
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self, why: Error) {
        self.lock().ended.get_or_insert(why);
        self.ended.send_replace(true);
        self.changed.notify_one();
        self.wake.notify_one();
        self.settled.notify_waiters();
    }

    pub(crate) fn ends(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    pub(crate) fn overs(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    pub(crate) fn is_over(&self) {
        self.over.send_replace(true);
    }
}

/// What happens to shards.
impl Held {
    /// A shard is ours from that time on.
    pub(crate) fn hold(&self, shard: &str, lease: Option<Arc<Lease>>, told: Instant) -> Part {
        let mut state = self.lock();
        state.generation = state.generation.wrapping_add(1);
        let part = Part::new(state.generation, number(shard));
        let until = lease.as_ref().map(|_| self.until(told));
        state.parts.insert(part, Assigned::new(shard, lease, until));
        part
    }

    /// Who reads it.
    pub(crate) fn reads(&self, part: Part, reader: AbortHandle) {
        match self.lock().parts.get_mut(&part) {
            Some(assigned) => assigned.reader = Some(reader),
            None => reader.abort(),
        }
    }

    /// The shards that are held, and whether they are leaving.
    pub(crate) fn shards(&self) -> BTreeMap<Str, (Part, bool)> {
        let state = self.lock();
        let all = state.parts.iter();
        let one = |(part, assigned): (&Part, &Assigned)| {
            (assigned.shard.clone(), (*part, assigned.leaving.is_some()))
        };
        all.map(one).collect()
    }

    /// Its lease was told again at that time.
    pub(crate) fn kept(&self, part: Part, told: Instant) {
        let until = self.until(told);
        if let Some(assigned) = self.lock().parts.get_mut(&part) {
            assigned.until = assigned.until.map(|known| known.max(until));
        }
    }

    /// Those whose leases are to be told again.
    pub(crate) fn due(&self) -> Vec<(Part, Arc<Lease>)> {
        let soon = Instant::now() + self.lease / 2;
        let state = self.lock();
        let due = state.parts.iter().filter_map(|(part, assigned)| {
            let lease = assigned.lease.clone()?;
            (assigned.until? < soon).then_some((*part, lease))
        });
        due.collect()
    }

    /// How far it is settled, while it is held.
    pub(crate) fn mark(&self, part: Part) -> Option<Mark> {
        let state = self.lock();
        state.parts.get(&part)?.settled.clone()
    }

    /// It goes to somebody else once nothing of it is out, or at that time.
    pub(crate) fn leave(&self, parts: Vec<Part>, until: Instant) {
        let mut state = self.lock();
        for part in &parts {
            if let Some(assigned) = state.parts.get_mut(part) {
                assigned.leaving = Some(until);
                assigned.waiting.clear();
            }
        }
        state.events.push_back(Event::Leaving { parts, until });
        drop(state);
        self.changed.notify_one();
    }

    /// Those that leave, of which nothing is out, or whose time is over, and those whose last record comes again.
    pub(crate) fn left(&self) -> Vec<Part> {
        let now = Instant::now();
        self.those(|assigned| assigned.is_left(now))
    }

    /// Those that are read and settled to their ends.
    pub(crate) fn finished(&self) -> Vec<Part> {
        self.those(Assigned::is_finished)
    }

    fn those(&self, are: impl Fn(&Assigned) -> bool) -> Vec<Part> {
        let state = self.lock();
        let those = state.parts.iter().filter(|(_, assigned)| are(assigned));
        those.map(|(part, _)| *part).collect()
    }

    /// It is held no longer, which is told; gives the shard.
    pub(crate) fn lose(&self, part: Part) -> Option<Str> {
        let mut state = self.lock();
        let assigned = state.remove(part)?;
        state.events.push_back(Event::Gone { parts: vec![part] });
        drop(state);
        self.changed.notify_one();
        self.settled.notify_waiters();
        Some(assigned.shard)
    }

    /// What others know its holder by.
    pub(crate) fn lease(&self, part: Part) -> Option<Arc<Lease>> {
        self.lock().parts.get(&part)?.lease.clone()
    }

    /// All that is held.
    pub(crate) fn all(&self) -> Vec<Part> {
        self.those(|_| true)
    }
}

/// What reads a shard.
impl Held {
    /// Until more of it is wanted; `false` once it is held no longer.
    pub(crate) async fn wants(&self, part: Part) -> bool {
        loop {
            let room = {
                let state = self.lock();
                let Some(one) = state.parts.get(&part) else {
                    return false;
                };
                let is_to_stay = one.leaving.is_none() && !state.is_closing;
                if one.waiting.is_empty() && is_to_stay {
                    return true;
                }
                one.room.clone()
            };
            room.notified().await;
        }
    }

    pub(crate) fn add(&self, part: Part, records: Vec<Record>) {
        let mut state = self.lock();
        let assigned = state.parts.get_mut(&part);
        if let Some(assigned) = assigned.filter(|assigned| assigned.leaving.is_none()) {
            assigned.waiting.extend(records);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Some of it was removed before it was read.
    pub(crate) fn missed(&self) {
        let lost = Event::Lost { count: None };
        self.lock().events.push_back(lost);
        self.changed.notify_one();
    }

    /// There is no more of it.
    pub(crate) fn ended_at(&self, part: Part) {
        if let Some(assigned) = self.lock().parts.get_mut(&part) {
            assigned.is_read |= assigned.leaving.is_none();
        }
        self.wake.notify_one();
    }
}

impl Assigned {
    fn new(shard: &str, lease: Option<Arc<Lease>>, until: Option<Instant>) -> Self {
        Self {
            shard: shard.into(),
            lease,
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

    fn is_finished(&self) -> bool {
        let is_done = match self.next.checked_sub(1) {
            Some(last) => self.settled.as_ref().is_some_and(|(at, _)| *at == last),
            None => true,
        };
        self.is_idle_at_its_end() && is_done
    }

    /// Another has what is left of it: it was told to leave, or its last record was released.
    fn is_left(&self, now: Instant) -> bool {
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
    fn hand_out(&mut self) -> Option<Incoming> {
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
    fn settle(&mut self, token: Token, is_done: bool) -> bool {
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
    fn expire(&mut self, now: Instant) -> bool {
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

    fn remove(&mut self, part: Part) -> Option<Assigned> {
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

/// The number at the end of a shard's id.
fn number(shard: &str) -> u32 {
    let digits = shard.rsplit('-').next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{Channel, ErrorKind};

    const LEASE: Duration = Duration::from_secs(10);

    fn held(prefetch: usize) -> Held {
        let spec = SubscribeSpec::new(Channel::point_to_point("a")).prefetch(prefetch);
        Held::new(&spec, LEASE)
    }

    fn records(bodies: &[&'static str]) -> Vec<Record> {
        let one = |body: &&'static str| Record {
            message: Message::new(*body),
            sequence: (*body).into(),
        };
        bodies.iter().map(one).collect()
    }

    fn bodies(event: Option<Result<Event>>) -> Vec<(String, Token)> {
        let Some(Ok(Event::Deliveries(batch))) = event else {
            return Vec::new();
        };
        let one = |one: Incoming| {
            (
                String::from_utf8_lossy(&one.message.body).into_owned(),
                one.token,
            )
        };
        batch.into_iter().map(one).collect()
    }

    fn mark(held: &Held, part: Part) -> Option<String> {
        held.mark(part).map(|(_, sequence)| sequence.to_string())
    }

    #[tokio::test]
    async fn an_ack_settles_all_before_it_and_a_lower_one_nothing() {
        let held = held(10);
        let part = held.hold("shardId-000000000007", None, Instant::now());
        assert_eq!(part.part, 7);
        held.add(part, records(&["a", "b", "c"]));
        let came = bodies(held.take(9));
        assert_eq!(came.len(), 3);
        held.settle(&[(came[1].1, Verdict::Ack)]);
        assert_eq!((mark(&held, part).as_deref(), held.out()), (Some("b"), 1));
        held.settle(&[(came[0].1, Verdict::Ack)]);
        assert_eq!(mark(&held, part).as_deref(), Some("b"));
        held.settle(&[(came[2].1, Verdict::Release)]);
        assert_eq!((mark(&held, part).as_deref(), held.out()), (Some("b"), 0));
        held.ended_at(part);
        assert!(
            held.finished().is_empty(),
            "`c` was released, and comes again"
        );
    }

    #[tokio::test]
    async fn no_more_is_out_than_may_be_and_shards_have_turns() {
        let held = held(3);
        let one = held.hold("shardId-1", None, Instant::now());
        let other = held.hold("shardId-2", None, Instant::now());
        held.add(one, records(&["a", "b", "c"]));
        held.add(other, records(&["d"]));
        let came = bodies(held.take(9));
        let texts: Vec<_> = came.iter().map(|(body, _)| &**body).collect();
        assert_eq!(texts, ["a", "d", "b"]);
        assert!(held.take(9).is_none(), "three may be out");
        assert!(held.wants(other).await, "nothing of it waits");
        held.settle(&[(came[2].1, Verdict::Ack)]);
        assert_eq!(bodies(held.take(9)).len(), 1);
        held.settle(&[(came[1].1, Verdict::Ack)]);
        held.ended_at(other);
        assert_eq!(held.finished(), [other]);
    }

    #[tokio::test]
    async fn what_leaves_is_delivered_no_more_and_can_be_settled() {
        let held = held(1);
        let part = held.hold("shardId-1", None, Instant::now());
        held.add(part, records(&["a", "b"]));
        let came = bodies(held.take(1));
        held.leave(vec![part], Instant::now() + LEASE);
        assert!(matches!(held.take(0), Some(Ok(Event::Leaving { .. }))));
        assert!(held.left().is_empty());
        held.settle(&[(came[0].1, Verdict::Ack)]);
        assert!(held.take(9).is_none(), "`b` is somebody else's");
        assert_eq!(held.left(), [part]);
        assert_eq!(mark(&held, part).as_deref(), Some("a"));
        assert_eq!(held.lose(part).as_deref(), Some("shardId-1"));
        assert!(matches!(held.take(0), Some(Ok(Event::Gone { .. }))));
        assert!(!held.wants(part).await);
    }

    #[tokio::test]
    async fn what_leaves_is_not_done_with_though_its_end_was_read() {
        let held = held(2);
        let early = held.hold("shardId-1", None, Instant::now());
        let late = held.hold("shardId-2", None, Instant::now());
        held.add(early, records(&["a", "b"]));
        let came = bodies(held.take(1));
        held.ended_at(early);
        held.leave(vec![early, late], Instant::now() + LEASE);
        // Its last records came too late to be delivered.
        held.add(late, records(&["c"]));
        held.ended_at(late);
        held.settle(&[(came[0].1, Verdict::Ack)]);
        assert!(held.finished().is_empty(), "`b` and `c` were not delivered");
        assert_eq!(held.left(), [early, late]);
    }

    #[tokio::test]
    async fn a_shard_whose_last_record_was_released_is_read_again() {
        let held = held(2);
        let part = held.hold("shardId-1", None, Instant::now());
        held.add(part, records(&["a", "b"]));
        let came = bodies(held.take(2));
        held.ended_at(part);
        held.settle(&[(came[0].1, Verdict::Ack)]);
        assert!(held.left().is_empty());
        held.settle(&[(came[1].1, Verdict::Release)]);
        assert!(held.finished().is_empty());
        assert_eq!(held.left(), [part]);
    }

    #[tokio::test]
    async fn leases_are_looked_at_once_a_shard_is_settled_and_not_before() {
        let held = held(2);
        let part = held.hold("shardId-1", None, Instant::now());
        held.add(part, records(&["a", "b"]));
        let came = bodies(held.take(2));
        held.leave(vec![part], Instant::now() + LEASE);
        held.settle(&[(came[0].1, Verdict::Ack)]);
        assert!(!is_told(&held.wake).await);
        held.settle(&[(came[1].1, Verdict::Ack)]);
        assert!(is_told(&held.wake).await);
    }

    #[tokio::test]
    async fn once_closing_nothing_is_handed_out_nor_read() {
        let held = held(2);
        let part = held.hold("shardId-1", None, Instant::now());
        let other = held.hold("shardId-2", None, Instant::now());
        held.add(part, records(&["a", "b"]));
        let came = bodies(held.take(1));
        held.close();
        assert!(held.take(1).is_none());
        let soon = Duration::from_millis(20);
        let wanted = tokio::time::timeout(soon, held.wants(other)).await;
        assert!(wanted.is_err(), "nothing is read");
        held.settle(&[(came[0].1, Verdict::Ack)]);
        assert_eq!(mark(&held, part).as_deref(), Some("a"));
    }

    async fn is_told(what: &Notify) -> bool {
        let soon = Duration::from_millis(20);
        tokio::time::timeout(soon, what.notified()).await.is_ok()
    }

    #[test]
    fn after_the_end_nothing_is_settled() {
        let held = held(1);
        let part = held.hold("shardId-1", None, Instant::now());
        held.add(part, records(&["a"]));
        let came = bodies(held.take(1));
        held.end(Error::new(ErrorKind::Closed, "receive", ""));
        held.settle(&[(came[0].1, Verdict::Ack)]);
        assert_eq!(mark(&held, part), None);
        assert!(matches!(held.take(1), Some(Err(_))));
        assert_eq!(held.all(), [part]);
    }
}
