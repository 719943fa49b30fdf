//! Messages that wait until they are tried again.
use super::work::Work;
use crate::transport::{Part, Token};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Parked {
    /// By the time they are due, and the order they came in.
    waiting: BTreeMap<(Instant, u64), Work>,
    count: u64,
}

/// What is put off longer is as good as never tried again.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

impl Parked {
    pub(super) fn park(&mut self, work: Work, after: Duration) {
        self.count += 1;
        let due = Instant::now() + after.min(FAR);
        self.waiting.insert((due, self.count), work);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// One whose time has come.
    pub(super) fn due(&mut self) -> Option<Work> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= Instant::now()).then(|| first.remove())
    }

    /// The positions of those that came by that part.
    pub(super) fn positions(&self, part: Part) -> impl Iterator<Item = u64> {
        let tokens = self.waiting.values().map(|work| work.incoming.token);
        tokens
            .filter(move |token| token.part == part)
            .map(|token| token.position)
    }

    /// Those that go.
    pub(super) fn take_out(&mut self, goes: impl Fn(Token) -> bool) -> Vec<Work> {
        let waiting = std::mem::take(&mut self.waiting);
        let (gone, stays) = waiting
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(_, work)| goes(work.incoming.token));
        self.waiting = stays;
        gone.into_values().collect()
    }
}
