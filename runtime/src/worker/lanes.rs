//! Which messages may start: those of one key one after the other, all others as they came.
use super::work::Work;
use crate::{
    Message,
    by_key::{ByKey, Keyed},
    transport::{Incoming, Part},
};
use std::{collections::VecDeque, sync::Arc};

/// What a worker has taken and not started.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// What may start, first come first served.
    order: VecDeque<Slot>,
    lanes: ByKey<Lane>,
    /// How many of all are behind others of their key.
    behind: usize,
    /// Room of lanes that are no more.
    spare: Vec<VecDeque<Incoming>>,
}

/// Most room that is kept for lanes to come.
const SPARE: usize = 64;

#[derive(Debug)]
enum Slot {
    /// The first of its lane, where it has one.
    New(Incoming, Option<usize>),
    /// It was started before.
    Again(Box<Work>),
}

/// The messages of a key. It is there while the first of them is, started or not.
#[derive(Debug)]
struct Lane {
    first: Arc<Message>,
    behind: VecDeque<Incoming>,
}

impl Keyed for Lane {
    fn key(&self) -> &[u8] {
        self.first.key.as_deref().unwrap_or_default()
    }
}

impl Lanes {
    /// Adds a message that was just taken.
    pub(super) fn add(&mut self, incoming: Incoming) {
        let Some(key) = &incoming.message.key else {
            return self.order.push_back(Slot::New(incoming, None));
        };
        let spare = &mut self.spare;
        let (at, is_new) = self.lanes.find_or_add(key, || Lane {
            first: incoming.message.clone(),
            behind: spare.pop().unwrap_or_default(),
        });
        if is_new {
            self.order.push_back(Slot::New(incoming, Some(at)));
        } else {
            self.behind += 1;
            self.lanes[at].behind.push_back(incoming);
        }
    }

    /// Adds one that was started and waited for its time; its lane is busy with it.
    pub(super) fn resume(&mut self, work: Work) {
        self.order.push_back(Slot::Again(Box::new(work)));
    }

    /// The next to start.
    pub(super) fn start(&mut self) -> Option<Work> {
        Some(match self.order.pop_front()? {
            Slot::New(incoming, lane) => Work::new(incoming, lane),
            Slot::Again(work) => *work,
        })
    }

    /// The first of that lane is done: the one behind it may start.
    pub(super) fn done(&mut self, at: usize) {
        let Some(lane) = self.lanes.get_mut(at) else {
            return;
        };
        if let Some(next) = lane.behind.pop_front() {
            lane.first = next.message.clone();
            self.behind -= 1;
            self.order.push_back(Slot::New(next, Some(at)));
        } else if let Some(lane) = self.lanes.remove(at)
            && self.spare.len() < SPARE
        {
            self.spare.push(lane.behind);
        }
    }

    /// Forgets a lane whose first was started, and gives what waits behind it.
    pub(super) fn give_up(&mut self, at: usize) -> VecDeque<Incoming> {
        let behind = self.lanes.remove(at).map(|lane| lane.behind);
        let behind = behind.unwrap_or_default();
        self.behind -= behind.len();
        behind
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
    pub(super) fn take_out(&mut self, goes: impl Fn(Part) -> bool) -> Vec<Work> {
        let goes = |incoming: &Incoming| goes(incoming.token.part);
        let mut out = Vec::new();
        for lane in self.lanes.values_mut() {
            let behind = std::mem::take(&mut lane.behind).into_iter();
            let (gone, stays): (VecDeque<_>, _) = behind.partition(goes);
            self.behind -= gone.len();
            lane.behind = stays;
            out.extend(gone.into_iter().map(|incoming| Work::new(incoming, None)));
        }
        for slot in std::mem::take(&mut self.order) {
            let (work, lane) = match slot {
                Slot::New(incoming, lane) if goes(&incoming) => (Work::new(incoming, None), lane),
                Slot::Again(work) if goes(&work.incoming) => {
                    let lane = work.lane;
                    (*work, lane)
                }
                slot => {
                    self.order.push_back(slot);
                    continue;
                }
            };
            out.push(work);
            lane.into_iter().for_each(|at| self.done(at));
        }
        out.sort_by_key(|work| work.incoming.token);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

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
        let lane = |lanes: &Lanes, key: &str| {
            let mut all = lanes.lanes.iter();
            let found = all.find(|(_, lane)| lane.key() == key.as_bytes());
            found.map(|(at, _)| at).expect("it is there")
        };
        lanes.done(lane(&lanes, "a"));
        assert_eq!((lanes.ready(), lanes.behind()), (1, 0));
        assert_eq!(started(&mut lanes), [2]);
        lanes.done(lane(&lanes, "a"));
        lanes.done(lane(&lanes, "b"));
        assert!(lanes.lanes.len() == 0);
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
        let positions: Vec<_> = out
            .iter()
            .map(|work| work.incoming.token.position)
            .collect();
        assert_eq!(positions, [3, 5]);
        assert_eq!(started(&mut lanes), [4, 6]);
        lanes.done(first.lane.expect("it has one"));
        assert_eq!(started(&mut lanes), [2]);
        assert_eq!(lanes.behind(), 0);
    }
}
