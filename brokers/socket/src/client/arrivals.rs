//! What has arrived for a subscription and was not taken yet.
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{
    Error, Result,
    transport::{Event, Incoming, Part},
};
use tokio::sync::Notify;

/// Bounded by the prefetch, which the listening end minds; what a lost connection brought is forgotten. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Arrivals(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    deliveries: VecDeque<Incoming>,
    /// Connections whose deliveries can no longer be settled.
    gone: Vec<Part>,
    /// Whether messages were lost, and how many where that is known.
    lost: Option<Option<u64>>,
    /// Why there is nothing more to come.
    ended: Option<Error>,
}

impl Arrivals {
    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.waiting());
        self.0.arrived.notify_waiters();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deliver(&self, deliveries: impl Iterator<Item = Incoming>) {
        self.change(|waiting| waiting.deliveries.extend(deliveries));
    }

    /// Whatever came by that connection comes again.
    pub(super) fn gone(&self, part: Part) {
        self.change(|waiting| {
            waiting.deliveries.clear();
            waiting.gone.push(part);
        });
    }

    pub(super) fn lost(&self, count: Option<u64>) {
        self.change(|waiting| {
            let before = waiting.lost.unwrap_or(Some(0));
            waiting.lost = Some(
                before
                    .zip(count)
                    .map(|(before, count)| before.saturating_add(count)),
            );
        });
    }

    pub(super) fn end(&self, error: Error) {
        self.change(|waiting| {
            waiting.ended.get_or_insert(error);
        });
    }

    /// What happens next. Cancel-safe.
    pub(super) async fn next(&self, max: usize) -> Result<Event> {
        loop {
            let arrived = self.0.arrived.notified();
            if let Some(event) = self.waiting().take(max) {
                return event;
            }
            arrived.await;
        }
    }
}

impl Waiting {
    fn take(&mut self, max: usize) -> Option<Result<Event>> {
        if !self.gone.is_empty() {
            let parts = std::mem::take(&mut self.gone);
            return Some(Ok(Event::Gone { parts }));
        }
        if let Some(count) = self.lost.take() {
            return Some(Ok(Event::Lost { count }));
        }
        let count = self.deliveries.len().min(max);
        if count > 0 {
            let deliveries = self.deliveries.drain(..count).collect();
            return Some(Ok(Event::Deliveries(deliveries)));
        }
        self.ended.clone().map(Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{ErrorKind, Message};

    fn incoming(part: Part, position: u64) -> Incoming {
        Incoming::new(Message::new(""), part.at(position))
    }

    #[tokio::test]
    async fn what_a_lost_connection_brought_is_forgotten() {
        let arrivals = Arrivals::default();
        let (old, new) = (Part::new(1, 0), Part::new(2, 0));
        arrivals.deliver((1..=3).map(|at| incoming(old, at)));
        arrivals.gone(old);
        arrivals.deliver((1..=2).map(|at| incoming(new, at)));
        arrivals.lost(Some(2));
        arrivals.lost(Some(3));
        arrivals.end(Error::new(ErrorKind::Closed, "receive", ""));
        let next = arrivals.next(0).await;
        assert!(matches!(next, Ok(Event::Gone { parts }) if parts == [old]));
        assert!(matches!(
            arrivals.next(0).await,
            Ok(Event::Lost { count: Some(5) })
        ));
        let Ok(Event::Deliveries(deliveries)) = arrivals.next(1).await else {
            panic!("no deliveries")
        };
        assert_eq!(deliveries[0].token, new.at(1));
        assert!(matches!(arrivals.next(9).await, Ok(Event::Deliveries(_))));
        assert!(arrivals.next(9).await.is_err() && arrivals.next(9).await.is_err());
    }
}
