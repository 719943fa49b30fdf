//! A producer that knows the broker and nothing of the runtime.
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::{AMQPValue, FieldTable},
};
use tidings::{BoxError, Channel, ChannelKind};
use tidings_conformance::{Foreign, Raw};

/// Of channels that are split into shards, or of others.
pub(crate) fn producer(url: String, is_split: bool) -> Foreign {
    Box::new(move |channel, raw| {
        let url = url.clone();
        let exchange = match channel.kind {
            _ if is_split => format!("{}.shards", channel.address),
            ChannelKind::PointToPoint => String::new(),
            ChannelKind::PublishSubscribe => "amq.topic".to_owned(),
        };
        Box::pin(async move { publish(&url, exchange, &channel, raw).await })
    })
}

async fn publish(url: &str, exchange: String, channel: &Channel, raw: Raw) -> Result<(), BoxError> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let wire = connection.create_channel().await?;
    wire.confirm_select(ConfirmSelectOptions::default()).await?;
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
