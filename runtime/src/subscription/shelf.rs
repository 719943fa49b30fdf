//! What was received and waits: to be taken, or to be handed out again later; and how much more may come.
use super::{
    ledger::{Follows, Ledger},
    out::{Out, Parked},
};
use crate::{
    Error, Result,
    transport::{Part, Settle, Token, Verdict},
};
use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};
use tokio::time::Instant;

/// Most deliveries that wait or are in hands at a time.
pub(super) const HELD: usize = 64;
/// Most that are put off here: where nothing is settled, the transport bounds nothing.
const PUT_OFF: usize = 4096;

pub(super) struct Shelf {
    ledger: Ledger,
    waiting: VecDeque<Result<Out>>,
    parked: Parked,
    /// How many deliveries wait or are in hands.
    held: usize,
    /// How many the transport was last asked for.
    asked: usize,
    taker: Option<Waker>,
    /// Nothing comes any more.
    is_over: bool,
    /// Nobody takes any more.
    is_closed: bool,
}

impl Shelf {
    pub(super) fn new(how: Settle) -> Self {
        Self {
            ledger: Ledger::new(how),
            waiting: VecDeque::new(),
            parked: Parked::default(),
            held: 0,
            asked: HELD,
            taker: None,
            is_over: false,
            is_closed: false,
        }
    }

    /// How many more may come: some once all that came is taken.
    fn room(&self) -> usize {
        match self.waiting.is_empty() && self.parked.len() < PUT_OFF {
            true => HELD.saturating_sub(self.held),
            false => 0,
        }
    }

    /// The same, which the transport is then asked for, and when there is something else to do.
    pub(super) fn asks(&mut self) -> (usize, Option<Instant>) {
        self.asked = self.room();
        (self.asked, self.parked.next_due())
    }

    /// Whether there is room again where there was none.
    pub(super) fn may_ask(&self) -> bool {
        self.asked == 0 && self.room() > 0
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) fn add(&mut self, deliveries: impl Iterator<Item = Out>) {
        for out in deliveries {
            self.ledger.delivered(out.token());
            self.put(out);
        }
    }

    fn put(&mut self, out: Out) {
        self.held += 1;
        self.waiting.push_back(Ok(out));
        self.wake();
    }

    /// Receiving failed, which is told once, however often.
    pub(super) fn failed(&mut self, error: Error) {
        self.waiting.pop_back_if(|last| last.is_err());
        self.waiting.push_back(Err(error));
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(taker) = self.taker.take() {
            taker.wake();
        }
    }

    /// Hands out again what is due.
    pub(super) fn resume(&mut self) {
        while let Some(out) = self.parked.due() {
            self.put(out);
        }
    }

    pub(super) fn poll_take(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Out>>> {
        let next = self.waiting.pop_front();
        if next.is_some() || self.is_over {
            return Poll::Ready(next);
        }
        self.taker = Some(task.waker().clone());
        Poll::Pending
    }

    /// Takes in what became of one that was taken; gives what the transport is to be told, and what lasts until it was.
    pub(super) fn settle(&mut self, out: Out, verdict: Verdict) -> Option<(Token, Verdict, Out)> {
        self.held -= 1;
        match self.ledger.verdict(out.token(), verdict) {
            Follows::Tell(token, verdict) => return Some((token, verdict, out)),
            Follows::Again(after) => self.parked.park(out, after),
            Follows::Nothing => {}
        }
        None
    }

    /// Gives back what is left of a part, but for what has to be done so that what was done behind it counts.
    pub(super) fn leave(&mut self, part: Part) -> Vec<Out> {
        let waiting = self.waiting.iter().flatten().map(Out::token);
        let of = waiting.filter(|token| token.part == part);
        let mut positions: Vec<u64> = of.map(|token| token.position).collect();
        positions.sort_unstable();
        let end = self.parked.first_of(part).unwrap_or(u64::MAX);
        let stays = self.ledger.leave(part, &positions, end);
        self.take_out(|token| token.part == part && stays.is_none_or(|stays| token > stays))
    }

    /// What came by that part can no longer be settled, and comes again.
    pub(super) fn gone(&mut self, part: Part) {
        self.ledger.gone(part);
        drop(self.take_out(|token| token.part == part));
    }

    fn take_out(&mut self, goes: impl Fn(Token) -> bool) -> Vec<Out> {
        let mut gone = self.parked.take_out(&goes);
        for item in std::mem::take(&mut self.waiting) {
            match item {
                Ok(out) if goes(out.token()) => {
                    self.held -= 1;
                    gone.push(out);
                }
                stays => self.waiting.push_back(stays),
            }
        }
        gone
    }

    /// Nothing comes any more, nor again; gives what is given back: what was put off.
    pub(super) fn end(&mut self) -> Vec<Out> {
        self.is_over = true;
        self.ledger.close();
        self.wake();
        self.parked.take_out(|_| true)
    }

    /// Nobody takes any more.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        self.ledger.close();
    }

    /// All that nobody takes any more.
    pub(super) fn empty(&mut self) -> Vec<Out> {
        self.take_out(|_| true)
    }
}
