//! Whose outcome a confirmation is, where some messages come back.
use crate::{
    error::{error, full},
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
    let error = full("a queue refused it, since it is full");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Answer;
    use lapin::types::ShortString;
    use tidings::Result;
    use tokio::sync::mpsc;

    struct Noted {
        returns: Returns,
        answer_to: mpsc::UnboundedSender<(usize, Result<()>)>,
        answers: mpsc::UnboundedReceiver<(usize, Result<()>)>,
    }

    impl Noted {
        fn new() -> Self {
            let (answer_to, answers) = mpsc::unbounded_channel();
            let returns = Returns::default();
            Self {
                returns,
                answer_to,
                answers,
            }
        }

        fn note(&mut self, at: usize, is_shared: bool, outcome: lapin::Result<Confirmation>) {
            self.returns.note(Sent {
                place: Some(["".into(), "q".into(), at.to_string().into()]),
                exchange: "e".into(),
                user: Some("ann".into()),
                size: at,
                is_shared,
                answer: Answer::new(at, self.answer_to.clone()),
                outcome,
            });
        }

        /// Whose outcome is what: nothing, or the kind of its error and whether that is ambiguous.
        fn told(&mut self) -> Vec<(usize, Option<(ErrorKind, bool)>)> {
            let mut all = Vec::new();
            while let Ok((at, outcome)) = self.answers.try_recv() {
                let error = outcome.err();
                all.push((at, error.map(|error| (error.kind(), error.is_ambiguous()))));
            }
            all
        }
    }

    const MISSING: Option<(ErrorKind, bool)> = Some((ErrorKind::NotFound, false));

    /// The client told so with the message of that number.
    fn back(of: usize) -> Option<BasicReturnMessage> {
        let mut delivery =
            lapin::message::Delivery::mock(0, "".into(), "q".into(), false, Vec::new());
        let id = ShortString::from(of.to_string());
        delivery.properties = lapin::BasicProperties::default().with_message_id(id);
        Some(BasicReturnMessage {
            delivery,
            reply_code: 312,
            reply_text: "NO_ROUTE".into(),
        })
    }

    #[test]
    fn what_came_back_is_told_of_whose_it_is() {
        let mut noted = Noted::new();
        noted.note(1, false, Ok(Confirmation::Ack(None)));
        noted.note(2, false, Ok(Confirmation::Ack(back(2))));
        noted.note(3, false, Ok(Confirmation::Ack(back(4))));
        noted.note(4, false, Ok(Confirmation::Ack(None)));
        noted.returns.end_wave(true);
        let unsure = Some((ErrorKind::Busy, true));
        let told = noted.told();
        assert_eq!(told, [(1, None), (2, MISSING), (4, MISSING), (3, unsure)]);
    }

    #[test]
    fn a_refusal_is_certain_where_there_is_one_queue() {
        let mut noted = Noted::new();
        noted.note(1, false, Ok(Confirmation::Nack(None)));
        noted.note(2, true, Ok(Confirmation::Nack(None)));
        let busy = |is_ambiguous| Some((ErrorKind::Busy, is_ambiguous));
        assert_eq!(noted.told(), [(1, busy(false)), (2, busy(true))]);
    }

    #[test]
    fn what_ends_a_channel_is_told_of_whose_fault_it_is() {
        use lapin::protocol::{AMQPError, AMQPSoftError as Soft};
        let said = |soft: Soft, text: &str| {
            let cause = AMQPError::new(soft.into(), text.into());
            Err(lapin::ErrorKind::ProtocolError(cause).into())
        };
        let lost = Some((ErrorKind::ConnectionLost, true));
        let large = "PRECONDITION_FAILED - message size 9 is larger than configured max size 5";
        let user = |name: &str| {
            format!(
                "PRECONDITION_FAILED - user_id property set to '{name}' but authenticated user was 'guest'"
            )
        };
        let missing = |name: &str| format!("NOT_FOUND - no exchange '{name}' in vhost '/'");
        let denied = Some((ErrorKind::PermissionDenied, false));
        let mut noted = Noted::new();
        for (at, (soft, text)) in [
            (Soft::PRECONDITIONFAILED, large.to_owned()),
            (Soft::PRECONDITIONFAILED, user("ann")),
            (Soft::PRECONDITIONFAILED, user("bob")),
            (Soft::NOTFOUND, missing("e")),
            (Soft::NOTFOUND, missing("other")),
        ]
        .into_iter()
        .enumerate()
        {
            noted.note(at, false, said(soft, &text));
        }
        noted.note(9, false, said(Soft::PRECONDITIONFAILED, large));
        let too_large = Some((ErrorKind::TooLarge, false));
        let told: Vec<_> = noted
            .told()
            .into_iter()
            .map(|(_, outcome)| outcome)
            .collect();
        assert_eq!(told, [lost, denied, lost, MISSING, lost, too_large]);
    }
}
