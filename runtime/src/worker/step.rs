//! What is done with one message: its handler runs, then what that made is sent. What ends at once costs no allocation.
use super::{
    floor::Floor,
    give_up::give_up,
    place::{Outcome as Handling, Place},
    send::{send, send_now},
    work::{Outcome, Parcel, Purpose, Step, Work},
};
use crate::{
    BoxFuture, ChannelKind, Handled, HandlerError, Message, clock, router::Unroutable, unseen,
};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

pub(super) struct Running {
    floor: Arc<Floor>,
    /// Until it has ended, or is elsewhere while it is sent.
    work: Option<Work>,
    stage: Stage,
}

enum Stage {
    New,
    Handling(Place),
    Sending(BoxFuture<'static, (Work, Outcome)>),
}

enum Goes {
    On(Stage),
    ToItsEnd(Outcome),
}

impl Running {
    pub(super) fn new(floor: Arc<Floor>, work: Work) -> Self {
        Self {
            floor,
            work: Some(work),
            stage: Stage::New,
        }
    }
}

impl Future for Running {
    type Output = (Work, Outcome);

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { floor, work, stage } = &mut *self;
        loop {
            let Some(at_work) = work else {
                return match stage {
                    Stage::Sending(sending) => sending.as_mut().poll(task),
                    Stage::New | Stage::Handling(_) => Poll::Pending,
                };
            };
            let goes = match stage {
                Stage::Handling(place) => {
                    let outcome = ready!(place.poll(floor, task));
                    handled(floor, at_work, place.handler, outcome)
                }
                Stage::New | Stage::Sending(_) => begin(floor, at_work),
            };
            match goes {
                Some(Goes::On(next)) => *stage = next,
                Some(Goes::ToItsEnd(outcome)) => match work.take() {
                    Some(work) => return Poll::Ready((work, outcome)),
                    None => return Poll::Pending,
                },
                None => match work.take() {
                    Some(work) => *stage = Stage::Sending(sending(floor.clone(), work)),
                    None => return Poll::Pending,
                },
            }
        }
    }
}

async fn sent(floor: Arc<Floor>, mut work: Work) -> (Work, Outcome) {
    let outcome = send(&floor, &mut work).await;
    (work, outcome)
}

fn sending(floor: Arc<Floor>, work: Work) -> BoxFuture<'static, (Work, Outcome)> {
    Box::pin(sent(floor, work))
}

/// None where something is to be sent that has to be waited for.
fn begin(floor: &Arc<Floor>, work: &mut Work) -> Option<Goes> {
    if !work.is_handled() {
        match handler(floor, work) {
            Ok(Some(number)) => match Place::begin(floor, number, work) {
                Ok(place) => return Some(Goes::On(Stage::Handling(place))),
                Err(error) => return handled(floor, work, number, Err(error)),
            },
            Ok(None) => {}
            Err(pause) => return Some(again(work, pause)),
        }
    }
    send_now(floor, work).map(Goes::ToItsEnd)
}

fn again(work: &mut Work, pause: std::time::Duration) -> Goes {
    work.tried = work.tried.saturating_add(1);
    Goes::ToItsEnd(Outcome::Retry(pause))
}

/// The number of the handler that takes a message; none where none does, and it is given up or passed over.
fn handler(floor: &Floor, work: &mut Work) -> Result<Option<usize>, std::time::Duration> {
    if !floor.layers.is_empty() && !work.is_read {
        let message = &mut work.incoming.message;
        if let Err(error) = floor.layers.incoming(&floor.route.channel, message) {
            return failed(floor, work, None, error).map_or(Ok(None), Err);
        }
        work.is_read = true;
    }
    let message = &work.incoming.message;
    if is_expired(message) {
        give_up(floor, work, None, "expired", "nobody wants it any more");
        return Ok(None);
    }
    match floor.route.find(message) {
        Ok(number) => return Ok(Some(number)),
        // A topic may carry messages that are for others, which their names say.
        Err(Unroutable::UnknownName)
            if floor.route.channel.kind == ChannelKind::PublishSubscribe =>
        {
            let address = &floor.route.channel.address;
            tracing::debug!(id = %message.id, name = ?message.name, %address, "message is for others");
            work.step = Step::DONE;
        }
        // Nobody else would ever take it.
        Err(why) => give_up(floor, work, None, "no handler takes it", why.text()),
    }
    Ok(None)
}

fn is_expired(message: &Message) -> bool {
    message
        .expires
        .is_some_and(|expires| expires <= clock::now())
}

/// Notes what is to be sent, or has the handler run again.
fn handled(floor: &Floor, work: &mut Work, number: usize, outcome: Handling) -> Option<Goes> {
    match outcome {
        Ok(handled) => work.step = to_send(handled),
        Err(error) => {
            if let Some(pause) = failed(floor, work, Some(number), error) {
                return Some(again(work, pause));
            }
        }
    }
    send_now(floor, work).map(Goes::ToItsEnd)
}

fn to_send(handled: Handled) -> Step {
    let Handled { sent, reply } = handled;
    let mut parcels = Vec::with_capacity(sent.len() + usize::from(reply.is_some()));
    let message = |outgoing| Parcel::new(outgoing, Purpose::Message);
    parcels.extend(sent.into_iter().map(message));
    parcels.extend(reply.map(|outgoing| Parcel::new(outgoing, Purpose::Reply)));
    Step::Send {
        parcels,
        verdict: crate::Verdict::Ack,
        failures: 0,
    }
}

/// Gives the message up, or gives the pause before its handler is to run again.
fn failed(
    floor: &Floor,
    work: &mut Work,
    number: Option<usize>,
    error: HandlerError,
) -> Option<std::time::Duration> {
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
            let Message { id, name, .. } = &*work.incoming.message;
            let address = &floor.route.channel.address;
            unseen::tell();
            tracing::info!(%id, ?name, %address, attempt, error = %source, "handling failed, trying again");
            Some(after.unwrap_or_else(|| policy.backoff.pause(attempt)))
        }
    }
}
