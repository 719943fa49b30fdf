//! Which messages may start: those of one key one after the other, all others as they came.
use super::step::Work;
use crate::transport::{Incoming, Part};
use bytes::Bytes;
use std::collections::{HashMap, VecDeque};

/// What a worker has taken and not started.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// What may start, first come first served.
    order: VecDeque<Slot>,
    lanes: HashMap<Bytes, Lane>,
    /// How many of all are behind others of their key.
    behind: usize,
}

#[derive(Debug)]
enum Slot {
    Message(Work),
    /// The first of that key.
    Key(Bytes),
}

/// The messages of a key. It is there while any of them is.
#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Incoming>,
    /// Whether one of them was started and is not done.
    busy: bool,
}

impl Lanes {
    /// Adds a message that was just taken.
    pub(super) fn add(&mut self, incoming: Incoming) {
        let Some(key) = incoming.message.key.clone() else {
            return self.order.push_back(Slot::Message(Work::new(incoming)));
        };
        let lane = self.lanes.entry(key.clone()).or_default();
        if lane.busy || !lane.waiting.is_empty() {
            self.behind += 1;
        } else {
            self.order.push_back(Slot::Key(key));
        }
        lane.waiting.push_back(incoming);
    }

    /// Adds one that was started and waited for its time; its key is busy with it.
    pub(super) fn resume(&mut self, work: Work) {
        self.order.push_back(Slot::Message(work));
    }

    /// The next to start.
    pub(super) fn start(&mut self) -> Option<Work> {
        match self.order.pop_front()? {
            Slot::Message(work) => Some(work),
            Slot::Key(key) => {
                let lane = self.lanes.get_mut(&key)?;
                lane.busy = true;
                lane.waiting.pop_front().map(Work::new)
            }
        }
    }

    /// The one that was started of that key is done: the one behind it may start.
    pub(super) fn done(&mut self, key: &Bytes) {
        let Some(lane) = self.lanes.get_mut(key) else {
            return;
        };
        lane.busy = false;
        if lane.waiting.is_empty() {
            self.lanes.remove(key);
        } else {
            self.behind -= 1;
            self.order.push_back(Slot::Key(key.clone()));
        }
    }

    /// Forgets a key whose message was started, and gives what waits behind it.
    pub(super) fn give_up(&mut self, key: &Bytes) -> VecDeque<Incoming> {
        let lane = self.lanes.remove(key).unwrap_or_default();
        self.behind -= lane.waiting.len();
        lane.waiting
    }

    /// How many may start.
    pub(super) fn ready(&self) -> usize {
        self.order.len()
    }

    /// How many wait behind others of their key.
    pub(super) fn behind(&self) -> usize {
        self.behind
    }

    /// Takes out what was not started and came by parts that go, in its order.
    pub(super) fn take_out(&mut self, goes: impl Fn(Part) -> bool) -> Vec<Incoming> {
        let goes = |incoming: &Incoming| goes(incoming.token.part);
        let mut out = Vec::new();
        for lane in self.lanes.values_mut() {
            let (gone, stays) = std::mem::take(&mut lane.waiting)
                .into_iter()
                .partition(goes);
            lane.waiting = stays;
            out.extend::<VecDeque<_>>(gone);
        }
        let order = std::mem::take(&mut self.order);
        for slot in order {
            match slot {
                Slot::Message(work) if goes(&work.incoming) => {
                    let key = work.incoming.message.key.clone();
                    out.push(work.incoming);
                    key.inspect(|key| self.done(key));
                }
                slot => self.order.push_back(slot),
            }
        }
        self.lanes
            .retain(|_, lane| lane.busy || !lane.waiting.is_empty());
        let lanes = &self.lanes;
        let starts = |key: &Bytes| lanes.get(key).is_some_and(|lane| !lane.busy);
        self.order.retain(|slot| match slot {
            Slot::Message(_) => true,
            Slot::Key(key) => starts(key),
        });
        let behind = |lane: &Lane| lane.waiting.len() - usize::from(!lane.busy);
        self.behind = self.lanes.values().map(behind).sum();
        out.sort_by_key(|incoming| incoming.token);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    fn incoming(position: u64, part: u32, key: Option<&'static str>) -> Incoming {
        let mut message = Message::new("");
        message.key = key.map(Bytes::from);
        Incoming::new(message, Part::new(0, part).at(position))
    }

    fn started(lanes: &mut Lanes) -> Vec<u64> {
        std::iter::from_fn(|| lanes.start())
            .map(|work| work.incoming.token.position)
            .collect()
    }

    #[test]
    fn a_key_has_one_at_work_and_holds_up_nobody_else() {
        let mut lanes = Lanes::default();
        for (position, key) in [(1, Some("a")), (2, Some("a")), (3, None), (4, Some("b"))] {
            lanes.add(incoming(position, 0, key));
        }
        assert_eq!((lanes.ready(), lanes.behind()), (3, 1));
        assert_eq!(started(&mut lanes), [1, 3, 4]);
        lanes.done(&"a".into());
        assert_eq!((lanes.ready(), lanes.behind()), (1, 0));
        assert_eq!(started(&mut lanes), [2]);
        lanes.done(&"a".into());
        lanes.done(&"b".into());
        assert!(lanes.lanes.is_empty());
    }

    #[test]
    fn what_is_taken_out_leaves_the_rest_able_to_start() {
        let mut lanes = Lanes::default();
        for (position, part, key) in [
            (1, 0, Some("a")),
            (2, 1, Some("a")),
            (3, 0, Some("b")),
            (4, 1, Some("b")),
            (5, 0, None),
            (6, 1, None),
        ] {
            lanes.add(incoming(position, part, key));
        }
        let first = lanes.start().expect("one of a");
        let out = lanes.take_out(|part| part.part == 0);
        let positions: Vec<_> = out.iter().map(|incoming| incoming.token.position).collect();
        assert_eq!(positions, [3, 5]);
        assert_eq!(started(&mut lanes), [4, 6]);
        lanes.done(first.incoming.message.key.as_ref().expect("it has one"));
        assert_eq!(started(&mut lanes), [2]);
        assert_eq!(lanes.behind(), 0);
    }
}
