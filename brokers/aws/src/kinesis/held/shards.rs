//! What happens to shards: they are taken, kept, told to leave, and given up or lost.
use super::{Held, Mark, state::Assigned};
use std::collections::BTreeMap;
use tidings::{
    Str,
    transport::{Event, Part},
};
use tokio::{task::AbortHandle, time::Instant};

impl Held {
    /// A shard is ours from that time on; for as long as its lease, where others may take it.
    pub(crate) fn hold(&self, shard: &str, is_leased: bool, told: Instant) -> Part {
        let mut state = self.lock();
        state.generation = state.generation.wrapping_add(1);
        let part = Part::new(state.generation, number(shard));
        let until = is_leased.then(|| self.until(told));
        state.parts.insert(part, Assigned::new(shard, until));
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
    pub(crate) fn due(&self) -> Vec<Part> {
        let soon = Instant::now() + self.lease / 2;
        self.those(|assigned| assigned.until.is_some_and(|until| until < soon))
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

    pub(crate) fn holds(&self, part: Part) -> bool {
        self.lock().parts.contains_key(&part)
    }

    /// All that is held.
    pub(crate) fn all(&self) -> Vec<Part> {
        self.those(|_| true)
    }
}

/// The number at the end of a shard's id.
fn number(shard: &str) -> u32 {
    let digits = shard.rsplit('-').next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}
