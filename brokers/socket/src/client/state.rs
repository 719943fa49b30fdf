//! What the connecting end keeps across connections: calls that wait, subscriptions, and the connection of the moment.
use super::arrivals::Arrivals;
use crate::{
    Address, SocketSettings,
    wire::{Delivery, Fault, Frame},
};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tidings::{
    Error, ErrorKind, Result, Token, Verdict,
    transport::{Incoming, Part, State as Standing},
};
use tokio::sync::{Notify, mpsc::UnboundedSender, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

pub(super) type Outcomes = Vec<Result<(), Fault>>;

pub(crate) struct Shared {
    pub(super) address: Address,
    pub(super) settings: SocketSettings,
    /// This end, over all its connections.
    pub(super) session: Uuid,
    state: Mutex<State>,
    /// Told when the first connection stands, or when there will be none.
    ready: watch::Sender<bool>,
    /// How the connection is doing, for users.
    standing: watch::Sender<Standing>,
    /// Told when a call or a delivery was done with.
    progress: Notify,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// Number of the connection; deliveries of earlier ones can no longer be settled.
    generation: u32,
    /// Where frames go while there is a connection.
    writer: Option<UnboundedSender<Bytes>>,
    last_id: u64,
    /// By number, which is the order they were made in.
    calls: BTreeMap<u64, Call>,
    subscribers: BTreeMap<u64, Subscriber>,
    failure: Option<Error>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    Closing,
    Closed,
}

struct Call {
    operation: &'static str,
    frame: Bytes,
    done: oneshot::Sender<Result<Outcomes>>,
}

struct Subscriber {
    frame: Bytes,
    arrivals: Arrivals,
    /// Until the other end has confirmed for the first time.
    confirmed: Option<oneshot::Sender<Result<()>>>,
    /// What was handed out over this connection and is not settled.
    out: HashSet<u64>,
}

/// A new subscription: its number, what arrives, and the first confirmation.
pub(super) struct Opened {
    pub(super) id: u64,
    pub(super) arrivals: Arrivals,
    pub(super) confirmed: oneshot::Receiver<Result<()>>,
}

pub(super) fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}

fn reconnecting(reason: &str) -> Standing {
    Standing::Reconnecting {
        since: Instant::now(),
        reason: reason.into(),
    }
}

