//! What the `sqs` binding of a channel says of its queue.
use super::policy::Policy;
use crate::names::{FIFO, last};
use serde_json::Value;
use std::collections::BTreeMap;
use tidings::{Binding, Channel, Result};

pub(crate) const SQS: &str = "sqs";
pub(super) const SNS: &str = "sns";

/// What a queue is to be like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    /// Its name, where that is not made of the address.
    pub(crate) name: Option<String>,
    /// Whether it keeps the order of groups.
    pub(crate) fifo: Option<bool>,
    /// Its attributes, as AWS calls and writes them.
    pub(crate) attributes: BTreeMap<&'static str, String>,
    pub(crate) redrive: Option<Redrive>,
    pub(crate) policy: Option<Policy>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The queue of what was received too often, where it is described.
    pub(crate) dead: Option<Box<Queue>>,
}

/// Where goes what was received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redrive {
    /// The queue, by its ARN or its name.
    pub(crate) queue: String,
    pub(crate) after: u64,
}

/// How often a message is received unless told, as the binding has it.
const RECEIVES: u64 = 10;
const LONGEST_DELAY: u64 = 900;
const LONGEST_LEASE: u64 = 43_200;
const LONGEST_WAIT: u64 = 20;
const LONGEST_STAY: u64 = 1_209_600;

/// What the binding of the channel says; what makes no sense, or is not kept, is told by name.
pub(crate) fn queue(channel: &Channel) -> Result<Queue> {
    operations(channel)?;
    of_topics(channel)?;
    let told = Binding::of_channel(channel, SQS)?;
    let (mut queue, mut dead) = (Queue::default(), None);
    for (field, value) in told.fields() {
        match field {
            "queue" => queue = read(&told.at(field, value)?)?,
            "deadLetterQueue" => dead = Some(Box::new(read(&told.at(field, value)?)?)),
            _ => return Err(told.refused(field)),
        }
    }
    let plain = |name: &str| name.strip_suffix(FIFO).unwrap_or(name).to_owned();
    let name = dead.as_deref();
    let name = name.map(|dead: &Queue| dead.name.as_deref().map(plain));
    let named = queue.redrive.as_ref();
    let named = named.map(|redrive| plain(last(&redrive.queue)));
    if name.is_some_and(|name| named.is_none() || name != named) {
        let why = "says nothing unless `queue.redrivePolicy` names it, by the same name";
        return Err(told.cannot("deadLetterQueue", why));
    }
    queue.dead = dead;
    Ok(queue)
}

/// Operations and messages say nothing of a queue here that its channel does not.
fn operations(channel: &Channel) -> Result<()> {
    let why = "is not looked at; say of the queue in the channel's binding what there is to say";
    let all = Binding::of_operations(channel, SQS);
    let mut all = all.chain(Binding::of_messages(channel, SQS));
    all.try_for_each(|told| told?.nothing(why))
}

/// What is about topics says nothing of a queue.
fn of_topics(channel: &Channel) -> Result<()> {
    let why = "is about a topic, and a point-to-point channel is a queue; leave it out";
    Binding::of_channel(channel, SNS)?.nothing(why)?;
    let others = Binding::of_operations(channel, SNS);
    let mut others = others.chain(Binding::of_messages(channel, SNS));
    others.try_for_each(|told| told?.nothing(why))
}

