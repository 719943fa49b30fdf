//! A delivery that is out, and what lasts as long as it is.
use crate::{
    lease::Leased,
    transport::{Incoming, Part, Token},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{sync::mpsc::UnboundedSender, time::Instant};

/// A delivery that is out. While there is one, so is the transport's subscription.
pub(super) struct Out {
    pub(super) incoming: Incoming,
    /// Its lease, where there is one.
    pub(super) _leased: Option<Leased>,
    pub(super) _alive: UnboundedSender<()>,
}

impl Out {
    pub(super) fn token(&self) -> Token {
        self.incoming.token
    }

    pub(super) fn part(&self) -> Part {
        self.incoming.token.part
    }
}

/// What is handed out again once its time has come.
#[derive(Default)]
pub(super) struct Parked {
    /// By the time they are due, and the order they came in.
    waiting: BTreeMap<(Instant, u64), Out>,
    count: u64,
}

/// What is put off longer is as good as never handed out again.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

impl Parked {
    /// Keeps it for its next attempt.
    pub(super) fn park(&mut self, mut out: Out, after: Duration) {
        out.incoming.attempt = out.incoming.attempt.saturating_add(1);
        self.count += 1;
        let due = Instant::now() + after.min(FAR);
        self.waiting.insert((due, self.count), out);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// One whose time has come.
    pub(super) fn due(&mut self) -> Option<Out> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= Instant::now()).then(|| first.remove())
    }

    pub(super) fn first_of(&self, part: Part) -> Option<u64> {
        let of = self.waiting.values().filter(|out| out.part() == part);
        of.map(|out| out.token().position).min()
    }

    /// Those that go.
    pub(super) fn take_out(&mut self, goes: impl Fn(Token) -> bool) -> Vec<Out> {
        let goes = |_: &(Instant, u64), out: &mut Out| goes(out.token());
        self.waiting
            .extract_if(.., goes)
            .map(|(_, out)| out)
            .collect()
    }
}
