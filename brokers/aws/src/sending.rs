//! What sending to a queue and to a topic have in common.
use crate::{
    client::Core,
    fault,
    packing::group,
    putting::{Put, put},
    waves::{self, Limits, Parcel},
};
use std::{future::Future, time::Duration};
use tidings::{Channel, Message, Result, Str};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// How many bytes come through in a second, at least: a request may take so much longer.
const SLOWEST: usize = 128 << 10;

/// How long a request of so many bytes may take, beside others that are under way.
pub(crate) fn within(core: &Core, limits: Limits, bytes: usize) -> Duration {
    let more = bytes * limits.requests / SLOWEST;
    core.0.settings.timeout + Duration::from_secs(u64::try_from(more).unwrap_or(0))
}

/// Where a channel is, once that is found out, unless it is too late to ask.
pub(crate) async fn find(
    core: &Core,
    channel: &Channel,
    deadline: Instant,
    asking: impl Future<Output = Result<Str>>,
) -> Result<Str> {
    core.check_open("publish")?;
    let asking = timeout_at(deadline, asking);
    let outcome = asking.await.unwrap_or_else(|_| Err(fault::late("publish")));
    // Nothing was sent.
    outcome.map_err(|error| fault::unsent("publish", &error).with("channel", &channel.address))
}

/// Sends a batch to where it was found, which has that name, and gives an outcome for each message.
pub(crate) async fn publish<T, P: Put>(
    to: &P,
    found: &Result<(T, String)>,
    batch: &[Message],
    deadline: Instant,
    pack: impl Fn(&T, &Message) -> Result<Parcel<P::Entry>>,
) -> Vec<Result<()>> {
    let pack = |message: &Message| match found {
        Ok((place, _)) => pack(place, message),
        Err(error) => Err(error.clone()),
    };
    let send = |parcels| async {
        match found {
            Ok((_, name)) => Ok(put(to, name, parcels).await),
            Err(error) => Err(error.clone()),
        }
    };
    waves::publish(batch, P::LIMITS, deadline, pack, send).await
}

/// The group of a message on FIFO, and its deduplication id: not the message's own, by which what is sent again on purpose would be
/// lost without a word for five minutes.
pub(crate) fn grouped(message: &Message, is_fifo: bool) -> Option<(String, String)> {
    is_fifo.then(|| (group(message), Uuid::now_v7().to_string()))
}

/// An entry that failed, as AWS tells of it.
pub(crate) struct Failed<'a> {
    pub(crate) id: &'a str,
    pub(crate) is_ours: bool,
    pub(crate) code: &'a str,
    pub(crate) text: Option<&'a str>,
}

/// The outcomes of so many entries, whose ids are their places; of which nothing is said, it is not known.
pub(crate) fn outcomes<'a>(
    count: usize,
    done: impl Iterator<Item = &'a str>,
    failed: impl Iterator<Item = Failed<'a>>,
    (what, name): (&'static str, &str),
) -> Vec<Result<()>> {
    let mut outcomes: Vec<Option<Result<()>>> = vec![None; count];
    let mut set = |id: &str, outcome: Result<()>| {
        let place = id.parse::<usize>().ok();
        if let Some(one) = place.and_then(|at| outcomes.get_mut(at)) {
            *one = Some(outcome);
        }
    };
    done.for_each(|id| set(id, Ok(())));
    for one in failed {
        let error = fault::entry("publish", one.is_ours, one.code, one.text);
        set(one.id, Err(error.with(what, name)));
    }
    let unknown = || Err(fault::late("publish"));
    let outcomes = outcomes.into_iter();
    outcomes.map(|one| one.unwrap_or_else(unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_has_an_outcome_of_its_own() {
        let failed = [
            ("1", true, "InvalidMessageContents"),
            ("2", false, "InternalError"),
        ];
        let failed = failed.into_iter().map(|(id, is_ours, code)| Failed {
            id,
            is_ours,
            code,
            text: None,
        });
        let all = outcomes(4, ["0", "9", "x"].into_iter(), failed, ("queue", "q"));
        assert!(all[0].is_ok());
        let ambiguous = all[1..]
            .iter()
            .map(|one| one.as_ref().is_err_and(tidings::Error::is_ambiguous));
        assert_eq!(ambiguous.collect::<Vec<_>>(), [false, true, true]);
    }
}
