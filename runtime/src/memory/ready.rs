//! What of a queue may go out, in order, and which keys are locked to the consumer that holds messages of them.
use super::receipt::Receipt;
use crate::Message;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

/// Number of a consumer of one queue.
pub(super) type Consumer = u64;

/// A message in a queue.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    /// Its place among all messages of the queue.
    pub(super) sequence: u64,
    pub(super) attempt: u32,
    pub(super) size: usize,
    /// Whoever waits until it is settled.
    pub(super) receipt: Option<Receipt>,
}

impl Entry {
    fn key(&self) -> Option<&Bytes> {
        self.message.key.as_ref()
    }
}

/// Messages that wait to go out. Those of one key go to one consumer while it has any of them unsettled, and none goes out
/// while an earlier one of its key waits for its time.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// By place: messages without a key, and the heads of lanes that nobody holds.
    free: VecDeque<Slot>,
    lanes: HashMap<Bytes, Lane>,
    /// By place, the heads of the lanes that a consumer holds.
    held: HashMap<Consumer, BTreeMap<u64, Bytes>>,
}

#[derive(Debug)]
enum Slot {
    Message(Entry),
    Lane(u64, Bytes),
}

/// The messages of a key.
#[derive(Debug, Default)]
struct Lane {
    /// By place.
    waiting: VecDeque<Entry>,
    /// Who has messages of it unsettled, and how many.
    holder: Option<(Consumer, usize)>,
    /// Messages of it that wait for their time.
    paused: usize,
}

impl Slot {
    fn sequence(&self) -> u64 {
        match self {
            Self::Message(entry) => entry.sequence,
            Self::Lane(sequence, _) => *sequence,
        }
    }
}

impl Lane {
    /// The place of the message that may go out next.
    fn head(&self) -> Option<u64> {
        let head = self.waiting.front().filter(|_| self.paused == 0)?;
        Some(head.sequence)
    }

    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.holder.is_none() && self.paused == 0
    }
}

impl Ready {
    /// Adds a message that has not been out, or whose time has come, where its place is.
    pub(super) fn add(&mut self, entry: Entry) {
        match entry.key().cloned() {
            None => insert(&mut self.free, Slot::Message(entry)),
            Some(key) => self.change(&key, |lane| insert_entry(&mut lane.waiting, entry)),
        }
    }

    /// Takes the next message that this consumer may have.
    pub(super) fn take(&mut self, consumer: Consumer) -> Option<Entry> {
        let free = self.free.front().map(Slot::sequence);
        let held = self.held.get(&consumer);
        let held = held.and_then(|heads| heads.first_key_value().map(|(sequence, _)| *sequence));
        let key = match (free, held) {
            (None, None) => return None,
            (Some(free), held) if held.is_none_or(|held| free < held) => {
                match self.free.pop_front()? {
                    Slot::Message(entry) => return Some(entry),
                    Slot::Lane(_, key) => key,
                }
            }
            _ => self.held.get_mut(&consumer)?.pop_first()?.1,
        };
        let lane = self.lanes.get_mut(&key)?;
        let entry = lane.waiting.pop_front();
        let out = lane.holder.map_or(0, |(_, out)| out);
        lane.holder = Some((consumer, out + 1));
        self.list(&key);
        entry
    }

    /// Takes the oldest message that nobody's key holds, to make room.
    pub(super) fn drop_oldest(&mut self) -> Option<Entry> {
        match self.free.pop_front()? {
            Slot::Message(entry) => Some(entry),
            Slot::Lane(_, key) => {
                let entry = self.lanes.get_mut(&key)?.waiting.pop_front();
                self.list(&key);
                entry
            }
        }
    }

    /// A message that was out is done with.
    pub(super) fn settled(&mut self, entry: &Entry) {
        if let Some(key) = entry.key() {
            self.change(key, Lane::let_go);
        }
    }

    /// A message that was out goes out again, at its place.
    pub(super) fn put_back(&mut self, entry: Entry) {
        if let Some(key) = entry.key().cloned() {
            self.change(&key, |lane| {
                lane.let_go();
                insert_entry(&mut lane.waiting, entry);
            });
        } else {
            insert(&mut self.free, Slot::Message(entry));
        }
    }

    /// A message that was out waits for its time, and with it those of its key.
    pub(super) fn pause(&mut self, entry: &Entry) {
        if let Some(key) = entry.key() {
            self.change(key, |lane| {
                lane.let_go();
                lane.paused += 1;
            });
        }
    }

    /// The time of a message that waited for it has come.
    pub(super) fn resume(&mut self, entry: Entry) {
        if let Some(key) = entry.key().cloned() {
            self.change(&key, |lane| {
                lane.paused = lane.paused.saturating_sub(1);
                insert_entry(&mut lane.waiting, entry);
            });
        } else {
            self.add(entry);
        }
    }

    /// Forgets a consumer that has nothing unsettled.
    pub(super) fn forget(&mut self, consumer: Consumer) {
        self.held.remove(&consumer);
    }

