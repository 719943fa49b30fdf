//! A listener of one queue.
use super::{
    Shared, closed,
    place::Place,
    queue::{Queue, Taken},
    ready::Consumer,
};
use crate::{
    Error, ErrorKind, Result,
    transport::{Event, Incoming, Settler, SubscribeSpec, Subscription, Taker, Token, Verdict},
};
use std::{
    fmt,
    future::{Future, poll_fn},
    mem::take,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// What subscribing to [`Memory`](super::Memory) gives.
pub struct MemorySubscription {
    shared: Arc<Shared>,
    place: Place,
    queue: Arc<Queue>,
    consumer: Consumer,
    /// When something is ready by the clock, once it had to wait for that.
    due: Option<Pin<Box<Sleep>>>,
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
            due: None,
            ended: false,
        })
    }

    /// Ends it for good: a queue that would outlive its last listener for a time goes at once. For transports that host
    /// this one.
    pub fn end(mut self) {
        self.ended = true;
    }

    fn poll_event(
        &mut self,
        max: usize,
        room: &mut Vec<Incoming>,
        task: &mut Context<'_>,
    ) -> Poll<Result<Event>> {
        loop {
            if self.shared.is_closed() {
                return Poll::Ready(Err(closed("receive")));
            }
            match self.queue.take(self.consumer, max, room, task) {
                Taken::Deliveries => return Poll::Ready(Ok(Event::Deliveries(take(room)))),
                Taken::Lost(count) => {
                    return Poll::Ready(Ok(Event::Lost { count: Some(count) }));
                }
                Taken::Removed => {
                    let error = Error::new(ErrorKind::NotFound, "receive", "the queue was removed");
                    return Poll::Ready(Err(error.with("channel", self.place.address())));
                }
                Taken::Nothing(None) => return Poll::Pending,
                Taken::Nothing(Some(due)) => ready!(self.poll_due(due, task)),
            }
        }
    }

    fn poll_due(&mut self, due: Instant, task: &mut Context<'_>) -> Poll<()> {
        let sleep = self.due.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(task)
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
        let mut room = Vec::new();
        poll_fn(|task| self.poll_event(max, &mut room, task)).await
    }

    fn poll_next(
        &mut self,
        max: usize,
        room: &mut Vec<Incoming>,
        task: &mut Context<'_>,
    ) -> Option<Poll<Result<Event>>> {
        Some(self.poll_event(max, room, task))
    }

    fn hand_over(&self, taker: Taker) {
        self.queue.hand_over(taker);
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
        self.settle_all(verdicts)
    }

    fn settle_now(&self, verdicts: &[(Token, Verdict)]) -> Option<Vec<(Token, Error)>> {
        Some(self.settle_all(verdicts))
    }
}

impl MemorySettler {
    fn settle_all(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
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