pub(super) fn read(told: &Binding<'_>) -> Result<Queue> {
    let mut queue = Queue::default();
    for (field, value) in told.fields() {
        let whole = |most| {
            told.whole(field, value, most)
                .map(|number| number.to_string())
        };
        let (name, value) = match field {
            "name" => {
                queue.name = Some(told.text(field, value)?.to_owned());
                continue;
            }
            "fifoQueue" => {
                queue.fifo = Some(told.is(field, value)?);
                continue;
            }
            "redrivePolicy" => {
                queue.redrive = Some(redrive(&told.at(field, value)?)?);
                continue;
            }
            "policy" => {
                queue.policy = Some(Policy::read(told, value)?);
                continue;
            }
            "tags" => {
                queue.tags = tags(told, value)?;
                continue;
            }
            "deduplicationScope" => ("DeduplicationScope", word(told, field, value)?),
            "fifoThroughputLimit" => ("FifoThroughputLimit", word(told, field, value)?),
            "deliveryDelay" => ("DelaySeconds", whole(LONGEST_DELAY)?),
            "visibilityTimeout" => ("VisibilityTimeout", whole(LONGEST_LEASE)?),
            "receiveMessageWaitTime" => ("ReceiveMessageWaitTimeSeconds", whole(LONGEST_WAIT)?),
            "messageRetentionPeriod" => ("MessageRetentionPeriod", whole(LONGEST_STAY)?),
            _ => return Err(told.refused(field)),
        };
        queue.attributes.insert(name, value);
    }
    Ok(queue)
}

fn word(told: &Binding<'_>, field: &str, value: &Value) -> Result<String> {
    let known: &[&str] = match field {
        "deduplicationScope" => &["queue", "messageGroup"],
        _ => &["perQueue", "perMessageGroupId"],
    };
    let word = told.text(field, value)?;
    match known.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(told.wrong(field, &format!("is none of {}", known.join(", ")))),
    }
}

/// Where what was received too often goes.
pub(super) fn redrive(told: &Binding<'_>) -> Result<Redrive> {
    let (mut queue, mut after) = (None, RECEIVES);
    for (field, value) in told.fields() {
        match field {
            "deadLetterQueue" => queue = Some(identifier(&told.at(field, value)?)?),
            "maxReceiveCount" => after = told.whole(field, value, 1000)?,
            _ => return Err(told.refused(field)),
        }
    }
    let queue = queue.ok_or_else(|| told.wrong("deadLetterQueue", "is missing"))?;
    Ok(Redrive { queue, after })
}

/// A queue by its ARN or its name; by its ARN where it has both.
pub(super) fn identifier(told: &Binding<'_>) -> Result<String> {
    let mut found = None;
    for (field, value) in told.fields() {
        match field {
            "arn" => found = Some(told.text(field, value)?),
            "name" if found.is_none() => found = Some(told.text(field, value)?),
            "name" => {}
            _ => return Err(told.refused(field)),
        }
    }
    let found = found.map(str::to_owned);
    found.ok_or_else(|| told.wrong("name", "is missing, and so is `arn`"))
}

