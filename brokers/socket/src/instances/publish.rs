//! Publishing: which instance has a message, and what becomes of it when that is gone.
use super::{member::Member, table::Table};
use bytes::Bytes;
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};
use tidings::{Channel, Error, ErrorKind, Message, Result, transport::Confirm};
use tokio::time::{Instant, timeout_at};

/// One outcome a message. All of a key are at one instance at a time, in their order.
pub(super) async fn publish(
    table: &Table,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
    confirm: Confirm,
) -> Vec<Result<()>> {
    let mut outcomes: Vec<Option<Result<()>>> = batch.iter().map(|_| None).collect();
    let turn = table.turn();
    let lot = |places: Vec<usize>, was_sent| {
        let messages = places.iter().map(|at| batch[*at].clone()).collect();
        Lot {
            places,
            messages,
            was_sent,
        }
    };
    let mut under_way = FuturesUnordered::new();
    let mut left =
        Some(lot((0..batch.len()).collect(), false)).filter(|lot| !lot.places.is_empty());
    loop {
        if let Some(lot) = left.take() {
            match somewhere(table, deadline).await {
                Ok(there) => {
                    for (member, lot) in lot.split(&there, turn) {
                        under_way.push(lot.publish(member, channel, deadline, confirm));
                    }
                }
                Err(error) => lot.fail(&error, channel, &mut outcomes),
            }
        }
        let Some(done) = under_way.next().await else {
            break;
        };
        let (again, was_sent) = done.note(&mut outcomes);
        left = Some(lot(again, was_sent)).filter(|lot| !lot.places.is_empty());
    }
    let unknown = || {
        Err(Error::new(
            ErrorKind::Unexpected,
            "publish",
            "it has no outcome",
        ))
    };
    let outcomes = outcomes.into_iter();
    outcomes
        .map(|outcome| outcome.unwrap_or_else(unknown))
        .collect()
}

/// Waits until there is an instance.
async fn somewhere(table: &Table, deadline: Instant) -> Result<Vec<Arc<Member>>> {
    let there = async {
        loop {
            table.check_open("publish")?;
            match table.there() {
                none if none.is_empty() => table.changes().await,
                some => return Ok(some),
            }
        }
    };
    let late = |_| {
        let reason = "no instance was there in time";
        Error::new(ErrorKind::Timeout, "publish", reason)
    };
    timeout_at(deadline, there).await.map_err(late)?
}

/// Messages of a batch that go one way.
struct Lot {
    /// Where they stand in the batch.
    places: Vec<usize>,
    messages: Vec<Message>,
    /// Whether an instance that is gone may have some.
    was_sent: bool,
}

/// What became of one.
struct Done {
    lot: Lot,
    /// None where the instance was gone before it said anything.
    outcomes: Option<Vec<Result<()>>>,
}

impl Lot {
    /// Each message to its instance: by its key, else all by turns.
    fn split(self, there: &[Arc<Member>], turn: usize) -> Vec<(Arc<Member>, Self)> {
        let was_sent = self.was_sent;
        let mut lots: BTreeMap<u32, (Arc<Member>, Self)> = BTreeMap::new();
        for (at, message) in self.places.into_iter().zip(self.messages) {
            let member = match &message.key {
                Some(key) => there.iter().max_by_key(|member| member.weight(key)),
                None => there.get(turn % there.len()),
            };
            let Some(member) = member else { continue };
            let (_, lot) = lots.entry(member.number).or_insert_with(|| {
                let none = Self {
                    places: Vec::new(),
                    messages: Vec::new(),
                    was_sent,
                };
                (member.clone(), none)
            });
            lot.places.push(at);
            lot.messages.push(message);
        }
        lots.into_values().collect()
    }

    async fn publish(
        self,
        member: Arc<Member>,
        channel: &Channel,
        deadline: Instant,
        confirm: Confirm,
    ) -> Done {
        let publishing = member
            .client
            .publish(channel, &self.messages, deadline, confirm);
        let outcomes = tokio::select! {
            biased;
            outcomes = publishing => Some(outcomes),
            () = member.is_gone() => None,
        };
        let is_elsewhere = |outcome: &Result<()>| outcome.as_ref().is_err_and(is_elsewhere);
        if outcomes.iter().flatten().any(is_elsewhere) {
            member.rest();
        }
        Done {
            lot: self,
            outcomes,
        }
    }

