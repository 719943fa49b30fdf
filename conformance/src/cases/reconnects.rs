//! Work that goes on while a broker restarts.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{Number, body, holds, in_order, keyed_batch, same_set},
    listener::Listener,
    needs::Need,
    offers::Offer,
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{Channel, Message, Received, transport::Event};
use tokio::time::sleep;

cases! {
    publish_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled, Need::ChannelOrder],
    order_of_a_key_survives_reconnect: [RESTART, Need::Confirmed, Need::Settled, Need::KeyOrder, Need::Kept],
    a_service_survives_restarts: [RESTART, Need::Confirmed, Need::Settled],
    an_inbox_survives_reconnect: [RESTART, Need::Confirmed, Need::Queues],
}

const RESTART: Need = Need::Offer(Offer::Restart);

/// The bodies that come until all of that many are there, each for the first time. What could not be settled comes again.
async fn first_times(listener: &mut Listener, count: usize) -> Outcome<Vec<String>> {
    let (mut seen, mut all) = (HashSet::new(), Vec::new());
    while seen.len() < count {
        if let Event::Deliveries(deliveries) = listener.next(8).await? {
            drop(listener.ack(&deliveries).await);
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
            bench
                .insist(&channel, &[Message::new(number.to_string())])
                .await?;
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
            bench.insist(&channel, chunk).await?;
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
