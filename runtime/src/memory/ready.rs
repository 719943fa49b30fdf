//! What of a queue may go out, in order, and which keys are locked to the consumer that holds messages of them.
mod sorted;

use super::receipt::Receipt;
use crate::{Message, Str, by_key::ByKey, transport::PerKey};
use sorted::{Numbered, Sorted};
use std::{collections::VecDeque, sync::Arc};

/// Number of a consumer of one queue.
pub(super) type Consumer = u64;

/// A message in a queue.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    /// The address that it came by, in a queue of many addresses.
    pub(super) address: Option<Str>,
    /// Its place among all messages of the queue.
    pub(super) sequence: u64,
    pub(super) attempt: u32,
    /// Whether its consumer had no other of its key when it went out.
    pub(super) leads: bool,
    pub(super) size: usize,
    /// The lane of its key, which is there while any message of it is.
    lane: Option<usize>,
    /// Whoever waits until it is settled.
    pub(super) receipt: Option<Receipt>,
}

impl Entry {
    /// One that has not been out.
    pub(super) fn new(message: Arc<Message>, sequence: u64, size: usize) -> Self {
        Self {
            message,
            sequence,
            attempt: 1,
            leads: true,
            size,
            address: None,
            lane: None,
            receipt: None,
        }
    }

    /// The same in another queue, where nothing of it is known yet.
    pub(super) fn moved(self, sequence: u64, address: Option<&Str>) -> Self {
        Self {
            sequence,
            lane: None,
            ..self
        }
        .with_address(address)
    }

    pub(super) fn with_address(mut self, address: Option<&Str>) -> Self {
        self.address = address.cloned();
        self
    }
}

/// Messages that wait to go out. Those of one key go to one consumer while it has any of them unsettled, and none goes out
/// while an earlier one of its key waits for its time.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// By place: messages without a key, and the heads of lanes that nobody holds.
    free: Sorted<Slot>,
    lanes: ByKey<Lane>,
    held: Vec<(Consumer, Held)>,
    /// Room of lanes that are no more.
    spare: Vec<VecDeque<Entry>>,
}

/// Most room that is kept for lanes to come.
const SPARE: usize = 64;
/// Heads that have gone which are not worth looking for.
const FEW: usize = 64;

/// The heads of the lanes that a consumer holds. One that has gone from there stays until it is looked at.
#[derive(Debug)]
struct Held {
    /// By place.
    heads: Sorted<Head>,
    /// In no order: not looked at while something else comes first, since most have gone by then.
    later: Vec<Head>,
    /// No place of those is before.
    least: u64,
}

#[derive(Debug)]
enum Slot {
    Message(Entry),
    Lane(Head),
}

/// The place of the first of a lane.
#[derive(Debug, Clone, Copy)]
struct Head {
    sequence: u64,
    lane: usize,
}

impl Numbered for Head {
    fn number(&self) -> u64 {
        self.sequence
    }
}

impl Numbered for Slot {
    fn number(&self) -> u64 {
        match self {
            Self::Message(entry) => entry.sequence,
            Self::Lane(head) => head.sequence,
        }
    }
}

/// The messages of a key.
#[derive(Debug)]
struct Lane {
    /// By place.
    waiting: VecDeque<Entry>,
    /// Who has messages of it unsettled.
    holder: Option<Holder>,
    /// Messages of it that wait for their time.
    paused: usize,
    listed: Option<Listed>,
}

#[derive(Debug, Clone, Copy)]
struct Holder {
    consumer: Consumer,
    /// How many it has, and their bytes.
    out: usize,
    bytes: usize,
    /// How many it may have.
    most: Option<PerKey>,
}

impl Holder {
    fn is_full(&self) -> bool {
        let is_full = |most: PerKey| self.out >= most.messages || self.bytes >= most.bytes;
        self.most.is_some_and(is_full)
    }
}

/// Where the head of a lane is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Free(u64),
    Held(Consumer, u64),
}

impl Lane {
    /// Where the message that may go out next belongs.
    fn belongs(&self) -> Option<Listed> {
        let head = self.waiting.front().filter(|_| self.paused == 0)?;
        Some(match self.holder {
            Some(holder) if holder.is_full() => return None,
            Some(holder) => Listed::Held(holder.consumer, head.sequence),
            None => Listed::Free(head.sequence),
        })
    }

    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.holder.is_none() && self.paused == 0
    }

    /// One message less is out; gives whether none is.
    fn let_go(&mut self, entry: &Entry) -> bool {
        self.holder = self.holder.filter(|holder| holder.out > 1);
        if let Some(holder) = &mut self.holder {
            holder.out -= 1;
            holder.bytes -= entry.size.min(holder.bytes);
        }
        self.holder.is_none()
    }
}

