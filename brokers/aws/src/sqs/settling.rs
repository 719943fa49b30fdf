//! AWS is told what became of deliveries.
use super::{
    held::{Handle, Held, Taken},
    keeping::every,
    queues::Queues,
    receiving::AT_ONCE,
    sending::seconds,
};
use crate::{fault::is_stale, pauses::Pauses};
use std::sync::Arc;
use tidings::{Error, Result, Token, Verdict};
use tokio::time::{Instant, sleep};

pub(super) use super::keeping::{extend, keep};

/// What is told of a delivery: that it is done, or for how long nobody gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Done,
    Again(i32),
}

/// Settles what is out and ours, and gives what could not be.
pub(super) async fn settle(
    queues: &Queues,
    url: &str,
    held: &Arc<Held>,
    verdicts: &[(Token, Verdict)],
) -> Vec<(Token, Error)> {
    let _telling = Telling::of(held);
    let (mut done, mut again, mut back) = (Vec::new(), Vec::new(), Vec::new());
    for (token, verdict) in verdicts {
        let Some(taken) = held.settle(*token) else {
            continue;
        };
        let time = match verdict {
            Verdict::Retry { after } => seconds((*after).min(taken.left)),
            Verdict::Release => 0,
            _ => {
                done.push((taken, Told::Done));
                continue;
            }
        };
        back.extend(held.give_back(taken.key.as_ref()));
        again.push((taken, Told::Again(time)));
    }
    let requests = done.chunks(AT_ONCE).chain(again.chunks(AT_ONCE));
    let requests = requests.map(|some| tell(queues, url, held, some));
    let telling = every(requests.collect());
    let (failed, ()) = tokio::join!(telling, give_back(queues, url, held, back));
    failed.concat()
}

/// A settlement that is being told, until it is or its call is dropped.
struct Telling<'a>(&'a Held);

impl<'a> Telling<'a> {
    fn of(held: &'a Held) -> Self {
        held.telling();
        Self(held)
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.told();
    }
}

/// Tells of some that are all done, or all to come again, as long as that may help.
async fn tell(
    queues: &Queues,
    url: &str,
    held: &Held,
    some: &[(Taken, Told)],
) -> Vec<(Token, Error)> {
    let end = Instant::now() + queues.core.0.settings.timeout;
    let mut left: Vec<&(Taken, Told)> = some.iter().collect();
    let mut failed = Vec::new();
    let mut pauses = Pauses::new();
    if left.iter().any(|(_, told)| *told != Told::Done) {
        let handles: Vec<_> = left.iter().map(|(taken, _)| &taken.handle).collect();
        held.are_left_alone(&handles).await;
    }
    loop {
        let outcomes = request(queues, url, &left).await;
        let mut later = Vec::new();
        for (one, outcome) in left.iter().zip(outcomes) {
            match outcome {
                Ok(()) => {}
                Err(error) if is_stale(&error) => {
                    tracing::debug!(%error, "somebody else's by now, or nobody's: it comes again");
                }
                Err(error) => later.push((*one, error)),
            }
        }
        let pause = later.iter().map(|(_, error)| error);
        let pause = pause.max_by_key(|error| error.wait());
        let pause = pause.map(|error| pauses.after(error)).unwrap_or_default();
        let may_help = |(one, error): &(&(Taken, Told), Error)| {
            let until = one.0.until.min(end);
            error.is_retryable() && Instant::now() + pause < until
        };
        let (again, over): (Vec<_>, Vec<_>) = later.into_iter().partition(may_help);
        let lost = over.iter().map(|(one, _)| one.0.clone()).collect();
        come_again(queues, url, lost);
        failed.extend(over.into_iter().map(|(one, error)| (one.0.token, error)));
        if again.is_empty() {
            return failed;
        }
        left = again.into_iter().map(|(one, _)| one).collect();
        sleep(pause).await;
    }
}

/// What was told to be unsettled comes again as soon as AWS hears of it, and does not wait for the end of its lease.
fn come_again(queues: &Queues, url: &str, mut lost: Vec<Taken>) {
    if lost.is_empty() {
        return;
    }
    let (queues, url) = (queues.clone(), url.to_owned());
    let mut pauses = Pauses::new();
    tokio::spawn(async move {
        loop {
            lost.retain(|taken| Instant::now() < taken.until);
            if lost.is_empty() || queues.core.0.link.is_closed() {
                return;
            }
            let handles: Vec<_> = lost.iter().map(|taken| (&taken.handle, 0)).collect();
            match queues.keep("release", &url, &handles).await {
                Err(error) if error.is_retryable() => sleep(pauses.after(&error)).await,
                _ => return,
            }
        }
    });
}

async fn request(queues: &Queues, url: &str, some: &[&(Taken, Told)]) -> Vec<Result<()>> {
    let handles = some.iter().map(|(taken, told)| match told {
        Told::Done => (&taken.handle, 0),
        Told::Again(time) => (&taken.handle, *time),
    });
    let handles: Vec<_> = handles.collect();
    let is_done = some.first().is_some_and(|(_, told)| *told == Told::Done);
    let outcome = match is_done {
        true => queues.done(url, &handles).await,
        false => queues.keep("settle", url, &handles).await,
    };
    outcome.unwrap_or_else(|error| vec![Err(error); some.len()])
}

/// Gives back what nobody here handles; what that fails for twice comes again after its lease.
pub(crate) async fn give_back(queues: &Queues, url: &str, held: &Held, handles: Vec<Handle>) {
    let requests = handles.chunks(AT_ONCE).map(|some| async move {
        held.are_left_alone(&some.iter().collect::<Vec<_>>()).await;
        let handles: Vec<_> = some.iter().map(|handle| (handle, 0)).collect();
        for is_last in [false, true] {
            let Err(error) = queues.keep("release", url, &handles).await else {
                return;
            };
            if is_last || !error.is_retryable() {
                tracing::debug!(%error, "not given back, it comes again after its lease");
                return;
            }
            sleep(Pauses::new().after(&error)).await;
        }
    });
    every(requests.collect()).await;
}
