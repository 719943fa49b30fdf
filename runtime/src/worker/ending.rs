//! What a worker gives back: of parts that leave, and in the end all that it does not do any more.
use super::{
    Worker, at, step::Running, transacted, transactions::Ended, transactions::Transactions,
    work::Work,
};
use crate::transport::{Part, Token, Verdict};
use futures_util::stream::StreamExt;
use std::{future::poll_fn, task::Poll};
use tokio::task::coop::consume_budget;

impl Worker {
    /// Gives back what is left of a part, but for what has to be done so that what was done behind it counts.
    pub(super) fn leave(&mut self, part: Part) {
        let stays = self.stays(part);
        self.give_back(|token| token.part == part && stays.is_none_or(|stays| token > stays));
    }

    /// Up to where what waits of a part has to be done so that what was done behind it counts.
    fn stays(&mut self, part: Part) -> Option<Token> {
        let end = self.parked.positions(part);
        let end = end.chain(self.letters.positions(part)).min();
        let mut waiting: Vec<u64> = self.lanes.waiting(part).collect();
        waiting.sort_unstable();
        let end = end.unwrap_or(u64::MAX);
        let stays = self.settling.reaches(part, &waiting, end)?;
        Some(part.at(stays))
    }

    /// Releases what was not started, and what waits to be tried again.
    pub(super) fn give_back(&mut self, goes: impl Fn(Token) -> bool) {
        for work in self.lanes.take_out(&goes) {
            self.settle(work, Verdict::Release);
        }
        let waiting = self.parked.take_out(&goes).into_iter();
        for work in waiting.chain(self.letters.take_out(&goes)) {
            self.conclude(work, Verdict::Release);
        }
    }

    /// Gives back what waits, lets what runs come to its end, and settles all.
    pub(super) async fn finish(&mut self) {
        self.stopping = true;
        let parts = self.settling.parts().into_iter();
        let stays: Vec<Token> = parts.filter_map(|part| self.stays(part)).collect();
        loop {
            self.begin_what_stays(&stays).await;
            let failed = self.settling.begin().await;
            self.unsettled(&failed);
            let transactions = self.transactions.as_mut();
            let is_settling =
                transactions.is_some_and(Transactions::is_busy) || self.settling.is_settling();
            if !is_settling && self.running.is_empty() && self.letters.is_empty() {
                return;
            }
            self.goes_on().await;
        }
    }

    /// Waits for the next thing to end. Nothing of that waits for something else, and leases are kept meanwhile.
    async fn goes_on(&mut self) {
        let (running, letters) = (&mut self.running, &mut self.letters);
        tokio::select! {
            biased;
            () = at(self.renew) => self.extend(),
            failed = self.settling.ended() => self.unsettled(&failed),
            ended = transacted(&mut self.transactions) => self.transacted_at_last(ended),
            Some(done) = running.next() => self.ended(done),
            done = letters.next() => self.ended(done),
        }
    }

    /// What failed is not tried again.
    fn transacted_at_last(&mut self, ended: Ended) {
        let Ended::Failed(error) = ended else {
            return self.transacted(ended);
        };
        let address = self.address();
        tracing::warn!(address, %error, "a transaction failed, its messages come again");
        let lost = self.transactions.as_mut().map(Transactions::end);
        self.lost(&lost.unwrap_or_default());
    }

    /// Begins what stays and may begin, and nothing else: the next of a key may start once that before it is done.
    async fn begin_what_stays(&mut self, stays: &[Token]) {
        loop {
            consume_budget().await;
            self.release_waiting(stays);
            if self.lanes.ready() == 0 || !self.places.take(self.running.len()) {
                break;
            }
            poll_fn(|task| Poll::Ready(self.begin(task))).await;
        }
        self.places.leave(self.running.len());
    }

    /// Releases all that was not begun and whose key is not at work, since another consumer would overtake that, but for what stays.
    /// What was handled and is still to be sent has one more try.
    fn release_waiting(&mut self, stays: &[Token]) {
        for work in self.parked.take_out(|_| true) {
            if work.is_handled() {
                self.running.push(Running::sending(&self.floor, work));
            } else {
                self.conclude(work, Verdict::Release);
            }
        }
        for work in self.letters.take_out(|_| true) {
            self.letters.send(&self.floor, work);
        }
        let mut kept = Vec::new();
        while let Some(work) = self.lanes.start() {
            match is_among(&work, stays) {
                true => kept.push(work),
                false => self.conclude(work, Verdict::Release),
            }
        }
        kept.into_iter().for_each(|work| self.lanes.resume(work));
    }
}

fn is_among(work: &Work, stays: &[Token]) -> bool {
    let token = work.incoming.token;
    let reaches = |up_to: &Token| up_to.part == token.part && token <= *up_to;
    stays.iter().any(reaches)
}