pub(super) fn tags(told: &Binding<'_>, value: &Value) -> Result<BTreeMap<String, String>> {
    let told = told.at("tags", value)?;
    let text = |(name, value): (&str, &Value)| match value {
        Value::String(text) => Ok((name.to_owned(), text.clone())),
        Value::Number(_) | Value::Bool(_) => Ok((name.to_owned(), value.to_string())),
        _ => Err(told.wrong(name, "is no text")),
    };
    told.all_fields().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn of(binding: Value) -> Channel {
        Channel::point_to_point("orders").with_bindings(Bindings::new([(SQS, binding)]))
    }

    /// The error of a channel whose queue has that field, or none.
    fn error(binding: Value) -> Option<String> {
        queue(&of(binding)).err().map(|error| error.to_string())
    }

    #[test]
    fn what_a_queue_is_to_be_like_is_kept() -> Result<()> {
        let told = queue(&of(json!({
            "bindingVersion": "0.2.0",
            "queue": {
                "name": "own", "fifoQueue": true, "deduplicationScope": "messageGroup",
                "fifoThroughputLimit": "perMessageGroupId", "deliveryDelay": 1, "visibilityTimeout": 2,
                "receiveMessageWaitTime": 3, "messageRetentionPeriod": 60, "x-of-ours": 1,
                "redrivePolicy": { "deadLetterQueue": { "name": "dead" }, "maxReceiveCount": 5 },
                "policy": { "statements": [{ "effect": "Allow", "principal": "*", "action": "sqs:SendMessage" }] },
                "tags": { "owner": "me" },
            },
            "deadLetterQueue": { "name": "dead", "messageRetentionPeriod": 1_209_600 },
        })))?;
        assert_eq!((told.name.as_deref(), told.fifo), (Some("own"), Some(true)));
        let attributes = [
            ("DeduplicationScope", "messageGroup"),
            ("DelaySeconds", "1"),
            ("FifoThroughputLimit", "perMessageGroupId"),
            ("MessageRetentionPeriod", "60"),
            ("ReceiveMessageWaitTimeSeconds", "3"),
            ("VisibilityTimeout", "2"),
        ];
        let attributes = attributes.map(|(name, value)| (name, value.to_owned()));
        assert_eq!(told.attributes, attributes.into());
        let queue = "dead".to_owned();
        assert_eq!(told.redrive, Some(Redrive { queue, after: 5 }));
        assert_eq!(told.tags["owner"], "me");
        let policy = told.policy.unwrap_or_default().about("arn:a");
        let statement = json!({ "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "arn:a" });
        assert_eq!(policy["Statement"], json!([statement]));
        assert_eq!(
            told.dead.and_then(|dead| dead.name).as_deref(),
            Some("dead")
        );
        Ok(())
    }

    #[test]
    fn what_is_not_kept_is_refused_by_name() {
        for (binding, says) in [
            (json!({ "queue": { "colour": "red" } }), "`queue.colour`"),
            (json!({ "colour": "red" }), "`colour`"),
            (
                json!({ "deadLetterQueue": { "name": "a" } }),
                "`deadLetterQueue`",
            ),
            (
                json!({
                    "deadLetterQueue": { "name": "a" },
                    "queue": { "redrivePolicy": { "deadLetterQueue": { "name": "b" } } },
                }),
                "`deadLetterQueue`",
            ),
            (
                json!({ "queue": { "deliveryDelay": 901 } }),
                "`queue.deliveryDelay`",
            ),
        ] {
            let error = error(binding).expect(says);
            assert!(
                error.contains(says) && error.contains("channel `orders`"),
                "{error}"
            );
        }
        let told = r#"{"operations": {"place": {"sqs": {"queues": []}}}}"#;
        let channel = Channel::point_to_point("orders").with_bindings(Bindings::read(told));
        let error = queue(&channel).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| {
            error.contains("`queues` of the `sqs` binding of operation `place`")
        }));
        for told in [
            r#"{"own": {"sns": {"name": "a"}}}"#,
            r#"{"operations": {"place": {"sns": {"name": "a"}}}}"#,
            r#"{"messages": {"Order": {"sns": {"name": "a"}}}}"#,
        ] {
            let channel = Channel::point_to_point("orders").with_bindings(Bindings::read(told));
            let error = queue(&channel).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains("name` of the `sns` binding")));
        }
    }

    #[test]
    fn tags_are_called_as_they_are() -> Result<()> {
        let told = queue(&of(
            json!({ "queue": { "tags": { "x-team": "me", "bindingVersion": 1 } } }),
        ))?;
        let names: Vec<_> = told.tags.keys().collect();
        assert_eq!(names, ["bindingVersion", "x-team"]);
        Ok(())
    }

    #[test]
    fn a_dead_letter_queue_is_described_by_its_name() -> Result<()> {
        for queue in [
            json!({ "name": "a" }),
            json!({ "arn": "arn:aws:sqs:r:1:a.fifo" }),
        ] {
            let told = super::queue(&of(json!({
                "deadLetterQueue": { "name": "a", "messageRetentionPeriod": 60 },
                "queue": { "redrivePolicy": { "deadLetterQueue": queue } },
            })))?;
            assert!(told.dead.is_some());
        }
        Ok(())
    }
}
