//! Whether the receivers of a message have settled it, for publishers that wait for that.
use crate::{Error, ErrorKind, Result, Str};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    time::{Instant, timeout_at},
};

/// What a queue tells once of a message: done, or rejected for that reason. Dropped untold, the message is gone from it.
pub(super) type Settled = Result<(), Str>;

/// What goes with a message into its queues.
pub(super) type Receipt = UnboundedSender<Settled>;

/// What the publisher of a message waits by.
pub(super) struct Receipts {
    receipt: Receipt,
    settled: UnboundedReceiver<Settled>,
    queues: usize,
}

impl Receipts {
    pub(super) fn new() -> Self {
        let (receipt, settled) = mpsc::unbounded_channel();
        Self {
            receipt,
            settled,
            queues: 0,
        }
    }

    /// For one queue, which then [has it](Self::given).
    pub(super) fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    pub(super) fn given(&mut self) {
        self.queues += 1;
    }

    /// Waits until every queue has told.
    pub(super) async fn settled(self, deadline: Instant) -> Result<()> {
        let Self {
            receipt,
            mut settled,
            queues,
        } = self;
        drop(receipt);
        for _ in 0..queues {
            match timeout_at(deadline, settled.recv()).await {
                Ok(Some(Ok(()))) => {}
                Ok(Some(Err(reason))) => {
                    return Err(Error::new(ErrorKind::Rejected, "publish", &*reason));
                }
                Ok(None) => return Err(gone()),
                Err(_) => {
                    let reason = "not settled by its receivers in time; they may settle it later";
                    return Err(Error::new(ErrorKind::Timeout, "publish", reason).ambiguous());
                }
            }
        }
        Ok(())
    }
}

/// A queue that had a message has it no more, and nobody has settled it.
pub(super) fn gone() -> Error {
    let reason = "a queue that had it was removed, or dropped it for want of room";
    let error = Error::new(ErrorKind::Unexpected, "publish", reason);
    error.retryable(true).ambiguous()
}
