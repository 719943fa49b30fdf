//! What is published has the properties that bindings say; headers say nothing to the broker.
use crate::{
    bare::{bare, fails, own, taken},
    common::{Check, Outcome, checks, connect, fresh, holds, publish},
};
use lapin::{
    ExchangeKind,
    options::ExchangeDeclareOptions,
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidings::{Bindings, Channel, DynTransport, Message, SubscribeSpec, transport::Event};
use tokio::time::timeout;

pub(crate) fn checks() -> Vec<(&'static str, Check)> {
    checks![
        properties_are_what_bindings_say,
        what_is_not_mandatory_may_be_taken_by_no_queue,
        messages_have_their_type_in_place_of_their_name,
        a_header_named_cc_copies_nothing
    ]
}

/// A channel whose operations and messages have bindings.
fn told(channel: Channel, own: Value, sending: Value, message: Value) -> Channel {
    let told = json!({
        "own": { "amqp": own },
        "operations": { "send": { "amqp": sending } },
        "messages": { "Placed": { "amqp": message } },
    });
    channel.with_bindings(Bindings::read(&told.to_string()))
}

fn placed() -> Message {
    let mut message = Message::new("a");
    message.name = Some("Placed".into());
    message
}

async fn properties_are_what_bindings_say() -> Outcome {
    let (_connection, wire) = bare().await?;
    let of_exchange = fresh().address.to_string();
    let options = ExchangeDeclareOptions {
        auto_delete: true,
        ..ExchangeDeclareOptions::default()
    };
    let kind = ExchangeKind::Topic;
    let arguments = FieldTable::default();
    wire.exchange_declare(of_exchange.clone().into(), kind, options, arguments)
        .await?;
    let queue = own(&wire, Some((&of_exchange, "orders.placed"))).await?;
    let copy = own(&wire, Some((&of_exchange, "copy"))).await?;
    let unseen = own(&wire, Some((&of_exchange, "unseen"))).await?;
    let channel = told(
        Channel::publish_subscribe("orders.placed"),
        json!({ "exchange": { "name": of_exchange, "type": "topic", "durable": false, "autoDelete": true } }),
        json!({
            "expiration": 60_000, "userId": "guest", "priority": 7, "deliveryMode": 1, "timestamp": true,
            "cc": ["copy"], "bcc": ["unseen"],
        }),
        json!({ "contentEncoding": "utf-8", "messageType": "order.placed" }),
    );
    publish(&connect().await?, &channel, &[placed()]).await?;
    for queue in [&queue, &copy, &unseen] {
        let came = taken(&wire, queue).await?;
        let properties = &came.properties;
        let text =
            |text: &Option<lapin::types::ShortString>| text.as_ref().map(ToString::to_string);
        let texts = [
            text(properties.expiration()),
            text(properties.user_id()),
            text(properties.kind()),
            text(properties.content_encoding()),
        ];
        let expected = ["60000", "guest", "order.placed", "utf-8"];
        holds(
            texts == expected.map(|text| Some(text.to_owned())),
            &format!("{texts:?}"),
        )?;
        let numbers = (*properties.priority(), *properties.delivery_mode());
        holds(numbers == (Some(7), Some(1)), &format!("{numbers:?}"))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let made = properties.timestamp().ok_or("no timestamp")?;
        holds(now.abs_diff(made) < 60, &format!("made at {made}"))?;
        let headers = properties.headers().as_ref().ok_or("no headers")?.inner();
        let copied = AMQPValue::LongString("copy".into());
        let copied = AMQPValue::FieldArray(vec![copied].into());
        holds(headers.get("CC") == Some(&copied), &format!("{headers:?}"))?;
        holds(!headers.contains_key("BCC"), "BCC is seen")?;
    }
    Ok(())
}

async fn what_is_not_mandatory_may_be_taken_by_no_queue() -> Outcome {
    let transport = connect().await?;
    let sending = |mandatory| {
        told(
            fresh(),
            json!({}),
            json!({ "mandatory": mandatory }),
            json!({}),
        )
    };
    publish(&transport, &sending(false), &[Message::new("a")]).await?;
    let topic = json!({ "mandatory": true });
    let topic = told(
        Channel::publish_subscribe(fresh().address),
        json!({}),
        topic,
        json!({}),
    );
    for channel in [sending(true), topic] {
        let outcome = publish(&transport, &channel, &[Message::new("a")]).await;
        fails(outcome, "start its receiver first")?;
    }
    Ok(())
}

async fn messages_have_their_type_in_place_of_their_name() -> Outcome {
    let transport = connect().await?;
    let message = json!({ "messageType": "order.placed" });
    let channel = told(fresh(), json!({}), json!({}), message);
    let spec = SubscribeSpec::new(channel.clone());
    let mut subscription = DynTransport::subscribe(&transport, &spec).await?;
    let mut other = placed();
    other.name = Some("Other".into());
    publish(&transport, &channel, &[placed(), other]).await?;
    let mut names = Vec::new();
    while names.len() < 2 {
        let Event::Deliveries(came) = subscription.next(2).await? else {
            return Err("no message".into());
        };
        names.extend(came.iter().map(|came| came.message.name.clone()));
    }
    let expected = ["Placed", "Other"].map(|name| Some(name.into()));
    holds(names == expected, &format!("{names:?}"))
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
