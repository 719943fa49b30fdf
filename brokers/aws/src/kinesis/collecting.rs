//! What many publish to one stream at the same time goes together: few requests are under way, and what comes meanwhile goes with the
//! next of them.
use super::envelope::WIRE;
use crate::waves::Limits;
use aws_sdk_kinesis::types::PutRecordsRequestEntry as Entry;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{Result, Str};
use tokio::sync::oneshot;

/// What goes with one, and how many are under way at once.
pub(super) const LIMITS: Limits = Limits {
    count: 500,
    bytes: 5 * WIRE,
    requests: 4,
};

/// How many bytes a record is there.
pub(super) fn size(entry: &Entry) -> usize {
    entry.data().as_ref().len() + entry.partition_key().map_or(0, str::len)
}

/// What waits, by the names of streams; only of those to which something is under way. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Collecting(Arc<Mutex<HashMap<Str, Waiting>>>);

#[derive(Default)]
struct Waiting {
    under_way: usize,
    loads: VecDeque<Load>,
}

/// What one call sends, and who is told what became of it.
pub(super) struct Load {
    pub(super) entries: Vec<Entry>,
    bytes: usize,
    pub(super) told: oneshot::Sender<Vec<Result<()>>>,
}

impl Load {
    pub(super) fn new(entries: Vec<Entry>, told: oneshot::Sender<Vec<Result<()>>>) -> Self {
        let bytes = entries.iter().map(size).sum();
        Self {
            entries,
            bytes,
            told,
        }
    }
}

impl Collecting {
    fn lock(&self) -> MutexGuard<'_, HashMap<Str, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives it back where a request is to be made for it; else it waits for one.
    pub(super) fn add(&self, name: &Str, load: Load) -> Option<Load> {
        let mut all = self.lock();
        let waiting = all.entry(name.clone()).or_default();
        if waiting.under_way < LIMITS.requests {
            waiting.under_way += 1;
            return Some(load);
        }
        waiting.loads.push_back(load);
        None
    }

    /// What goes next, where something waits; else there is one request less.
    pub(super) fn next(&self, name: &Str) -> Vec<Load> {
        let mut all = self.lock();
        let Some(waiting) = all.get_mut(name) else {
            return Vec::new();
        };
        let next = waiting.take();
        if next.is_empty() {
            ended(&mut all, name);
        }
        next
    }

    /// One request less, which has ended in the middle: what waits goes with it, unless there are others.
    pub(super) fn abandoned(&self, name: &Str) {
        ended(&mut self.lock(), name);
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

fn ended(all: &mut HashMap<Str, Waiting>, name: &Str) {
    if let Some(waiting) = all.get_mut(name) {
        waiting.under_way -= 1;
        if waiting.under_way == 0 {
            all.remove(name);
        }
    }
}

impl Waiting {
    /// As much as fits into one request; nothing for which nobody waits any more.
    fn take(&mut self) -> Vec<Load> {
        let (mut count, mut bytes) = (0, 0);
        let mut taken = Vec::new();
        self.loads.retain(|load| !load.told.is_closed());
        while let Some(load) = self.loads.front() {
            (count, bytes) = (count + load.entries.len(), bytes + load.bytes);
            if !taken.is_empty() && (count > LIMITS.count || bytes > LIMITS.bytes) {
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
    use aws_sdk_kinesis::primitives::Blob;

    fn entry() -> Entry {
        let entry = Entry::builder().partition_key("a");
        let entry = entry.data(Blob::new("b")).build();
        entry.expect("it is whole")
    }

    #[test]
    fn a_request_has_as_much_as_fits_and_nothing_that_nobody_waits_for() {
        let mut waiting = Waiting::default();
        let mut answers = Vec::new();
        for count in [1, 400, 99, 1, 600, 2] {
            let (told, answer) = oneshot::channel();
            let entries = vec![entry(); count];
            let bytes = entries.iter().map(size).sum();
            waiting.loads.push_back(Load {
                entries,
                bytes,
                told,
            });
            answers.push(answer);
        }
        drop(answers.remove(0));
        let mut taken = || {
            let taken = waiting.take();
            taken
                .iter()
                .map(|load| load.entries.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(), [400, 99, 1]);
        assert_eq!(taken(), [600]);
        assert_eq!(taken(), [2]);
        assert!(taken().is_empty());
    }
}
