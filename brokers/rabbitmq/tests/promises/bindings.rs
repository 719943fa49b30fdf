//! What bindings say is what is at the broker, and headers say nothing to it.
use crate::common::{Check, Outcome, bound, checks, connect, fresh, holds, publish};
use serde_json::json;
use std::time::Duration;
use tidings::{Channel, DynTransport, Message, SubscribeSpec, transport::Event};
use tokio::time::timeout;

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        bindings_are_what_is_declared,
        a_header_named_cc_copies_nothing
    ]
}

/// The binding's exchange, queue and properties are at the broker.
async fn bindings_are_what_is_declared() -> Outcome {
    let transport = connect().await?;
    let name = fresh().address;
    let channel = bound(
        &Channel::point_to_point("orders"),
        json!({
            "is": "routingKey",
            "exchange": { "name": format!("{name}.exchange"), "type": "direct", "durable": false, "autoDelete": true },
            "queue": { "name": &*name, "durable": false, "autoDelete": true },
        }),
    );
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    publish(&transport, &channel, &[Message::new("a")]).await?;
    let came = format!("{:?}", subscription.next(1).await?);
    holds(came.contains("b\"a\""), &came)
}

async fn a_header_named_cc_copies_nothing() -> Outcome {
    let transport = connect().await?;
    let (own, other) = (fresh(), fresh());
    let subscribe = async |channel: &Channel| {
        DynTransport::subscribe(&transport, &SubscribeSpec::new(channel.clone())).await
    };
    let (mut own_come, mut others) = (subscribe(&own).await?, subscribe(&other).await?);
    let mut message = Message::new("a");
    for value in ["x", &other.address] {
        message.headers.push(("CC".into(), value.to_owned().into()));
    }
    publish(&transport, &own, std::slice::from_ref(&message)).await?;
    let Event::Deliveries(came) = own_come.next(1).await? else {
        return Err("no message".into());
    };
    holds(came[0].message.headers == message.headers, "other headers")?;
    let copy = timeout(Duration::from_millis(500), others.next(1)).await;
    holds(copy.is_err(), "it was copied")
}