impl Ready {
    /// About how many may go out, and no fewer than that to one consumer at once.
    pub(super) fn len(&self) -> usize {
        self.free.len() + self.lanes.len()
    }

    /// Adds a message that has not been out, or whose time has come, where its place is.
    pub(super) fn add(&mut self, mut entry: Entry) {
        let Some(key) = &entry.message.key else {
            return self.add_alone(entry);
        };
        let at = self.lane(key);
        entry.lane = Some(at);
        insert_entry(&mut self.lanes[at].waiting, entry);
        self.list(at);
    }

    fn add_alone(&mut self, entry: Entry) {
        self.free.insert(Slot::Message(entry));
    }

    fn lane(&mut self, key: &[u8]) -> usize {
        let spare = &mut self.spare;
        self.lanes.find_or_add(key, || Lane {
            waiting: spare.pop().unwrap_or_default(),
            holder: None,
            paused: 0,
            listed: None,
        })
    }

    /// Takes the next message that this consumer, which may have so many of a key, may have.
    pub(super) fn take(&mut self, consumer: Consumer, most: Option<PerKey>) -> Option<Entry> {
        let free = self.free.first().map(Numbered::number);
        let at = match (free, self.first_held(consumer, free)) {
            (None, held) => held?.lane,
            (Some(free), Some(held)) if held.sequence < free => held.lane,
            (Some(_), _) => match self.free.pop_first()? {
                Slot::Message(entry) => return Some(entry),
                Slot::Lane(head) => head.lane,
            },
        };
        let lane = &mut self.lanes[at];
        let mut entry = lane.waiting.pop_front()?;
        entry.leads = lane.holder.is_none();
        let holder = lane.holder.get_or_insert(Holder {
            consumer,
            out: 0,
            bytes: 0,
            most,
        });
        holder.out += 1;
        holder.bytes += entry.size;
        lane.listed = lane.belongs();
        if let Some(Listed::Held(_, sequence)) = lane.listed {
            self.hold(consumer, Head { sequence, lane: at });
        }
        Some(entry)
    }

    /// The first message that a consumer may have because it holds the key, where it comes before another.
    fn first_held(&mut self, consumer: Consumer, before: Option<u64>) -> Option<Head> {
        let lanes = &self.lanes;
        let held = held_by(&mut self.held, consumer)?;
        if held.is_due(before) {
            held.sort(|head| is_head(lanes, consumer, head));
        }
        while let Some(head) = held.heads.first() {
            if is_head(lanes, consumer, head) {
                return Some(*head);
            }
            held.heads.pop_first();
        }
        None
    }

    /// Takes the oldest message that is not out, to make room; of those of held keys only where there are no others.
    pub(super) fn drop_oldest(&mut self) -> Option<Entry> {
        let at = match self.free.pop_first() {
            Some(Slot::Message(entry)) => return Some(entry),
            Some(Slot::Lane(head)) => {
                self.lanes[head.lane].listed = None;
                head.lane
            }
            None => self.oldest_held().or_else(|| self.oldest_lane())?,
        };
        let entry = self.lanes[at].waiting.pop_front();
        self.list(at);
        entry
    }

    /// The held lane with the oldest message that may go out.
    fn oldest_held(&self) -> Option<usize> {
        let lanes = self.lanes.iter();
        let heads = lanes.filter_map(|(at, lane)| match lane.listed? {
            Listed::Held(_, sequence) => Some((sequence, at)),
            Listed::Free(_) => None,
        });
        heads.min().map(|(_, at)| at)
    }

    /// The lane with the oldest message that is not out.
    fn oldest_lane(&self) -> Option<usize> {
        let heads = self.lanes.iter();
        let heads = heads.filter_map(|(at, lane)| Some((lane.waiting.front()?.sequence, at)));
        heads.min().map(|(_, at)| at)
    }

    /// A message that was out is done with; gives whether its consumer has no other of its key.
    #[inline]
    pub(super) fn settled(&mut self, entry: &Entry) -> bool {
        let Some(at) = entry.lane else {
            return true;
        };
        let is_last = self.lanes[at].let_go(entry);
        self.list(at);
        is_last
    }

