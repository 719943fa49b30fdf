//! What is left to do for a message that is given up: it goes where it is found again, and its sender is told.
use super::{
    floor::Floor,
    guard::guarded,
    work::{Parcel, Purpose, Step, Work},
};
use crate::{
    dead_letter::{Cause, dead_letter},
    ids::Ids,
    policy::DeadLetters,
    router::Handler,
    transport::Verdict,
    unseen,
};

/// Notes it.
pub(super) fn give_up(
    floor: &Floor,
    work: &mut Work,
    handler: Option<&Handler>,
    reason: &'static str,
    error: &str,
) {
    let message = &work.incoming.message;
    let address = floor.address(&work.incoming);
    let attempts = work.attempt();
    unseen::tell();
    tracing::warn!(id = %message.id, name = ?message.name, %address, attempts, reason, error, "message given up");
    let cause = Cause {
        reason: reason.into(),
        error: error.to_owned(),
        address: address.clone(),
        attempts,
    };
    let kept = &floor.route.policy.dead_letters;
    let is_native = floor.native_dead_letter && *kept == DeadLetters::Beside;
    let letter = match is_native {
        true => None,
        false => dead_letter(work.original(), &cause, kept),
    };
    let verdict = match letter {
        Some(_) => Verdict::Ack,
        None => Verdict::reject(reason),
    };
    let refuses = floor.route.policy.refuse;
    let refuse = || floor.route.refuse(handler, message, &cause);
    let refusal = refuses.then(|| guarded(address, refuse).ok().flatten());
    let refusal = refusal.flatten().map(|mut outgoing| {
        outgoing.message.id = Ids::of(&message.id, &floor.route.consumer).named("refused");
        Parcel::new(outgoing, Purpose::Reply)
    });
    let letter = letter.map(|outgoing| Parcel::new(outgoing, Purpose::DeadLetter));
    let parcels = letter.into_iter().chain(refusal).collect();
    work.step = Step::given_up(parcels, verdict, reason);
}
