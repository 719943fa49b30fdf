//! A client that knows the broker and nothing of us.
use crate::common::{Outcome, address, fresh, holds};
use lapin::{
    Connection, ConnectionProperties,
    message::BasicGetMessage,
    options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::FieldTable,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A client of the broker.
pub(super) async fn bare() -> Outcome<(Connection, lapin::Channel)> {
    let connection = Connection::connect(&address(), ConnectionProperties::default()).await?;
    let wire = connection.create_channel().await?;
    Ok((connection, wire))
}

/// It fails, with that in its text.
pub(super) fn fails(outcome: Outcome, says: &str) -> Outcome {
    let error = outcome.err().ok_or(says)?.to_string();
    holds(error.contains(says), &error)
}

/// The next message of a queue, which may be on its way.
pub(super) async fn taken(wire: &lapin::Channel, queue: &str) -> Outcome<BasicGetMessage> {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let options = BasicGetOptions { no_ack: true };
        match wire.basic_get(queue.to_owned().into(), options).await? {
            Some(message) => return Ok(message),
            None if Instant::now() > until => return Err(format!("nothing in `{queue}`").into()),
            None => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// How many messages of a queue nobody has. Quorum queues tell it late, so that they are asked for the messages; those with a
/// single active consumer give them to nobody else.
pub(super) async fn ready(queue: &str, is_told: bool) -> Outcome<u32> {
    let (_connection, wire) = bare().await?;
    if is_told {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let name = queue.to_owned().into();
        let queue = wire.queue_declare(name, options, FieldTable::default());
        return Ok(queue.await?.message_count());
    }
    let mut count = 0;
    let get = || wire.basic_get(queue.to_owned().into(), BasicGetOptions::default());
    while get().await?.is_some() {
        count += 1;
    }
    Ok(count)
}

pub(super) async fn remove(queue: &str) -> Outcome {
    let (_connection, wire) = bare().await?;
    let options = QueueDeleteOptions::default();
    wire.queue_delete(queue.to_owned().into(), options).await?;
    Ok(())
}

/// A queue that goes with its client, bound to an exchange where one is named.
pub(super) async fn own(wire: &lapin::Channel, exchange: Option<(&str, &str)>) -> Outcome<String> {
    let name = fresh().address.to_string();
    let options = QueueDeclareOptions {
        exclusive: true,
        ..QueueDeclareOptions::default()
    };
    wire.queue_declare(name.clone().into(), options, FieldTable::default())
        .await?;
    if let Some((exchange, key)) = exchange {
        let (exchange, key) = (exchange.to_owned().into(), key.to_owned().into());
        let options = QueueBindOptions::default();
        wire.queue_bind(
            name.clone().into(),
            exchange,
            key,
            options,
            FieldTable::default(),
        )
        .await?;
    }
    Ok(name)
}
