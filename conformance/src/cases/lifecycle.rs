//! How a transport ends.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{holds, same, same_set},
    needs::Need,
    offers::Offer,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tidings::{
    ErrorKind, Message,
    transport::{Ensure, State, Wanted},
};
use tokio::time::{sleep, timeout};

cases! {
    close_waits_for_what_is_out: [Need::Settled],
    close_ends_at_its_grace: [Need::Settled],
    a_closed_transport_refuses: [],
    a_closed_transport_ends_its_subscriptions: [],
    closing_twice_is_fine: [],
    closing_at_once_from_many_sides_is_fine: [],
    close_ends_what_is_being_published: [],
    the_state_ends_closed: [],
    closing_one_transport_leaves_the_others: [Need::Offer(Offer::Another)],
    what_a_closed_transport_held_comes_again: [Need::Offer(Offer::Another), Need::Settled, Need::Kept],
    competing_transports_share: [Need::Offer(Offer::Another), Need::Individual, Need::Kept, Need::Sharing],
}

async fn close_waits_for_what_is_out(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a", "b"]).await?;
    let held = listener.receive(2).await?;
    let receiver = bench.setup.receiver.clone();
    let closing = tokio::spawn(async move { receiver.close(PATIENCE).await });
    sleep(Duration::from_millis(200)).await;
    holds(
        !closing.is_finished(),
        "closed before what was delivered was settled",
    )?;
    listener.ack(&held).await?;
    closing.await??;
    Ok(())
}

/// What is out may be lost to this transport, and the outcome may say so.
async fn close_ends_at_its_grace(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["a"]).await?;
    let held = listener.one().await?;
    let begun = Instant::now();
    drop(bench.setup.receiver.close(Duration::from_millis(200)).await);
    holds(
        begun.elapsed() < Duration::from_secs(3),
        "close went on after its grace",
    )?;
    drop(listener.ack(&[held]).await);
    same("error", &listener.end().await?.kind(), &ErrorKind::Closed)
}

async fn a_closed_transport_refuses(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let sender = &bench.setup.sender;
    sender.close(PATIENCE).await?;
    let outcome = bench
        .outcomes(&channel, &[Message::new("a"), Message::new("b")])
        .await;
    let kinds = outcome
        .into_iter()
        .map(|one| one.err().map(|error| error.kind()));
    let closed = Some(ErrorKind::Closed);
    same("publish", &kinds.collect::<Vec<_>>(), &vec![closed; 2])?;
    let message = Arc::new(Message::new("a"));
    same(
        "offer",
        &sender.offer(&channel, message.clone()),
        &Some(message),
    )?;
    let subscribed = sender.subscribe(&bench.spec(&channel)).await;
    same(
        "subscribe",
        &subscribed.err().map(|error| error.kind()),
        &closed,
    )
}

async fn a_closed_transport_ends_its_subscriptions(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let waiting = tokio::spawn(async move { (listener.end().await, listener.end().await) });
    sleep(Duration::from_millis(50)).await;
    bench.setup.receiver.close(PATIENCE).await?;
    let (end, again) = waiting.await?;
    for error in [end?, again?] {
        same("error", &error.kind(), &ErrorKind::Closed)?;
    }
    Ok(())
}

async fn closing_twice_is_fine(bench: Bench) -> Outcome {
    for _ in 0..2 {
        bench.setup.receiver.close(PATIENCE).await?;
    }
    Ok(())
}

async fn closing_at_once_from_many_sides_is_fine(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let close = || {
        let receiver = bench.setup.receiver.clone();
        tokio::spawn(async move { receiver.close(PATIENCE).await })
    };
    let closing: Vec<_> = (0..8).map(|_| close()).collect();
    for one in closing {
        timeout(PATIENCE, one).await???;
    }
    same("error", &listener.end().await?.kind(), &ErrorKind::Closed)
}

async fn close_ends_what_is_being_published(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let publish = || {
        let (sender, channel) = (bench.setup.sender.clone(), channel.clone());
        tokio::spawn(async move {
            loop {
                let deadline = tokio::time::Instant::now() + PATIENCE;
                let batch = [Message::new("a")];
                if let Some(Err(error)) = sender.publish(&channel, &batch, deadline).await.pop() {
                    return error.kind();
                }
                tokio::task::yield_now().await;
            }
        })
    };
    let publishing: Vec<_> = (0..4).map(|_| publish()).collect();
    sleep(Duration::from_millis(20)).await;
    // That nobody takes what was published may be an error.
    drop(timeout(PATIENCE, bench.setup.sender.close(Duration::from_secs(1))).await?);
    for one in publishing {
        same(
            "publish",
            &timeout(PATIENCE, one).await??,
            &ErrorKind::Closed,
        )?;
    }
    Ok(())
}

async fn the_state_ends_closed(bench: Bench) -> Outcome {
    let mut state = bench.setup.receiver.state();
    same("state", &*state.borrow_and_update(), &State::Connected)?;
    bench.setup.receiver.close(PATIENCE).await?;
    let closed = timeout(PATIENCE, state.wait_for(|state| *state == State::Closed)).await?;
    holds(closed.is_ok(), "the state was not told to be closed")
}

async fn closing_one_transport_leaves_the_others(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let another = bench.another().await?;
    let wanted = [Wanted::channel(channel.clone())];
    another.ensure(&wanted, Ensure::Check).await?;
    another.close(PATIENCE).await?;
    bench.publish(&channel, &["a"]).await?;
    same_set(listener.drain(1).await?, &["a"])
}

async fn what_a_closed_transport_held_comes_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let another = bench.another().await?;
    let mut leaving = bench.listen_at(&*another, &bench.spec(&channel)).await?;
    bench.publish(&channel, &["a", "b"]).await?;
    leaving.receive(2).await?;
    drop(another.close(Duration::from_millis(50)).await);
    same_set(bench.listen(&channel).await?.drain(2).await?, &["a", "b"])
}

async fn competing_transports_share(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let another = bench.another().await?;
    let spec = bench.spec(&channel).prefetch(1);
    let mut first = bench.listen_as(&spec).await?;
    let mut second = bench.listen_at(&*another, &spec).await?;
    bench.publish(&channel, &["a", "b"]).await?;
    let (one, other) = (first.one().await?, second.one().await?);
    same_set(crate::check::bodies(&[one, other]), &["a", "b"])
}
