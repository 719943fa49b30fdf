//! Topics: their names, and what is to be there.
use crate::{bindings, fault};
use rdkafka::{
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    types::RDKafkaErrorCode,
};
use std::time::Duration;
use tidings::{Channel, Error, ErrorKind, Result, Str};

/// Longest name of a topic.
const LONGEST: usize = 249;

/// The topic of a channel.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) name: Str,
    /// How many partitions it has, where the channel says so.
    pub(crate) partitions: Option<usize>,
    pub(crate) replicas: Option<u16>,
    /// Its properties where it is created.
    pub(crate) properties: Vec<(String, String)>,
}

/// The topic of a channel: its address, unless the document's binding names another.
pub(crate) fn of(operation: &'static str, channel: &Channel) -> Result<Topic> {
    let told = bindings::channel(channel)?;
    let shards = usize::from(channel.shards);
    let topic = Topic {
        name: told.name.unwrap_or_else(|| channel.address.clone()),
        partitions: told.partitions.or((shards > 1).then_some(shards)),
        replicas: told.replicas,
        properties: told.properties,
    };
    check(operation, channel, &topic.name)?;
    Ok(topic)
}

fn check(operation: &'static str, channel: &Channel, name: &str) -> Result<()> {
    let is_known = |letter: u8| letter.is_ascii_alphanumeric() || b"._-".contains(&letter);
    let reason = match name {
        _ if channel.wildcard => {
            let reason = "there are no wildcards; name one topic";
            return Err(told(ErrorKind::Unsupported, operation, reason, name));
        }
        "" | "." | ".." => "it is no name of a topic",
        _ if name.len() > LONGEST => "names of topics have at most 249 characters",
        _ if !name.bytes().all(is_known) => {
            "names of topics have letters, digits, `.`, `_` and `-` only; give the channel another address"
        }
        _ => return Ok(()),
    };
    Err(told(ErrorKind::Invalid, operation, reason, name))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_topics_are_told() {
        let error = |channel: &Channel| of("publish", channel).err().map(|error| error.kind());
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
