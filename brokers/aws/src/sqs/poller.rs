//! What a subscription does whether it is asked or not: it receives what somebody waits for, and keeps what waits.
use super::{held::Held, queue::Queues, sending::seconds, settling};
use std::{sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Str};
use tokio::time::sleep;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Receives until nobody takes it any more. A request that is under way then is awaited, since what it brings would be nobody's for a
/// whole lease.
pub(super) async fn receive(queues: Queues, url: Str, held: Arc<Held>, lease: Option<Duration>) {
    let mut pause = FIRST_PAUSE;
    while let Some(most) = wanted(&held).await {
        let outcome = queues.receive(&url, most, lease).await;
        match outcome {
            Ok(came) => {
                pause = FIRST_PAUSE;
                if !came.is_empty() {
                    let back = held.add(came);
                    settling::give_back(&queues, &url, back).await;
                }
            }
            Err(error) if is_for_good(&error) => {
                let back = held.end(error);
                return settling::give_back(&queues, &url, back).await;
            }
            Err(error) => {
                tracing::debug!(%error, "receiving failed, trying again");
                sleep(error.wait().unwrap_or(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
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
        for some in keep.chunks(super::receiving::AT_ONCE) {
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
