//! AWS is told what became of deliveries.
use super::{
    held::{Held, Taken},
    queue::Queues,
    receiving::AT_ONCE,
    sending::seconds,
};
use crate::fault::is_stale;
use futures_util::future::join_all;
use std::time::Duration;
use tidings::{Error, Result, Token, Verdict};
use tokio::time::{Instant, sleep};

/// Longest time that a delivery may be out for.
const LONGEST_LEASE: i32 = 43_200;
const PAUSE: Duration = Duration::from_millis(50);

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
    held: &Held,
    verdicts: &[(Token, Verdict)],
) -> Vec<(Token, Error)> {
    let _telling = Telling::of(held);
    let (mut done, mut again, mut back) = (Vec::new(), Vec::new(), Vec::new());
    for (token, verdict) in verdicts {
        let Some(taken) = held.settle(*token) else {
            continue;
        };
        let time = match verdict {
            Verdict::Retry { after } => seconds(*after).min(LONGEST_LEASE),
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
    let requests = requests.map(|some| tell(queues, url, some));
    let telling = async { join_all(requests).await.concat() };
    let (failed, ()) = tokio::join!(telling, give_back(queues, url, back));
    failed
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
async fn tell(queues: &Queues, url: &str, some: &[(Taken, Told)]) -> Vec<(Token, Error)> {
    let end = Instant::now() + queues.core.0.settings.timeout;
    let mut left: Vec<&(Taken, Told)> = some.iter().collect();
    let mut failed = Vec::new();
    loop {
        let outcomes = request(queues, url, &left).await;
        let mut later = Vec::new();
        for (one, outcome) in left.iter().zip(outcomes) {
            match outcome {
                Ok(()) => {}
                // Somebody else's by now, or nobody's.
                Err(error) if is_stale(&error) => {}
                Err(error) => later.push((*one, error)),
            }
        }
        let may_help = |(one, error): &(&(Taken, Told), Error)| {
            let until = one.0.until.min(end);
            error.is_retryable() && Instant::now() + PAUSE < until
        };
        let (again, over): (Vec<_>, Vec<_>) = later.into_iter().partition(may_help);
        let lost = over.iter().map(|(one, _)| one.0.clone()).collect();
        come_again(queues, url, lost);
        failed.extend(over.into_iter().map(|(one, error)| (one.0.token, error)));
        if again.is_empty() {
            return failed;
        }
        left = again.into_iter().map(|(one, _)| one).collect();
        sleep(PAUSE).await;
    }
}

/// What was told to be unsettled comes again as soon as AWS hears of it, and does not wait for the end of its lease.
fn come_again(queues: &Queues, url: &str, mut lost: Vec<Taken>) {
    let (queues, url) = (queues.clone(), url.to_owned());
    tokio::spawn(async move {
        loop {
            lost.retain(|taken| Instant::now() < taken.until);
            if lost.is_empty() {
                return;
            }
            let handles: Vec<_> = lost.iter().map(|taken| (taken.handle.clone(), 0)).collect();
            match queues.keep("release", &url, &handles).await {
                Err(error) if error.is_retryable() => sleep(PAUSE).await,
                _ => return,
            }
        }
    });
}

async fn request(queues: &Queues, url: &str, some: &[&(Taken, Told)]) -> Vec<Result<()>> {
    let handles = some.iter().map(|(taken, told)| match told {
        Told::Done => (taken.handle.clone(), 0),
        Told::Again(time) => (taken.handle.clone(), *time),
    });
    let handles: Vec<_> = handles.collect();
    let is_done = some.first().is_some_and(|(_, told)| *told == Told::Done);
    let outcome = match is_done {
        true => queues.done(url, &handles).await,
        false => queues.keep("settle", url, &handles).await,
    };
    outcome.unwrap_or_else(|error| vec![Err(error); some.len()])
}

/// Keeps what is out for another lease, and gives what could not be kept.
pub(super) async fn extend(
    queues: &Queues,
    url: &str,
    held: &Held,
    tokens: &[Token],
) -> Vec<(Token, Error)> {
    let leased = held.leased(tokens);
    let requests = leased.chunks(AT_ONCE).map(|some| async {
        let handles = some
            .iter()
            .map(|(_, handle)| (handle.clone(), seconds(held.lease)));
        let handles: Vec<_> = handles.collect();
        let outcome = queues.keep("extend", url, &handles).await;
        let outcomes = outcome.unwrap_or_else(|error| vec![Err(error); some.len()]);
        let mut failed = Vec::new();
        let mut kept = Vec::new();
        for ((token, _), outcome) in some.iter().zip(outcomes) {
            match outcome {
                Ok(()) => kept.push(token.position),
                Err(error) => {
                    if is_stale(&error) {
                        held.lost(token.position);
                    }
                    failed.push((*token, error));
                }
            }
        }
        held.extended(&kept);
        failed
    });
    join_all(requests).await.concat()
}

/// Gives back what nobody here handles; what that fails for comes again after its lease.
pub(crate) async fn give_back(queues: &Queues, url: &str, handles: Vec<String>) {
    let handles: Vec<_> = handles.into_iter().map(|handle| (handle, 0)).collect();
    let requests = handles
        .chunks(AT_ONCE)
        .map(|some| queues.keep("release", url, some));
    for outcome in join_all(requests).await {
        if let Err(error) = outcome {
            tracing::debug!(%error, "not given back, it comes again after its lease");
        }
    }
}
