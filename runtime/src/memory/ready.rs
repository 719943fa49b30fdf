//! What of a queue may go out, in order, and which keys are locked to the consumer that holds messages of them.
mod entry;
mod held;
mod lane;
mod sorted;

pub(super) use entry::Entry;

use crate::{by_key::ByKey, transport::PerKey};
use held::{Head, Held};
use lane::{Lane, Listed, insert_entry};
use sorted::{Numbered, Sorted};
use std::collections::VecDeque;

/// Number of a consumer of one queue.
pub(super) type Consumer = u64;

/// Messages that wait to go out. Those of one key go to one consumer while it has any of them unsettled, and none goes out
/// while an earlier one of its key waits for its time.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// By place: messages without a key, and the heads of lanes that nobody holds.
    free: Sorted<Slot>,
    lanes: ByKey<Lane>,
    held: Vec<(Consumer, Held)>,
    /// Lanes that had nothing left, the latest last; some have something again.
    emptied: VecDeque<usize>,
    /// Room of lanes that are no more.
    spare: Vec<VecDeque<Entry>>,
}

/// Most lanes that are kept without having anything: their keys may come again.
const EMPTIED: usize = 1024;
/// How many lanes that are no more leave their room to others.
const SPARE: usize = 64;
/// Most room that a lane keeps which has nothing, in messages.
const ROOM: usize = 16;
/// Heads that have gone which are not worth looking for.
const FEW: usize = 64;

#[derive(Debug)]
enum Slot {
    Message(Entry),
    Lane(Head),
}

impl Slot {
    fn is_lane(&self) -> bool {
        matches!(self, Self::Lane(_))
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

impl Ready {
    /// No fewer may go out.
    pub(super) fn len(&self) -> usize {
        self.free.len() + self.lanes.len()
    }

    /// Adds a message that has not been out, or whose time has come, where its place is.
    pub(super) fn add(&mut self, mut entry: Entry) {
        let Some(key) = &entry.message.key else {
            return self.add_alone(entry);
        };
        let at = self.lane(key);
        entry.set_lane(at);
        insert_entry(&mut self.lanes[at].waiting, entry);
        self.list(at);
    }

    fn add_alone(&mut self, entry: Entry) {
        self.free.insert(Slot::Message(entry));
    }

    #[inline]
    fn lane(&mut self, key: &[u8]) -> usize {
        let (spare, mut is_new) = (&mut self.spare, false);
        let at = self.lanes.find_or_add(key, || {
            is_new = true;
            Lane {
                waiting: spare.pop().unwrap_or_default(),
                holder: None,
                paused: 0,
                listed: None,
                is_emptied: false,
            }
        });
        if is_new {
            // So that none is needed when they empty.
            let room = self.lanes.len().min(EMPTIED + 1);
            let room = room.saturating_sub(self.emptied.len());
            self.emptied.reserve(room);
        }
        at
    }

    /// Takes the next message that this consumer, which may have so many of a key, may have.
    #[inline]
    pub(super) fn take(&mut self, consumer: Consumer, most: Option<PerKey>) -> Option<Entry> {
        // Mostly nobody holds a key, or nothing has one.
        if self.held.is_empty()
            && let Some(Slot::Message(entry)) = self.free.pop_plain(|slot| !slot.is_lane())
        {
            return Some(entry);
        }
        self.take_any(consumer, most)
    }

    fn take_any(&mut self, consumer: Consumer, most: Option<PerKey>) -> Option<Entry> {
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
        entry.leads = lane.hold(consumer, &entry, most);
        lane.listed = lane.belongs();
        if let Some(Listed::Held(_, sequence)) = lane.listed {
            self.hold(consumer, Head { sequence, lane: at });
        }
        Some(entry)
    }

    /// The first message that a consumer may have because it holds the key, where it comes before another.
    #[inline]
    fn first_held(&mut self, consumer: Consumer, before: Option<u64>) -> Option<Head> {
        let held = held_by(&mut self.held, consumer)?;
        let may_be = held.heads.len() > 0 || held.is_due(before);
        may_be.then(|| self.look_for_held(consumer, before))?
    }

    fn look_for_held(&mut self, consumer: Consumer, before: Option<u64>) -> Option<Head> {
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
        let Some(at) = entry.lane() else {
            return true;
        };
        let is_last = self.lanes[at].let_go(entry);
        self.list(at);
        is_last
    }

    /// A message that was out goes out again, at its place; gives whether its consumer has no other of its key.
    pub(super) fn put_back(&mut self, entry: Entry) -> bool {
        let Some(at) = entry.lane() else {
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
        let Some(at) = entry.lane() else {
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
        let Some(at) = entry.lane() else {
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
            entry.set_lane(at);
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

    /// Lists the head of a lane where it belongs now.
    fn list(&mut self, at: usize) {
        let lane = &mut self.lanes[at];
        let belongs = lane.belongs();
        let listed = std::mem::replace(&mut lane.listed, belongs);
        if lane.is_done() {
            self.keep_emptied(at);
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

    /// Keeps a lane that has nothing left, in place of the one that has had nothing for longest.
    fn keep_emptied(&mut self, at: usize) {
        let lane = &mut self.lanes[at];
        if lane.waiting.capacity() > ROOM {
            lane.waiting.shrink_to(ROOM);
        }
        if !std::mem::replace(&mut lane.is_emptied, true) {
            self.emptied.push_back(at);
        }
        if self.emptied.len() > EMPTIED {
            self.forget_emptied();
        }
    }

    fn forget_emptied(&mut self) {
        let Some(at) = self.emptied.pop_front() else {
            return;
        };
        let lane = &mut self.lanes[at];
        lane.is_emptied = false;
        if !lane.is_done() {
            return;
        }
        let gone = self.lanes.remove(at);
        if self.spare.len() < SPARE {
            self.spare.extend(gone.map(|lane| lane.waiting));
        }
    }

    #[inline]
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

fn held_by(held: &mut [(Consumer, Held)], consumer: Consumer) -> Option<&mut Held> {
    let held = held.iter_mut().find(|(other, _)| *other == consumer);
    held.map(|(_, held)| held)
}

/// Whether that is the first of its lane, and for that consumer.
fn is_head(lanes: &ByKey<Lane>, consumer: Consumer, head: &Head) -> bool {
    let lane = lanes.get(head.lane);
    lane.is_some_and(|lane| lane.listed == Some(Listed::Held(consumer, head.sequence)))
}

#[cfg(test)]
mod tests;
