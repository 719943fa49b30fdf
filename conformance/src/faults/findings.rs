//! What came of a round: what was lost, turned round and repeated.
use super::{
    job::Job,
    log::{Number, Tail},
};
use std::{
    collections::{HashMap, HashSet},
    fmt, io,
};

/// Reads the logs of a round as they grow.
pub(crate) struct Watch {
    confirmed: Tail,
    delivered: Tail,
    handled: Tail,
    panicked: Tail,
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    confirmed: HashSet<Number>,
    delivered: HashSet<Number>,
    handled: HashSet<Number>,
    latest: HashMap<u32, u32>,
    findings: Findings,
}

/// The figures of a round, or of several together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    pub(crate) messages: usize,
    /// Confirmed, and never handled.
    lost: usize,
    /// Handled for the first time after a later one of their key.
    overtaken: usize,
    /// Delivered again.
    repeated: usize,
    /// Handled again, though duplicates are known.
    after_dedup: usize,
    unconfirmed: usize,
    /// Delivered, though they were to be taken back.
    unfounded: usize,
    pub(crate) panics: usize,
}

impl Watch {
    pub(crate) fn over(job: &Job) -> io::Result<Self> {
        let mut seen = Seen::default();
        seen.findings.messages = job.total();
        Ok(Self {
            confirmed: Tail::open(&job.confirmed())?,
            delivered: Tail::open(&job.delivered())?,
            handled: Tail::open(&job.handled())?,
            panicked: Tail::open(&job.panicked())?,
            seen,
        })
    }

    /// Reads what is new, and gives how many messages were handled so far.
    pub(crate) fn look(&mut self) -> io::Result<usize> {
        self.seen.confirmed.extend(self.confirmed.read()?);
        self.seen.delivered(&self.delivered.read()?);
        self.seen.handled(&self.handled.read()?);
        self.seen.findings.panics += self.panicked.read()?.len();
        Ok(self.seen.handled.len())
    }

    /// What it has come to.
    pub(crate) fn findings(&self) -> Findings {
        self.seen.findings()
    }
}

impl Seen {
    fn delivered(&mut self, numbers: &[Number]) {
        for number in numbers {
            let is_new = self.delivered.insert(*number);
            self.findings.repeated += usize::from(!is_new);
        }
    }

    fn handled(&mut self, numbers: &[Number]) {
        for (key, number) in numbers {
            if !self.handled.insert((*key, *number)) {
                self.findings.after_dedup += 1;
                continue;
            }
            let latest = self.latest.entry(*key).or_default();
            self.findings.overtaken += usize::from(number < latest);
            *latest = (*latest).max(*number);
        }
    }

    fn findings(&self) -> Findings {
        Findings {
            lost: self.confirmed.difference(&self.handled).count(),
            unconfirmed: self.findings.messages.saturating_sub(self.confirmed.len()),
            ..self.findings
        }
    }
}

impl Findings {
    /// Of what was committed, of each time that a message was delivered, and of each time that it was handled, in that order: what was
    /// not committed was to be there for nobody.
    #[must_use]
    pub fn of(committed: &[Number], delivered: &[Number], handled: &[Number]) -> Self {
        let mut seen = Seen::default();
        seen.confirmed.extend(committed);
        seen.findings.messages = seen.confirmed.len();
        seen.delivered(delivered);
        seen.handled(handled);
        let there: HashSet<_> = seen.delivered.union(&seen.handled).copied().collect();
        seen.findings.unfounded = there.difference(&seen.confirmed).count();
        seen.findings()
    }

    /// Whether everything was confirmed, and all of that handled.
    pub(crate) fn is_complete(&self) -> bool {
        self.lost == 0 && self.unconfirmed == 0
    }

    /// What should not be; repeats only where they may be.
    #[must_use]
    pub fn wrong(&self, may_repeat: bool) -> Option<String> {
        let sound = self.is_complete()
            && self.overtaken == 0
            && self.after_dedup == 0
            && self.unfounded == 0
            && (may_repeat || self.repeated == 0);
        (!sound).then(|| format!("{self:?}"))
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.lost += other.lost;
        self.overtaken += other.overtaken;
        self.repeated += other.repeated;
        self.after_dedup += other.after_dedup;
        self.unconfirmed += other.unconfirmed;
        self.unfounded += other.unfounded;
        self.panics += other.panics;
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
            "{messages:>9} {lost:>6} {overtaken:>10} {repeated:>9} {after_dedup:>12}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(confirmed: &[Number], delivered: &[Number], handled: &[Number]) -> Findings {
        let mut seen = Seen::default();
        seen.findings.messages = 3;
        seen.confirmed.extend(confirmed);
        seen.delivered(delivered);
        seen.handled(handled);
        seen.findings()
    }

    const ALL: [Number; 3] = [(1, 0), (1, 1), (2, 0)];

    #[test]
    fn what_is_sound_is_not_wrong() {
        assert_eq!(seen(&ALL, &ALL, &ALL).wrong(false), None);
        let again = [ALL[0], ALL[1], ALL[0], ALL[2]];
        assert_eq!(seen(&ALL, &again, &ALL).wrong(true), None);
        assert_eq!(Findings::of(&ALL, &again, &ALL).wrong(true), None);
    }

    #[test]
    fn each_kind_of_wrong_is_told() {
        let again = [ALL[0], ALL[1], ALL[0], ALL[2]];
        assert_eq!(seen(&ALL, &ALL, &ALL[..2]).lost, 1);
        assert_eq!(seen(&ALL[..2], &ALL, &ALL).unconfirmed, 1);
        assert_eq!(seen(&ALL, &ALL, &[ALL[1], ALL[0], ALL[2]]).overtaken, 1);
        assert_eq!(seen(&ALL, &again, &ALL).repeated, 1);
        assert_eq!(seen(&ALL, &again, &again).after_dedup, 1);
        assert_eq!(Findings::of(&ALL[..2], &ALL, &ALL[..2]).unfounded, 1);
        assert!(seen(&ALL, &again, &again).wrong(true).is_some());
        assert!(seen(&ALL, &again, &ALL).wrong(false).is_some());
    }
}
