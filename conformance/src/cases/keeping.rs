//! What was delivered and not settled is not lost, and what was settled does not come again.
use crate::{
    bench::{Bench, Outcome},
    case::{Case, cases},
    check::{bodies, holds, same_set},
    needs::Need,
};
use tidings::transport::Attempts;

cases! {
    unsettled_comes_again_after_drop: [Need::Settled, Need::Kept],
    a_drop_gives_back_to_who_is_there: [Need::Individual, Need::Kept],
    acknowledged_never_comes_again: [Need::Settled, Need::Kept],
    what_waits_within_a_dropped_subscription_comes_again: [Need::Settled, Need::Kept],
    a_settler_settles_nothing_after_its_subscription: [Need::Settled, Need::Kept],
}

async fn unsettled_comes_again_after_drop(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut leaving = bench.listen(&channel).await?;
    bench.publish(&channel, &["a", "b"]).await?;
    leaving.receive(2).await?;
    drop(leaving);
    let mut next = bench.listen(&channel).await?;
    same_set(next.drain(2).await?, &["a", "b"])?;
    next.silent().await
}

async fn a_drop_gives_back_to_who_is_there(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut leaving = bench.listen(&channel).await?;
    bench.publish(&channel, &["a", "b"]).await?;
    leaving.receive(2).await?;
    let mut staying = bench.listen(&channel).await?;
    staying.silent().await?;
    drop(leaving);
    let again = staying.receive(2).await?;
    same_set(bodies(&again), &["a", "b"])?;
    let is_counted = bench.capabilities.attempts != Attempts::Uncounted;
    let counted = again
        .iter()
        .all(|incoming| (incoming.attempt > 1) == is_counted);
    holds(
        counted,
        "the attempts are not those that the capabilities promise",
    )
}

async fn acknowledged_never_comes_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut leaving = bench.listen(&channel).await?;
    bench.publish(&channel, &["a", "b", "c"]).await?;
    leaving.drain(3).await?;
    drop(leaving);
    let mut next = bench.listen(&channel).await?;
    next.silent().await?;
    bench.publish(&channel, &["d"]).await?;
    same_set(next.drain(1).await?, &["d"])
}

async fn what_waits_within_a_dropped_subscription_comes_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut leaving = bench.listen_as(&bench.spec(&channel).prefetch(100)).await?;
    let numbers: Vec<usize> = (0..20).collect();
    bench.publish(&channel, &numbers).await?;
    // The others were fetched, perhaps, and nobody asked for them.
    let first = leaving.one().await?;
    leaving.ack(std::slice::from_ref(&first)).await?;
    drop(leaving);
    let mut all = bench.listen(&channel).await?.drain(19).await?;
    all.extend(bodies(&[first]));
    same_set(all, &numbers)
}

async fn a_settler_settles_nothing_after_its_subscription(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut leaving = bench.listen(&channel).await?;
    bench.publish(&channel, &["a"]).await?;
    let held = leaving.one().await?;
    let settler = leaving.settler.clone();
    drop(leaving);
    let verdicts = [(held.token, tidings::Verdict::Ack)];
    // Whether that is a failure is the transport's to say.
    drop(settler.settle(&verdicts).await);
    same_set(bench.listen(&channel).await?.drain(1).await?, &["a"])
}
