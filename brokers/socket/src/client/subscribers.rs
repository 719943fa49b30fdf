//! The subscriptions of the connecting end: what arrives for each, and what of it is not settled.
#[cfg(test)]
mod tests;

use super::arrivals::Arrivals;
use crate::wire::{self, Delivery, Fault, Frame, MAX_REASON};
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
        ahead: usize,
    ) -> (Arrivals, oneshot::Receiver<Result<()>>) {
        let arrivals = Arrivals::new(ahead);
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

    /// What a session begins with: all are subscribed, and deliveries asked for.
    pub(super) fn frames(&self) -> Vec<Bytes> {
        let frames = self.0.iter().flat_map(|(id, subscriber)| {
            let asked = subscriber.arrivals.begin();
            let demand = asked.map(|deliveries| demand(*id, deliveries));
            [subscriber.frame.clone()].into_iter().chain(demand)
        });
        frames.collect()
    }

    /// So many would be taken.
    pub(super) fn want(&self, id: u64, wanted: usize) {
        if let Some(subscriber) = self.0.get(&id) {
            subscriber.arrivals.want(wanted);
        }
    }

    /// The frame that asks for more, where it is time to.
    pub(super) fn ask(&self, id: u64) -> Option<Bytes> {
        let subscriber = self.0.get(&id)?;
        let asked = subscriber.arrivals.ask(subscriber.out.len());
        asked.map(|deliveries| demand(id, deliveries))
    }

    /// Whether everything that was handed out is settled.
    pub(super) fn is_idle(&self) -> bool {
        self.0.values().all(|subscriber| subscriber.out.is_empty())
    }

    /// Notes which deliveries go to the user: those of that part.
    pub(super) fn hand_out(&mut self, id: u64, part: Part, deliveries: &mut Vec<Incoming>) {
        let Some(subscriber) = self.0.get_mut(&id) else {
            return deliveries.clear();
        };
        let out = &mut subscriber.out;
        deliveries
            .retain(|Incoming { token, .. }| token.part == part && out.insert(token.position));
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
            .map(|(token, verdict)| (token.position, in_short(verdict)))
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

    /// Takes in deliveries, which must have been asked for.
    pub(super) fn deliver(
        &mut self,
        id: u64,
        part: Part,
        deliveries: Vec<Delivery>,
    ) -> Result<(), &'static str> {
        let Some(subscriber) = self.0.get(&id) else {
            return Ok(());
        };
        let incoming = |delivery: Delivery| {
            let incoming = Incoming::new(delivery.message, part.at(delivery.position))
                .with_attempt(delivery.attempt);
            match delivery.address {
                Some(address) => incoming.with_address(address),
                None => incoming,
            }
        };
        let arriving = deliveries.into_iter().map(incoming);
        match subscriber.arrivals.deliver(arriving) {
            true => Ok(()),
            false => Err("the listening end delivers more than was asked for"),
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

fn in_short(verdict: &Verdict) -> Verdict {
    match verdict {
        Verdict::Reject { reason } if reason.len() > MAX_REASON => {
            Verdict::reject(&*wire::in_short(reason))
        }
        verdict => verdict.clone(),
    }
}

fn demand(subscription: u64, deliveries: u64) -> Bytes {
    let demand = Frame::Demand {
        subscription,
        deliveries,
    };
    demand.encode()
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
