//! What becomes of what a worker settles by transactions.
use super::{Worker, step::Running, transactions::Ended, work::Work};
use crate::Outgoing;

impl Worker {
    pub(super) fn transacted(&mut self, ended: Ended) {
        match ended {
            Ended::Paused => {}
            Ended::Narrowed(error) => {
                tracing::debug!(address = self.address(), %error, "one of several messages cannot be settled");
            }
            Ended::Committed(works) => works.iter().for_each(|work| self.committed(work)),
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

    /// What it sent is there.
    fn committed(&self, work: &Work) {
        for Outgoing { channel, message } in work.outgoing() {
            self.floor
                .tell(|layers| layers.published(channel, message, &Ok(())));
        }
        self.tell_settled(work, &work.verdict());
    }
}
