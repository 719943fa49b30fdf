//! How much is sent ahead is bounded by bytes, not by the number of messages alone.
use crate::{
    bare::{ready, remove},
    common::{Check, Outcome, address, bound, checks, connect, fresh, holds, publish},
};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tidings::{DynTransport, Message, SubscribeSpec, Token, Verdict, transport::Event};
use tidings_rabbitmq::{QueueType, RabbitSettings, RabbitTransport};
use tokio::time::{Instant, sleep, timeout};

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        large_messages_wait_at_the_broker,
        large_messages_wait_at_quorum_queues,
        large_messages_wait_at_shards,
        a_queue_that_goes_with_its_consumer_keeps_what_is_large
    ]
}

const COUNT: u32 = 64;
/// How many are settled at once, before some are held.
const SETTLED: u32 = 20;
const MEBIBYTE: usize = 1 << 20;

async fn large_messages_wait_at_the_broker() -> Outcome {
    large_messages_wait(QueueType::Default, 1).await
}

async fn large_messages_wait_at_quorum_queues() -> Outcome {
    large_messages_wait(QueueType::Quorum, 1).await
}

async fn large_messages_wait_at_shards() -> Outcome {
    large_messages_wait(QueueType::Default, 2).await
}

/// Of 64 MiB about 8 MiB are sent ahead, though as many as 256 messages may be; and nothing is lost of it.
async fn large_messages_wait(queues: QueueType, shards: u16) -> Outcome {
    let mut settings = RabbitSettings::default();
    (settings.queues, settings.shards) = (queues, shards);
    let transport = RabbitTransport::connect_with(&address(), settings).await?;
    let channel = match shards {
        1 => fresh(),
        _ => fresh().with_keys(),
    };
    let names: Vec<String> = match shards {
        1 => vec![channel.address.to_string()],
        _ => (0..shards)
            .map(|shard| format!("{}.{shard}", channel.address))
            .collect(),
    };
    let spec = SubscribeSpec::new(channel.clone())
        .prefetch(256)
        .prefetch_bytes(8 * MEBIBYTE);
    drop(DynTransport::subscribe(&transport, &spec).await?);
    let large = |number: u32| {
        let mut message = Message::new(vec![0; MEBIBYTE]);
        message.key = Some(number.to_string().into());
        message
    };
    let all: Vec<Message> = (0..COUNT).map(large).collect();
    publish(&transport, &channel, &all).await?;
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    // All that is sent ahead is here by then.
    sleep(Duration::from_secs(1)).await;
    let settler = subscription.settler();
    let (mut held, mut came) = (Vec::<Token>::new(), BTreeSet::new());
    let (mut looked, end) = (false, Instant::now() + Duration::from_secs(20));
    while came.len() < all.len() || !held.is_empty() {
        match timeout(Duration::from_secs(1), subscription.next(1)).await {
            Ok(Ok(Event::Deliveries(deliveries))) => {
                came.extend(
                    deliveries
                        .iter()
                        .map(|delivery| delivery.message.id.clone()),
                );
                held.extend(deliveries.iter().map(|delivery| delivery.token));
            }
            // No more comes while so much is held; what came before goes back.
            Err(_) if !looked => {
                let mut left = 0;
                for name in &names {
                    left += ready(name, shards > 1).await?;
                }
                looked = left >= COUNT - 2 * SETTLED;
                let is_early = Instant::now() < end;
                holds(looked || is_early, &format!("{left} of {COUNT} wait there"))?;
            }
            Err(_) => return Err(format!("{} came", came.len()).into()),
            Ok(event) => drop(event?),
        }
        if looked || came.len() <= SETTLED as usize {
            let verdicts: Vec<_> = held.drain(..).map(|token| (token, Verdict::Ack)).collect();
            settler.settle(&verdicts).await;
        }
    }
    drop(subscription);
    // A broker keeps much of what went through a quorum queue.
    for name in &names {
        remove(name).await?;
    }
    holds(looked, "all were sent ahead")
}

async fn a_queue_that_goes_with_its_consumer_keeps_what_is_large() -> Outcome {
    let transport = connect().await?;
    let channel = bound(&fresh(), json!({ "queue": { "autoDelete": true } }));
    let spec = SubscribeSpec::new(channel.clone()).prefetch_bytes(MEBIBYTE);
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    let all: Vec<Message> = (0..20).map(|_| Message::new(vec![0; MEBIBYTE])).collect();
    publish(&transport, &channel, &all).await?;
    sleep(Duration::from_secs(1)).await;
    let settler = subscription.settler();
    let mut came = 0;
    while came < all.len() {
        let next = timeout(Duration::from_secs(5), subscription.next(1)).await;
        let next = next.map_err(|_| format!("{came} came"))?;
        if let Event::Deliveries(deliveries) = next? {
            came += deliveries.len();
            let acked = deliveries.iter().map(|one| (one.token, Verdict::Ack));
            settler.settle(&acked.collect::<Vec<_>>()).await;
        }
    }
    Ok(())
}
