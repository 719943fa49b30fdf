//! What the connecting end keeps across connections: calls that wait, subscriptions, and its session at the listening end.
use super::{
    arrivals::Arrivals,
    calls::{Calls, Outcomes, closed},
    subscribers::Subscribers,
};
use crate::{
    Address, SocketSettings,
    outbox::Outbox,
    tally::Tally,
    wire::{CHUNK, Frame, MAX_REASON, VERSION},
};
use std::{
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tidings::{
    Error, Result, Token, Verdict,
    transport::{Incoming, Part, State as Standing},
};
use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};
use uuid::Uuid;

/// Verdicts in a frame, which is of a fair size even with the longest reasons.
const VERDICTS: usize = CHUNK / MAX_REASON;

pub(crate) struct Shared {
    pub(super) address: Address,
    pub(super) settings: SocketSettings,
    /// This end, over all its connections.
    session: Uuid,
    /// What is sent in the session. Locked after the state.
    pub(super) outbox: Outbox,
    state: Mutex<State>,
    /// Told when the first connection stands, or when there will be none.
    ready: watch::Sender<bool>,
    /// How the connection is doing, for users.
    standing: watch::Sender<Standing>,
    /// Told when a call or a delivery was done with.
    pub(super) progress: Notify,
}

#[derive(Default)]
pub(super) struct State {
    phase: Phase,
    /// Number of the session; deliveries of earlier ones can no longer be settled.
    generation: u32,
    /// Whether the listening end may still have the session.
    is_kept: bool,
    /// Since when there is no connection.
    lost: Option<Instant>,
    tally: Tally,
    last_id: u64,
    pub(super) calls: Calls,
    subscribers: Subscribers,
    failure: Option<Error>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    Closing,
    /// The listening end was told that this end leaves.
    Leaving,
    Closed,
}

/// A new subscription: its number, what arrives, and the first confirmation.
pub(super) struct Opened {
    pub(super) id: u64,
    pub(super) arrivals: Arrivals,
    pub(super) confirmed: oneshot::Receiver<Result<()>>,
}

fn reconnecting(reason: &str) -> Standing {
    Standing::Reconnecting {
        since: Instant::now(),
        reason: reason.into(),
    }
}

