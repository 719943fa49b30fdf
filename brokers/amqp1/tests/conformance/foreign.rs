//! A producer that knows the broker and nothing of the runtime.
use crate::Broker;
use fe2o3_amqp::{
    Connection, Sender, Session,
    types::{
        messaging::{ApplicationProperties, Data, Message, Target},
        primitives::{Array, SimpleValue, Symbol},
    },
};
use tidings::{BoxError, Channel, ChannelKind};
use tidings_conformance::{Foreign, Raw};
use uuid::Uuid;

pub(crate) fn producer(broker: Broker, url: String) -> Foreign {
    Box::new(move |channel, raw| {
        let url = url.replacen("amqp1:", "amqp:", 1);
        Box::pin(async move { publish(broker, &url, &channel, raw).await })
    })
}

fn target(broker: Broker, channel: &Channel) -> Target {
    let address = &channel.address;
    match (broker, channel.kind) {
        (Broker::Artemis, kind) => {
            let kind = if kind == ChannelKind::PointToPoint {
                "queue"
            } else {
                "topic"
            };
            let mut target = Target::from(address.to_string());
            target.capabilities = Some(Array(vec![Symbol::from(kind)]));
            target
        }
        (Broker::Classic, ChannelKind::PointToPoint) => Target::from(format!("queue://{address}")),
        (Broker::Classic, ChannelKind::PublishSubscribe) => {
            Target::from(format!("topic://VirtualTopic.{address}"))
        }
    }
}

async fn publish(broker: Broker, url: &str, channel: &Channel, raw: Raw) -> Result<(), BoxError> {
    let mut connection = Connection::open(format!("foreign {}", Uuid::now_v7()), url).await?;
    let mut session = Session::begin(&mut connection).await?;
    let attaching = Sender::builder()
        .name("foreign")
        .target(target(broker, channel))
        .attach(&mut session);
    let mut sender = attaching.await?;
    let mut headers = ApplicationProperties::default();
    for (name, value) in raw.headers {
        let value = match String::from_utf8(value) {
            Ok(text) => SimpleValue::String(text),
            Err(odd) => SimpleValue::Binary(odd.into_bytes().into()),
        };
        headers.0.insert(name, value);
    }
    let message = Message::builder()
        .application_properties(headers)
        .data(Data(raw.body.into()))
        .build();
    let outcome = sender.send(message).await?;
    if !outcome.is_accepted() {
        return Err(format!("it was not taken: {outcome:?}").into());
    }
    sender.close().await?;
    session.end().await?;
    Ok(connection.close().await?)
}
