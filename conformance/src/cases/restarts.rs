//! A broker that restarts with its queues kept.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{Number, body, holds, in_order, keyed_batch, same, same_set},
    listener::Listener,
    needs::Need,
    offers::Offer,
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{
    Channel, Message, Received, Verdict,
    transport::{Event, Incoming},
};
use tokio::time::sleep;

cases! {
    queued_outlives_a_restart: [RESTART, Need::Confirmed, Need::Kept],
    confirmed_outlives_the_broker: [Need::Offer(Offer::Kill), Need::Durable, Need::Confirmed, Need::Kept],
    subscribe_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled],
    unsettled_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled, Need::Kept],
    what_is_stale_harms_nobody: [RESTART, Need::Confirmed, Need::Individual, Need::Kept],
    gone_is_told_before_it_comes_again: [RESTART, Need::Confirmed, Need::Settled, Need::Kept],
    publish_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled, Need::ChannelOrder],
    order_of_a_key_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled, Need::KeyOrder, Need::Kept],
    a_service_survives_restarts: [RESTART, Need::Confirmed, Need::Settled],
    an_inbox_survives_reconnect: [RESTART, Need::Confirmed, Need::Queues],
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
    let mut listener = listening_again(bench, channel).await?;
    same_set(listener.drain(2).await?, &["a", "b"])
}

/// Listens as soon as the broker is back.
async fn listening_again(bench: &Bench, channel: &Channel) -> Outcome<Listener> {
    let listener = async {
        loop {
            match bench.listen(channel).await {
                Ok(listener) => return listener,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    Ok(tokio::time::timeout(PATIENCE, listener).await?)
}

/// Publishes until it is taken, as long as failures say that this may be.
async fn insist(bench: &Bench, channel: &Channel, batch: &[Message]) -> Outcome {
    let mut left = batch.to_vec();
    let end = tokio::time::Instant::now() + PATIENCE;
    while !left.is_empty() {
        holds(
            tokio::time::Instant::now() < end,
            "publishing does not work again",
        )?;
        let outcomes = bench
            .outcomes_within(channel, &left, Duration::from_secs(2))
            .await;
        let mut failed = Vec::new();
        for (message, outcome) in left.into_iter().zip(outcomes) {
            if let Err(error) = outcome {
                holds(
                    error.is_retryable(),
                    "publishing failed for good during a restart",
                )?;
                failed.push(message);
            }
        }
        left = failed;
    }
    Ok(())
}

async fn subscribe_survives_reconnect(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["before"]).await?;
    listener.drain(1).await?;
    bench.restart().await?;
    insist(&bench, &channel, &[Message::new("after")]).await?;
    loop {
        let incoming = listener.one().await?;
        listener.ack(std::slice::from_ref(&incoming)).await?;
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
    let mut next = listening_again(&bench, &channel).await?;
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
    insist(&bench, &channel, &[Message::new("b")]).await?;
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

/// The bodies that come until all of that many are there, each for the first time.
async fn first_times(listener: &mut Listener, count: usize) -> Outcome<Vec<String>> {
    let (mut seen, mut all) = (HashSet::new(), Vec::new());
    while seen.len() < count {
        if let Event::Deliveries(deliveries) = listener.next(8).await? {
            listener.ack(&deliveries).await?;
            for text in deliveries.iter().map(body) {
                seen.insert(text.clone());
                all.push(text);
            }
        }
    }
    Ok(all)
}

async fn publish_survives_reconnect(bench: Bench) -> Outcome {
    const COUNT: usize = 300;
    let channel = bench.channel().await?;
    let mut listener = bench
        .listen_as(&bench.spec(&channel).prefetch(1000))
        .await?;
    let sending = async {
        for number in 0..COUNT {
            insist(&bench, &channel, &[Message::new(number.to_string())]).await?;
        }
        Outcome::Ok(())
    };
    tokio::try_join!(sending, bench.restart())?;
    // At least once: each is there, in order when repeated ones are left out.
    let mut next = 0;
    for text in first_times(&mut listener, COUNT).await? {
        let number: usize = text.parse()?;
        holds(number <= next, "a message was overtaken")?;
        next = next.max(number + 1);
    }
    Ok(())
}

async fn order_of_a_key_survives_reconnect(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let batch = keyed_batch(5, 40);
    let sending = async {
        for chunk in batch.chunks(20) {
            insist(&bench, &channel, chunk).await?;
        }
        Outcome::Ok(())
    };
    let restarting = async {
        for _ in 0..3 {
            sleep(Duration::from_millis(20)).await;
            bench.restart().await?;
        }
        Outcome::Ok(())
    };
    let receiving = first_times(&mut listener, batch.len());
    let ((), (), all) = tokio::try_join!(sending, restarting, receiving)?;
    in_order(&all, 5, 40)
}

async fn a_service_survives_restarts(bench: Bench) -> Outcome {
    const COUNT: u32 = 300;
    let channel = bench.channel().await?;
    let handled = Arc::new(Mutex::new(HashSet::new()));
    let mut router = bench.router();
    let log = handled.clone();
    router
        .prefetch(20)
        .on(channel.clone(), move |number: Received<Number>| {
            let log = log.clone();
            async move {
                sleep(Duration::from_millis(1)).await;
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(number.0);
                Ok(())
            }
        });
    let service = bench.serve(router).await?;
    let client = bench.client();
    let sending = async {
        for number in 0..COUNT {
            while let Err(error) = client.send(&channel, &Number(number)).await {
                holds(
                    error.is_retryable(),
                    "sending failed for good during a restart",
                )?;
                sleep(Duration::from_millis(1)).await;
            }
        }
        Outcome::Ok(())
    };
    let restarting = async {
        for _ in 0..4 {
            sleep(Duration::from_millis(20)).await;
            bench.restart().await?;
        }
        Outcome::Ok(())
    };
    tokio::try_join!(sending, restarting)?;
    let all = async {
        while handled.lock().unwrap_or_else(PoisonError::into_inner).len() < COUNT as usize {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await?;
    Ok(service.stop(PATIENCE).await?)
}

async fn an_inbox_survives_reconnect(bench: Bench) -> Outcome {
    let replies = bench.queue().await?;
    let (address, inbox) = bench.setup.receiver.inbox(Some(&replies)).await?;
    let mut inbox = Listener::new(inbox, bench.capabilities.settle);
    bench.restart().await?;
    let channel = Channel::point_to_point(address);
    // Until the other side is back, its address may not be known.
    let sent = async {
        while bench.publish(&channel, &["reply"]).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sent).await?;
    same_set(inbox.drain(1).await?, &["reply"])
}
