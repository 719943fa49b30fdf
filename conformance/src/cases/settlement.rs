//! What becomes of deliveries once they are settled, or when they are not.
use crate::{
    Setup,
    bench::{
        Outcome, body, drain, holds, publish, queue, receive, receive_one, same, settle, silent,
        subscribe,
    },
};
use std::time::{Duration, Instant};
use tidings::{Verdict, transport::Attempts};

pub(crate) async fn prefetch_bounds_unsettled(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 2).await?;
    publish(&*setup.sender, &queue, &["a", "b", "c"]).await?;
    let held = receive(&mut subscription, 2).await?;
    silent(&mut subscription).await?;
    settle(&mut subscription, &held[..1], Verdict::Ack).await?;
    same(
        "body",
        &body(&receive_one(&mut subscription).await?),
        &"c".into(),
    )
}

pub(crate) async fn settled_one_by_one(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["a", "b", "c"]).await?;
    let held = receive(&mut subscription, 3).await?;
    settle(&mut subscription, &held[1..2], Verdict::Ack).await?;
    drop(subscription);
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    same(
        "bodies",
        &drain(&mut subscription, 2).await?,
        &vec!["a".into(), "c".into()],
    )?;
    silent(&mut subscription).await
}

pub(crate) async fn settling_twice_is_harmless(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["a"]).await?;
    let held = receive(&mut subscription, 1).await?;
    settle(&mut subscription, &held, Verdict::Ack).await?;
    settle(&mut subscription, &held, Verdict::RETRY_NOW).await?;
    silent(&mut subscription).await?;
    publish(&*setup.sender, &queue, &["b"]).await?;
    same(
        "bodies",
        &drain(&mut subscription, 1).await?,
        &vec!["b".into()],
    )
}

pub(crate) async fn retry_redelivers_with_attempt(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["a"]).await?;
    let mut id = None;
    for attempt in 1..=3 {
        let incoming = receive_one(&mut subscription).await?;
        same("attempt", &incoming.attempt, &attempt)?;
        same(
            "id",
            id.get_or_insert_with(|| incoming.message.id.clone()),
            &incoming.message.id,
        )?;
        settle(&mut subscription, &[incoming], Verdict::RETRY_NOW).await?;
    }
    let last = receive_one(&mut subscription).await?;
    settle(&mut subscription, &[last], Verdict::Ack).await?;
    silent(&mut subscription).await
}

pub(crate) async fn retry_waits(setup: Setup) -> Outcome {
    let after = Duration::from_millis(300);
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["later", "now"]).await?;
    let held = receive(&mut subscription, 2).await?;
    let start = Instant::now();
    settle(&mut subscription, &held[..1], Verdict::Retry { after }).await?;
    settle(&mut subscription, &held[1..], Verdict::Ack).await?;
    let again = receive_one(&mut subscription).await?;
    same("body", &body(&again), &"later".into())?;
    holds(start.elapsed() >= after, "the message came back too early")
}

pub(crate) async fn reject_drops(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["bad", "good"]).await?;
    let held = receive(&mut subscription, 2).await?;
    settle(&mut subscription, &held[..1], Verdict::reject("no")).await?;
    drop(subscription);
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    same(
        "bodies",
        &drain(&mut subscription, 1).await?,
        &vec!["good".into()],
    )?;
    silent(&mut subscription).await
}

pub(crate) async fn unsettled_is_redelivered_after_drop(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut leaving = subscribe(&*setup.receiver, &queue, None, 10).await?;
    publish(&*setup.sender, &queue, &["a", "b"]).await?;
    receive(&mut leaving, 2).await?;
    let mut staying = subscribe(&*setup.receiver, &queue, None, 10).await?;
    silent(&mut staying).await?;
    drop(leaving);
    let again = receive(&mut staying, 2).await?;
    same(
        "bodies",
        &again.iter().map(body).collect::<Vec<_>>(),
        &vec!["a".into(), "b".into()],
    )?;
    let attempts = setup.receiver.capabilities(&queue).attempts;
    holds(
        again
            .iter()
            .all(|incoming| incoming.attempt > 1 || attempts == Attempts::Uncounted),
        "the attempt was not counted",
    )
}
