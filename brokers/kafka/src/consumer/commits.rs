//! Which offsets are to be committed, and who waits for that: one commit is under way at a time, with all that came meanwhile in
//! the next.
use std::collections::BTreeMap;
use tidings::{Result, transport::Part};
use tokio::sync::oneshot;

/// What the next commit says: of each part, the offset before which all is settled.
#[derive(Default)]
pub(crate) struct Commits {
    offsets: BTreeMap<Part, i64>,
    waiting: Vec<oneshot::Sender<Result<()>>>,
}

impl Commits {
    pub(crate) fn add(&mut self, part: Part, offset: i64) {
        let known = self.offsets.entry(part).or_insert(offset);
        *known = (*known).max(offset);
    }

    /// Ends with the commit that has all of the above.
    pub(crate) fn wait(&mut self) -> oneshot::Receiver<Result<()>> {
        let (told, waits) = oneshot::channel();
        self.waiting.push(told);
        waits
    }

    /// Whether there is a next commit.
    pub(crate) fn is_some(&self) -> bool {
        !self.offsets.is_empty() || !self.waiting.is_empty()
    }

    /// Takes the next commit, where there is one.
    pub(crate) fn take(&mut self) -> Option<Self> {
        self.is_some().then(|| std::mem::take(self))
    }

    /// What of it is of a part that is still there.
    pub(crate) fn offsets(&self) -> impl Iterator<Item = (Part, i64)> {
        self.offsets.iter().map(|(part, offset)| (*part, *offset))
    }

    pub(crate) fn has(&self, part: Part) -> bool {
        self.offsets.contains_key(&part)
    }

    /// Goes into the next one again, before what came meanwhile.
    pub(crate) fn put_back(self, next: &mut Self) {
        for (part, offset) in self.offsets {
            next.add(part, offset);
        }
        next.waiting.extend(self.waiting);
    }

    /// Tells everybody that waits.
    pub(crate) fn end(self, outcome: &Result<()>) {
        for told in self.waiting {
            // Who has gone needs no answer.
            told.send(outcome.clone()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_has_the_highest_offset_of_each_part() {
        let (one, other) = (Part::new(1, 0), Part::new(1, 1));
        let mut commits = Commits::default();
        assert!(commits.take().is_none());
        commits.add(one, 3);
        commits.add(one, 2);
        let mut waits = commits.wait();
        let under_way = commits.take().expect("something is to be committed");
        assert!(under_way.has(one) && !commits.has(one));
        commits.add(one, 5);
        commits.add(other, 1);
        under_way.put_back(&mut commits);
        let again = commits.take().expect("it was put back");
        assert_eq!(again.offsets().collect::<Vec<_>>(), [(one, 5), (other, 1)]);
        again.end(&Ok(()));
        assert!(waits.try_recv().is_ok_and(|outcome| outcome.is_ok()));
    }
}
