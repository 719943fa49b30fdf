//! Which topic a channel is, and which queue a group has there.
use crate::{
    bindings::{self, Consumer, Topic},
    client::Core,
    collecting::Collecting,
    names,
    sqs::Place,
    waves::Limits,
};
use aws_sdk_sns::{Client, types::builders::PublishBatchRequestEntryBuilder};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Result, Str};

/// Where queues are.
pub(crate) const QUEUES: &str = "point-to-point channels are queues of SQS, which `SqsTransport` has (the feature `sqs`, the protocol `sqs`)";
/// Most bytes of a message as it travels, and of a request.
pub(crate) const WIRE: usize = 256 << 10;

pub(super) const LIMITS: Limits = Limits {
    count: 10,
    bytes: WIRE,
    requests: 8,
};
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
            return unsupported(&format!(
                "a topic of SNS gives each message to every group; {QUEUES}"
            ));
        }
        if channel.wildcard {
            return unsupported("SNS knows no subscriptions to many topics; name one");
        }
        let told = bindings::topic(channel)?;
        let is_named = channel.address.ends_with(names::FIFO);
        let is_fifo = told.fifo.unwrap_or(channel.keyed || is_named);
        let name = match &told.name {
            Some(name) if is_fifo && !name.ends_with(names::FIFO) => {
                format!("{name}{}", names::FIFO)
            }
            Some(name) => name.clone(),
            None => names::name(&channel.address, is_fifo, LONGEST),
        };
        let is_fifo = name.ends_with(names::FIFO);
        let mut kinds = told.consumers.iter().map(|one| one.queue.fifo);
        if kinds.any(|fifo| fifo.is_some_and(|fifo| fifo != is_fifo)) {
            return unsupported(
                "`queues[].fifoQueue` of the `sqs` binding is not what its topic is, and SNS sends to queues of the topic's kind",
            );
        }
        Ok(Self {
            is_fifo,
            name,
            told,
            address: channel.address.clone(),
        })
    }

    /// The topic is the one that the document names, and none of its name elsewhere.
    pub(crate) fn check(&self, operation: &'static str, arn: &str) -> Result<()> {
        let Some(told) = self.told.arn.as_ref().filter(|told| **told != arn) else {
            return Ok(());
        };
        let reason = format!(
            "the document names the topic `{told}`, and the one of that name is `{arn}` here; topics of other accounts and regions are not reached"
        );
        Err(Error::new(ErrorKind::Unsupported, operation, reason).with("channel", &self.address))
    }

    /// The queue of a group, and what the document says of it: the consumer that is named as the group, or as its queue.
    pub(crate) fn queue(&self, group: &str) -> (Place, Option<&Consumer>) {
        let own = names::of_group(&self.address, group, self.is_fifo);
        let is_it = |consumer: &&Consumer| {
            let name = consumer.queue.name.as_deref().unwrap_or_default();
            let plain = name.strip_suffix(names::FIFO).unwrap_or(name);
            [plain, name].contains(&group) || name == own
        };
        let Some(consumer) = self.told.consumers.iter().find(is_it) else {
            if !self.told.consumers.is_empty() {
                tracing::warn!(topic = %self.name, group, "no consumer of the document is called as the group, so that none of their filters and queues is its own");
            }
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

/// The topics at an address. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Topics {
    pub(crate) core: Core,
    pub(crate) client: Client,
    /// What the ARNs of all of them begin with.
    account: Arc<Mutex<Option<Str>>>,
    /// What is to be sent while other requests are under way.
    pub(crate) collecting: Collecting<PublishBatchRequestEntryBuilder>,
}

impl Topics {
    pub(crate) fn new(core: Core) -> Self {
        let client = Client::new(&core.config(&core.0.address));
        let account = Arc::default();
        Self {
            core,
            client,
            account,
            collecting: Collecting::new(LIMITS),
        }
    }

    fn known(&self) -> MutexGuard<'_, Option<Str>> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ARN of a topic, whether it is there or not: all of an account begin with the same, which any of them tells.
    pub(crate) async fn arn(&self, operation: &'static str, name: &str) -> Result<Str> {
        if self.account().is_none() {
            self.look_around(operation).await?;
        }
        let arn = self.known_arn(name).map(Str::from);
        arn.ok_or_else(|| missing(operation, name))
    }

    /// The ARN that a topic of that name has or will have, where anything was heard of another.
    pub(crate) fn known_arn(&self, name: &str) -> Option<String> {
        self.account().map(|account| format!("{account}{name}"))
    }

    fn account(&self) -> Option<Str> {
        self.known().clone()
    }

    /// Asks for some of the topics, if only to see whether anybody answers.
    pub(crate) async fn look_around(&self, operation: &'static str) -> Result<()> {
        let asking = self.client.list_topics().send();
        let some = self.core.ask_topics(operation, None, asking).await?;
        if let Some(arn) = some.topics().iter().find_map(|topic| topic.topic_arn()) {
            self.learn(arn);
        }
        Ok(())
    }

    /// Remembers whose topics they are by one of them.
    pub(crate) fn learn(&self, arn: &str) {
        let account = arn
            .rsplit_once(':')
            .map(|(account, _)| format!("{account}:").into());
        *self.known() = account;
    }
}

pub(crate) fn missing(operation: &'static str, name: &str) -> Error {
    let reason = "there is no such topic; whoever receives makes it, or `ensure`";
    Error::new(ErrorKind::NotFound, operation, reason).with("topic", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    #[test]
    fn channels_are_topics_and_groups_queues() -> Result<()> {
        let plain = Channel::publish_subscribe("orders-events");
        let spot = Spot::of("publish", &plain)?;
        assert_eq!((&*spot.name, spot.is_fifo), ("orders-events", false));
        assert_eq!(spot.queue("billing").0.name, "orders-events--billing");
        let spot = Spot::of("publish", &plain.with_keys())?;
        assert_eq!((&*spot.name, spot.is_fifo), ("orders-events.fifo", true));
        assert_eq!(spot.queue("billing").0.name, "orders-events--billing.fifo");
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
        let keyed = Spot::of("publish", &channel.clone().with_keys())?;
        let (place, consumer) = keyed.queue("billing");
        assert_eq!((&*place.name, consumer.is_some()), ("billing.fifo", true));
        let (place, consumer) = spot.queue("audit");
        assert_eq!((&*place.name, consumer.is_some()), ("events--audit", false));
        Ok(())
    }

    #[test]
    fn a_topic_of_others_is_not_taken_for_ours() -> Result<()> {
        let told = json!({ "operations": { "tell": { "sns": { "topic": { "arn": "arn:aws:sns:r:999:events" }, "consumers": [] } } } });
        let bindings = Bindings::read(&told.to_string());
        let channel = Channel::publish_subscribe("events").with_bindings(bindings);
        let spot = Spot::of("publish", &channel)?;
        assert!(spot.check("publish", "arn:aws:sns:r:999:events").is_ok());
        let error = spot.check("publish", "arn:aws:sns:r:1:events").err();
        assert!(error.is_some_and(|error| error.reason().contains("`arn:aws:sns:r:999:events`")));
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
