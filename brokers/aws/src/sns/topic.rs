//! Which topic a channel is, and which queue a group has there.
use crate::{
    bindings::{self, Consumer, Topic},
    client::Core,
    names,
    sqs::Place,
};
use aws_sdk_sns::Client;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Result, Str};

/// Longest name of a topic.
const LONGEST: usize = 256;

/// The topic of a channel.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub(crate) name: String,
    pub(crate) is_fifo: bool,
    pub(crate) told: Topic,
    address: Str,
}

impl Spot {
    pub(crate) fn of(operation: &'static str, channel: &Channel) -> Result<Self> {
        let unsupported = |reason: &str| {
            let error = Error::new(ErrorKind::Unsupported, operation, reason);
            Err(error.with("channel", &channel.address))
        };
        if channel.kind == ChannelKind::PointToPoint {
            return unsupported(
                "a topic of SNS gives each message to every group; point-to-point channels are queues of SQS, which `SqsTransport` has (the feature `sqs`, the protocol `sqs`)",
            );
        }
        if channel.wildcard {
            return unsupported("SNS knows no subscriptions to many topics; name one");
        }
        let told = bindings::topic(channel)?;
        let is_fifo = told.fifo.unwrap_or(channel.keyed);
        let name = match &told.name {
            Some(name) if is_fifo && !name.ends_with(names::FIFO) => {
                format!("{name}{}", names::FIFO)
            }
            Some(name) => name.clone(),
            None => names::name(&channel.address, is_fifo, LONGEST),
        };
        Ok(Self {
            is_fifo: name.ends_with(names::FIFO),
            name,
            told,
            address: channel.address.clone(),
        })
    }

    /// The queue of a group, and what the document says of it: the consumer that is named as the group, or as its queue.
    pub(crate) fn queue(&self, group: &str) -> (Place, Option<&Consumer>) {
        let own = names::name(
            &format!("{}-{group}", self.address),
            self.is_fifo,
            names::QUEUE,
        );
        let is_it = |consumer: &&Consumer| {
            let name = consumer.queue.name.as_deref().unwrap_or_default();
            name == group || name == own
        };
        let Some(consumer) = self.told.consumers.iter().find(is_it) else {
            return (Place::named(own, bindings::Queue::default()), None);
        };
        let name = consumer.queue.name.clone().unwrap_or(own);
        let name = match self.is_fifo && !name.ends_with(names::FIFO) {
            true => name + names::FIFO,
            false => name,
        };
        (Place::named(name, consumer.queue.clone()), Some(consumer))
    }
}

/// The topics at an address, and the ARNs of those that were asked for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Topics {
    pub(crate) core: Core,
    pub(crate) client: Client,
    known: Arc<Mutex<HashMap<String, Str>>>,
}

impl Topics {
    pub(crate) fn new(core: Core) -> Self {
        let client = core.topics();
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

    /// The ARN of a topic, which is looked for among all of the account.
    pub(crate) async fn arn(&self, operation: &'static str, name: &str) -> Result<Str> {
        if let Some(arn) = self.known().get(name) {
            return Ok(arn.clone());
        }
        let mut next = None;
        loop {
            let asking = self.client.list_topics().set_next_token(next).send();
            let some = self.core.ask(operation, asking).await?;
            let mut arns = some.topics().iter().filter_map(|topic| topic.topic_arn());
            if let Some(arn) = arns.find(|arn| names::last(arn) == name) {
                return Ok(self.learn(name, arn));
            }
            next = some.next_token;
            if next.is_none() {
                let reason = "there is no such topic; whoever receives makes it, or `ensure`";
                let error = Error::new(ErrorKind::NotFound, operation, reason);
                return Err(error.with("topic", name));
            }
        }
    }

    pub(crate) fn learn(&self, name: &str, arn: &str) -> Str {
        let arn: Str = arn.into();
        self.known().insert(name.to_owned(), arn.clone());
        arn
    }

    /// Has it looked for again.
    pub(crate) fn forget(&self, name: &str) {
        self.known().remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    #[test]
    fn channels_are_topics_and_groups_queues() -> Result<()> {
        let plain = Channel::publish_subscribe("orders.events");
        let spot = Spot::of("publish", &plain)?;
        assert_eq!((&*spot.name, spot.is_fifo), ("orders-events", false));
        assert_eq!(spot.queue("billing").0.name, "orders-events-billing");
        let spot = Spot::of("publish", &plain.with_keys())?;
        assert_eq!((&*spot.name, spot.is_fifo), ("orders-events.fifo", true));
        assert_eq!(spot.queue("billing").0.name, "orders-events-billing.fifo");
        Ok(())
    }

    #[test]
    fn a_consumer_of_the_document_is_the_group_of_its_name() -> Result<()> {
        let consumer = json!({ "protocol": "sqs", "endpoint": { "name": "billing" }, "rawMessageDelivery": true });
        let told = json!({ "operations": { "tell": { "sns": { "consumers": [consumer] } } } });
        let bindings = Bindings::read(&told.to_string());
        let channel = Channel::publish_subscribe("events").with_bindings(bindings);
        let spot = Spot::of("publish", &channel)?;
        let (place, consumer) = spot.queue("billing");
        assert_eq!((&*place.name, consumer.is_some()), ("billing", true));
        let (place, consumer) = spot.queue("audit");
        assert_eq!((&*place.name, consumer.is_some()), ("events-audit", false));
        Ok(())
    }

    #[test]
    fn what_is_no_topic_is_told_what_would_be() {
        let error = Spot::of("publish", &Channel::point_to_point("orders")).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            error.contains("SQS") && error.contains("`orders`"),
            "{error}"
        );
    }
}
