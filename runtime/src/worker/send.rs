//! Sends what is left of a message that was handled or given up.
use super::{
    floor::Floor,
    give_up::{cause, give_up, refusal},
    guard::guarded_wait,
    work::{Outcome, Parcel, Purpose, Rest, Step, Work},
};
use crate::{
    Channel, Error, ErrorKind, Handling, Message, Outgoing, Result,
    dead_letter::{self, refused},
    transport::{CONFIRM, Verdict, publish_one},
    unseen,
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Sends what the transport takes at once; gives what is then to be done, where nothing is left.
pub(super) fn send_now(floor: &Floor, work: &mut Work) -> Option<Outcome> {
    let Step::Send(rest) = &mut work.step else {
        return Some(Outcome::Verdict(Verdict::Ack));
    };
    let Rest {
        parcels,
        verdict,
        is_untold,
        ..
    } = &mut **rest;
    if *is_untold && work.seen > 0 {
        return None;
    }
    *parcels = offer(floor, std::mem::take(parcels).into_iter());
    parcels
        .is_empty()
        .then(|| Outcome::Verdict(verdict.clone()))
}

/// Has the transport take what it takes at once; gives the rest, in its order.
pub(super) fn offer(floor: &Floor, mut parcels: impl Iterator<Item = Parcel>) -> Vec<Parcel> {
    while let Some(Parcel { outgoing, purpose }) = parcels.next() {
        if let Some(back) = offer_one(floor, outgoing) {
            let first = Parcel::new(back, purpose);
            return std::iter::once(first).chain(parcels).collect();
        }
    }
    Vec::new()
}

/// The same of one.
fn offer_one(floor: &Floor, Outgoing { channel, message }: Outgoing) -> Option<Outgoing> {
    let back = offer_shared(floor, &channel, Arc::new(message))?;
    Some(Outgoing::new(channel, Arc::unwrap_or_clone(back)))
}

/// The same of one that is shared with whoever it goes to.
#[inline]
pub(super) fn offer_shared(
    floor: &Floor,
    channel: &Channel,
    message: Arc<Message>,
) -> Option<Arc<Message>> {
    // Layers want to see how it ends, transactions have it all.
    if !floor.layers.is_empty() || floor.route.policy.exactly_once {
        return Some(message);
    }
    floor.transport.offer(channel, message)
}

/// Sends what is still to be sent, in its order, once layers know where it is given up. Where that is done by a transaction it is left
/// to that.
pub(super) async fn send(floor: &Floor, work: &mut Work) -> Outcome {
    match tell_given_up(floor, work).await {
        Ok(()) if floor.route.policy.exactly_once => {
            let verdict = work.rest().map(|rest| rest.verdict.clone());
            Outcome::Verdict(verdict.unwrap_or(Verdict::Ack))
        }
        Ok(()) => send_rest(floor, work).await,
        Err(error) => {
            let what = "layers could not note that a message is given up, trying again";
            Outcome::Resend(pause(floor, work, &error, what))
        }
    }
}

async fn tell_given_up(floor: &Floor, work: &mut Work) -> Result<()> {
    if !work.rest().is_some_and(|rest| rest.is_untold) {
        return Ok(());
    }
    let handling = floor.handling(&work.incoming, work.attempt());
    let telling = Box::pin(floor.layers.given_up(&handling, work.seen));
    // One that panics is not asked again.
    let told = guarded_wait(floor.own_address(), telling).await;
    told.unwrap_or(Ok(()))?;
    if let Some(rest) = work.rest() {
        rest.is_untold = false;
    }
    Ok(())
}

async fn send_rest(floor: &Floor, work: &mut Work) -> Outcome {
    let Some(rest) = work.rest() else {
        return Outcome::Verdict(Verdict::Ack);
    };
    let (verdict, parcels) = (rest.verdict.clone(), std::mem::take(&mut rest.parcels));
    let mut left = parcels.into_iter();
    while let Some(parcel) = left.next() {
        let Err(error) = publish(floor, &parcel.outgoing).await else {
            continue;
        };
        let (parcel, pause) = match unsent(floor, work, parcel, &error).await {
            Unsent::Dropped => continue,
            Unsent::GivenUp => return Outcome::GivenUp,
            Unsent::Again(parcel, pause) => (*parcel, pause),
        };
        // What comes after a failure waits too.
        if let Some(rest) = work.rest() {
            rest.parcels.push(parcel);
            rest.parcels.extend(left);
        }
        return Outcome::Resend(pause);
    }
    if !work.is_given_up() && work.seen > 0 {
        let handling = floor.handling(&work.incoming, work.attempt());
        tell_sent(floor, &handling, work.seen).await;
    }
    Outcome::Verdict(verdict)
}

/// Has layers note it, which may take no longer than sending does.
pub(super) async fn tell_sent(floor: &Floor, handling: &Handling, seen: u16) {
    let telling = guarded_wait(
        floor.own_address(),
        Box::pin(floor.layers.sent(handling, seen)),
    );
    if timeout(CONFIRM, telling).await.is_err() {
        let id = &handling.message.id;
        tracing::warn!(address = floor.own_address(), %id, "layers do not come to note what was sent; the message is settled");
    }
}

/// Has what a transaction could not send given up, or changed, so that the next can.
pub(super) async fn mended(floor: &Floor, work: &mut Work, error: &Error) -> Outcome {
    let at = work
        .outgoing()
        .position(|outgoing| error.about("channel") == Some(&*outgoing.channel.address));
    let (Some(at), Some(rest)) = (at, work.rest()) else {
        return Outcome::Resend(pause(floor, work, error, "sending failed, trying again"));
    };
    let parcel = rest.parcels.remove(at);
    let Unsent::Again(parcel, pause) = unsent(floor, work, parcel, error).await else {
        return Outcome::Resend(Duration::ZERO);
    };
    if let Some(rest) = work.rest() {
        rest.parcels.insert(at, *parcel);
    }
    Outcome::Resend(pause)
}

/// What is done about something that could not be sent.
enum Unsent {
    /// It is not missed.
    Dropped,
    /// That is to be sent, after a pause.
    Again(Box<Parcel>, Duration),
    /// Its message is given up.
    GivenUp,
}

async fn unsent(floor: &Floor, work: &mut Work, mut parcel: Parcel, error: &Error) -> Unsent {
    let Outgoing { channel, message } = &parcel.outgoing;
    let address = &channel.address;
    let pause = match after(parcel.purpose, error) {
        After::Dropped if error.kind() == ErrorKind::NotFound => {
            tracing::debug!(id = %message.id, %address, "whoever asked is gone; reply dropped");
            return Unsent::Dropped;
        }
        After::Dropped => {
            unseen::tell();
            tracing::warn!(%address, %error, "reply dropped");
            return match instead(floor, work, message, error) {
                Some(refusal) => Unsent::Again(Box::new(refusal), Duration::ZERO),
                None => Unsent::Dropped,
            };
        }
        After::Again => {
            let mended = dead_letter::mended(&*floor.transport, &mut parcel.outgoing, error);
            match mended.await {
                Some(pause) => pause,
                None => pause(floor, work, error, "sending failed, trying again"),
            }
        }
        // Nor is what comes after it: a reply would say that all is well.
        After::Never => {
            let reason = "what its handler sent cannot be sent";
            give_up(floor, work, None, reason, &error.to_string());
            return Unsent::GivenUp;
        }
    };
    Unsent::Again(Box::new(parcel), pause)
}

/// What goes out in place of a reply that can never be sent, so that nobody waits for it in vain.
fn instead(floor: &Floor, work: &Work, reply: &Message, error: &Error) -> Option<Parcel> {
    if refused(reply).is_some() {
        return None;
    }
    let reason = format!("its reply cannot be sent: {}", error.kind());
    refusal(floor, work, None, &cause(floor, work, reason, error))
}

/// How long to wait before the next try.
fn pause(floor: &Floor, work: &mut Work, error: &Error, what: &str) -> Duration {
    let failures = work.rest().map_or(1, |rest| {
        rest.failures = rest.failures.saturating_add(1);
        rest.failures
    });
    unseen::tell();
    tracing::warn!(address = floor.own_address(), %error, failures, "{what}");
    error
        .wait()
        .unwrap_or_else(|| floor.route.policy.backoff.pause(failures))
}

async fn publish(floor: &Floor, outgoing: &Outgoing) -> Result<()> {
    let Outgoing { channel, message } = outgoing;
    let outcome = publish_one(&*floor.transport, channel, message).await;
    floor.tell(|layers| layers.published(channel, message, &outcome));
    outcome
}

enum After {
    Dropped,
    Again,
    Never,
}

fn after(purpose: Purpose, error: &Error) -> After {
    let later = error.is_retryable() || error.kind() == ErrorKind::Closed;
    match purpose {
        Purpose::Reply if !later => After::Dropped,
        Purpose::Message if !later => After::Never,
        _ => After::Again,
    }
}
