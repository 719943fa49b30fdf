//! What came of a cell: what was lost, repeated, and turned round.
use crate::job::Job;
use std::{
    collections::{HashMap, HashSet},
    fmt,
};

#[derive(Debug, Default)]
pub(crate) struct Findings {
    messages: usize,
    handled: usize,
    /// Confirmed, and never handled.
    lost: usize,
    /// Handled for the first time after a later one of their key.
    overtaken: usize,
    /// Handled again.
    repeated: usize,
    /// Still there once each id counts once.
    after_dedup: usize,
    unconfirmed: usize,
}

impl Findings {
    pub(crate) fn of(job: &Job) -> Self {
        let confirmed: HashSet<_> = Job::lines(&job.confirmed())
            .into_iter()
            .map(|(key, number, _)| (key, number))
            .collect();
        let handled = Job::lines(&job.handled());
        let mut latest: HashMap<u32, u32> = HashMap::new();
        let (mut seen, mut ids) = (HashSet::new(), HashSet::new());
        let mut overtaken = 0;
        for (key, number, id) in &handled {
            ids.insert(id);
            if seen.insert((*key, *number)) {
                let latest = latest.entry(*key).or_default();
                overtaken += usize::from(number < latest);
                *latest = (*latest).max(*number);
            }
        }
        Self {
            messages: job.total(),
            handled: seen.len(),
            lost: confirmed.difference(&seen).count(),
            overtaken,
            repeated: handled.len() - seen.len(),
            after_dedup: ids.len() - seen.len(),
            unconfirmed: job.total() - confirmed.len(),
        }
    }

    /// How many messages were handled, once or more often.
    pub(crate) fn handled(&self) -> usize {
        self.handled
    }

    /// Whether all that was confirmed has been handled.
    pub(crate) fn is_complete(&self) -> bool {
        self.lost == 0 && self.unconfirmed == 0
    }

    /// What should not be; repeats only where a process died.
    pub(crate) fn wrong(&self, may_repeat: bool) -> Option<String> {
        let sound = self.is_complete()
            && self.overtaken == 0
            && self.after_dedup == 0
            && (may_repeat || self.repeated == 0);
        (!sound).then(|| format!("{self:?}"))
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            messages,
            lost,
            overtaken,
            repeated,
            after_dedup,
            ..
        } = self;
        write!(
            f,
            "{messages:>8} {lost:>6} {overtaken:>10} {repeated:>9} {after_dedup:>12}"
        )
    }
}
