//! A producer that knows the broker and nothing of the runtime.
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::{AMQPValue, FieldTable},
};
use tidings::{BoxError, Channel, ChannelKind};
use tidings_conformance::{Foreign, Raw};

pub(crate) fn producer(url: String) -> Foreign {
    Box::new(move |channel, raw| {
        let url = url.clone();
        Box::pin(async move { publish(&url, &channel, raw).await })
    })
}

async fn publish(url: &str, channel: &Channel, raw: Raw) -> Result<(), BoxError> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let wire = connection.create_channel().await?;
    wire.confirm_select(ConfirmSelectOptions::default()).await?;
    let exchange = match channel.kind {
        ChannelKind::PointToPoint => "",
        ChannelKind::PublishSubscribe => "amq.topic",
    };
    let mut headers = FieldTable::default();
    for (name, value) in raw.headers {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    wire.basic_publish(
        exchange.into(),
        (&*channel.address).into(),
        BasicPublishOptions::default(),
        &raw.body,
        BasicProperties::default().with_headers(headers),
    )
    .await?
    .await?;
    Ok(connection.close(200, "done".into()).await?)
}
