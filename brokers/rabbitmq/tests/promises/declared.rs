//! Exchanges and queues are at the broker what bindings say.
use crate::{
    bare::{bare, fails, own, taken},
    common::{Check, Outcome, bound, checks, connect, fresh, holds, publish},
};
use lapin::{
    ExchangeKind,
    options::{ExchangeDeclareOptions, QueueDeclareOptions},
    types::FieldTable,
};
use serde_json::json;
use tidings::{Channel, DynTransport, Message, SubscribeSpec};

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        bindings_are_what_is_declared,
        an_exclusive_queue_is_of_one_connection,
        a_fanout_exchange_gives_to_all_its_queues
    ]
}

/// Declares a queue as what it should be there already; what is another is an error.
async fn queue(name: &str, options: QueueDeclareOptions) -> Outcome {
    let (_connection, wire) = bare().await?;
    // It is not to be made here.
    for passive in [true, false] {
        let options = QueueDeclareOptions { passive, ..options };
        let name = name.to_owned().into();
        wire.queue_declare(name, options, FieldTable::default())
            .await?;
    }
    Ok(())
}

async fn exchange(name: &str, kind: ExchangeKind, options: ExchangeDeclareOptions) -> Outcome {
    let (_connection, wire) = bare().await?;
    for passive in [true, false] {
        let options = ExchangeDeclareOptions { passive, ..options };
        let (name, kind) = (name.to_owned().into(), kind.clone());
        wire.exchange_declare(name, kind, options, FieldTable::default())
            .await?;
    }
    Ok(())
}

async fn bindings_are_what_is_declared() -> Outcome {
    let transport = connect().await?;
    let name = fresh().address;
    let of_exchange = format!("{name}.exchange");
    let channel = bound(
        &Channel::point_to_point("orders"),
        json!({
            "is": "routingKey",
            "exchange": { "name": of_exchange, "type": "direct", "durable": false, "autoDelete": true },
            "queue": { "name": &*name, "durable": false, "autoDelete": true },
        }),
    );
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    publish(&transport, &channel, &[Message::new("a")]).await?;
    let came = format!("{:?}", subscription.next(1).await?);
    holds(came.contains("b\"a\""), &came)?;
    let mut said = QueueDeclareOptions {
        auto_delete: true,
        ..QueueDeclareOptions::default()
    };
    queue(&name, said).await?;
    said.durable = true;
    fails(queue(&name, said).await, "arg 'durable'")?;
    (said.durable, said.auto_delete) = (false, false);
    fails(queue(&name, said).await, "arg 'auto_delete'")?;
    let mut said = ExchangeDeclareOptions {
        auto_delete: true,
        ..ExchangeDeclareOptions::default()
    };
    exchange(&of_exchange, ExchangeKind::Direct, said).await?;
    fails(
        exchange(&of_exchange, ExchangeKind::Topic, said).await,
        "arg 'type'",
    )?;
    said.durable = true;
    fails(
        exchange(&of_exchange, ExchangeKind::Direct, said).await,
        "arg 'durable'",
    )?;
    (said.durable, said.auto_delete) = (false, false);
    fails(
        exchange(&of_exchange, ExchangeKind::Direct, said).await,
        "arg 'auto_delete'",
    )
}

async fn an_exclusive_queue_is_of_one_connection() -> Outcome {
    let transport = connect().await?;
    let channel = bound(&fresh(), json!({ "queue": { "exclusive": true } }));
    let spec = SubscribeSpec::new(channel.clone());
    let _subscription = DynTransport::subscribe(&transport, &spec).await?;
    let said = QueueDeclareOptions::default();
    fails(queue(&channel.address, said).await, "RESOURCE_LOCKED")
}

async fn a_fanout_exchange_gives_to_all_its_queues() -> Outcome {
    let transport = connect().await?;
    let of_exchange = fresh().address.to_string();
    let binding = json!({ "exchange": { "name": of_exchange, "type": "fanout", "durable": false, "autoDelete": true } });
    let channel = bound(&Channel::publish_subscribe("orders.placed"), binding);
    let spec = SubscribeSpec::new(channel.clone());
    let _subscription = DynTransport::subscribe(&transport, &spec).await?;
    let (_connection, wire) = bare().await?;
    let queue = own(&wire, Some((&of_exchange, "of no message"))).await?;
    publish(&transport, &channel, &[Message::new("a")]).await?;
    let came = taken(&wire, &queue).await?;
    holds(came.routing_key.as_str() == "orders.placed", "another key")
}
