//! A subscription of a connecting end, which outlives connections.
use super::{arrivals::Arrivals, line::Line, state::Opened};
use crate::wire::Frame;
use std::{fmt, sync::Arc};
use tidings::{Error, Result, Token, Verdict, transport::Event};
use tokio::sync::oneshot;

pub(crate) struct RemoteSubscription {
    line: Arc<Line>,
    id: u64,
    arrivals: Arrivals,
}

impl RemoteSubscription {
    pub(super) fn open(
        line: Arc<Line>,
        ahead: usize,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<(Self, oneshot::Receiver<Result<()>>)> {
        let Opened {
            id,
            arrivals,
            confirmed,
        } = line.shared.open_subscription(ahead, frame)?;
        Ok((Self { line, id, arrivals }, confirmed))
    }

    pub(crate) fn settler(&self) -> RemoteSettler {
        RemoteSettler {
            line: self.line.clone(),
            id: self.id,
        }
    }

    pub(crate) async fn next(&mut self, max: usize) -> Result<Event> {
        let shared = &self.line.shared;
        loop {
            shared.want(self.id, max);
            match self.arrivals.next(max).await? {
                Event::Deliveries(mut deliveries) => {
                    shared.hand_out(self.id, &mut deliveries);
                    if !deliveries.is_empty() {
                        return Ok(Event::Deliveries(deliveries));
                    }
                }
                event => return Ok(event),
            }
        }
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

/// Settles the deliveries of a [`RemoteSubscription`].
pub(crate) struct RemoteSettler {
    line: Arc<Line>,
    id: u64,
}

impl RemoteSettler {
    pub(crate) fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        self.line.shared.settle(self.id, verdicts)
    }
}

impl fmt::Debug for RemoteSettler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSettler")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
