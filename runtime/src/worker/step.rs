//! What is done with one message: its handler runs, then what that made is sent. What ends at once costs no allocation.
use super::{
    floor::Floor,
    give_up::give_up,
    guard::guarded,
    idle::Idle,
    place::{self, Outcome as Handling, Place},
    send::{mended, offer, offer_shared, send, send_now},
    work::{Outcome, Parcel, Purpose, Step, Work},
};
use crate::{
    BoxFuture, ChannelKind, Error, Handled, HandlerError, Message, Reply, clock,
    dead_letter::is_for, router::Unroutable, run::Run, unseen,
};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

/// Work that has to be waited for.
pub(super) struct Running {
    floor: Arc<Floor>,
    /// Until it is elsewhere, while it is sent.
    work: Option<Work>,
    stage: Stage,
    /// Where its handler ran.
    place: Option<(usize, Box<dyn Run>)>,
}

/// How far it is.
pub(super) enum Stage {
    Handling(Place),
    Send,
    Sending(BoxFuture<'static, (Work, Outcome)>),
}

/// What became of work.
pub(super) struct Done {
    pub(super) work: Work,
    pub(super) outcome: Outcome,
    /// Where its handler ran, to be used again.
    pub(super) place: Option<(usize, Box<dyn Run>)>,
}

/// What is next.
enum Next {
    Outcome(Outcome),
    /// To run the handler with that number.
    Handle(usize),
    /// To send what has to be waited for.
    Send,
}

/// How work begins.
pub(super) enum Begun {
    /// And has ended well, with nothing to send.
    Done,
    Ended(Outcome),
    Waits(Stage),
}

/// Does what can be done at once, which allocates nothing.
pub(super) fn begin(
    floor: &Arc<Floor>,
    idle: &mut Idle,
    work: &mut Work,
    task: &mut Context<'_>,
) -> Begun {
    match next(floor, work) {
        Next::Outcome(outcome) => Begun::Ended(outcome),
        Next::Send => Begun::Waits(Stage::Send),
        Next::Handle(handler) => match place::begin(floor, idle, handler, work, task) {
            place::Begun::Done => Begun::Done,
            place::Begun::Waits(place) => Begun::Waits(Stage::Handling(place)),
            place::Begun::Ended(outcome) => match handled(floor, work, handler, outcome) {
                Some(outcome) => Begun::Ended(outcome),
                None => Begun::Waits(Stage::Send),
            },
        },
    }
}

fn next(floor: &Floor, work: &mut Work) -> Next {
    let sent = |work: &mut Work| send_now(floor, work).map_or(Next::Send, Next::Outcome);
    if work.is_handled() {
        return sent(work);
    }
    match handler(floor, work) {
        Ok(Some(number)) => Next::Handle(number),
        Ok(None) if work.is_given_up() => Next::Outcome(Outcome::GivenUp),
        Ok(None) => sent(work),
        Err(pause) => Next::Outcome(again(work, pause)),
    }
}

async fn sent(floor: Arc<Floor>, mut work: Work) -> (Work, Outcome) {
    let outcome = send(&floor, &mut work).await;
    (work, outcome)
}

impl Running {
    pub(super) fn new(floor: Arc<Floor>, work: Work, stage: Stage) -> Self {
        let work = Some(work);
        Self {
            floor,
            work,
            stage,
            place: None,
        }
    }

    /// Work whose handler has run.
    pub(super) fn sending(floor: &Arc<Floor>, work: Work) -> Self {
        Self::new(floor.clone(), work, Stage::Send)
    }

    /// Work whose transaction was refused because of what it sends.
    pub(super) fn refused(floor: &Arc<Floor>, mut work: Work, error: Error) -> Self {
        let at = floor.clone();
        let mending = async move {
            let outcome = mended(&at, &mut work, &error).await;
            (work, outcome)
        };
        Self {
            floor: floor.clone(),
            work: None,
            stage: Stage::Sending(Box::pin(mending)),
            place: None,
        }
    }

    /// The handler has ended: what becomes of its work, unless that is still to be sent.
    fn handled(&mut self, outcome: Handling) -> Option<Done> {
        let Stage::Handling(place) = std::mem::replace(&mut self.stage, Stage::Send) else {
            return None;
        };
        let number = place.handler;
        self.place = place.into_run().map(|run| (number, run));
        let work = self.work.as_mut()?;
        let outcome = handled(&self.floor, work, number, outcome)?;
        let work = self.work.take()?;
        Some(self.done(work, outcome))
    }

