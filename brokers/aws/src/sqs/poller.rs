//! What a subscription does whether it is asked or not: it receives what somebody waits for, and keeps what waits.
use super::{
    held::Held,
    queues::Queues,
    receiving::{self, Asking},
    settling,
};
use crate::pauses::Pauses;
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result, Str};
use tokio::time::{Instant, sleep, sleep_until};

/// How many requests are under way at once where there is much to receive.
const AT_ONCE: usize = 4;
/// For how long a queue may be unknown to some of AWS after it was made.
const NEW: Duration = Duration::from_secs(60);
/// For how long a receiver may be refused: rights and keys take a while to be known, and clocks to be right.
const REFUSED: Duration = Duration::from_secs(300);

/// Receives until nobody takes it any more. A request that is under way then is awaited, since what it brings would be nobody's for a
/// whole lease.
pub(super) async fn receive(queues: Queues, url: Str, held: Arc<Held>) {
    let since = Instant::now();
    let mut failing: Option<(Instant, Pauses)> = None;
    let mut lost: Vec<Attempt> = Vec::new();
    let mut is_much = false;
    while let Some(most) = wanted(&queues, &held).await {
        let requests = if is_much { AT_ONCE } else { 1 };
        let attempts = attempts(&held, most, requests, std::mem::take(&mut lost));
        let under_way = attempts.into_iter();
        let under_way = under_way.map(|attempt| take_in(&queues, &url, &held, attempt));
        let outcomes = join_all(under_way).await;
        is_much = outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(receiving::AT_ONCE)));
        let mut failed = None;
        for (error, attempt) in outcomes.into_iter().filter_map(Result::err) {
            lost.extend(attempt);
            failed.get_or_insert(error);
        }
        let Some(error) = failed else {
            failing = None;
            continue;
        };
        let (begun, pauses) = failing.get_or_insert_with(|| (Instant::now(), Pauses::new()));
        if is_for_good(&error, since.elapsed(), begun.elapsed()) {
            let back = held.end(error);
            return settling::give_back(&queues, &url, &held, back).await;
        }
        tracing::debug!(%error, "receiving failed, trying again");
        sleep(pauses.after(&error)).await;
    }
}

/// A request to be made; on FIFO with an id by which AWS knows that it is asked again: the same comes, as long as nobody else has it.
struct Attempt {
    id: Option<String>,
    since: Instant,
    most: usize,
    is_again: bool,
}

impl Attempt {
    /// For how long AWS knows it, and somewhat less.
    const KNOWN: Duration = Duration::from_secs(240);

    fn new(most: usize, has_id: bool) -> Self {
        Self {
            id: has_id.then(|| uuid::Uuid::new_v4().to_string()),
            since: Instant::now(),
            most,
            is_again: false,
        }
    }

    /// Whether what came of it may still be out for us: after a lease it is anybody's.
    fn may_be_ours(&self, lease: Duration) -> bool {
        self.since.elapsed() < lease.min(Self::KNOWN)
    }
}

/// The requests that are made next: those whose answers were lost, all at once since nobody else gets what was in them, and as many more
/// as are wanted.
fn attempts(held: &Held, most: usize, requests: usize, lost: Vec<Attempt>) -> Vec<Attempt> {
    let ours = |attempt: &Attempt| attempt.may_be_ours(held.lease);
    let mut all: Vec<_> = lost.into_iter().filter(ours).collect();
    let again: usize = all.iter().map(|attempt| attempt.most).sum();
    let mut left = most.saturating_sub(again);
    while left > 0 && all.len() < requests {
        let most = left.min(receiving::AT_ONCE);
        all.push(Attempt::new(most, held.holds_keys));
        left -= most;
    }
    all
}

