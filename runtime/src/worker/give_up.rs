//! What is left to do for a message that is given up: it goes where it is found again, and its sender is told.
use super::{
    floor::Floor,
    guard::guarded,
    work::{Parcel, Purpose, Step, Work},
};
use crate::{
    Str,
    dead_letter::{Cause, dead_letter},
    ids::One,
    policy::DeadLetters,
    router::Handler,
    transport::Verdict,
    unseen,
};
use std::fmt::Display;

/// Notes it.
pub(super) fn give_up(
    floor: &Floor,
    work: &mut Work,
    handler: Option<&Handler>,
    reason: &'static str,
    error: &str,
) {
    let message = &work.incoming.message;
    let cause = cause(floor, work, reason, error);
    let Cause {
        address, attempts, ..
    } = &cause;
    unseen::tell();
    tracing::warn!(id = %message.id, name = ?message.name, %address, attempts, reason, error, "message given up");
    let kept = &floor.route.policy.dead_letters;
    let is_native = floor.native_dead_letter && *kept == DeadLetters::Beside;
    let letter = match is_native {
        true => None,
        false => dead_letter(work.original(), &cause, kept),
    };
    let verdict = match letter {
        Some(_) => Verdict::Ack,
        // The broker is not to keep it either.
        None if floor.native_dead_letter && !is_native => Verdict::Ack,
        None => Verdict::reject(reason),
    };
    let refusal = refusal(floor, work, handler, &cause);
    let letter = letter.map(|outgoing| Parcel::new(outgoing, Purpose::DeadLetter));
    let parcels = letter.into_iter().chain(refusal).collect();
    work.step = Step::given_up(parcels, verdict, reason);
}

pub(super) fn cause(
    floor: &Floor,
    work: &Work,
    reason: impl Into<Str>,
    error: impl Display,
) -> Cause {
    Cause {
        reason: reason.into(),
        error: error.to_string(),
        address: floor.address(&work.incoming).clone(),
        kind: floor.route.channel.kind,
        group: floor.route.group.clone(),
        attempts: work.attempt(),
    }
}

/// What its sender is told, where that is wanted: by the handler that takes it, unless another is known to have.
pub(super) fn refusal(
    floor: &Floor,
    work: &Work,
    handler: Option<&Handler>,
    cause: &Cause,
) -> Option<Parcel> {
    if !floor.route.policy.refuse {
        return None;
    }
    let message = &work.incoming.message;
    let refuse = || {
        let taken_by = || floor.route.handler(floor.route.find(message).ok()?);
        let handler = handler.or_else(taken_by);
        floor.route.refuse(handler, message, cause)
    };
    let mut outgoing = guarded(&cause.address, refuse).ok().flatten()?;
    outgoing.message.id = One::new(&floor.route.consumer, "refused").id(&message.id);
    Some(Parcel::new(outgoing, Purpose::Reply))
}