    fn done(&mut self, work: Work, outcome: Outcome) -> Done {
        let place = self.place.take();
        Done {
            work,
            outcome,
            place,
        }
    }
}

impl Future for Running {
    type Output = Done;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Done> {
        if let Self {
            floor,
            work: Some(work),
            stage: Stage::Handling(place),
            ..
        } = &mut *self
        {
            let outcome = ready!(place.poll(floor, &work.incoming.message, task));
            if let Some(done) = self.handled(outcome) {
                return Poll::Ready(done);
            }
        }
        if let Some(work) = self.work.take() {
            self.stage = Stage::Sending(Box::pin(sent(self.floor.clone(), work)));
        }
        let Stage::Sending(sending) = &mut self.stage else {
            return Poll::Pending;
        };
        let (work, outcome) = ready!(sending.as_mut().poll(task));
        Poll::Ready(self.done(work, outcome))
    }
}

fn again(work: &mut Work, pause: Duration) -> Outcome {
    work.tried = work.tried.saturating_add(1);
    Outcome::Retry(pause)
}

/// The number of the handler that takes a message; none where none does, and it is given up or passed over.
fn handler(floor: &Floor, work: &mut Work) -> Result<Option<usize>, Duration> {
    let is_topic = floor.route.channel.kind == ChannelKind::PublishSubscribe;
    if is_topic && !is_for(&mut work.incoming.message, floor.route.group.as_deref()) {
        pass_over(floor, work);
        return Ok(None);
    }
    if !floor.layers.is_empty() && !work.is_read {
        if let Err(error) = read(floor, work) {
            return failed(floor, work, None, error).map_or(Ok(None), Err);
        }
        work.is_read = true;
    }
    let message = &work.incoming.message;
    if is_expired(message) && floor.route.is_request(message) {
        tracing::debug!(id = %message.id, address = floor.own_address(), "nobody waits for the reply any more; request dropped");
        work.step = Step::dropped("expired");
        return Ok(None);
    }
    if is_expired(message) {
        give_up(floor, work, None, "expired", "nobody wants it any more");
        return Ok(None);
    }
    match floor.route.find(message) {
        Ok(number) => return Ok(Some(number)),
        // A topic may carry messages that are for others, which their names say.
        Err(Unroutable::UnknownName) if is_topic => pass_over(floor, work),
        // Nobody else would ever take it.
        Err(why) => give_up(floor, work, None, "no handler takes it", &why.text()),
    }
    Ok(None)
}

fn pass_over(floor: &Floor, work: &mut Work) {
    let Message { id, name, .. } = &*work.incoming.message;
    let address = &floor.route.channel.address;
    tracing::debug!(%id, ?name, %address, "message is for others");
    work.step = Step::Done;
}

/// Has the layers see it come, as it came.
fn read(floor: &Floor, work: &mut Work) -> Result<(), HandlerError> {
    let mut message = work.original().clone();
    work.before_layers.get_or_insert_with(|| message.clone());
    let mut seen = 0;
    let incoming = || {
        floor
            .layers
            .incoming(&floor.route.channel, &mut message, &mut seen)
    };
    let outcome = guarded(floor.own_address(), incoming).flatten();
    work.seen = work.seen.max(seen);
    work.incoming.message = message;
    outcome
}

fn is_expired(message: &Message) -> bool {
    is_expired_in(message, Duration::ZERO)
}

/// Whether its time is over after that.
fn is_expired_in(message: &Message, pause: Duration) -> bool {
    message.expires.is_some_and(|expires| {
        let then = clock::now().checked_add(pause);
        then.is_none_or(|then| expires <= then)
    })
}

/// What becomes of work whose handler has ended; none where something is to be sent that has to be waited for.
#[inline]
fn handled(floor: &Floor, work: &mut Work, number: usize, outcome: Handling) -> Option<Outcome> {
    match outcome {
        Ok(handled) if handled.is_empty() => Some(Outcome::Verdict(crate::Verdict::Ack)),
        Ok(handled) => {
            let left = send_handled(floor, handled);
            if left.is_empty() {
                return Some(Outcome::Verdict(crate::Verdict::Ack));
            }
            work.step = Step::send(left, crate::Verdict::Ack);
            None
        }
        Err(error) => match failed(floor, work, Some(number), error) {
            Some(pause) => Some(again(work, pause)),
            None => Some(Outcome::GivenUp),
        },
    }
}

/// Has the transport take what a handler made; gives what it does not take at once, in its order.
fn send_handled(floor: &Floor, handled: Handled) -> Vec<Parcel> {
    let Handled { sent, reply } = handled;
    let message = |outgoing| Parcel::new(outgoing, Purpose::Message);
    let mut left = offer(floor, sent.into_iter().map(message));
    let Some(reply) = reply else {
        return left;
    };
    let Reply { channel, message } = reply;
    let message = match left.is_empty() {
        true => offer_shared(floor, &channel, message),
        false => Some(message),
    };
    left.extend(message.map(|message| {
        let reply = Reply { channel, message };
        Parcel::new(reply.into(), Purpose::Reply)
    }));
    left
}

/// Gives the message up, or gives the pause before its handler is to run again.
fn failed(
    floor: &Floor,
    work: &mut Work,
    number: Option<usize>,
    error: HandlerError,
) -> Option<Duration> {
    let handler = number.and_then(|number| floor.route.handler(number));
    let (attempt, policy) = (work.attempt(), &floor.route.policy);
    match error {
        HandlerError::Reject(source) => {
            give_up(floor, work, handler, "rejected", &source.to_string());
            None
        }
        HandlerError::Retry { source, .. } if attempt >= policy.attempts => {
            let error = source.to_string();
            give_up(floor, work, handler, "attempts exhausted", &error);
            None
        }
        HandlerError::Retry { after, source } => {
            let pause = after.unwrap_or_else(|| policy.backoff.pause(attempt));
            let message = &work.incoming.message;
            // Else whoever asked would have gone before they are told.
            if is_expired_in(message, pause) {
                let reason = "no time for another attempt";
                give_up(floor, work, handler, reason, &source.to_string());
                return None;
            }
            let Message { id, name, .. } = &**message;
            let address = &floor.route.channel.address;
            unseen::tell();
            tracing::info!(%id, ?name, %address, attempt, error = %source, "handling failed, trying again");
            Some(pause)
        }
    }
}
