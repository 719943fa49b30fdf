//! What the `sns` bindings of a channel and its operations say: of the topic, and of the queues that are subscribed to it.
use super::{
    filter::{Filter, filter},
    policy::Policy,
    queue::{Queue, Redrive, SNS, SQS, identifier, read, redrive, tags},
};
use crate::names::{FIFO, last};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tidings::{Binding, Channel, Result};

/// What a topic is to be like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Topic {
    /// Its name, where that is not made of the address.
    pub(crate) name: Option<String>,
    /// Whether it keeps the order of groups.
    pub(crate) fifo: Option<bool>,
    pub(crate) content_based: bool,
    pub(crate) policy: Option<Policy>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Queues that the document knows to be subscribed.
    pub(crate) consumers: Vec<Consumer>,
    /// The headers that their filters are about.
    pub(crate) filtered: BTreeSet<String>,
    /// Its ARN, where an operation says it.
    pub(crate) arn: Option<String>,
}

/// A queue that is subscribed to a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Consumer {
    /// What the queue is called and to be like.
    pub(crate) queue: Queue,
    /// Its ARN or its address, where the document says that.
    pub(crate) whole: Option<String>,
    /// Which messages it gets, as AWS writes it.
    pub(crate) filter: Option<Value>,
    /// Whether the filter is about attributes or the body.
    pub(crate) scope: Option<String>,
    /// Where goes what SNS cannot deliver.
    pub(crate) redrive: Option<Redrive>,
}

/// What the bindings of the channel say; what makes no sense, or is not kept, is told by name.
pub(crate) fn topic(channel: &Channel) -> Result<Topic> {
    let told = Binding::of_channel(channel, SNS)?;
    let mut topic = Topic::default();
    for (field, value) in told.fields() {
        match field {
            "name" => topic.name = Some(told.text(field, value)?.to_owned()),
            "ordering" => ordering(&told.at(field, value)?, &mut topic)?,
            "policy" => topic.policy = Some(Policy::read(&told, value)?),
            "tags" => topic.tags = tags(&told, value)?,
            _ => return Err(told.refused(field)),
        }
    }
    let own = Binding::of_channel(channel, SQS)?;
    let why = "is about a queue, and a publish-subscribe channel is a topic; say of its queues in `queues` of an operation's binding what there is to say";
    own.nothing(why)?;
    let mut queues = queues(channel)?;
    for told in Binding::of_operations(channel, SNS) {
        operation(&told?, &mut topic, &mut queues)?;
    }
    if let Some(name) = queues.keys().next() {
        let why = format!(
            "has a queue `{name}`, which is the endpoint of no consumer of the `sns` binding"
        );
        return Err(own.cannot("queues", &why));
    }
    for protocol in [SNS, SQS] {
        let mut all = Binding::of_messages(channel, protocol);
        all.try_for_each(|told| told?.known(&[]))?;
    }
    kinds(&told, &topic)?;
    Ok(topic)
}

/// What is said of order twice is said alike.
fn kinds(told: &Binding<'_>, topic: &Topic) -> Result<()> {
    let is_fifo = |name: &Option<String>| name.as_ref().is_some_and(|name| name.ends_with(FIFO));
    if topic.fifo == Some(false) && is_fifo(&topic.name) {
        let why = "is `standard`, and the name of a topic that ends with `.fifo` is one that keeps the order; leave one of them out";
        return Err(told.cannot("ordering.type", why));
    }
    Ok(())
}

fn ordering(told: &Binding<'_>, topic: &mut Topic) -> Result<()> {
    for (field, value) in told.fields() {
        match (field, value.as_str()) {
            ("type", Some("FIFO")) => topic.fifo = Some(true),
            ("type", Some("standard")) => topic.fifo = Some(false),
            ("type", _) => return Err(told.wrong(field, "is neither `standard` nor `FIFO`")),
            ("contentBasedDeduplication", _) => topic.content_based = told.is(field, value)?,
            _ => return Err(told.refused(field)),
        }
    }
    Ok(())
}

/// The queues that operations describe by the binding of SQS, by their names.
fn queues(channel: &Channel) -> Result<BTreeMap<String, Queue>> {
    let mut all = BTreeMap::new();
    for told in Binding::of_operations(channel, SQS) {
        let told = told?;
        for (field, value) in told.fields() {
            let several = value.as_array().filter(|_| field == "queues");
            for (at, one) in several
                .ok_or_else(|| told.refused(field))?
                .iter()
                .enumerate()
            {
                let queue = read(&told.at(format!("queues[{at}]"), one)?)?;
                let name = queue.name.as_deref().unwrap_or_default();
                all.insert(plain(name).to_owned(), queue);
            }
        }
    }
    Ok(all)
}

