//! Which queue a channel is, and where it is.
use crate::{
    bindings::{self, Queue},
    client::Core,
    names,
};
use aws_sdk_sqs::{Client, types::QueueAttributeName};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Result, Str};

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
        let is_fifo = told.fifo.unwrap_or(channel.keyed);
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
        }
    }
}

/// The queues at an address, and where those are that were asked for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Queues {
    pub(crate) core: Core,
    pub(crate) client: Client,
    known: Arc<Mutex<HashMap<String, Str>>>,
}

impl Queues {
    pub(crate) fn new(core: Core, client: Client) -> Self {
        let known = Arc::default();
        Self {
            core,
            client,
            known,
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Str>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where that queue is.
    pub(crate) async fn url(&self, operation: &'static str, name: &str) -> Result<Str> {
        if let Some(url) = self.known().get(name) {
            return Ok(url.clone());
        }
        let asking = self.client.get_queue_url().queue_name(name).send();
        let found = self.core.ask(operation, asking).await;
        let found = found.map_err(|error| match error.kind() {
            ErrorKind::NotFound => missing(operation, name),
            _ => error.with("queue", name),
        })?;
        let url = found.queue_url().unwrap_or_default();
        Ok(self.learn(name, url))
    }

    pub(crate) fn learn(&self, name: &str, url: &str) -> Str {
        let url: Str = url.into();
        self.known().insert(name.to_owned(), url.clone());
        url
    }

    /// Has it asked for again.
    pub(crate) fn forget(&self, name: &str) {
        self.known().remove(name);
    }

    /// All that is said of a queue.
    pub(crate) async fn attributes(
        &self,
        operation: &'static str,
        url: &str,
    ) -> Result<HashMap<QueueAttributeName, String>> {
        let all = QueueAttributeName::All;
        let asking = self.client.get_queue_attributes().queue_url(url);
        let found = self.core.ask(operation, asking.attribute_names(all).send());
        Ok(found.await?.attributes.unwrap_or_default())
    }

    /// The queue's ARN, by which others name it.
    pub(crate) async fn arn(&self, operation: &'static str, url: &str) -> Result<String> {
        let attributes = self.attributes(operation, url).await?;
        let arn = attributes.get(&QueueAttributeName::QueueArn).cloned();
        arn.ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, operation, "a queue has no ARN").with("queue", url)
        })
    }
}

fn missing(operation: &'static str, name: &str) -> Error {
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