    fn fail(self, error: &Error, channel: &Channel, outcomes: &mut [Option<Result<()>>]) {
        let error = error.clone().with("channel", &channel.address);
        let error = match self.was_sent {
            true => error.ambiguous(),
            false => error,
        };
        for at in self.places {
            outcomes[at] = Some(Err(error.clone()));
        }
    }
}

/// Whether it is to be tried at another instance, or when this one is there again.
fn is_elsewhere(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost | ErrorKind::Closed)
}

impl Done {
    /// Notes what is decided; gives the places of what goes elsewhere, and whether it may be at the instance all the same.
    fn note(self, outcomes: &mut [Option<Result<()>>]) -> (Vec<usize>, bool) {
        let Some(said) = self.outcomes else {
            return (self.lot.places, true);
        };
        let mut keys: HashSet<&Bytes> = HashSet::new();
        let mut again = Vec::new();
        let mut was_sent = self.lot.was_sent;
        let sent = self.lot.places.into_iter().zip(&self.lot.messages);
        for ((at, message), outcome) in sent.zip(said) {
            let is_behind = || message.key.as_ref().is_some_and(|key| keys.contains(key));
            match outcome {
                Err(error)
                    if is_elsewhere(&error)
                        || (error.kind() == ErrorKind::Skipped && is_behind()) =>
                {
                    // What a closing instance had taken it may have handled.
                    was_sent = true;
                    keys.extend(&message.key);
                    again.push(at);
                }
                // An instance that is gone may have it.
                Err(error) if self.lot.was_sent => outcomes[at] = Some(Err(error.ambiguous())),
                outcome => outcomes[at] = Some(outcome),
            }
        }
        (again, was_sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind) -> Result<()> {
        Err(Error::new(kind, "publish", "x"))
    }

    fn done(said: Option<Vec<Result<()>>>, was_sent: bool) -> Done {
        let keys = ["a", "a", "b", "c", "c"];
        let keyed = keys.map(|key| {
            let mut message = Message::new("");
            message.key = Some(key.into());
            message
        });
        let lot = Lot {
            places: vec![4, 5, 6, 7, 8],
            messages: keyed.into(),
            was_sent,
        };
        let outcomes = said;
        Done { lot, outcomes }
    }

    #[test]
    fn what_a_closing_instance_does_not_take_goes_elsewhere_with_what_is_behind_it() {
        let said = vec![
            error(ErrorKind::ConnectionLost),
            error(ErrorKind::Skipped),
            Ok(()),
            error(ErrorKind::Rejected),
            error(ErrorKind::Skipped),
        ];
        let mut outcomes = vec![None; 9];
        let (again, was_sent) = done(Some(said), false).note(&mut outcomes);
        assert_eq!((again, was_sent), (vec![4, 5], true));
        let kinds = outcomes.into_iter().skip(4).map(|outcome| {
            let outcome = outcome?;
            Some(outcome.map_err(|error| (error.kind(), error.is_ambiguous())))
        });
        let expected = [
            None,
            None,
            Some(Ok(())),
            Some(Err((ErrorKind::Rejected, false))),
            Some(Err((ErrorKind::Skipped, false))),
        ];
        assert!(kinds.eq(expected));
    }

    #[test]
    fn all_of_an_instance_that_is_gone_goes_elsewhere_and_what_fails_then_is_ambiguous() {
        let mut outcomes = vec![None; 9];
        let (again, was_sent) = done(None, false).note(&mut outcomes);
        assert_eq!((again, was_sent), (vec![4, 5, 6, 7, 8], true));
        assert!(outcomes.iter().all(Option::is_none));
        let said = (0..5).map(|_| error(ErrorKind::Timeout)).collect();
        let (again, _) = done(Some(said), true).note(&mut outcomes);
        assert!(again.is_empty());
        let mut told = outcomes.iter().flatten();
        assert!(told.all(|told| told.as_ref().is_err_and(Error::is_ambiguous)));
        let late = Error::new(
            ErrorKind::Timeout,
            "publish",
            "no instance was there in time",
        );
        done(None, true)
            .lot
            .fail(&late, &Channel::point_to_point("orders"), &mut outcomes);
        let last = outcomes.pop().flatten().and_then(Result::err);
        let text = last.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(
            last.is_some_and(|last| last.is_ambiguous()) && text.contains("`orders`"),
            "{text}"
        );
    }
}