/// The name of a queue or topic, whether it keeps the order or not.
fn plain(name: &str) -> &str {
    name.strip_suffix(FIFO).unwrap_or(name)
}

fn operation(
    told: &Binding<'_>,
    topic: &mut Topic,
    queues: &mut BTreeMap<String, Queue>,
) -> Result<()> {
    for (field, value) in told.fields() {
        match field {
            "topic" => {
                let (named, whole) = endpoint(&told.at(field, value)?)?;
                if whole
                    .as_ref()
                    .is_some_and(|whole| !whole.starts_with("arn:"))
                {
                    return Err(told.cannot(
                        field,
                        "has a `url`, which no topic has; say its `arn` or its `name`",
                    ));
                }
                topic.arn = whole.or(topic.arn.take());
                let own = topic.name.get_or_insert_with(|| named.clone());
                if *own != named {
                    let why = "names another topic than its channel has, and messages go to that of the channel";
                    return Err(told.cannot(field, why));
                }
            }
            "consumers" => {
                let all = value
                    .as_array()
                    .ok_or_else(|| told.wrong(field, "is no list"))?;
                for (at, one) in all.iter().enumerate() {
                    let told = told.at(format!("consumers[{at}]"), one)?;
                    let one = consumer(&told, queues, &mut topic.filtered)?;
                    topic.consumers.push(one);
                }
            }
            "deliveryPolicy" => {
                return Err(told.cannot(
                    field,
                    "is about deliveries by HTTP, which nobody here takes",
                ));
            }
            _ => return Err(told.refused(field)),
        }
    }
    Ok(())
}

fn consumer(
    told: &Binding<'_>,
    queues: &mut BTreeMap<String, Queue>,
    filtered: &mut BTreeSet<String>,
) -> Result<Consumer> {
    let mut consumer = Consumer::default();
    let mut policy = None;
    for (field, value) in told.fields() {
        match field {
            "protocol" if value == SQS => {}
            "protocol" => {
                return Err(told.cannot(field, "is not `sqs`: only queues are received from"));
            }
            "endpoint" => {
                let (name, whole) = endpoint(&told.at(field, value)?)?;
                consumer.queue = queues.remove(plain(&name)).unwrap_or_default();
                consumer.queue.name = Some(name);
                consumer.whole = whole;
            }
            "filterPolicy" => policy = Some(told.at(field, value)?),
            "filterPolicyScope" => {
                let scope = told.text(field, value)?;
                if !["MessageAttributes", "MessageBody"].contains(&scope) {
                    return Err(
                        told.wrong(field, "is neither `MessageAttributes` nor `MessageBody`")
                    );
                }
                consumer.scope = Some(scope.to_owned());
            }
            "rawMessageDelivery" if told.is(field, value)? => {}
            "rawMessageDelivery" => {
                return Err(told.cannot(
                    field,
                    "is false, and attributes are lost in SNS' envelope; make it true",
                ));
            }
            "redrivePolicy" => consumer.redrive = Some(redrive(&told.at(field, value)?)?),
            _ => return Err(told.refused(field)),
        }
    }
    if consumer.queue.name.is_none() {
        return Err(told.wrong("endpoint", "is missing"));
    }
    if let Some(policy) = policy {
        let Filter { text, headers } = filter(&policy, consumer.scope.as_deref())?;
        consumer.filter = Some(text);
        filtered.extend(headers);
    }
    consumer.queue.redrive = consumer.redrive.clone().or(consumer.queue.redrive);
    Ok(consumer)
}

