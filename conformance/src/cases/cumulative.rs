//! Settlement up to a position of a part.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{bodies, body, holds, keyed_batch, same_list, same_set},
    listener::Listener,
    needs::Need,
};
use std::time::Duration;
use tidings::{Channel, Message, Received, Verdict};

cases! {
    an_ack_settles_all_before_it: [Need::Cumulative, Need::Kept],
    what_is_behind_the_watermark_comes_again: [Need::Cumulative, Need::Kept],
    a_lower_ack_takes_nothing_back: [Need::Cumulative, Need::Kept],
    what_is_released_comes_again: [Need::Cumulative, Need::Kept],
    each_part_has_a_watermark_of_its_own: [Need::Cumulative, Need::Shards, Need::Kept],
    a_service_settles_no_further_than_it_has_handled: [Need::Cumulative, Need::Kept],
}

/// A listener and the four messages that it holds.
async fn four(bench: &Bench) -> Outcome<(Channel, Listener, Vec<tidings::transport::Incoming>)> {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a", "b", "c", "d"]).await?;
    let held = listener.receive(4).await?;
    Ok((channel, listener, held))
}

/// What comes to who listens next.
async fn next_get(bench: &Bench, channel: &Channel, expected: &[&str]) -> Outcome {
    let mut listener = bench.listen(channel).await?;
    same_list(listener.drain(expected.len()).await?, expected)?;
    listener.silent().await
}

async fn an_ack_settles_all_before_it(bench: Bench) -> Outcome {
    let (channel, listener, held) = four(&bench).await?;
    listener.settle(&held[3..], Verdict::Ack).await?;
    drop(listener);
    next_get(&bench, &channel, &[]).await
}

async fn what_is_behind_the_watermark_comes_again(bench: Bench) -> Outcome {
    let (channel, listener, held) = four(&bench).await?;
    listener.settle(&held[1..2], Verdict::Ack).await?;
    drop(listener);
    next_get(&bench, &channel, &["c", "d"]).await
}

async fn a_lower_ack_takes_nothing_back(bench: Bench) -> Outcome {
    let (channel, listener, held) = four(&bench).await?;
    listener.settle(&held[2..3], Verdict::Ack).await?;
    listener.settle(&held[..1], Verdict::Ack).await?;
    drop(listener);
    next_get(&bench, &channel, &["d"]).await
}

async fn what_is_released_comes_again(bench: Bench) -> Outcome {
    let (channel, listener, held) = four(&bench).await?;
    listener.settle(&held[..1], Verdict::Ack).await?;
    listener.settle(&held[1..], Verdict::Release).await?;
    drop(listener);
    next_get(&bench, &channel, &["b", "c", "d"]).await
}

async fn each_part_has_a_watermark_of_its_own(bench: Bench) -> Outcome {
    let channel = bench.fresh(bench.kind(), 4).await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish_all(&channel, &keyed_batch(32, 1)).await?;
    let held = listener.receive(32).await?;
    let part = held[0].token.part;
    let (done, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|one| one.token.part == part);
    holds(!others.is_empty(), "32 keys are all in one of 4 shards")?;
    listener.ack(&done).await?;
    drop(listener);
    let mut listener = bench.listen(&channel).await?;
    same_set(listener.drain(others.len()).await?, &bodies(&others))?;
    listener.silent().await
}

/// The first is at work when the service is stopped; the others, of other keys, are done.
async fn a_service_settles_no_further_than_it_has_handled(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut router = bench.router();
    router.on(channel.clone(), async |message: Received<Message>| {
        if message.message.body.starts_with(b"0 ") {
            tokio::time::sleep(PATIENCE).await;
        }
        Ok(())
    });
    let service = bench.serve(router).await?;
    bench.publish_all(&channel, &keyed_batch(5, 1)).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stopped = service.stop(Duration::from_millis(50)).await;
    holds(stopped.is_err(), "a handler that runs on was not reported")?;
    let again = bench.listen(&channel).await?.one().await?;
    holds(body(&again) == "0 0", "what was not handled was settled")
}
