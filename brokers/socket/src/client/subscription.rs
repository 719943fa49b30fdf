//! A subscription of a connecting end, which outlives connections.
use super::{
    Line,
    state::{Item, Opened, closed},
};
use crate::wire::Frame;
use std::{collections::VecDeque, fmt, sync::Arc};
use tidings::{Error, Result, Token, Verdict, transport::Event};
use tokio::sync::{mpsc::UnboundedReceiver, oneshot};

pub(crate) struct RemoteSubscription {
    line: Arc<Line>,
    id: u64,
    /// Bounded by the prefetch, which the listening end minds.
    items: UnboundedReceiver<Item>,
    /// What came and was not asked for yet.
    waiting: VecDeque<Item>,
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
                items: deliveries,
                waiting: VecDeque::new(),
                failed: None,
            },
            confirmed,
        ))
    }

    pub(crate) fn settler(&self) -> RemoteSettler {
        RemoteSettler {
            line: self.line.clone(),
            id: self.id,
        }
    }

    pub(crate) async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            if let Some(event) = self.event(max)? {
                return Ok(event);
            }
            // The only await, so that a dropped call loses nothing.
            match self.items.recv().await {
                Some(item) => self.waiting.push_back(item),
                None => return Err(closed("receive")),
            }
            while let Ok(item) = self.items.try_recv() {
                self.waiting.push_back(item);
            }
        }
    }

    /// What of that waits is to be told now, if anything.
    fn event(&mut self, max: usize) -> Result<Option<Event>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        // Whatever came before it over that connection comes again.
        let gone = self
            .waiting
            .iter()
            .rposition(|item| matches!(item, Item::Gone(_)));
        if let Some(at) = gone {
            let before = self.waiting.drain(..=at);
            let part = |item| match item {
                Item::Gone(part) => Some(part),
                _ => None,
            };
            return Ok(Some(Event::Gone {
                parts: before.filter_map(part).collect(),
            }));
        }
        let mut deliveries = Vec::new();
        while let Some(item) = self.waiting.front() {
            match item {
                Item::Delivery(_) if deliveries.len() >= max => break,
                Item::Lost(_) | Item::Ended(_) if !deliveries.is_empty() => break,
                _ => {}
            }
            match self.waiting.pop_front() {
                Some(Item::Delivery(incoming)) => {
                    if self.line.shared.hand_out(self.id, incoming.token) {
                        deliveries.push(incoming);
                    }
                }
                Some(Item::Lost(count)) => return Ok(Some(Event::Lost { count })),
                Some(Item::Ended(error)) => {
                    self.failed = Some(error.clone());
                    return Err(error);
                }
                Some(Item::Gone(_)) | None => {}
            }
        }
        Ok((!deliveries.is_empty()).then_some(Event::Deliveries(deliveries)))
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
