//! What is queued, and what is out, when a broker restarts.
use crate::{
    bench::{Bench, Outcome},
    case::{Case, cases},
    check::{body, holds, same, same_set},
    listener::Listener,
    needs::Need,
    offers::Offer,
};
use tidings::{Channel, Message, Verdict, transport::Incoming};

cases! {
    queued_outlives_a_restart: [RESTART, Need::Confirmed, Need::Kept],
    confirmed_outlives_the_broker: [Need::Offer(Offer::Kill), Need::Durable, Need::Confirmed, Need::Kept],
    subscribe_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled],
    unsettled_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled, Need::Kept],
    what_is_stale_harms_nobody: [RESTART, Need::Confirmed, Need::Individual, Need::Kept],
    gone_is_told_before_it_comes_again: [RESTART, Need::Confirmed, Need::Settled, Need::Kept],
}

const RESTART: Need = Need::Offer(Offer::Restart);

async fn queued_outlives_a_restart(bench: Bench) -> Outcome {
    let channel = queued(&bench).await?;
    bench.restart().await?;
    both_come(&bench, &channel).await
}

async fn confirmed_outlives_the_broker(bench: Bench) -> Outcome {
    let channel = queued(&bench).await?;
    bench.kill().await?;
    both_come(&bench, &channel).await
}

/// A channel that two messages wait in.
async fn queued(bench: &Bench) -> Outcome<Channel> {
    let channel = bench.channel().await?;
    drop(bench.listen(&channel).await?);
    bench.publish(&channel, &["a", "b"]).await?;
    Ok(channel)
}

async fn both_come(bench: &Bench, channel: &Channel) -> Outcome {
    let mut listener = bench.listen_again(channel).await?;
    same_set(listener.drain(2).await?, &["a", "b"])
}

async fn subscribe_survives_reconnect(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["before"]).await?;
    listener.drain(1).await?;
    bench.restart().await?;
    bench.insist(&channel, &[Message::new("after")]).await?;
    loop {
        let incoming = listener.one().await?;
        // What could not be settled comes again.
        drop(listener.ack(std::slice::from_ref(&incoming)).await);
        match &*body(&incoming) {
            "after" => return Ok(()),
            // The settlement may have been lost with the connection.
            "before" => {}
            other => return Err(format!("`{other}` was never published").into()),
        }
    }
}

/// A listener that holds a delivery while the broker restarts.
async fn holding(bench: &Bench) -> Outcome<(Channel, Listener, Incoming)> {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a"]).await?;
    let held = listener.one().await?;
    bench.restart().await?;
    Ok((channel, listener, held))
}

async fn unsettled_survives_reconnect(bench: Bench) -> Outcome {
    let (channel, listener, held) = holding(&bench).await?;
    drop(listener);
    let mut next = bench.listen_again(&channel).await?;
    let again = next.one().await?;
    same("message", &*again.message, &*held.message)?;
    next.ack(&[again]).await?;
    next.silent().await
}

/// What was handed out before the restart can still be settled, or comes again anyway and that harms nobody.
async fn what_is_stale_harms_nobody(bench: Bench) -> Outcome {
    let (_, mut listener, held) = holding(&bench).await?;
    listener.settle(&[held], Verdict::RETRY_NOW).await?;
    let again = listener.one().await?;
    listener.settle(&[again], Verdict::RETRY_NOW).await?;
    same_set(listener.drain(1).await?, &["a"])?;
    listener.silent().await
}

async fn gone_is_told_before_it_comes_again(bench: Bench) -> Outcome {
    let (channel, mut listener, held) = holding(&bench).await?;
    bench.insist(&channel, &[Message::new("b")]).await?;
    loop {
        let incoming = listener.one().await?;
        match &*body(&incoming) {
            "b" => return Ok(()),
            _ => holds(
                listener.left.contains(&held.token.part) && incoming.token != held.token,
                "a delivery came again whose part was not told to be gone",
            )?,
        }
    }
}
