//! What becomes of what a worker settles by transactions.
use super::{Worker, send::tell_sent, step::Running, transactions::Ended, work::Work};
use crate::{Outgoing, transport::Verdict};
use futures_util::future::join_all;

impl Worker {
    pub(super) fn transacted(&mut self, ended: Ended) {
        match ended {
            Ended::Paused => {}
            Ended::Narrowed(error) => {
                tracing::debug!(address = self.address(), %error, "one of several messages cannot be settled");
            }
            Ended::Committed(works) => {
                works.iter().for_each(|work| self.committed(work));
                self.note_sent(&works);
            }
            Ended::Refused(work, error) => {
                self.running
                    .push(Running::refused(&self.floor, *work, error));
            }
            Ended::Failed(error) => {
                let address = self.address();
                tracing::warn!(address, %error, "a transaction failed, trying again");
                let backoff = self.floor.route.policy.backoff;
                if let Some(transactions) = &mut self.transactions {
                    let pause = error.wait();
                    let pause = pause.unwrap_or_else(|| backoff.pause(transactions.failures()));
                    transactions.pause(pause);
                }
            }
        }
    }

    /// These are done and can no longer be settled: they come again.
    pub(super) fn lost(&self, works: &[Work]) {
        let tell = |work| self.tell_settled(work, &Verdict::Release);
        works.iter().for_each(tell);
    }

    /// What it sent is there.
    fn committed(&self, work: &Work) {
        for Outgoing { channel, message } in work.outgoing() {
            self.floor
                .tell(|layers| layers.published(channel, message, &Ok(())));
        }
        self.tell_settled(work, &work.verdict());
    }

    /// Has layers note what was sent, before more is.
    fn note_sent(&mut self, works: &[Work]) {
        let sent = works.iter().filter(|work| {
            work.seen > 0 && !work.is_given_up() && work.outgoing().next().is_some()
        });
        let sent = sent.map(|work| {
            let handling = self.floor.handling(&work.incoming, work.attempt());
            (handling, work.seen)
        });
        let sent: Vec<_> = sent.collect();
        if let (Some(transactions), false) = (&mut self.transactions, sent.is_empty()) {
            let floor = self.floor.clone();
            transactions.wait_for(Box::pin(async move {
                let notes = sent
                    .iter()
                    .map(|(handling, seen)| tell_sent(&floor, handling, *seen));
                join_all(notes).await;
            }));
        }
    }
}