/// What a topic or queue is called, by whichever way it is said, and its ARN or URL where it is by that.
fn endpoint(told: &Binding<'_>) -> Result<(String, Option<String>)> {
    let mut all = told.fields();
    let found = match all.find(|(field, _)| *field == "url") {
        Some((field, value)) => told.text(field, value)?.to_owned(),
        None => identifier(told)?,
    };
    let whole = found.contains(':').then(|| found.clone());
    Ok((last(&found).to_owned(), whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn of(own: Value, operations: Value) -> Channel {
        let told = json!({ "own": { "sns": own }, "operations": operations });
        Channel::publish_subscribe("events").with_bindings(Bindings::read(&told.to_string()))
    }

    fn error(own: Value, operation: Value) -> Option<String> {
        let channel = of(own, json!({ "tell": { "sns": operation } }));
        topic(&channel).err().map(|error| error.to_string())
    }

    #[test]
    fn a_topic_and_its_queues_are_kept() -> Result<()> {
        let own = json!({
            "name": "own", "ordering": { "type": "FIFO", "contentBasedDeduplication": true }, "tags": { "a": "b" },
            "policy": { "statements": [{ "effect": "Allow", "principal": "*", "action": "sns:Publish" }] },
        });
        let tell = json!({
            "sns": { "topic": { "name": "own" }, "consumers": [{
                "protocol": "sqs", "endpoint": { "name": "billing" }, "rawMessageDelivery": true,
                "filterPolicy": { "kind": "paid", "n": ["1"] }, "filterPolicyScope": "MessageAttributes",
                "redrivePolicy": { "deadLetterQueue": { "name": "dead" }, "maxReceiveCount": 3 },
            }] },
            "sqs": { "queues": [{ "name": "billing", "visibilityTimeout": 7 }] },
        });
        let told = topic(&of(own, json!({ "tell": tell })))?;
        assert_eq!(
            (told.name.as_deref(), told.fifo, told.content_based),
            (Some("own"), Some(true), true)
        );
        assert!(told.policy.is_some() && told.tags["a"] == "b");
        let [consumer] = &told.consumers[..] else {
            panic!("{told:?}");
        };
        assert_eq!(
            consumer.filter,
            Some(json!({ "kind": ["paid"], "n": ["1"] }))
        );
        assert_eq!(consumer.scope.as_deref(), Some("MessageAttributes"));
        assert_eq!(consumer.queue.attributes["VisibilityTimeout"], "7");
        assert_eq!(
            consumer.queue.redrive.as_ref().map(|redrive| redrive.after),
            Some(3)
        );
        assert_eq!(consumer.redrive, consumer.queue.redrive);
        let filtered: Vec<_> = told.filtered.iter().collect();
        assert_eq!(filtered, ["kind", "n"]);
        Ok(())
    }

    #[test]
    fn a_queue_is_described_by_its_name_however_it_is_said() -> Result<()> {
        for endpoint in [
            json!({ "name": "billing.fifo" }),
            json!({ "arn": "arn:aws:sqs:r:1:billing" }),
            json!({ "url": "https://sqs.r.amazonaws.com/1/billing" }),
        ] {
            let tell = json!({
                "sns": { "consumers": [{ "protocol": "sqs", "endpoint": endpoint, "rawMessageDelivery": true }] },
                "sqs": { "queues": [{ "name": "billing", "visibilityTimeout": 7 }] },
            });
            let told = topic(&of(json!({}), json!({ "tell": tell })))?;
            assert_eq!(told.consumers[0].queue.attributes["VisibilityTimeout"], "7");
        }
        Ok(())
    }

    #[test]
    fn what_is_about_queues_alone_is_refused() {
        for (told, says) in [
            (
                json!({ "own": { "sqs": { "queue": {} } } }),
                "`queue` of the `sqs` binding",
            ),
            (
                json!({ "operations": { "tell": { "sqs": { "queues": [{ "name": "nobody" }] } } } }),
                "`nobody`",
            ),
            (
                json!({ "messages": { "Paid": { "sqs": { "a": 1 } } } }),
                "`a` of the `sqs` binding of message `Paid`",
            ),
        ] {
            let bindings = Bindings::read(&told.to_string());
            let channel = Channel::publish_subscribe("events").with_bindings(bindings);
            let error = topic(&channel).err().map(|error| error.to_string());
            assert!(
                error.as_ref().is_some_and(|error| error.contains(says)),
                "{error:?}"
            );
        }
    }

    #[test]
    fn what_is_not_kept_is_refused_by_name() {
        let consumer = |change: Value| json!({ "consumers": [change] });
        for (operation, says) in [
            (json!({ "topic": { "name": "other" } }), "another topic"),
            (
                json!({ "topic": { "url": "https://own" } }),
                "`topic` of the `sns` binding of operation `tell`",
            ),
            (consumer(json!({ "protocol": "https" })), "only queues"),
            (
                consumer(json!({ "protocol": "sqs", "rawMessageDelivery": false })),
                "envelope",
            ),
            (
                consumer(json!({ "protocol": "sqs" })),
                "`consumers[0].endpoint` of the `sns` binding of operation `tell`",
            ),
        ] {
            let error = error(json!({ "name": "own" }), operation).expect(says);
            assert!(
                error.contains(says) && error.contains("channel `events`"),
                "{error}"
            );
        }
        let own = json!({ "name": "own.fifo", "ordering": { "type": "standard" } });
        let error = error(own, json!({})).expect("one of them is wrong");
        assert!(error.contains("`ordering.type`"), "{error}");
    }
}
