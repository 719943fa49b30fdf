//! A listener of one queue.
use super::{
    Shared, closed,
    place::Place,
    queue::{Queue, Taken},
    ready::Consumer,
};
use crate::{
    Error, ErrorKind, Result,
    transport::{Event, Settler, SubscribeSpec, Subscription, Token, Verdict},
};
use std::{fmt, sync::Arc};
use tokio::time::timeout_at;

/// What subscribing to [`Memory`](super::Memory) gives.
pub struct MemorySubscription {
    shared: Arc<Shared>,
    place: Place,
    queue: Arc<Queue>,
    consumer: Consumer,
    /// Whether a queue that would linger goes at once.
    ended: bool,
}

impl MemorySubscription {
    pub(super) fn new(
        shared: Arc<Shared>,
        place: Place,
        queue: Arc<Queue>,
        spec: &SubscribeSpec,
    ) -> Option<Self> {
        let consumer = queue.listen(spec)?;
        Some(Self {
            shared,
            place,
            queue,
            consumer,
            ended: false,
        })
    }

    /// Ends it for good: a queue that would outlive its last listener for a time goes at once. For transports that host
    /// this one.
    pub fn end(mut self) {
        self.ended = true;
    }
}

impl Subscription for MemorySubscription {
    type Settler = MemorySettler;

    fn settler(&self) -> MemorySettler {
        MemorySettler {
            shared: self.shared.clone(),
            queue: self.queue.clone(),
            consumer: self.consumer,
        }
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            // Before looking, so that nothing comes between.
            let arrived = self.queue.arrived.notified();
            if self.shared.is_closed() {
                return Err(closed("receive"));
            }
            match self.queue.take(self.consumer, max) {
                Taken::Deliveries(deliveries) => return Ok(Event::Deliveries(deliveries)),
                Taken::Lost(count) => return Ok(Event::Lost { count: Some(count) }),
                Taken::Removed => {
                    let error = Error::new(ErrorKind::NotFound, "receive", "the queue was removed");
                    return Err(error.with("channel", self.place.address()));
                }
                Taken::Nothing(Some(due)) => drop(timeout_at(due, arrived).await),
                Taken::Nothing(None) => arrived.await,
            }
        }
    }
}

impl Drop for MemorySubscription {
    fn drop(&mut self) {
        if self.queue.leave(self.consumer, self.ended) {
            self.shared.remove(&self.place, &self.queue);
        } else if let Place::Queue(address) = &self.place {
            self.shared.borrow(address);
        }
        self.shared.drained.notify_waiters();
    }
}

impl fmt::Debug for MemorySubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySubscription")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// What settles the deliveries of a [`MemorySubscription`].
#[derive(Clone)]
pub struct MemorySettler {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    consumer: Consumer,
}

impl Settler for MemorySettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        if self.shared.is_closed() {
            let failed = |(token, _): &(Token, Verdict)| (*token, closed("settle"));
            return verdicts.iter().map(failed).collect();
        }
        self.queue.settle(self.consumer, verdicts);
        if !self.shared.is_open() {
            self.shared.drained.notify_waiters();
        }
        Vec::new()
    }
}

impl fmt::Debug for MemorySettler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySettler").finish_non_exhaustive()
    }
}
