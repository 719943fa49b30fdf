//! What the cases share: fresh channels, publishing, receiving within a time, and a plain typed message.
use crate::Setup;
use std::{fmt::Debug, time::Duration};
use tidings::{
    BoxError, Channel, ChannelKind, DynTransport, InvalidMessage, Message, SubscribeSpec, Token,
    TypedMessage, Verdict,
    transport::{DynSubscription, Ensure, Event, Group, Incoming, Wanted},
};
use tokio::time::Instant;
use uuid::Uuid;

pub(crate) type Outcome<T = ()> = Result<T, BoxError>;
pub(crate) type BoxSubscription = Box<dyn DynSubscription>;

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing must come for it to count as never.
const SILENCE: Duration = Duration::from_millis(250);

/// A channel that no other case has, in place at the broker.
pub(crate) async fn channel(setup: &Setup, kind: ChannelKind) -> Outcome<Channel> {
    let address = format!("conformance.{}", Uuid::now_v7());
    let channel = Channel::new(kind, address);
    let wanted = Wanted::channel(channel.clone());
    setup.receiver.ensure(&[wanted], Ensure::Create).await?;
    Ok(channel)
}

pub(crate) async fn queue(setup: &Setup) -> Outcome<Channel> {
    channel(setup, ChannelKind::PointToPoint).await
}

pub(crate) async fn topic(setup: &Setup) -> Outcome<Channel> {
    channel(setup, ChannelKind::PublishSubscribe).await
}

pub(crate) async fn subscribe(
    transport: &dyn DynTransport,
    channel: &Channel,
    group: Option<&str>,
    prefetch: usize,
) -> Outcome<BoxSubscription> {
    let spec = SubscribeSpec::new(channel.clone())
        .group(Group::named(group))
        .prefetch(prefetch);
    Ok(transport.subscribe(&spec).await?)
}

/// Publishes messages with those bodies, all of which must be taken.
pub(crate) async fn publish(
    transport: &dyn DynTransport,
    channel: &Channel,
    bodies: &[&str],
) -> Outcome {
    let batch = bodies
        .iter()
        .map(|body| Message::new((*body).to_owned()))
        .collect::<Vec<_>>();
    publish_all(transport, channel, &batch).await
}

/// The outcomes of a batch that may take as long as anything that must come.
pub(crate) async fn outcomes(
    transport: &dyn DynTransport,
    channel: &Channel,
    batch: &[Message],
) -> Vec<tidings::Result<()>> {
    transport
        .publish(channel, batch, Instant::now() + PATIENCE)
        .await
}

pub(crate) async fn publish_all(
    transport: &dyn DynTransport,
    channel: &Channel,
    batch: &[Message],
) -> Outcome {
    let outcomes = outcomes(transport, channel, batch).await;
    same("outcomes", &outcomes.len(), &batch.len())?;
    outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(())
}

/// The next deliveries, exactly so many.
pub(crate) async fn receive(
    subscription: &mut BoxSubscription,
    count: usize,
) -> Outcome<Vec<Incoming>> {
    let mut received = Vec::new();
    while received.len() < count {
        let next = tokio::time::timeout(PATIENCE, subscription.next(count - received.len())).await;
        let late = || {
            format!(
                "{} of {count} messages came within {PATIENCE:?}",
                received.len()
            )
        };
        if let Event::Deliveries(deliveries) = next.map_err(|_| late())?? {
            received.extend(deliveries);
        }
    }
    Ok(received)
}

pub(crate) async fn receive_one(subscription: &mut BoxSubscription) -> Outcome<Incoming> {
    receive(subscription, 1)
        .await?
        .pop()
        .ok_or_else(|| "no message".into())
}

/// The next deliveries, acknowledged.
pub(crate) async fn drain(
    subscription: &mut BoxSubscription,
    count: usize,
) -> Outcome<Vec<String>> {
    let mut bodies = Vec::new();
    while bodies.len() < count {
        let batch = receive(subscription, 1.max((count - bodies.len()).min(8))).await?;
        settle(subscription, &batch, Verdict::Ack).await?;
        bodies.extend(batch.iter().map(body));
    }
    Ok(bodies)
}

pub(crate) async fn settle(
    subscription: &mut BoxSubscription,
    batch: &[Incoming],
    verdict: Verdict,
) -> Outcome {
    let verdicts: Vec<(Token, Verdict)> = batch
        .iter()
        .map(|incoming| (incoming.token, verdict.clone()))
        .collect();
    let settler = subscription.settler();
    let failed = settler.settle(&verdicts).await;
    failed
        .into_iter()
        .next()
        .map_or(Ok(()), |(_, error)| Err(error.into()))
}

/// Nothing comes for a while.
pub(crate) async fn silent(subscription: &mut BoxSubscription) -> Outcome {
    match tokio::time::timeout(SILENCE, subscription.next(1)).await {
        Err(_) => Ok(()),
        Ok(Ok(Event::Deliveries(deliveries))) => {
            let bodies: Vec<_> = deliveries.iter().map(body).collect();
            Err(format!("nothing more should come, but {bodies:?} came").into())
        }
        // A part that is gone brings nothing.
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
    }
}

pub(crate) fn body(incoming: &Incoming) -> String {
    String::from_utf8_lossy(&incoming.message.body).into_owned()
}

pub(crate) fn same<T: PartialEq + Debug>(what: &str, actual: &T, expected: &T) -> Outcome {
    if actual == expected {
        Ok(())
    } else {
        Err(format!("{what}: got {actual:?}, expected {expected:?}").into())
    }
}

pub(crate) fn holds(condition: bool, otherwise: &str) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(otherwise.into())
    }
}

/// A message that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u32);

impl TypedMessage for Number {
    const NAMES: &'static [&'static str] = &["Number"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        Ok(Message::named("Number", "text/plain", self.0.to_string()))
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        let text = str::from_utf8(&message.body).unwrap_or_default();
        text.parse()
            .map(Self)
            .map_err(|_| InvalidMessage::at("Number", "/payload", "is not a number"))
    }
}