    /// A message that was out goes out again, at its place; gives whether its consumer has no other of its key.
    pub(super) fn put_back(&mut self, entry: Entry) -> bool {
        let Some(at) = entry.lane else {
            self.add_alone(entry);
            return true;
        };
        let lane = &mut self.lanes[at];
        let is_last = lane.let_go(&entry);
        insert_entry(&mut lane.waiting, entry);
        self.list(at);
        is_last
    }

    /// A message that was out waits for its time, and with it those of its key; gives whether its consumer has no other of it.
    pub(super) fn pause(&mut self, entry: &Entry) -> bool {
        let Some(at) = entry.lane else {
            return true;
        };
        let lane = &mut self.lanes[at];
        let is_last = lane.let_go(entry);
        lane.paused += 1;
        self.list(at);
        is_last
    }

    /// The time of a message that waited for it has come.
    pub(super) fn resume(&mut self, entry: Entry) {
        let Some(at) = entry.lane else {
            return self.add(entry);
        };
        let lane = &mut self.lanes[at];
        lane.paused = lane.paused.saturating_sub(1);
        insert_entry(&mut lane.waiting, entry);
        self.list(at);
    }

    /// A message that waits for its time came from elsewhere, and holds back those of its key.
    pub(super) fn pause_new(&mut self, entry: &mut Entry) {
        if let Some(key) = &entry.message.key {
            let at = self.lane(key);
            entry.lane = Some(at);
            self.lanes[at].paused += 1;
            self.list(at);
        }
    }

    /// Everything that is ready; nobody holds anything.
    pub(super) fn into_entries(self) -> impl Iterator<Item = Entry> {
        let alone = self.free.into_items().filter_map(|slot| match slot {
            Slot::Message(entry) => Some(entry),
            Slot::Lane(_) => None,
        });
        alone.chain(self.lanes.into_values().flat_map(|lane| lane.waiting))
    }

    /// Forgets a consumer that has nothing unsettled.
    pub(super) fn forget(&mut self, consumer: Consumer) {
        self.held.retain(|(other, _)| *other != consumer);
    }

    /// Lists the head of a lane where it belongs now; a lane without anything left is forgotten.
    fn list(&mut self, at: usize) {
        let lane = &mut self.lanes[at];
        let belongs = lane.belongs();
        let listed = std::mem::replace(&mut lane.listed, belongs);
        if lane.is_done() {
            let lane = self.lanes.remove(at);
            if self.spare.len() < SPARE {
                self.spare.extend(lane.map(|lane| lane.waiting));
            }
        }
        if listed == belongs {
            return;
        }
        if let Some(Listed::Free(sequence)) = listed {
            self.free.remove(sequence);
        }
        let lane = at;
        match belongs {
            Some(Listed::Free(sequence)) => self.free.insert(Slot::Lane(Head { sequence, lane })),
            Some(Listed::Held(consumer, sequence)) => self.hold(consumer, Head { sequence, lane }),
            None => {}
        }
    }

    fn hold(&mut self, consumer: Consumer, head: Head) {
        let Self { lanes, held, .. } = self;
        let Some(held) = held_by(held, consumer) else {
            let mut heads = Held::default();
            heads.add(head);
            return held.push((consumer, heads));
        };
        if held.len() > 2 * lanes.len() + FEW {
            held.retain(|head| is_head(lanes, consumer, head));
        }
        held.add(head);
    }
}

impl Default for Held {
    fn default() -> Self {
        Self {
            heads: Sorted::default(),
            later: Vec::new(),
            least: u64::MAX,
        }
    }
}

impl Held {
    fn add(&mut self, head: Head) {
        self.least = self.least.min(head.sequence);
        self.later.push(head);
    }

    /// Whether one of those not looked at may come before another.
    fn is_due(&self, before: Option<u64>) -> bool {
        !self.later.is_empty() && before.is_none_or(|before| self.least < before)
    }

    /// Puts those not looked at where they belong, if they are there.
    fn sort(&mut self, is_there: impl Fn(&Head) -> bool) {
        let later = self.later.drain(..).filter(is_there);
        later.for_each(|head| self.heads.insert(head));
        self.least = u64::MAX;
    }

    fn len(&self) -> usize {
        self.heads.len() + self.later.len()
    }