impl Shared {
    pub(super) fn new(address: Address, settings: SocketSettings) -> Self {
        Self {
            address,
            settings,
            session: Uuid::new_v4(),
            outbox: Outbox::default(),
            state: Mutex::default(),
            ready: watch::Sender::new(false),
            standing: watch::Sender::new(reconnecting("not connected yet")),
            progress: Notify::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
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

    /// Whether there is nothing left to connect for.
    pub(super) fn is_done(&self) -> bool {
        let state = self.state();
        match state.phase {
            Phase::Open | Phase::Closing => false,
            Phase::Leaving => !state.is_kept,
            Phase::Closed => true,
        }
    }

    pub(super) fn was_connected(&self) -> bool {
        self.state().generation > 0
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().phase == Phase::Open
    }

    /// What a connection begins with.
    pub(super) fn hello(&self) -> Frame {
        let state = self.state();
        Frame::Hello {
            version: VERSION,
            session: self.session,
            received: state.is_kept.then(|| state.tally.count()),
            token: self.settings.token.text(),
        }
    }

    /// A sign of life.
    pub(super) fn show(&self) {
        let received = self.state().tally.tell();
        self.outbox.show(Frame::Ping { received }.encode());
    }

    /// Begins a call, which is sent now or when there is a connection, and again in every new session until it is done; gives its
    /// number, and what will become of it.
    pub(super) fn call(
        &self,
        operation: &'static str,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<(u64, oneshot::Receiver<Result<Outcomes>>)> {
        let request = self.state().next_id(operation)?;
        let frame = frame(request).encode();
        let mut state = self.state();
        state.check_open(operation)?;
        // One alone is waited for; many wait together anyway.
        let number = match state.calls.is_empty() {
            true => self.outbox.push_now(frame.clone()),
            false => self.outbox.push(frame.clone()),
        };
        let outcome = state.calls.add(operation, request, frame, number);
        Ok((request, outcome))
    }

    /// Subscribes, where so many deliveries may come before they are wanted.
    pub(super) fn open_subscription(
        &self,
        ahead: usize,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<Opened> {
        let mut state = self.state();
        let id = state.next_id("subscribe")?;
        let frame = frame(id).encode();
        self.outbox.push(frame.clone());
        let (arrivals, confirmed) = state.subscribers.add(id, frame, ahead);
        self.ask(&state, id);
        Ok(Opened {
            id,
            arrivals,
            confirmed,
        })
    }

    pub(super) fn end_subscription(&self, id: u64) {
        let mut state = self.state();
        if state.subscribers.remove(id) {
            let unsubscribe = Frame::Unsubscribe { subscription: id };
            self.outbox.push(unsubscribe.encode());
        }
        self.progress.notify_waiters();
    }

    /// So many deliveries would be taken.
    pub(super) fn want(&self, id: u64, wanted: usize) {
        let state = self.state();
        state.subscribers.want(id, wanted);
        self.ask(&state, id);
    }

    fn ask(&self, state: &State, id: u64) {
        if state.phase == Phase::Open
            && let Some(frame) = state.subscribers.ask(id)
        {
            self.outbox.push(frame);
        }
    }

    /// Leaves of deliveries what may go to the user: none of an earlier session, and none once closing has begun.
    pub(super) fn hand_out(&self, id: u64, deliveries: &mut Vec<Incoming>) {
        let mut state = self.state();
        let part = state.part();
        match state.phase {
            Phase::Open => state.subscribers.hand_out(id, part, deliveries),
            _ => deliveries.clear(),
        }
    }

    /// Settles what is out, now or when there is a connection; gives what could not be.
    pub(super) fn settle(&self, id: u64, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let mut state = self.state();
        if state.phase == Phase::Closed {
            let failed = |(token, _): &(Token, Verdict)| (*token, closed("settle"));
            return verdicts.iter().map(failed).collect();
        }
        let part = state.part();
        let mut verdicts = state.subscribers.settle(id, part, verdicts);
        let is_some_out = !verdicts.is_empty();
        while !verdicts.is_empty() {
            let rest = verdicts.split_off(verdicts.len().min(VERDICTS));
            let frame = Frame::Settle {
                subscription: id,
                verdicts,
            };
            self.outbox.push(frame.encode());
            verdicts = rest;
        }
        if is_some_out {
            self.ask(&state, id);
        }
        self.progress.notify_waiters();
        Vec::new()
    }

    /// Takes a new connection into use. The session goes on where the listening end has so many frames of it; else one begins,
    /// in which is subscribed again, and what waits is sent again.
    pub(super) fn install(&self, received: Option<u64>) -> Result<(), &'static str> {
        let mut state = self.state();
        match received {
            Some(count) if state.is_kept && self.outbox.resume(count) => {}
            Some(_) => return Err("the listening end goes on with what this end did not begin"),
            None => {
                self.give_up(&mut state);
                state.begin(&self.outbox);
            }
        }
        state.lost = None;
        state.failure = None;
        self.ready.send_replace(true);
        self.standing.send_replace(Standing::Connected);
        Ok(())
    }

    /// The connection is lost.
    pub(super) fn uninstall(&self) {
        let mut state = self.state();
        self.outbox.lost();
        state.lost = Some(Instant::now());
        if state.phase == Phase::Open {
            self.standing.send_replace(reconnecting("connection lost"));
        }
        self.progress.notify_waiters();
    }

    /// When the listening end no longer keeps the session, where it does now.
    pub(super) fn kept_until(&self) -> Option<Instant> {
        let state = self.state();
        let lost = state.lost.filter(|_| state.is_kept)?;
        lost.checked_add(self.settings.resume)
    }

    /// The session is over: what came in it comes again, here or elsewhere.
    pub(super) fn forget(&self) {
        self.give_up(&mut self.state());
    }

    fn give_up(&self, state: &mut State) {
        if std::mem::take(&mut state.is_kept) {
            let (part, is_open) = (state.part(), state.phase == Phase::Open);
            state.subscribers.gone(part, is_open);
            state.calls.part(|number| self.outbox.is_unsent(number));
            self.outbox.forget();
            self.progress.notify_waiters();
        }
    }

    /// Takes in a frame of so many bytes.
    pub(super) fn receive(&self, frame: Frame, bytes: usize) -> Result<(), &'static str> {
        let mut state = self.state();
        if frame.is_counted() && state.tally.add(bytes) {
            let received = state.tally.tell();
            self.outbox.show(Frame::Ping { received }.encode());
        }
        let part = state.part();
        match frame {
            Frame::Outcomes { request, outcomes } => {
                state.calls.done(request, outcomes);
                self.progress.notify_waiters();
            }
            Frame::Subscribed {
                subscription,
                outcome: Ok(()),
            } => state.subscribers.confirm(subscription),
            Frame::Subscribed {
                subscription,
                outcome: Err(fault),
            }
            | Frame::Ended {
                subscription,
                fault,
            } => return state.subscribers.refuse(subscription, fault),
            Frame::Deliver {
                subscription,
                deliveries,
            } => return state.subscribers.deliver(subscription, part, deliveries),
            Frame::Lost {
                subscription,
                count,
            } => state.subscribers.lost(subscription, count),
            Frame::Pong { received } => {
                return self
                    .outbox
                    .received(received)
                    .map_err(|malformed| malformed.0);
            }
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
            let mut progress = pin!(self.progress.notified());
            progress.as_mut().enable();
            if self.state().is_idle() {
                return;
            }
            progress.await;
        }
    }

    /// Says that this end leaves; gives whether there is anybody who hears it, or anything that they have yet to hear.
    pub(super) fn say_goodbye(&self) -> bool {
        let mut state = self.state();
        if state.phase == Phase::Closed {
            return false;
        }
        state.phase = Phase::Leaving;
        let is_heard = state.is_kept && (state.lost.is_none() || !self.outbox.is_empty());
        self.outbox.push(Frame::Goodbye.encode());
        is_heard
    }

    /// Ends everything, because of a failure or not.
    pub(super) fn end(&self, failure: Option<Error>) {
        let mut state = self.state();
        let phase = std::mem::replace(&mut state.phase, Phase::Closed);
        if matches!(phase, Phase::Open | Phase::Closing) {
            // What is on its way still goes, and all is given back.
            self.outbox.push(Frame::Goodbye.encode());
        }
        for number in state.calls.end(failure.as_ref()) {
            self.outbox.replace(number, Frame::Void.encode());
        }
        self.outbox.close();
        let reason = failure.clone().unwrap_or_else(|| closed("receive"));
        state.subscribers.end(&reason);
        state.failure = failure.or(state.failure.take());
        self.standing.send_replace(Standing::Closed);
        self.ready.send_replace(true);
        self.progress.notify_waiters();
    }
}

impl State {
    fn part(&self) -> Part {
        Part::new(self.generation, 0)
    }

    /// A session that begins.
    fn begin(&mut self, outbox: &Outbox) {
        self.generation = self.generation.wrapping_add(1);
        self.is_kept = true;
        self.tally = Tally::default();
        let subscriptions = self.subscribers.frames();
        let calls = self.calls.again(subscriptions.len() as u64);
        outbox.begin(subscriptions.into_iter().chain(calls));
    }

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

    fn is_idle(&self) -> bool {
        self.calls.is_empty() && self.subscribers.is_idle()
    }
}
