//! Which messages may start: those of one key one after the other, all others as they came.
use super::work::Work;
use crate::{
    by_key::ByKey,
    transport::{Incoming, Part, Token},
};
use std::collections::VecDeque;

/// What a worker has taken and not started.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// What may start, first come first served.
    order: VecDeque<Slot>,
    /// What comes after all of that, and has not been looked at.
    arrived: VecDeque<Incoming>,
    /// Room for what comes next.
    room: Vec<Incoming>,
    lanes: ByKey<Lane>,
    /// How many lanes have nothing.
    idle: usize,
    /// How many of all are behind others of their key.
    behind: usize,
}

/// Most lanes that are kept without having anything: their keys may come again.
const IDLE: usize = 1024;
/// Most room that such a lane keeps.
const ROOM: usize = 16;

#[derive(Debug)]
enum Slot {
    /// The first of its lane, where it has one.
    New(Incoming, Option<usize>),
    /// It was started before.
    Again(Box<Work>),
}

/// The messages of a key.
#[derive(Debug, Default)]
struct Lane {
    /// Whether the first of them is somewhere: in order, started, or waiting for its time.
    busy: bool,
    behind: VecDeque<Incoming>,
}

impl Lanes {
    /// Adds messages that were just taken.
    pub(super) fn add_all(&mut self, deliveries: Vec<Incoming>) {
        self.look_at_all();
        let before = std::mem::replace(&mut self.arrived, deliveries.into());
        // Empty, with the room that it has.
        self.room = before.into();
    }

    /// Empty room to take messages into.
    pub(super) fn room(&mut self) -> &mut Vec<Incoming> {
        &mut self.room
    }

    fn look_at_all(&mut self) {
        while let Some(incoming) = self.arrived.pop_front() {
            match self.first_of(&incoming) {
                Ok(lane) => self.order.push_back(Slot::New(incoming, lane)),
                Err(at) => self.put_behind(at, incoming),
            }
        }
    }

    /// The lane that a message is the first of, where it has a key; as an error, the lane where it is behind others.
    #[inline]
    fn first_of(&mut self, incoming: &Incoming) -> Result<Option<usize>, usize> {
        match &incoming.message.key {
            None => Ok(None),
            Some(key) => self.occupy(key).map(Some),
        }
    }

    fn put_behind(&mut self, at: usize, incoming: Incoming) {
        self.behind += 1;
        self.lanes[at].behind.push_back(incoming);
    }

    /// The lane of a key, which is busy from now on; an error where it is already.
    #[inline]
    fn occupy(&mut self, key: &[u8]) -> Result<usize, usize> {
        let at = self.lanes.find_or_add(key, || {
            self.idle += 1;
            Lane::default()
        });
        let lane = &mut self.lanes[at];
        if lane.busy {
            return Err(at);
        }
        self.idle -= 1;
        lane.busy = true;
        Ok(at)
    }

    /// Adds one that was started and waited for its time; its lane is busy with it.
    pub(super) fn resume(&mut self, work: Work) {
        self.order.push_back(Slot::Again(Box::new(work)));
    }

    /// The next to start.
    #[inline]
    pub(super) fn start(&mut self) -> Option<Work> {
        match self.order.pop_front() {
            Some(Slot::New(incoming, lane)) => return Some(Work::new(incoming, lane)),
            Some(Slot::Again(work)) => return Some(*work),
            None => {}
        }
        loop {
            let incoming = self.arrived.pop_front()?;
            match self.first_of(&incoming) {
                Ok(lane) => return Some(Work::new(incoming, lane)),
                Err(at) => self.put_behind(at, incoming),
            }
        }
    }

    /// The first of that lane is done: the one behind it may start.
    #[inline]
    pub(super) fn done(&mut self, at: usize) {
        let Some(lane) = self.lanes.get_mut(at) else {
            return;
        };
        if let Some(next) = lane.behind.pop_front() {
            self.behind -= 1;
            self.order.push_back(Slot::New(next, Some(at)));
        } else {
            lane.busy = false;
            if lane.behind.capacity() > ROOM {
                lane.behind.shrink_to(ROOM);
            }
            self.idle += 1;
            self.forget_idle();
        }
    }

