//! What many publish to one place at the same time goes together: few requests are under way to it, and what comes meanwhile goes with
//! the next of them.
use crate::waves::{Limits, Parcel};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{Result, Str};
use tokio::sync::oneshot;

/// What waits, by the names of places; only of those to which something is under way. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Collecting<E> {
    limits: Limits,
    all: Arc<Mutex<HashMap<Str, Waiting<E>>>>,
}

struct Waiting<E> {
    under_way: usize,
    loads: VecDeque<Load<E>>,
    /// With how many of them those are looked for again that nobody waits for.
    full: usize,
}

/// How many wait at least before any are looked for that nobody waits for.
const MANY: usize = 64;

/// What one call sends, and who is told what became of it.
pub(crate) struct Load<E> {
    pub(crate) parcels: Vec<Parcel<E>>,
    pub(crate) told: oneshot::Sender<Vec<Result<()>>>,
}

impl<E> Load<E> {
    pub(crate) fn bytes(&self) -> usize {
        self.parcels.iter().map(|parcel| parcel.size).sum()
    }
}

impl<E> Collecting<E> {
    /// Of requests within those limits.
    pub(crate) fn new(limits: Limits) -> Self {
        let all = Arc::default();
        Self { limits, all }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Str, Waiting<E>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It waits for a request; says whether one more is to be made, which asks for what is [`next`](Self::next).
    pub(crate) fn add(&self, name: &Str, load: Load<E>) -> bool {
        let mut all = self.lock();
        let waiting = all.entry(name.clone()).or_default();
        waiting.wait(load);
        let has_room = waiting.under_way < self.limits.requests;
        waiting.under_way += usize::from(has_room);
        has_room
    }

    /// What goes next, where something waits; else there is one request less.
    pub(crate) fn next(&self, name: &Str) -> Vec<Load<E>> {
        let mut all = self.lock();
        let Some(waiting) = all.get_mut(name) else {
            return Vec::new();
        };
        let next = waiting.take(self.limits);
        if next.is_empty() {
            ended(&mut all, name);
        }
        next
    }

    /// One request less, which has ended in the middle: what waits goes with it, unless there are others.
    pub(crate) fn abandoned(&self, name: &Str) {
        ended(&mut self.lock(), name);
    }

    #[cfg(all(test, feature = "kinesis"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

fn ended<E>(all: &mut HashMap<Str, Waiting<E>>, name: &Str) {
    if let Some(waiting) = all.get_mut(name) {
        waiting.under_way -= 1;
        if waiting.under_way == 0 {
            all.remove(name);
        }
    }
}

impl<E> Default for Waiting<E> {
    fn default() -> Self {
        Self {
            under_way: 0,
            loads: VecDeque::new(),
            full: MANY,
        }
    }
}

impl<E> Waiting<E> {
    /// While requests say nothing, no more stay here than twice as many as somebody waits for. Each is looked at once or twice for that.
    fn wait(&mut self, load: Load<E>) {
        if self.loads.len() >= self.full {
            self.loads.retain(|load| !load.told.is_closed());
            self.full = (self.loads.len() * 2).max(MANY);
        }
        self.loads.push_back(load);
    }

    /// As much as fits into one request; nothing for which nobody waits any more.
    fn take(&mut self, limits: Limits) -> Vec<Load<E>> {
        let (mut count, mut bytes) = (0, 0);
        let mut taken = Vec::new();
        while let Some(load) = self.loads.front() {
            if load.told.is_closed() {
                self.loads.pop_front();
                continue;
            }
            (count, bytes) = (count + load.parcels.len(), bytes + load.bytes());
            if !taken.is_empty() && (count > limits.count || bytes > limits.bytes) {
                break;
            }
            taken.extend(self.loads.pop_front());
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_as_much_as_fits_and_nothing_that_nobody_waits_for() {
        let limits = Limits {
            count: 500,
            bytes: 5000,
            requests: 1,
        };
        let mut waiting = Waiting::default();
        let mut answers = Vec::new();
        for (count, size) in [
            (1, 1),
            (400, 1),
            (99, 1),
            (1, 1),
            (600, 1),
            (2, 2000),
            (1, 2000),
        ] {
            let (told, answer) = oneshot::channel();
            let parcel = || Parcel { entry: (), size };
            let parcels = std::iter::repeat_with(parcel).take(count).collect();
            waiting.loads.push_back(Load { parcels, told });
            answers.push(answer);
        }
        drop(answers.remove(0));
        let mut taken = || {
            let taken = waiting.take(limits);
            taken
                .iter()
                .map(|load| load.parcels.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(), [400, 99, 1]);
        assert_eq!(taken(), [600]);
        assert_eq!(taken(), [2]);
        assert_eq!(taken(), [1]);
        assert!(taken().is_empty());
    }

    #[test]
    fn what_nobody_waits_for_does_not_pile_up() {
        let mut waiting = Waiting::default();
        let mut answers = Vec::new();
        for at in 0..10_000 {
            let (told, answer) = oneshot::channel();
            let parcels = vec![Parcel { entry: at, size: 1 }];
            waiting.wait(Load { parcels, told });
            // Every hundredth is waited for.
            answers.extend((at % 100 == 0).then_some(answer));
        }
        assert!(waiting.loads.len() <= 2 * answers.len() + 1);
        let kept = waiting.loads.iter().map(|load| load.parcels[0].entry);
        let kept: Vec<i32> = kept.filter(|at| at % 100 == 0).collect();
        assert_eq!(kept, (0..10_000).step_by(100).collect::<Vec<_>>());
    }
}