/// One request; how many came by it, or what is to be asked again, where its answer is lost.
async fn take_in(
    queues: &Queues,
    url: &str,
    held: &Held,
    attempt: Attempt,
) -> Result<usize, (Error, Option<Attempt>)> {
    let _asking = UnderWay::of(held);
    let asking = Asking {
        most: attempt.most,
        wait: queues.core.0.settings.wait,
        lease: held.lease,
        attempt: attempt.id.as_deref(),
    };
    let asked = Instant::now();
    let came = match queues.receive(url, &asking).await {
        Ok(came) => came,
        Err(error) if is_lost(&error) && attempt.id.is_some() => {
            let is_again = true;
            return Err((
                error,
                Some(Attempt {
                    is_again,
                    ..attempt
                }),
            ));
        }
        // It is too old, or what was in it is another's by now.
        Err(error) if attempt.is_again && error.kind() == ErrorKind::Invalid => {
            return Err((error.retryable(true), None));
        }
        Err(error) => return Err((error, None)),
    };
    let count = came.len();
    if count > 0 {
        // No request takes anything in that was to be answered by then, however late its answer is.
        let since = Instant::now().min(asked + asking.wait);
        let back = held.add(since, came);
        settling::give_back(queues, url, held, back).await;
    }
    Ok(count)
}

/// A request that is under way.
struct UnderWay<'a>(&'a Held);

impl<'a> UnderWay<'a> {
    fn of(held: &'a Held) -> Self {
        held.asking();
        Self(held)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.asked();
    }
}

fn is_lost(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost | ErrorKind::Timeout)
}

/// Whether a receiver that is as old, and has failed for as long, has no hope.
fn is_for_good(error: &Error, age: Duration, failing: Duration) -> bool {
    if error.is_retryable() || is_lost(error) {
        return false;
    }
    match error.kind() {
        ErrorKind::NotFound => age > NEW,
        ErrorKind::PermissionDenied | ErrorKind::Unexpected => failing > REFUSED,
        _ => true,
    }
}

/// How many are wanted, once some are; none at the end, or once the transport is to end.
async fn wanted(queues: &Queues, held: &Held) -> Option<usize> {
    loop {
        if *held.ends().borrow() || queues.core.0.link.is_closing() {
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
        let due = Instant::now() + often;
        let due = held.earliest().map_or(due, |earliest| earliest.min(due));
        tokio::select! {
            () = sleep_until(due) => {}
            _ = ends.wait_for(|ended| *ended) => return,
        }
        let (back, keep) = held.look();
        if back.is_empty() && keep.is_empty() {
            continue;
        }
        // Beside looking: leases end, whether AWS answers or not.
        let (queues, url, held) = (queues.clone(), url.clone(), held.clone());
        let keeping = held.keeping(keep);
        tokio::spawn(async move {
            let keeping = settling::keep(&queues, &url, keeping);
            tokio::join!(keeping, settling::give_back(&queues, &url, &held, back));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{Channel, SubscribeSpec};

    fn ids(attempts: &[Attempt]) -> Vec<Option<String>> {
        attempts.iter().map(|attempt| attempt.id.clone()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_was_lost_is_asked_for_again_at_once_and_within_its_lease() {
        let spec = SubscribeSpec::new(Channel::point_to_point("a"));
        let lease = Duration::from_secs(30);
        let held = Held::new(&spec, lease, true);
        let first = attempts(&held, 25, 4, Vec::new());
        assert_eq!(first.iter().map(|one| one.most).sum::<usize>(), 25);
        let known = ids(&first);
        assert!(known.len() == 3 && known[0].is_some() && known[0] != known[1]);
        let again = attempts(&held, 1, 1, first);
        assert_eq!(ids(&again), known);
        tokio::time::advance(lease).await;
        let anew = attempts(&held, 1, 1, again);
        assert!(anew.len() == 1 && !known.contains(&anew[0].id));
        let standard = Held::new(&spec, lease, false);
        assert_eq!(ids(&attempts(&standard, 1, 1, Vec::new())), [None]);
    }

    #[test]
    fn hope_is_given_up_in_time() {
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
        let of = |kind, age, failing| is_for_good(&Error::new(kind, "receive", ""), age, failing);
        assert!(!of(ErrorKind::NotFound, second, second));
        assert!(of(ErrorKind::NotFound, hour, second), "it was there");
        assert!(!of(ErrorKind::PermissionDenied, hour, second));
        assert!(of(ErrorKind::PermissionDenied, hour, hour));
        assert!(of(ErrorKind::Invalid, second, second));
        assert!(!of(ErrorKind::ConnectionLost, hour, hour));
    }
}