impl Shared {
    pub(super) fn new(address: Address, settings: SocketSettings) -> Self {
        let state = Mutex::default();
        Self {
            address,
            settings,
            session: Uuid::new_v4(),
            state,
            ready: watch::Sender::new(false),
            standing: watch::Sender::new(reconnecting("not connected yet")),
            progress: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the first connection.
    pub(super) async fn connected(&self) -> Result<()> {
        // The sender is here, so this ends only when it is told.
        drop(self.ready.subscribe().wait_for(|ready| *ready).await);
        let state = self.state();
        match (&state.failure, state.phase) {
            (Some(failure), Phase::Closed) => Err(failure.clone()),
            _ => Ok(()),
        }
    }

    pub(super) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    pub(super) fn last_failure(&self) -> Option<Error> {
        self.state().failure.clone()
    }

    pub(super) fn note_failure(&self, failure: Error) {
        self.state().failure = Some(failure);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().phase == Phase::Closed
    }

    pub(super) fn was_connected(&self) -> bool {
        self.state().generation > 0
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().phase == Phase::Open
    }

    /// Begins a call, which is sent now, and again over every new connection until it is done.
    pub(super) fn call(
        &self,
        operation: &'static str,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<Waiting<'_>> {
        let id = self.state().next_id(operation)?;
        let frame = frame(id).encode();
        let (done, outcome) = oneshot::channel();
        let mut state = self.state();
        state.check_open(operation)?;
        state.send(frame.clone());
        state.calls.insert(
            id,
            Call {
                operation,
                frame,
                done,
            },
        );
        Ok(Waiting {
            shared: self,
            id,
            outcome,
        })
    }

    pub(super) fn open_subscription(&self, frame: impl FnOnce(u64) -> Frame) -> Result<Opened> {
        let mut state = self.state();
        let id = state.next_id("subscribe")?;
        let frame = frame(id).encode();
        let arrivals = Arrivals::default();
        let (told, confirmed) = oneshot::channel();
        state.send(frame.clone());
        let subscriber = Subscriber {
            frame,
            arrivals: arrivals.clone(),
            confirmed: Some(told),
            out: HashSet::new(),
        };
        state.subscribers.insert(id, subscriber);
        Ok(Opened {
            id,
            arrivals,
            confirmed,
        })
    }

    pub(super) fn end_subscription(&self, id: u64) {
        let mut state = self.state();
        if state.subscribers.remove(&id).is_some() {
            state.send(Frame::Unsubscribe { subscription: id }.encode());
        }
        self.progress.notify_waiters();
    }

    /// Whether a delivery may go to the user: not from an earlier connection, and not once closing has begun.
    pub(super) fn hand_out(&self, id: u64, token: Token) -> bool {
        let mut state = self.state();
        let is_current = state.phase == Phase::Open && state.generation == token.part.generation;
        let subscriber = state.subscribers.get_mut(&id).filter(|_| is_current);
        subscriber.is_some_and(|subscriber| subscriber.out.insert(token.position))
    }

    /// Settles what is out over this connection; gives what could not be.
    pub(super) fn settle(&self, id: u64, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let mut state = self.state();
        if state.phase == Phase::Closed {
            let failed = |(token, _): &(Token, Verdict)| (*token, closed("settle"));
            return verdicts.iter().map(failed).collect();
        }
        let generation = state.generation;
        let Some(subscriber) = state.subscribers.get_mut(&id) else {
            return Vec::new();
        };
        let out = &mut subscriber.out;
        let known = verdicts.iter().filter(|(token, _)| {
            token.part.generation == generation && out.remove(&token.position)
        });
        let verdicts: Vec<_> = known
            .map(|(token, verdict)| (token.position, verdict.clone()))
            .collect();
        if !verdicts.is_empty() {
            let frame = Frame::Settle {
                subscription: id,
                verdicts,
            };
            state.send(frame.encode());
        }
        self.progress.notify_waiters();
        Vec::new()
    }

    /// Takes a new connection into use: subscribes again, and sends again what waits.
    pub(super) fn install(&self, writer: UnboundedSender<Bytes>) -> u32 {
        let mut state = self.state();
        state.generation = state.generation.wrapping_add(1);
        state.writer = Some(writer);
        state.failure = None;
        let subscriptions = state
            .subscribers
            .values()
            .map(|subscriber| &subscriber.frame);
        let frames: Vec<Bytes> = subscriptions
            .chain(state.calls.values().map(|call| &call.frame))
            .cloned()
            .collect();
        frames.into_iter().for_each(|frame| state.send(frame));
        self.ready.send_replace(true);
        self.standing.send_replace(Standing::Connected);
        state.generation
    }

    /// The connection is lost, and with it everything that was handed out over it.
    pub(super) fn uninstall(&self) {
        let mut state = self.state();
        state.writer = None;
        let part = Part::new(state.generation, 0);
        let is_open = state.phase == Phase::Open;
        for subscriber in state.subscribers.values_mut() {
            if is_open || !subscriber.out.is_empty() {
                subscriber.arrivals.gone(part);
            }
            subscriber.out.clear();
        }
        if is_open {
            self.standing.send_replace(reconnecting("connection lost"));
        }
        self.progress.notify_waiters();
    }

    /// Takes in a frame of the connection with that number.
    pub(super) fn receive(&self, generation: u32, frame: Frame) -> Result<(), &'static str> {
        let mut state = self.state();
        match frame {
            Frame::Outcomes { request, outcomes } => {
                if let Some(call) = state.calls.remove(&request) {
                    drop(call.done.send(Ok(outcomes)));
                }
                self.progress.notify_waiters();
            }
            Frame::Subscribed {
                subscription,
                outcome: Ok(()),
            } => {
                let subscriber = state.subscribers.get_mut(&subscription);
                if let Some(told) = subscriber.and_then(|subscriber| subscriber.confirmed.take()) {
                    drop(told.send(Ok(())));
                }
            }
            Frame::Subscribed {
                subscription,
                outcome: Err(fault),
            }
            | Frame::Ended {
                subscription,
                fault,
            } => {
                let subscriber = state.subscribers.get(&subscription);
                if fault.retryable
                    && subscriber.is_some_and(|subscriber| subscriber.confirmed.is_none())
                {
                    // It stood before, and may stand again over the next connection.
                    return Err("the listening end cannot keep a subscription for the moment");
                }
                if let Some(subscriber) = state.subscribers.remove(&subscription) {
                    subscriber.fail(&fault.into_error("subscribe"));
                }
            }
            Frame::Deliver {
                subscription,
                deliveries,
            } => {
                let Some(subscriber) = state.subscribers.get(&subscription) else {
                    return Ok(());
                };
                let part = Part::new(generation, 0);
                let incoming = |delivery: Delivery| {
                    let token = part.at(delivery.position);
                    Incoming::new(delivery.message, token).with_attempt(delivery.attempt)
                };
                subscriber
                    .arrivals
                    .deliver(deliveries.into_iter().map(incoming));
            }
            Frame::Lost {
                subscription,
                count,
            } => {
                if let Some(subscriber) = state.subscribers.get(&subscription) {
                    subscriber.arrivals.lost(count);
                }
            }
            Frame::Pong => {}
            _ => return Err("a frame that the listening end does not send"),
        }
        Ok(())
    }

    pub(super) fn begin_closing(&self) {
        let mut state = self.state();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing;
        }
    }

    /// Waits until every call is done and every delivery settled.
    pub(super) async fn drained(&self) {
        loop {
            let mut progress = std::pin::pin!(self.progress.notified());
            progress.as_mut().enable();
            if self.state().is_idle() {
                return;
            }
            progress.await;
        }
    }

    /// Whether there is anybody to say it to.
    pub(super) fn say_goodbye(&self) -> bool {
        let mut state = self.state();
        state.send(Frame::Goodbye.encode());
        state.writer.is_some()
    }

    /// Ends everything, because of a failure or not.
    pub(super) fn end(&self, failure: Option<Error>) {
        let mut state = self.state();
        state.phase = Phase::Closed;
        state.writer = None;
        for call in std::mem::take(&mut state.calls).into_values() {
            drop(call.done.send(Err(
                failure.clone().unwrap_or_else(|| closed(call.operation)),
            )));
        }
        for subscriber in std::mem::take(&mut state.subscribers).into_values() {
            match &failure {
                Some(failure) => subscriber.fail(failure),
                None => subscriber.fail(&closed("receive")),
            }
        }
        state.failure = failure.or(state.failure.take());
        self.standing.send_replace(Standing::Closed);
        self.ready.send_replace(true);
        self.progress.notify_waiters();
    }
}

impl State {
    fn check_open(&self, operation: &'static str) -> Result<()> {
        if self.phase == Phase::Open {
            Ok(())
        } else {
            Err(closed(operation))
        }
    }

    fn next_id(&mut self, operation: &'static str) -> Result<u64> {
        self.check_open(operation)?;
        self.last_id += 1;
        Ok(self.last_id)
    }

    /// Sends where there is a connection; what has to be sent over the next one is kept elsewhere.
    fn send(&mut self, frame: Bytes) {
        if let Some(writer) = &self.writer {
            drop(writer.send(frame));
        }
    }

    fn is_idle(&self) -> bool {
        self.calls.is_empty()
            && self
                .subscribers
                .values()
                .all(|subscriber| subscriber.out.is_empty())
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

/// A call that waits for its outcome; dropped, it is not sent again.
pub(super) struct Waiting<'a> {
    shared: &'a Shared,
    id: u64,
    outcome: oneshot::Receiver<Result<Outcomes>>,
}

impl Waiting<'_> {
    pub(super) async fn outcome(mut self) -> Result<Outcomes> {
        let outcome = (&mut self.outcome).await;
        outcome.unwrap_or_else(|_| Err(closed("call")))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.state().calls.remove(&self.id);
        self.shared.progress.notify_waiters();
    }
}
