//! Topics: their names, and what is to be there.
use crate::{client::Cluster, fault};
use rdkafka::{
    admin::{AdminOptions, NewTopic, TopicReplication},
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    types::RDKafkaErrorCode,
};
use std::time::Duration;
use tidings::{Channel, Error, ErrorKind, Result};

/// Longest name of a topic.
const LONGEST: usize = 249;

/// Whether a channel's address can be a topic.
pub(crate) fn check(operation: &'static str, channel: &Channel) -> Result<()> {
    let address = &*channel.address;
    let is_known = |letter: u8| letter.is_ascii_alphanumeric() || b"._-".contains(&letter);
    let reason = match address {
        _ if channel.wildcard => {
            let reason = "there are no wildcards; name one topic";
            return Err(told(ErrorKind::Unsupported, operation, reason, address));
        }
        "" | "." | ".." => "it is no name of a topic",
        _ if address.len() > LONGEST => "names of topics have at most 249 characters",
        _ if !address.bytes().all(is_known) => {
            "names of topics have letters, digits, `.`, `_` and `-` only; give the channel another address"
        }
        _ => return Ok(()),
    };
    Err(told(ErrorKind::Invalid, operation, reason, address))
}

fn told(kind: ErrorKind, operation: &'static str, reason: &str, address: &str) -> Error {
    Error::new(kind, operation, reason).with("channel", address)
}

/// How many partitions a topic has; none where there is no such topic.
pub(crate) fn partitions<C: ConsumerContext>(
    operation: &'static str,
    consumer: &BaseConsumer<C>,
    topic: &str,
    wait: Duration,
) -> Result<Option<usize>> {
    let metadata = consumer.fetch_metadata(Some(topic), wait);
    let metadata =
        metadata.map_err(|error| fault::error(operation, &error).with("channel", topic))?;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Ok(None);
    };
    match found.error().map(RDKafkaErrorCode::from) {
        None => Ok(Some(found.partitions().len())),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition) => Ok(None),
        Some(code) => Err(fault::of_code(operation, code).with("channel", topic)),
    }
}

/// The error that a topic is missing.
pub(crate) fn missing(operation: &'static str, topic: &str) -> Error {
    let reason = "there is no such topic; create it, or let `ensure` create it";
    told(ErrorKind::NotFound, operation, reason, topic)
}

/// Creates a topic; one that is there already is left as it is.
pub(crate) async fn create(
    cluster: &Cluster,
    topic: &str,
    partitions: usize,
    properties: &[(&str, &str)],
) -> Result<()> {
    let replicas = cluster.settings.replicas.map_or(-1, i32::from);
    let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
    let mut wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(replicas));
    for (name, value) in properties {
        wanted = wanted.set(name, value);
    }
    let clients = cluster.asker.clients(cluster)?;
    let created = clients
        .admin
        .create_topics([&wanted], &options(cluster))
        .await;
    let created = created.map_err(|error| fault::error("ensure", &error).with("channel", topic))?;
    match created.into_iter().next() {
        None | Some(Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
        Some(Err((_, code))) => Err(fault::of_code("ensure", code).with("channel", topic)),
    }
}

/// Removes a topic, if it is there.
async fn remove(cluster: &Cluster, topic: &str) -> Result<()> {
    let clients = cluster.asker.clients(cluster)?;
    let removed = clients
        .admin
        .delete_topics(&[topic], &options(cluster))
        .await;
    removed.map_err(|error| fault::error("remove", &error).with("channel", topic))?;
    Ok(())
}

/// Removes a topic from a thread without a runtime; one that stays does no harm but to the list of topics.
pub(crate) fn remove_here(cluster: &Cluster, topic: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let removed = match runtime {
        Ok(runtime) => runtime.block_on(remove(cluster, topic)),
        Err(error) => Err(Error::new(
            ErrorKind::Unexpected,
            "remove",
            error.to_string(),
        )),
    };
    if let Err(error) = removed {
        tracing::warn!(%error, topic, "an inbox's topic could not be removed");
    }
}

fn options(cluster: &Cluster) -> AdminOptions {
    let wait = Some(cluster.settings.wait);
    AdminOptions::new()
        .request_timeout(wait)
        .operation_timeout(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_topics_are_told() {
        let error = |channel: &Channel| check("publish", channel).err().map(|error| error.kind());
        for address in ["orders", "orders.placed_v1-x", &"x".repeat(249)] {
            assert_eq!(
                error(&Channel::publish_subscribe(address)),
                None,
                "{address}"
            );
        }
        for address in [
            "",
            ".",
            "..",
            "orders/placed",
            "ü",
            "a b",
            "\0",
            &"x".repeat(250),
        ] {
            let kind = error(&Channel::publish_subscribe(address));
            assert_eq!(kind, Some(ErrorKind::Invalid), "{address}");
        }
        let all = Channel::wildcard(tidings::ChannelKind::PublishSubscribe, "orders.{id}");
        assert_eq!(error(&all), Some(ErrorKind::Unsupported));
    }
}