    /// Changes a lane, and lists its head where it now belongs.
    fn change(&mut self, key: &Bytes, change: impl FnOnce(&mut Lane)) {
        if !self.lanes.contains_key(key) {
            self.lanes.insert(key.clone(), Lane::default());
        }
        let Some(lane) = self.lanes.get_mut(key) else {
            return;
        };
        if let Some(head) = lane.head() {
            match lane.holder {
                Some((consumer, _)) => {
                    let heads = self.held.get_mut(&consumer);
                    heads.and_then(|heads| heads.remove(&head));
                }
                None => remove(&mut self.free, head),
            }
        }
        change(lane);
        self.list(key);
    }

    /// Lists the head of a lane that is listed nowhere; a lane without anything left is forgotten.
    fn list(&mut self, key: &Bytes) {
        let Some(lane) = self.lanes.get(key) else {
            return;
        };
        match (lane.head(), lane.holder) {
            (Some(head), Some((consumer, _))) => {
                self.held
                    .entry(consumer)
                    .or_default()
                    .insert(head, key.clone());
            }
            (Some(head), None) => insert(&mut self.free, Slot::Lane(head, key.clone())),
            (None, _) if lane.is_done() => drop(self.lanes.remove(key)),
            (None, _) => {}
        }
    }
}

impl Lane {
    /// One message less is out.
    fn let_go(&mut self) {
        self.holder = self
            .holder
            .and_then(|(consumer, out)| (out > 1).then(|| (consumer, out - 1)));
    }
}

/// Mostly at the end, or near the front.
fn insert(slots: &mut VecDeque<Slot>, slot: Slot) {
    let sequence = slot.sequence();
    if slots.back().is_none_or(|last| last.sequence() < sequence) {
        slots.push_back(slot);
    } else {
        let at = slots.partition_point(|other| other.sequence() < sequence);
        slots.insert(at, slot);
    }
}

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

fn remove(slots: &mut VecDeque<Slot>, sequence: u64) {
    if let Ok(at) = slots.binary_search_by_key(&sequence, Slot::sequence) {
        slots.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64, key: Option<&'static str>) -> Entry {
        let mut message = Message::new("");
        message.key = key.map(Bytes::from);
        Entry {
            message: Arc::new(message),
            sequence,
            attempt: 1,
            size: 0,
            receipt: None,
        }
    }

    fn taken(ready: &mut Ready, consumer: Consumer) -> Vec<u64> {
        std::iter::from_fn(|| ready.take(consumer))
            .map(|entry| entry.sequence)
            .collect()
    }

    #[test]
    fn a_key_stays_with_who_holds_it() {
        let mut ready = Ready::default();
        for (sequence, key) in [(1, Some("a")), (2, Some("b")), (3, Some("a")), (4, None)] {
            ready.add(entry(sequence, key));
        }
        let first = ready.take(1).expect("one is ready");
        assert_eq!(taken(&mut ready, 2), [2, 4]);
        ready.add(entry(5, Some("a")));
        assert!(taken(&mut ready, 2).is_empty());
        assert_eq!(taken(&mut ready, 1), [3, 5]);
        ready.settled(&first);
        ready.add(entry(6, Some("a")));
        assert!(taken(&mut ready, 2).is_empty(), "3 and 5 are still out");
        ready.settled(&entry(3, Some("a")));
        ready.settled(&entry(5, Some("a")));
        assert_eq!(taken(&mut ready, 2), [6]);
    }

    #[test]
    fn what_comes_back_goes_out_at_its_place() {
        let mut ready = Ready::default();
        (1..=4).for_each(|sequence| ready.add(entry(sequence, Some("a"))));
        let (one, two) = (ready.take(1).expect("1"), ready.take(1).expect("2"));
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
        let one = ready.take(1).expect("1");
        ready.pause(&one);
        assert_eq!(taken(&mut ready, 1), [3, 4]);
        ready.resume(one);
        assert_eq!(taken(&mut ready, 2), [1, 2]);
    }

    #[test]
    fn nothing_is_left_of_what_is_done() {
        let mut ready = Ready::default();
        for round in 0..100 {
            ready.add(entry(round, Some("a")));
            let entry = ready.take(round).expect("one");
            ready.settled(&entry);
            ready.forget(round);
        }
        assert!(ready.lanes.is_empty() && ready.held.is_empty() && ready.free.is_empty());
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
                    0 | 1 => out[who].extend(ready.take(who as u64)),
                    2 if !out[who].is_empty() => {
                        let entry = out[who].remove(0);
                        let key = entry.key().expect("all have keys").clone();
                        done.entry(key).or_default().push(entry.sequence);
                        count += 1;
                        ready.settled(&entry);
                    }
                    // A worker gives back all that it holds of a key, the last one first.
                    3 if !out[who].is_empty() => {
                        let key = out[who][0].key().cloned();
                        let (back, kept) = std::mem::take(&mut out[who])
                            .into_iter()
                            .partition::<Vec<_>, _>(|entry| entry.key() == key.as_ref());
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
                let held = |who: usize| out[who].iter().filter_map(Entry::key).collect::<Vec<_>>();
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
