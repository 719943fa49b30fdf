//! Which messages may start: those of one key one after the other, all others as they came.
use super::work::Work;
use crate::transport::{Incoming, Part};
use bytes::Bytes;
use foldhash::fast::RandomState;
use slab::Slab;
use std::collections::{HashMap, VecDeque};

/// What a worker has taken and not started.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// What may start, first come first served.
    order: VecDeque<Slot>,
    lanes: Slab<Lane>,
    keys: HashMap<Bytes, usize, RandomState>,
    /// How many of all are behind others of their key.
    behind: usize,
    /// Room of lanes that are no more.
    spare: Vec<VecDeque<Incoming>>,
}

/// Most room that is kept for lanes to come.
const SPARE: usize = 64;

#[derive(Debug)]
enum Slot {
    New(Incoming),
    /// It was started before.
    Again(Box<Work>),
    /// The first of that lane.
    Lane(usize),
}

/// The messages of a key. It is there while any of them is.
#[derive(Debug)]
struct Lane {
    key: Bytes,
    waiting: VecDeque<Incoming>,
    /// Whether one of them was started and is not done.
    busy: bool,
}

impl Lanes {
    /// Adds a message that was just taken.
    pub(super) fn add(&mut self, incoming: Incoming) {
        let Some(key) = &incoming.message.key else {
            return self.order.push_back(Slot::New(incoming));
        };
        let at = match self.keys.get(key) {
            Some(at) => *at,
            None => self.open(key.clone()),
        };
        let lane = &mut self.lanes[at];
        if lane.busy || !lane.waiting.is_empty() {
            self.behind += 1;
        } else {
            self.order.push_back(Slot::Lane(at));
        }
        lane.waiting.push_back(incoming);
    }

    fn open(&mut self, key: Bytes) -> usize {
        let at = self.lanes.insert(Lane {
            key: key.clone(),
            waiting: self.spare.pop().unwrap_or_default(),
            busy: false,
        });
        self.keys.insert(key, at);
        at
    }

    fn close(&mut self, at: usize) -> VecDeque<Incoming> {
        let lane = self.lanes.remove(at);
        self.keys.remove(&lane.key);
        lane.waiting
    }

    /// Adds one that was started and waited for its time; its lane is busy with it.
    pub(super) fn resume(&mut self, work: Work) {
        self.order.push_back(Slot::Again(Box::new(work)));
    }

    /// The next to start.
    pub(super) fn start(&mut self) -> Option<Work> {
        match self.order.pop_front()? {
            Slot::New(incoming) => Some(Work::new(incoming, None)),
            Slot::Again(work) => Some(*work),
            Slot::Lane(at) => {
                let lane = &mut self.lanes[at];
                lane.busy = true;
                let incoming = lane.waiting.pop_front()?;
                Some(Work::new(incoming, Some(at)))
            }
        }
    }

    /// The one that was started of that lane is done: the one behind it may start.
    pub(super) fn done(&mut self, at: usize) {
        let Some(lane) = self.lanes.get_mut(at) else {
            return;
        };
        lane.busy = false;
        if lane.waiting.is_empty() {
            let room = self.close(at);
            if self.spare.len() < SPARE {
                self.spare.push(room);
            }
        } else {
            self.behind -= 1;
            self.order.push_back(Slot::Lane(at));
        }
    }

    /// Forgets a lane whose message was started, and gives what waits behind it.
    pub(super) fn give_up(&mut self, at: usize) -> VecDeque<Incoming> {
        let waiting = self.close(at);
        self.behind -= waiting.len();
        waiting
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
        for (_, lane) in &mut self.lanes {
            let (gone, stays) = std::mem::take(&mut lane.waiting)
                .into_iter()
                .partition(goes);
            lane.waiting = stays;
            out.extend::<VecDeque<_>>(gone);
        }
        for slot in std::mem::take(&mut self.order) {
            match slot {
                Slot::New(incoming) if goes(&incoming) => out.push(incoming),
                Slot::Again(work) if goes(&work.incoming) => {
                    if let Some(at) = work.lane {
                        self.done(at);
                    }
                    out.push(work.incoming);
                }
                slot => self.order.push_back(slot),
            }
        }
        self.forget_empty();
        out.sort_by_key(|incoming| incoming.token);
        out
    }

    fn forget_empty(&mut self) {
        let Self { lanes, keys, .. } = self;
        lanes.retain(|_, lane| {
            let stays = lane.busy || !lane.waiting.is_empty();
            if !stays {
                keys.remove(&lane.key);
            }
            stays
        });
        let starts = |at: usize| lanes.get(at).is_some_and(|lane| !lane.busy);
        self.order.retain(|slot| match slot {
            Slot::New(_) | Slot::Again(_) => true,
            Slot::Lane(at) => starts(*at),
        });
        let behind = |(_, lane): (usize, &Lane)| lane.waiting.len() - usize::from(!lane.busy);
        self.behind = lanes.iter().map(behind).sum();
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
        let lane = |lanes: &Lanes, key: &'static str| lanes.keys[&Bytes::from(key)];
        lanes.done(lane(&lanes, "a"));
        assert_eq!((lanes.ready(), lanes.behind()), (1, 0));
        assert_eq!(started(&mut lanes), [2]);
        lanes.done(lane(&lanes, "a"));
        lanes.done(lane(&lanes, "b"));
        assert!(lanes.lanes.is_empty() && lanes.keys.is_empty());
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
        lanes.done(first.lane.expect("it has one"));
        assert_eq!(started(&mut lanes), [2]);
        assert_eq!(lanes.behind(), 0);
    }
}
