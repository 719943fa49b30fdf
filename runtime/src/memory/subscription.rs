//! A listener of one queue, with the deliveries it has not settled yet.
use super::{Lifetime, Phase, Place, Shared, State, closed, gone, queue::Entry};
use crate::{
    Result,
    transport::{Incoming, Subscription, Token, Verdict},
};
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};
use tokio::{
    sync::futures::OwnedNotified,
    time::{Instant, timeout_at},
};

/// What subscribing to [`Memory`](super::Memory) gives.
pub struct MemorySubscription {
    shared: Arc<Shared>,
    place: Place,
    prefetch: usize,
    /// By number of the delivery.
    unsettled: BTreeMap<u64, Entry>,
    /// Whether a queue that would linger goes at once.
    ended: bool,
}

impl MemorySubscription {
    pub(super) fn new(shared: Arc<Shared>, place: Place, prefetch: usize) -> Self {
        Self {
            shared,
            place,
            prefetch: prefetch.max(1),
            unsettled: BTreeMap::new(),
            ended: false,
        }
    }

    /// Ends it for good: a queue that would outlive its last listener for a time goes at once. For transports that host
    /// this one.
    pub fn end(mut self) {
        self.ended = true;
    }

    /// Deliveries, or what to wait for and until when.
    fn try_next(&mut self, max: usize) -> Result<Next> {
        let room = self.prefetch.saturating_sub(self.unsettled.len()).min(max);
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if state.phase == Phase::Closed {
            return Err(closed("receive"));
        }
        let queue = state
            .at(&self.place)
            .ok_or_else(|| gone(self.place.address()))?;
        let taken = queue.take(room);
        if taken.is_empty() {
            let (arrival, due) = queue.arrival();
            // What is due cannot be taken without room.
            return Ok(Next::Wait(arrival, due.filter(|_| room > 0)));
        }
        let number = |entry: Entry| {
            state.delivery += 1;
            let position = state.delivery;
            let token = Token {
                generation: 0,
                part: 0,
                position,
            };
            let incoming = Incoming {
                message: entry.message.clone(),
                token,
                attempt: entry.attempt,
            };
            self.unsettled.insert(position, entry);
            incoming
        };
        Ok(Next::Deliveries(taken.into_iter().map(number).collect()))
    }

    fn settle_one(
        unsettled: &mut BTreeMap<u64, Entry>,
        state: &mut State,
        place: &Place,
        token: Token,
        verdict: Verdict,
    ) {
        if verdict == Verdict::Extend {
            return;
        }
        let Some(entry) = unsettled.remove(&token.position) else {
            return tracing::debug!(?token, "settled a delivery that is not out");
        };
        let Some(queue) = state.at(place) else { return };
        match verdict {
            Verdict::Retry { after } => queue.put_back(entry, after),
            Verdict::Ack | Verdict::Extend => queue.forget(&entry),
            Verdict::Reject => {
                let (id, name) = (entry.message.id, &entry.message.name);
                tracing::warn!(%id, ?name, address = %place.address(), "rejected message dropped");
                queue.forget(&entry);
            }
        }
    }
}

enum Next {
    Deliveries(Vec<Incoming>),
    Wait(OwnedNotified, Option<Instant>),
}

impl Subscription for MemorySubscription {
    async fn next(&mut self, max: usize) -> Result<Vec<Incoming>> {
        loop {
            match self.try_next(max.max(1))? {
                Next::Deliveries(deliveries) => return Ok(deliveries),
                Next::Wait(arrival, Some(due)) => drop(timeout_at(due, arrival).await),
                Next::Wait(arrival, None) => arrival.await,
            }
        }
    }

    async fn settle(&mut self, verdicts: &[(Token, Verdict)]) -> Result<()> {
        let mut state = self.shared.state();
        if state.phase == Phase::Closed {
            return Err(closed("settle"));
        }
        for (token, verdict) in verdicts {
            Self::settle_one(
                &mut self.unsettled,
                &mut state,
                &self.place,
                *token,
                *verdict,
            );
        }
        if state.phase == Phase::Closing {
            self.shared.drained.notify_waiters();
        }
        Ok(())
    }
}

impl Drop for MemorySubscription {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        let unsettled = std::mem::take(&mut self.unsettled);
        let Some(queue) = state.at(&self.place) else {
            return;
        };
        unsettled
            .into_values()
            .for_each(|entry| queue.put_back(entry, Duration::ZERO));
        queue.listeners = queue.listeners.saturating_sub(1);
        let last = queue.listeners == 0;
        match queue.lifetime {
            Lifetime::Linger(linger) if last && (self.ended || linger.is_zero()) => {
                state.remove(&self.place);
            }
            Lifetime::Linger(linger) if last => queue.expires = Instant::now().checked_add(linger),
            Lifetime::Linger(_) | Lifetime::Durable => {}
        }
        self.shared.drained.notify_waiters();
    }
}

impl fmt::Debug for MemorySubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MemorySubscription");
        debug
            .field("place", &self.place)
            .field("unsettled", &self.unsettled.len())
            .finish_non_exhaustive()
    }
}
