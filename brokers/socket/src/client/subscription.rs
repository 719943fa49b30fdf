//! A subscription of a connecting end, which outlives connections.
use super::{
    Line,
    state::{Opened, closed},
};
use crate::wire::Frame;
use std::{fmt, sync::Arc};
use tidings::{Error, Result, Token, Verdict, transport::Incoming};
use tokio::sync::{mpsc::UnboundedReceiver, oneshot};

pub(crate) struct RemoteSubscription {
    line: Arc<Line>,
    id: u64,
    /// Bounded by the prefetch, which the listening end minds.
    deliveries: UnboundedReceiver<Result<Incoming>>,
    /// Why there is nothing more to come.
    failed: Option<Error>,
}

impl RemoteSubscription {
    pub(super) fn open(
        line: Arc<Line>,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<(Self, oneshot::Receiver<Result<()>>)> {
        let Opened {
            id,
            deliveries,
            confirmed,
        } = line.shared.open_subscription(frame)?;
        Ok((
            Self {
                line,
                id,
                deliveries,
                failed: None,
            },
            confirmed,
        ))
    }

    pub(crate) async fn next(&mut self, max: usize) -> Result<Vec<Incoming>> {
        loop {
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            let mut batch = Vec::new();
            // The only await, so that a dropped call loses nothing.
            if self.deliveries.recv_many(&mut batch, max.max(1)).await == 0 {
                return Err(closed("receive"));
            }
            let mut deliveries = Vec::with_capacity(batch.len());
            for item in batch {
                match item {
                    Ok(incoming) => deliveries.push(incoming),
                    Err(error) => self.failed = Some(error),
                }
            }
            let deliveries = self.line.shared.hand_out(self.id, deliveries);
            if !deliveries.is_empty() {
                return Ok(deliveries);
            }
        }
    }

    pub(crate) fn settle(&self, verdicts: &[(Token, Verdict)]) -> Result<()> {
        self.line.shared.settle(self.id, verdicts)
    }
}

impl Drop for RemoteSubscription {
    fn drop(&mut self) {
        self.line.shared.end_subscription(self.id);
    }
}

impl fmt::Debug for RemoteSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSubscription")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
