//! The subscriptions of the connecting end: what arrives for each, and what of it is not settled.
use super::arrivals::Arrivals;
use crate::wire::{Delivery, Fault};
use bytes::Bytes;
use std::collections::{BTreeMap, HashSet};
use tidings::{
    Error, Result, Token, Verdict,
    transport::{Incoming, Part},
};
use tokio::sync::oneshot;

/// By number.
#[derive(Default)]
pub(super) struct Subscribers(BTreeMap<u64, Subscriber>);

struct Subscriber {
    /// For a session that begins.
    frame: Bytes,
    arrivals: Arrivals,
    /// Until the other end has confirmed for the first time.
    confirmed: Option<oneshot::Sender<Result<()>>>,
    /// What was handed out in this session and is not settled.
    out: HashSet<u64>,
}

impl Subscribers {
    pub(super) fn add(
        &mut self,
        id: u64,
        frame: Bytes,
    ) -> (Arrivals, oneshot::Receiver<Result<()>>) {
        let arrivals = Arrivals::default();
        let (told, confirmed) = oneshot::channel();
        let subscriber = Subscriber {
            frame,
            arrivals: arrivals.clone(),
            confirmed: Some(told),
            out: HashSet::new(),
        };
        self.0.insert(id, subscriber);
        (arrivals, confirmed)
    }

    pub(super) fn remove(&mut self, id: u64) -> bool {
        self.0.remove(&id).is_some()
    }

    pub(super) fn frames(&self) -> Vec<Bytes> {
        let frames = self.0.values().map(|subscriber| &subscriber.frame);
        frames.cloned().collect()
    }

    /// Whether everything that was handed out is settled.
    pub(super) fn is_idle(&self) -> bool {
        self.0.values().all(|subscriber| subscriber.out.is_empty())
    }

    /// Notes that a delivery goes to the user.
    pub(super) fn hand_out(&mut self, id: u64, position: u64) -> bool {
        let subscriber = self.0.get_mut(&id);
        subscriber.is_some_and(|subscriber| subscriber.out.insert(position))
    }

    /// The verdicts on what is out of that part.
    pub(super) fn settle(
        &mut self,
        id: u64,
        part: Part,
        verdicts: &[(Token, Verdict)],
    ) -> Vec<(u64, Verdict)> {
        let Some(subscriber) = self.0.get_mut(&id) else {
            return Vec::new();
        };
        let out = &mut subscriber.out;
        verdicts
            .iter()
            .filter(|(token, _)| token.part == part && out.remove(&token.position))
            .map(|(token, verdict)| (token.position, verdict.clone()))
            .collect()
    }

    /// What came by that part comes again.
    pub(super) fn gone(&mut self, part: Part, is_open: bool) {
        for subscriber in self.0.values_mut() {
            if is_open || !subscriber.out.is_empty() {
                subscriber.arrivals.gone(part);
            }
            subscriber.out.clear();
        }
    }

    pub(super) fn confirm(&mut self, id: u64) {
        let subscriber = self.0.get_mut(&id);
        if let Some(told) = subscriber.and_then(|subscriber| subscriber.confirmed.take()) {
            drop(told.send(Ok(())));
        }
    }

    /// Ends one for that reason; an error where it stood before, and may stand again in another session.
    pub(super) fn refuse(&mut self, id: u64, fault: Fault) -> Result<(), &'static str> {
        let stood = |subscriber: &Subscriber| subscriber.confirmed.is_none();
        if fault.retryable && self.0.get(&id).is_some_and(stood) {
            return Err("the listening end cannot keep a subscription for the moment");
        }
        if let Some(subscriber) = self.0.remove(&id) {
            subscriber.fail(&fault.into_error("subscribe"));
        }
        Ok(())
    }

    pub(super) fn deliver(&mut self, id: u64, part: Part, deliveries: Vec<Delivery>) {
        if let Some(subscriber) = self.0.get(&id) {
            let incoming = |delivery: Delivery| {
                Incoming::new(delivery.message, part.at(delivery.position))
                    .with_attempt(delivery.attempt)
            };
            subscriber
                .arrivals
                .deliver(deliveries.into_iter().map(incoming));
        }
    }

    pub(super) fn lost(&mut self, id: u64, count: Option<u64>) {
        if let Some(subscriber) = self.0.get(&id) {
            subscriber.arrivals.lost(count);
        }
    }

    pub(super) fn end(&mut self, error: &Error) {
        let subscribers = std::mem::take(&mut self.0).into_values();
        subscribers.for_each(|subscriber| subscriber.fail(error));
    }
}

impl Subscriber {
    fn fail(self, error: &Error) {
        // Whoever waits for the confirmation is told there, whoever receives is told there.
        match self.confirmed {
            Some(told) => drop(told.send(Err(error.clone()))),
            None => self.arrivals.end(error.clone()),
        }
    }
}
