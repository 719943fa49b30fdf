//! Sends what is left of a message that was handled or given up.
use super::{
    floor::Floor,
    give_up::give_up,
    work::{Outcome, Purpose, Rest, Step, Work},
};
use crate::{
    Channel, Error, ErrorKind, Outgoing, Result,
    dead_letter::strip,
    transport::{Ensure, Verdict, Wanted, deadline},
};
use std::time::Duration;

/// How long the transport may take to confirm what a handler sent, before it is sent again.
const CONFIRM: Duration = Duration::from_secs(30);

/// Sends what the transport takes at once; gives what is then to be done, where nothing is left.
pub(super) fn send_now(floor: &Floor, work: &mut Work) -> Option<Outcome> {
    let Step::Send(rest) = &mut work.step else {
        return Some(Outcome::Verdict(Verdict::Ack));
    };
    let Rest {
        parcels, verdict, ..
    } = &mut **rest;
    // Layers want to see how it ends.
    if parcels.is_empty() || floor.layers.is_empty() {
        let mut left = std::mem::take(parcels).into_iter();
        for mut parcel in left.by_ref() {
            let Outgoing { channel, message } = &mut parcel.outgoing;
            if let Some(back) = floor.transport.offer(channel, std::mem::take(message)) {
                *message = back;
                parcels.push(parcel);
                break;
            }
        }
        parcels.extend(left);
    }
    parcels
        .is_empty()
        .then(|| Outcome::Verdict(verdict.clone()))
}

/// Sends what is still to be sent, in its order.
pub(super) async fn send(floor: &Floor, work: &mut Work) -> Outcome {
    let Step::Send(rest) = &mut work.step else {
        return Outcome::Verdict(Verdict::Ack);
    };
    let Rest {
        parcels,
        verdict,
        failures,
        ..
    } = &mut **rest;
    let mut left = std::mem::take(parcels).into_iter();
    while let Some(mut parcel) = left.next() {
        let Err(error) = publish(floor, &parcel.outgoing).await else {
            continue;
        };
        let Outgoing { channel, message } = &mut parcel.outgoing;
        let pause = match after(parcel.purpose, &error) {
            After::Dropped if error.kind() == ErrorKind::NotFound => {
                tracing::debug!(id = %message.id, address = %channel.address, "whoever asked is gone; reply dropped");
                continue;
            }
            After::Dropped => {
                tracing::warn!(address = %channel.address, %error, "reply dropped");
                continue;
            }
            // Without its headers it is as large as it came.
            After::Again if error.kind() == ErrorKind::TooLarge && strip(message) => Duration::ZERO,
            After::Again if error.kind() == ErrorKind::NotFound && made(floor, channel).await => {
                Duration::ZERO
            }
            After::Again => {
                *failures += 1;
                tracing::warn!(address = %channel.address, %error, failures, "sending failed, trying again");
                let backoff = || floor.route.policy.backoff.pause(*failures);
                error.wait().unwrap_or_else(backoff)
            }
            // Nor is what comes after it: a reply would say that all is well.
            After::Never => {
                let reason = "what its handler sent cannot be sent";
                give_up(floor, work, None, reason, &error.to_string());
                return Outcome::Resend(Duration::ZERO);
            }
        };
        // What comes after a failure waits too.
        parcels.push(parcel);
        parcels.extend(left);
        return Outcome::Resend(pause);
    }
    Outcome::Verdict(verdict.clone())
}

async fn publish(floor: &Floor, outgoing: &Outgoing) -> Result<()> {
    let Outgoing { channel, message } = outgoing;
    let batch = std::slice::from_ref(message);
    let outcomes = floor
        .transport
        .publish(channel, batch, deadline(CONFIRM))
        .await;
    let outcome = outcomes.into_iter().next().unwrap_or(Ok(()));
    floor.tell(|layers| layers.published(channel, message, &outcome));
    outcome
}

/// Has the transport make a channel that is not there, as nobody else does for dead letters; gives whether it did.
async fn made(floor: &Floor, channel: &Channel) -> bool {
    let wanted = [Wanted::channel(channel.clone())];
    let made = floor.transport.ensure(&wanted, Ensure::Create).await;
    if let Err(error) = &made {
        tracing::warn!(address = %channel.address, %error, "there is no such channel, and none can be made");
    }
    made.is_ok()
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
