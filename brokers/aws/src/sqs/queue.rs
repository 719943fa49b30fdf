//! Which queue a channel is.
use crate::{
    bindings::{self, Queue},
    names,
};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Result};

/// Where topics are.
pub(crate) const TOPICS: &str = "publish-subscribe channels are topics of SNS, which `SnsTransport` has (the feature `sns`, the protocol `sns`)";

/// The queue of a channel.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) name: String,
    /// Whether it keeps the order of groups.
    pub(crate) is_fifo: bool,
    /// What it is to be like.
    pub(crate) told: Queue,
    /// Its policy as a whole, where its ARN is known before it is made.
    pub(crate) policy: Option<String>,
}

impl Place {
    /// That of a point-to-point channel.
    pub(crate) fn of(operation: &'static str, channel: &Channel) -> Result<Self> {
        let unsupported = |reason: &str| {
            let error = Error::new(ErrorKind::Unsupported, operation, reason);
            Err(error.with("channel", &channel.address))
        };
        if channel.kind == ChannelKind::PublishSubscribe {
            return unsupported(&format!(
                "a queue of SQS gives each message to one receiver; {TOPICS}"
            ));
        }
        if channel.wildcard {
            return unsupported("SQS knows no subscriptions to many queues; name one");
        }
        if channel.for_replies {
            return Ok(Self::named(channel.address.to_string(), Queue::default()));
        }
        let told = bindings::queue(channel)?;
        let is_named = channel.address.ends_with(names::FIFO);
        let is_fifo = told.fifo.unwrap_or(channel.keyed || is_named);
        let (name, fits) = match &told.name {
            Some(name) if is_fifo && !name.ends_with(names::FIFO) => {
                (format!("{name}{}", names::FIFO), true)
            }
            Some(name) => (
                name.clone(),
                told.fifo.is_none() || is_fifo == name.ends_with(names::FIFO),
            ),
            None => (names::name(&channel.address, is_fifo, names::QUEUE), true),
        };
        if !fits {
            let reason = "`queue.fifoQueue` of the `sqs` binding is false, and the name of a queue that ends with `.fifo` is one; leave one of them out";
            return unsupported(reason);
        }
        Ok(Self::named(name, told))
    }

    /// One of that name.
    pub(crate) fn named(name: String, told: Queue) -> Self {
        let is_fifo = name.ends_with(names::FIFO);
        Self {
            name,
            is_fifo,
            told,
            policy: None,
        }
    }
}

pub(super) fn missing(operation: &'static str, name: &str) -> Error {
    let reason = "there is no such queue; whoever receives makes it, or `ensure`";
    Error::new(ErrorKind::NotFound, operation, reason).with("queue", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn place(channel: &Channel) -> Result<(String, bool)> {
        Place::of("publish", channel).map(|place| (place.name, place.is_fifo))
    }

    fn bound(queue: serde_json::Value) -> Channel {
        let bindings = Bindings::new([("sqs", json!({ "queue": queue }))]);
        Channel::point_to_point("orders.commands").with_bindings(bindings)
    }

    #[test]
    fn channels_are_queues() -> Result<()> {
        let plain = Channel::point_to_point("orders-commands");
        assert_eq!(place(&plain)?, ("orders-commands".into(), false));
        let keyed = plain.with_keys();
        assert_eq!(place(&keyed)?, ("orders-commands.fifo".into(), true));
        let own = bound(json!({ "name": "own", "fifoQueue": true }));
        assert_eq!(place(&own)?, ("own.fifo".into(), true));
        let own = bound(json!({ "name": "own", "fifoQueue": false })).with_keys();
        assert_eq!(place(&own)?, ("own".into(), false));
        let own = bound(json!({ "name": "own.fifo" }));
        assert_eq!(place(&own)?, ("own.fifo".into(), true));
        let own = Channel::point_to_point("orders.fifo");
        assert_eq!(place(&own)?, ("orders.fifo".into(), true));
        let reply = Channel::replies("tidings-inbox-1");
        assert_eq!(place(&reply)?, ("tidings-inbox-1".into(), false));
        Ok(())
    }

    #[test]
    fn what_is_no_queue_is_told_what_would_be() {
        let wrong = |channel: &Channel| {
            let error = place(channel).err().map(|error| error.to_string());
            error.unwrap_or_default()
        };
        let topic = wrong(&Channel::publish_subscribe("events"));
        assert!(
            topic.contains("SNS") && topic.contains("`events`"),
            "{topic}"
        );
        let all = Channel::wildcard(ChannelKind::PointToPoint, "orders.{region}");
        assert!(wrong(&all).contains("many queues"));
        let odd = bound(json!({ "name": "own.fifo", "fifoQueue": false }));
        assert!(wrong(&odd).contains("`queue.fifoQueue`"));
    }
}
