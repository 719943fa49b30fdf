//! Queues and exchanges that are missing, or others than the document says.
use crate::{
    common::{Check, Outcome, bound, checks, connect, fresh},
    error::is,
};
use serde_json::{Value, json};
use tidings::{
    Channel, Error, ErrorKind, Requirement, SubscribeSpec, Transport,
    transport::{Ensure, Wanted},
};
use tidings_rabbitmq::RabbitTransport;

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        a_queue_that_is_another_is_a_conflict,
        an_exchange_that_is_missing_is_told,
        an_exchange_that_is_another_is_a_conflict,
        what_the_broker_lacks_is_named,
    ]
}

async fn ensure(transport: &RabbitTransport, channel: &Channel, how: Ensure) -> Result<(), Error> {
    let wanted = [Wanted::channel(channel.clone())];
    Transport::ensure(transport, &wanted, how).await
}

async fn a_queue_that_is_another_is_a_conflict() -> Outcome {
    let transport = connect().await?;
    let channel = fresh();
    ensure(&transport, &channel, Ensure::Create).await?;
    let other = json!({ "is": "queue", "queue": { "durable": false } });
    let spec = SubscribeSpec::new(bound(&channel, other));
    let error = Transport::subscribe(&transport, &spec).await.err();
    let says = [
        "'durable'",
        "bindings of the document",
        "channel `tests.",
        "server `amqp:",
    ];
    is(&error.ok_or("it was taken")?, ErrorKind::Conflict, &says)?;
    // Nothing else of the connection is lost with it.
    drop(Transport::subscribe(&transport, &SubscribeSpec::new(channel)).await?);
    Ok(())
}

/// A topic of an exchange of its own.
fn topic(kind: &str) -> Channel {
    let address = fresh().address;
    let exchange: Value =
        json!({ "exchange": { "name": format!("{address}.exchange"), "type": kind } });
    bound(&Channel::publish_subscribe(address), exchange)
}

async fn an_exchange_that_is_missing_is_told() -> Outcome {
    let transport = connect().await?;
    let channel = topic("fanout");
    let missing = ensure(&transport, &channel, Ensure::Check).await;
    let missing = missing.err().ok_or("it is not there")?;
    let says = ["exchange `tests.", "channel `tests.", "server `amqp:"];
    is(&missing, ErrorKind::NotFound, &says)?;
    ensure(&transport, &channel, Ensure::Create).await?;
    Ok(ensure(&transport, &channel, Ensure::Check).await?)
}

async fn an_exchange_that_is_another_is_a_conflict() -> Outcome {
    let transport = connect().await?;
    let channel = topic("fanout");
    ensure(&transport, &channel, Ensure::Create).await?;
    let mut other = topic("direct");
    let name = channel
        .bindings
        .of("amqp")
        .map(|told| told["exchange"]["name"].clone());
    let told = json!({ "exchange": { "name": name, "type": "topic" } });
    other = bound(&other, told);
    let error = ensure(&transport, &other, Ensure::Check).await;
    let error = error.err().ok_or("it was taken")?;
    is(&error, ErrorKind::Conflict, &["'type'", "exchange `tests."])
}

async fn what_the_broker_lacks_is_named() -> Outcome {
    let transport = connect().await?;
    let needs = Requirement::new(tidings::ChannelKind::PointToPoint, "orders.{region}")
        .with_wildcards()
        .with_message_bytes(1 << 30);
    let error = needs.check(&transport).err().ok_or("it was taken")?;
    let says = [
        "no wildcard subscriptions, room for messages of that size",
        "choose another transport",
        "channel `orders.{region}`",
        "server `amqp:",
    ];
    is(&error, ErrorKind::Unsupported, &says)
}