    fn forget_idle(&mut self) {
        if self.idle > IDLE {
            self.lanes.retain(|lane| lane.busy);
            self.idle = 0;
        }
    }

    /// Takes out what waits behind the first of that lane, which is done.
    pub(super) fn give_up(&mut self, at: usize) -> VecDeque<Incoming> {
        self.look_at_all();
        let lane = self.lanes.get_mut(at);
        let behind = lane.map(|lane| std::mem::take(&mut lane.behind));
        let behind = behind.unwrap_or_default();
        self.behind -= behind.len();
        self.done(at);
        behind
    }

    /// How many may start; of what has just come, those behind others of their key too, until they are looked at.
    pub(super) fn ready(&self) -> usize {
        self.order.len() + self.arrived.len()
    }

    /// How many wait behind others of their key.
    pub(super) fn behind(&self) -> usize {
        self.behind
    }

    /// The positions of what was not started and came by that part.
    pub(super) fn waiting(&mut self, part: Part) -> impl Iterator<Item = u64> {
        self.look_at_all();
        let first = self.order.iter().map(|slot| match slot {
            Slot::New(incoming, _) => incoming.token,
            Slot::Again(work) => work.incoming.token,
        });
        let behind = self.lanes.values().flat_map(|lane| &lane.behind);
        let all = first.chain(behind.map(|incoming| incoming.token));
        all.filter(move |token| token.part == part)
            .map(|token| token.position)
    }

    /// Takes out what was not started and goes, in its order.
    pub(super) fn take_out(&mut self, goes: impl Fn(Token) -> bool) -> Vec<Work> {
        self.look_at_all();
        let goes = |incoming: &Incoming| goes(incoming.token);
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
    use crate::Message;
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
        let all = [(1, Some("a")), (2, Some("a")), (3, None), (4, Some("b"))];
        let all = all.map(|(position, key)| incoming(position, 0, key));
        lanes.add_all(all.into());
        assert_eq!(started(&mut lanes), [1, 3, 4]);
        assert_eq!((lanes.ready(), lanes.behind()), (0, 1));
        let lane = |lanes: &mut Lanes, key: &str| {
            let none = || unreachable!("it is there");
            lanes.lanes.find_or_add(key.as_bytes(), none)
        };
        let (a, b) = (lane(&mut lanes, "a"), lane(&mut lanes, "b"));
        lanes.done(a);
        assert_eq!((lanes.ready(), lanes.behind()), (1, 0));
        assert_eq!(started(&mut lanes), [2]);
        lanes.done(a);
        lanes.done(b);
        assert_eq!((lanes.ready(), lanes.behind(), lanes.idle), (0, 0, 2));
    }

    #[test]
    fn what_is_taken_out_leaves_the_rest_able_to_start() {
        let mut lanes = Lanes::default();
        let all = [
            (1, 0, Some("a")),
            (2, 1, Some("a")),
            (3, 0, Some("b")),
            (4, 1, Some("b")),
            (5, 0, None),
            (6, 1, None),
        ];
        let all = all.map(|(position, part, key)| incoming(position, part, key));
        lanes.add_all(all.into());
        let first = lanes.start().expect("one of a");
        let out = lanes.take_out(|token| token.part.part == 0);
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

    #[test]
    fn lanes_of_keys_that_come_no_more_are_forgotten() {
        let mut lanes = Lanes::default();
        for position in 0..10 * IDLE as u64 {
            let mut message = Message::new("");
            message.key = Some(position.to_string().into());
            lanes.add_all(vec![Incoming::new(message, Part::ONLY.at(position))]);
            let work = lanes.start().expect("it may start");
            lanes.done(work.lane.expect("it has one"));
            assert!(lanes.lanes.len() <= IDLE);
        }
    }
}
