//! What has arrived for a subscription and was not taken yet.
use super::demand::Demand;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{
    Error, Result,
    transport::{Event, Incoming, Part},
};
use tokio::sync::Notify;

/// Bounded by what was asked for; what a lost session brought is forgotten. Clones share it.
#[derive(Clone)]
pub(super) struct Arrivals(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

struct Waiting {
    deliveries: VecDeque<Incoming>,
    demand: Demand,
    /// Connections whose deliveries can no longer be settled.
    gone: Vec<Part>,
    /// Whether messages were lost, and how many where that is known.
    lost: Option<Option<u64>>,
    /// Why there is nothing more to come.
    ended: Option<Error>,
}

impl Arrivals {
    /// Where so many may come before they are wanted.
    pub(super) fn new(ahead: usize) -> Self {
        let waiting = Waiting {
            deliveries: VecDeque::new(),
            demand: Demand::new(ahead),
            gone: Vec::new(),
            lost: None,
            ended: None,
        };
        Self(Arc::new(Shared {
            waiting: Mutex::new(waiting),
            arrived: Notify::new(),
        }))
    }

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

    /// So many would be taken.
    pub(super) fn want(&self, wanted: usize) {
        self.waiting().demand.want(wanted);
    }

    /// Asks for more, where so many were taken and are not settled; gives how many are asked for in all since the session began.
    pub(super) fn ask(&self, out: usize) -> Option<u64> {
        let Waiting {
            deliveries, demand, ..
        } = &mut *self.waiting();
        demand.ask(deliveries.len(), out)
    }

    /// A session begins; gives how many are asked for in it.
    pub(super) fn begin(&self) -> Option<u64> {
        self.waiting().demand.begin()
    }

    /// Gives whether they were asked for.
    pub(super) fn deliver(&self, deliveries: impl Iterator<Item = Incoming>) -> bool {
        let mut asked_for = false;
        self.change(|waiting| {
            let before = waiting.deliveries.len();
            waiting.deliveries.extend(deliveries);
            asked_for = waiting.demand.arrive(waiting.deliveries.len() - before);
        });
        asked_for
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
        let arrivals = Arrivals::new(9);
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