    fn retain(&mut self, is_there: impl Fn(&Head) -> bool) {
        self.heads.retain(&is_there);
        self.sort(is_there);
    }
}

fn held_by(held: &mut [(Consumer, Held)], consumer: Consumer) -> Option<&mut Held> {
    let held = held.iter_mut().find(|(other, _)| *other == consumer);
    held.map(|(_, held)| held)
}

/// Whether that is the first of its lane, and for that consumer.
fn is_head(lanes: &ByKey<Lane>, consumer: Consumer, head: &Head) -> bool {
    let lane = lanes.get(head.lane);
    lane.is_some_and(|lane| lane.listed == Some(Listed::Held(consumer, head.sequence)))
}

/// Mostly at the end, or near the front.
#[inline]
fn insert_entry(entries: &mut VecDeque<Entry>, entry: Entry) {
    if entries
        .back()
        .is_none_or(|last| last.sequence < entry.sequence)
    {
        entries.push_back(entry);
    } else {
        let at = entries.partition_point(|other| other.sequence < entry.sequence);
        entries.insert(at, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::collections::HashMap;

    fn entry(sequence: u64, key: Option<&'static str>) -> Entry {
        let mut message = Message::new("");
        message.key = key.map(Bytes::from);
        Entry::new(Arc::new(message), sequence, 0)
    }

    fn key(entry: &Entry) -> Option<&Bytes> {
        entry.message.key.as_ref()
    }

    fn one(ready: &mut Ready, consumer: Consumer) -> Option<Entry> {
        ready.take(consumer, None)
    }

    fn taken(ready: &mut Ready, consumer: Consumer) -> Vec<u64> {
        std::iter::from_fn(|| one(ready, consumer))
            .map(|entry| entry.sequence)
            .collect()
    }

    #[test]
    fn a_key_stays_with_who_holds_it() {
        let mut ready = Ready::default();
        for (sequence, key) in [(1, Some("a")), (2, Some("b")), (3, Some("a")), (4, None)] {
            ready.add(entry(sequence, key));
        }
        let first = one(&mut ready, 1).expect("one is ready");
        assert_eq!(taken(&mut ready, 2), [2, 4]);
        ready.add(entry(5, Some("a")));
        assert!(taken(&mut ready, 2).is_empty());
        let (third, fifth) = (
            one(&mut ready, 1).expect("3"),
            one(&mut ready, 1).expect("5"),
        );
        assert_eq!((third.sequence, fifth.sequence), (3, 5));
        ready.settled(&first);
        ready.add(entry(6, Some("a")));
        assert!(taken(&mut ready, 2).is_empty(), "3 and 5 are still out");
        ready.settled(&third);
        ready.settled(&fifth);
        assert_eq!(taken(&mut ready, 2), [6]);
    }

    #[test]
    fn what_comes_back_goes_out_at_its_place() {
        let mut ready = Ready::default();
        (1..=4).for_each(|sequence| ready.add(entry(sequence, Some("a"))));
        let (one, two) = (
            one(&mut ready, 1).expect("1"),
            one(&mut ready, 1).expect("2"),
        );
        ready.put_back(two);
        ready.put_back(one);
        assert_eq!(taken(&mut ready, 2), [1, 2, 3, 4]);
    }

    #[test]
    fn what_waits_for_its_time_holds_back_its_key_only() {
        let mut ready = Ready::default();
        for (sequence, key) in [(1, Some("a")), (2, Some("a")), (3, Some("b")), (4, None)] {
            ready.add(entry(sequence, key));
        }
        let one = one(&mut ready, 1).expect("1");
        ready.pause(&one);
        assert_eq!(taken(&mut ready, 1), [3, 4]);
        ready.resume(one);
        assert_eq!(taken(&mut ready, 2), [1, 2]);
    }

    #[test]
    fn of_a_key_no_more_goes_out_than_its_consumer_may_have() {
        let mut ready = Ready::default();
        (1..=5).for_each(|sequence| ready.add(entry(sequence, Some("a"))));
        ready.add(entry(6, Some("b")));
        let most = Some(PerKey::new(2, usize::MAX));
        let out: Vec<_> = std::iter::from_fn(|| ready.take(1, most)).collect();
        let told: Vec<_> = out.iter().map(|out| (out.sequence, out.leads)).collect();
        assert_eq!(told, [(1, true), (2, false), (6, true)]);
        assert!(taken(&mut ready, 2).is_empty(), "the key is held");
        assert!(!ready.settled(&out[0]), "2 is still out");
        let three = ready.take(1, most).expect("there is room for one");
        assert_eq!((three.sequence, three.leads), (3, false));
        assert!(!ready.settled(&out[1]));
        assert!(ready.settled(&three), "none of it is out");
        assert_eq!(taken(&mut ready, 2), [4, 5]);
    }

    #[test]
    fn one_message_of_a_key_may_be_out_however_large_it_is() {
        let mut ready = Ready::default();
        let mut large = |sequence| {
            let mut entry = entry(sequence, Some("a"));
            entry.size = 1000;
            ready.add(entry);
        };
        (1..=2).for_each(&mut large);
        let most = Some(PerKey::new(10, 10));
        let first = ready.take(1, most).expect("one may go");
        assert!(ready.take(1, most).is_none());
        ready.settled(&first);
        assert!(ready.take(1, most).is_some());
    }

    /// One consumer holds what it has taken, and gets all in order whichever of it is settled meanwhile.
    #[test]
    fn what_comes_of_held_keys_has_its_place_among_all() {
        let keys = [Some("a"), None, Some("b"), Some("c"), Some("b")];
        for every in 1..20_usize {
            let (mut ready, mut out, mut order) = (Ready::default(), Vec::new(), Vec::new());
            for sequence in 0..500_usize {
                let key = keys[sequence * sequence % 7 % keys.len()];
                ready.add(entry(sequence as u64, key));
            }
            while let Some(entry) = one(&mut ready, 1) {
                order.push(entry.sequence);
                out.push(entry);
                if order.len() % every == 0 {
                    ready.settled(&out.swap_remove(out.len() / 2));
                }
            }
            assert_eq!(order, (0..500).collect::<Vec<_>>(), "every {every}");
        }
    }

    #[test]
    fn nothing_is_left_of_what_is_done() {
        let mut ready = Ready::default();
        for round in 0..100 {
            ready.add(entry(round, Some("a")));
            let entry = one(&mut ready, round).expect("one");
            ready.settled(&entry);
            ready.forget(round);
        }
        assert!(ready.lanes.len() == 0 && ready.held.is_empty() && ready.free.len() == 0);
    }

    /// Two consumers, five keys, every kind of settlement in a seeded order: within a key the first deliveries are in order,
    /// and never out with both.
    #[test]
    fn keys_keep_their_order_under_competing_consumers() {
        for seed in 0..200_u64 {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut random = |below: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state % below
            };
            let keys = ["a", "b", "c", "d", "e"];
            let mut ready = Ready::default();
            (0..200).for_each(|sequence| {
                ready.add(entry(
                    sequence,
                    Some(keys[usize::try_from(random(5)).unwrap_or(0)]),
                ));
            });
            let mut out: [Vec<Entry>; 2] = [Vec::new(), Vec::new()];
            let mut paused = Vec::new();
            let mut done: HashMap<Bytes, Vec<u64>> = HashMap::new();
            let mut count = 0;
            while count < 200 {
                let who = usize::try_from(random(2)).unwrap_or(0);
                match random(5) {
                    0 | 1 => out[who].extend(one(&mut ready, who as u64)),
                    2 if !out[who].is_empty() => {
                        let entry = out[who].remove(0);
                        let key = key(&entry).expect("all have keys").clone();
                        done.entry(key).or_default().push(entry.sequence);
                        count += 1;
                        ready.settled(&entry);
                    }
                    // A worker gives back all that it holds of a key, the last one first.
                    3 if !out[who].is_empty() => {
                        let held = key(&out[who][0]).cloned();
                        let (back, kept) = std::mem::take(&mut out[who])
                            .into_iter()
                            .partition::<Vec<_>, _>(|entry| key(entry) == held.as_ref());
                        out[who] = kept;
                        for entry in back.into_iter().rev() {
                            if random(2) == 0 {
                                ready.pause(&entry);
                                paused.push(entry);
                            } else {
                                ready.put_back(entry);
                            }
                        }
                    }
                    _ => paused.drain(..).for_each(|entry| ready.resume(entry)),
                }
                let held = |who: usize| out[who].iter().filter_map(key).collect::<Vec<_>>();
                assert!(
                    held(0).iter().all(|key| !held(1).contains(key)),
                    "seed {seed}"
                );
            }
            for order in done.values() {
                assert!(order.is_sorted(), "seed {seed}: {order:?}");
            }
        }
    }
}
