//! What is left of messages that are given up, until it is kept: it is sent beside all handlers and takes no place of theirs, so that
//! dead letters without room hold up nobody.
use super::{
    Worker,
    floor::Floor,
    parked::Parked,
    send::send_now,
    step::{Done, Running},
    work::Work,
};
use crate::transport::{Part, Token};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Instant;

/// Most that a worker keeps, where others may wait at the transport.
const MOST: usize = 1024;
/// Which part of the bytes that may be unsettled altogether they may be, so that others come.
const PART: usize = 4;

pub(super) struct Letters {
    sending: FuturesUnordered<Running>,
    /// What could not be sent and is tried again.
    parked: Parked,
    count: usize,
    bytes: usize,
    most_bytes: usize,
}

impl Letters {
    /// None yet, of a worker that may have that many bytes.
    pub(super) fn within(bytes: usize) -> Self {
        Self {
            sending: FuturesUnordered::new(),
            parked: Parked::default(),
            count: 0,
            bytes: 0,
            most_bytes: bytes / PART,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.count >= MOST || self.bytes >= self.most_bytes
    }

    /// Begins to send.
    pub(super) fn send(&mut self, floor: &Arc<Floor>, work: Work) {
        self.came(&work);
        self.sending.push(Running::sending(floor, work));
    }

    /// To be sent again after a pause.
    pub(super) fn park(&mut self, work: Work, after: Duration) {
        self.came(&work);
        self.parked.park(work, after);
    }

    /// The next that was sent, or could not be, which is here no more; never where none is being sent. Cancel-safe.
    pub(super) async fn next(&mut self) -> Done {
        poll_fn(|task| self.poll_next(task)).await
    }

    pub(super) fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Done> {
        let Poll::Ready(Some(done)) = self.sending.poll_next_unpin(task) else {
            return Poll::Pending;
        };
        self.went(&done.work);
        Poll::Ready(done)
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.parked.next_due()
    }

    /// Sends again what is to be by now.
    pub(super) fn wake(&mut self, floor: &Arc<Floor>) {
        while let Some(work) = self.parked.due() {
            self.sending.push(Running::sending(floor, work));
        }
    }

    /// The positions of those that wait and came by that part.
    pub(super) fn positions(&self, part: Part) -> impl Iterator<Item = u64> {
        self.parked.positions(part)
    }

    /// Those that wait and go.
    pub(super) fn take_out(&mut self, goes: impl Fn(Token) -> bool) -> Vec<Work> {
        let out = self.parked.take_out(goes);
        out.iter().for_each(|work| self.went(work));
        out
    }

    fn came(&mut self, work: &Work) {
        self.count += 1;
        self.bytes += work.original().size();
    }

    fn went(&mut self, work: &Work) {
        self.count -= 1;
        self.bytes -= work.original().size();
    }
}

impl Worker {
    /// Has what is left of a message kept, beside what runs.
    pub(super) fn give_up(&mut self, mut work: Work) {
        match send_now(&self.floor, &mut work) {
            Some(outcome) => self.take_in(work, outcome),
            None => self.keep(work, None),
        }
    }

    /// Sends what is left of a message, at once or after a pause. Where there is too much of that, the message waits at the
    /// transport, where that can hold it back, and is handled and given up once more then.
    pub(super) fn keep(&mut self, work: Work, after: Option<Duration>) {
        let pause = self.floor.route.policy.backoff.pause(work.attempt());
        let may_wait = !self.stopping && self.is_held_by_transport(&work.incoming, pause);
        match after {
            _ if may_wait && self.letters.is_full() && work.has_letter() => {
                self.put_off(work, pause);
            }
            Some(after) => self.letters.park(work, after),
            None => self.letters.send(&self.floor, work),
        }
    }
}
