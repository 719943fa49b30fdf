//! What a subscription does whether it is asked or not: it receives what somebody waits for, and keeps what waits.
use super::{held::Held, queue::Queues, receiving, sending::seconds, settling};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result, Str};
use tokio::time::sleep;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How many requests are under way at once where there is much to receive.
const AT_ONCE: usize = 4;

/// Receives until nobody takes it any more. A request that is under way then is awaited, since what it brings would be nobody's for a
/// whole lease.
pub(super) async fn receive(queues: Queues, url: Str, held: Arc<Held>) {
    let mut pause = FIRST_PAUSE;
    let mut is_much = false;
    while let Some(most) = wanted(&held).await {
        let requests = if is_much { AT_ONCE } else { 1 };
        let each = |at: usize| {
            most.saturating_sub(at * receiving::AT_ONCE)
                .min(receiving::AT_ONCE)
        };
        let counts = (0..requests).map(each).filter(|count| *count > 0);
        let under_way = counts.map(|count| take_in(&queues, &url, &held, count));
        let outcomes = join_all(under_way).await;
        is_much = outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(receiving::AT_ONCE)));
        let failed = outcomes.into_iter().find_map(Result::err);
        match failed {
            None => pause = FIRST_PAUSE,
            Some(error) if is_for_good(&error) => {
                let back = held.end(error);
                return settling::give_back(&queues, &url, back).await;
            }
            Some(error) => {
                tracing::debug!(%error, "receiving failed, trying again");
                sleep(error.wait().unwrap_or(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// One request; how many came by it.
async fn take_in(queues: &Queues, url: &str, held: &Held, most: usize) -> Result<usize> {
    let _asking = Asking::of(held);
    let came = queues.receive(url, most, held.lease).await?;
    let count = came.len();
    if count > 0 {
        let back = held.add(came);
        settling::give_back(queues, url, back).await;
    }
    Ok(count)
}

/// A request that is under way.
struct Asking<'a>(&'a Held);

impl<'a> Asking<'a> {
    fn of(held: &'a Held) -> Self {
        held.asking();
        Self(held)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.asked();
    }
}

fn is_for_good(error: &Error) -> bool {
    let lost = [ErrorKind::ConnectionLost, ErrorKind::Timeout];
    !error.is_retryable() && !lost.contains(&error.kind())
}

/// How many are wanted, once some are; none at the end.
async fn wanted(held: &Held) -> Option<usize> {
    loop {
        if *held.ends().borrow() {
            return None;
        }
        match held.wanted() {
            0 => held.room.notified().await,
            most => return Some(most),
        }
    }
}

/// Looks after leases until the end.
pub(super) async fn look_after(queues: Queues, url: Str, held: Arc<Held>) {
    let often = held.lease / 10;
    let often = often.clamp(Duration::from_millis(50), Duration::from_secs(5));
    let mut ends = held.ends();
    loop {
        tokio::select! {
            () = sleep(often) => {}
            _ = ends.wait_for(|ended| *ended) => return,
        }
        let (back, keep) = held.look();
        settling::give_back(&queues, &url, back).await;
        for some in keep.chunks(receiving::AT_ONCE) {
            let handles = some
                .iter()
                .map(|(_, handle)| (handle.clone(), seconds(held.lease)));
            let handles: Vec<_> = handles.collect();
            let Ok(outcomes) = queues.keep("receive", &url, &handles).await else {
                continue;
            };
            let kept = some
                .iter()
                .zip(outcomes)
                .filter(|(_, outcome)| outcome.is_ok());
            let kept: Vec<u64> = kept.map(|((position, _), _)| *position).collect();
            held.extended(&kept);
        }
    }
}
