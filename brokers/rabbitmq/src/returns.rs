//! Whose outcome a confirmation is, where some messages come back.
use crate::{
    error::error,
    parcel::{Place, Sent},
};
use lapin::{Confirmation, message::BasicReturnMessage};
use std::collections::HashSet;
use tidings::{Error, ErrorKind};

/// Which messages came back because no queue took them. The client hands what came back to the first message that is confirmed
/// next, be it another's; who is who is told by their places. What came back is always heard of before the confirmation of its own message
/// is, or with others that came back too.
#[derive(Default)]
pub(crate) struct Returns {
    back: HashSet<Place>,
    /// Confirmed, with another's message that came back; their own may be heard of yet.
    unsure: Vec<Sent>,
}

impl Returns {
    pub(crate) fn note(&mut self, sent: Sent) {
        let (is_taken, back) = match &sent.outcome {
            Ok(Confirmation::Ack(back)) => (true, back.as_ref()),
            Ok(Confirmation::Nack(back)) => (false, back.as_ref()),
            Ok(Confirmation::NotRequested) => (true, None),
            Err(cause) => {
                let error = lost(&sent, cause);
                return sent.answer.tell(Err(error));
            }
        };
        let of_another = back
            .and_then(place_of)
            .filter(|place| sent.place.as_ref() != Some(place));
        let is_own_back = back.is_some() && of_another.is_none();
        let has_another = of_another.is_some();
        self.back.extend(of_another);
        let is_known = sent.is_among(&mut self.back);
        match (is_taken, is_own_back || is_known) {
            (_, true) => sent.answer.tell(Err(no_queue())),
            (false, false) => {
                let error = refused(&sent);
                sent.answer.tell(Err(error));
            }
            (true, false) if has_another && sent.place.is_some() => self.unsure.push(sent),
            (true, false) => sent.answer.tell(Ok(())),
        }
    }

    /// Nothing more is known for now.
    pub(crate) fn end_wave(&mut self, is_empty: bool) {
        for sent in self.unsure.drain(..) {
            let is_back = sent.is_among(&mut self.back);
            sent.answer
                .tell(Err(if is_back { no_queue() } else { unknown() }));
        }
        if is_empty {
            self.back.clear();
        }
    }
}

fn place_of(back: &BasicReturnMessage) -> Option<Place> {
    let delivery = &back.delivery;
    let id = delivery.properties.message_id().clone()?;
    Some([delivery.exchange.clone(), delivery.routing_key.clone(), id])
}

fn no_queue() -> Error {
    let reason = "no queue takes it; start its receiver first, or create the queue";
    Error::new(ErrorKind::NotFound, "publish", reason)
}

/// Where there are others, they may have taken it.
fn refused(sent: &Sent) -> Error {
    let reason = "a queue refused it, since it is full";
    let error = Error::new(ErrorKind::Busy, "publish", reason);
    match sent.is_shared {
        true => error.ambiguous(),
        false => error,
    }
}

fn unknown() -> Error {
    let reason = "some messages came back, and whether this did cannot be told";
    Error::new(ErrorKind::Busy, "publish", reason).ambiguous()
}

/// The error of a message whose channel ended: what the broker complains about is for those that it is about.
fn lost(sent: &Sent, cause: &lapin::Error) -> Error {
    let said = error("publish", cause.clone());
    let is_meant = match said.kind() {
        ErrorKind::TooLarge => largest(said.reason()).is_some_and(|most| sent.size > most),
        ErrorKind::NotFound | ErrorKind::PermissionDenied => {
            let names = |what: &str, name| said.reason().contains(&format!("{what}'{name}'"));
            names("", &sent.exchange) || sent.user.iter().any(|user| names("set to ", user))
        }
        _ => false,
    };
    match is_meant {
        true => said,
        false => Error::new(ErrorKind::ConnectionLost, "publish", said.reason()).ambiguous(),
    }
}

/// The limit that the broker names: "… larger than configured max size 16777216".
fn largest(reason: &str) -> Option<usize> {
    let mut words = reason.split(|c: char| !c.is_ascii_digit());
    words.rfind(|word| !word.is_empty())?.parse().ok()
}
