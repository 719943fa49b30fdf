//! Keys of which there are many, at brokers that may forget where they are.
use crate::common::{self, Broker, Outcome, holds};
use std::{collections::HashMap, time::Duration};
use tidings::{
    Channel, Message, SubscribeSpec, Transport,
    transport::{Event, Subscription},
};
use tokio::time::timeout;

/// More than Classic remembers.
const KEYS: usize = 1200;

pub(crate) async fn a_key_that_is_busy_goes_to_nobody_else(broker: Broker) -> Outcome {
    let (one, other) = (broker.connect().await?, broker.connect().await?);
    let channel = Channel::point_to_point(common::unused()).with_keys();
    let spec = SubscribeSpec::new(channel.clone()).prefetch(4 * KEYS);
    let mut first = Transport::subscribe(&one, &spec).await?;
    let mut second = Transport::subscribe(&other, &spec).await?;
    let message = |key: usize| {
        let mut message = Message::new("a");
        message.key = Some(key.to_string().into());
        message
    };
    for _ in 0..2 {
        let batch: Vec<_> = (0..KEYS).map(message).collect();
        for outcome in common::outcomes(&one, &channel, &batch).await {
            outcome?;
        }
    }
    let mut consumers = HashMap::new();
    for _ in 0..2 * KEYS {
        // Nothing is settled, so that each key is busy with its first message.
        let next = async {
            tokio::select! {
                event = first.next(1) => (0, event),
                event = second.next(1) => (1, event),
            }
        };
        let (consumer, event) = timeout(Duration::from_secs(10), next).await?;
        let Event::Deliveries(came) = event? else {
            return Err("no delivery".into());
        };
        let key = came[0].message.key.clone();
        let known = *consumers.entry(key).or_insert(consumer);
        holds(known == consumer, "two consumers have one key")?;
    }
    holds(consumers.len() == KEYS, "keys are missing")
}
