//! Queues are subscribed to topics: raw, so that attributes arrive, and allowed to be sent to.
use super::{
    policy::{Policy, Says},
    topic::Topics,
};
use crate::{
    bindings::Consumer,
    sqs::{Place, Queues},
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use tidings::{Error, ErrorKind, Result, Str};

const RAW: &str = "RawMessageDelivery";
const FILTER: &str = "FilterPolicy";
const SCOPE: &str = "FilterPolicyScope";
/// How often a policy is written where others write it too.
const WRITES: usize = 3;

/// A queue and a topic.
pub(crate) struct Pair<'a> {
    pub(crate) topics: &'a Topics,
    pub(crate) queues: &'a Queues,
    pub(crate) operation: &'static str,
    /// The topic's ARN.
    pub(crate) topic: &'a str,
    pub(crate) place: &'a Place,
    pub(crate) consumer: Option<&'a Consumer>,
}

impl Pair<'_> {
    /// The queue is there, may be sent to by the topic, and is subscribed to it; made so where that is wanted. Gives where it is,
    /// and the ARN of its subscription.
    pub(crate) async fn ensure(&self, create: bool) -> Result<(Str, String)> {
        let url = self
            .queues
            .ensure(self.operation, self.place, create)
            .await?;
        let attributes = self.queues.attributes(self.operation, &url).await?;
        let get = |name| attributes.get(&name).cloned().unwrap_or_default();
        let arn = get(QueueAttributeName::QueueArn);
        self.allow(&url, &arn, get(QueueAttributeName::Policy), create)
            .await?;
        let subscription = match self.find(&arn).await? {
            Some(there) => {
                self.compare(&there).await?;
                there
            }
            None if create => self.subscribe(&arn).await?,
            None => {
                return Err(self.conflict(
                    ErrorKind::NotFound,
                    "the queue is not subscribed to the topic",
                ));
            }
        };
        Ok((url, subscription))
    }

    fn conflict(&self, kind: ErrorKind, reason: &str) -> Error {
        let error = Error::new(kind, self.operation, reason);
        let error = error.with("topic", self.topic);
        error.with("queue", &self.place.name)
    }

    /// Has the queue's policy let the topic send to it, beside what it says already. Whoever does that for another topic at the same
    /// time may write over it, so that it is looked at again.
    async fn allow(&self, url: &str, queue: &str, policy: String, create: bool) -> Result<()> {
        let mut policy = policy;
        for _ in 0..WRITES {
            let conflict = |reason| Err(self.conflict(ErrorKind::Conflict, reason));
            let Some(read) = Policy::read(&policy, queue) else {
                return conflict("the queue's policy makes no sense");
            };
            match read.of(self.topic) {
                Says::Allowed => return Ok(()),
                Says::Denied => return conflict("the queue's policy keeps the topic from sending"),
                Says::Nothing if create => {}
                Says::Nothing => {
                    return conflict("the queue's policy does not let the topic send to it");
                }
            }
            let name = QueueAttributeName::Policy;
            let policies = read.allowing(self.topic);
            self.queues
                .set(self.operation, url, name.clone(), policies)
                .await?;
            let mut attributes = self.queues.attributes(self.operation, url).await?;
            policy = attributes.remove(&name).unwrap_or_default();
        }
        // AWS may take a minute to tell what was written.
        Ok(())
    }

    /// The subscription of that queue, where there is one.
    async fn find(&self, queue: &str) -> Result<Option<String>> {
        let Topics { client, core, .. } = self.topics;
        let mut next = None;
        loop {
            let asking = client.list_subscriptions_by_topic().topic_arn(self.topic);
            let asking = asking.set_next_token(next).send();
            let some = core.ask(self.operation, asking).await?;
            let mut all = some.subscriptions().iter();
            let found = all.find(|one| one.endpoint() == Some(queue));
            if let Some(found) = found.and_then(|found| found.subscription_arn()) {
                return Ok(Some(found.to_owned()));
            }
            next = some.next_token;
            if next.is_none() {
                return Ok(None);
            }
        }
    }

    /// What a subscription's attributes are to be.
    fn wanted(&self) -> BTreeMap<&'static str, String> {
        let mut wanted = BTreeMap::from([(RAW, "true".to_owned())]);
        let consumer = self.consumer;
        if let Some(filter) = consumer.and_then(|consumer| consumer.filter.as_ref()) {
            wanted.insert(FILTER, filter.to_string());
        }
        if let Some(scope) = consumer.and_then(|consumer| consumer.scope.clone()) {
            wanted.insert(SCOPE, scope);
        }
        wanted
    }

    async fn subscribe(&self, queue: &str) -> Result<String> {
        let mut asking = self.topics.client.subscribe().topic_arn(self.topic);
        asking = asking
            .protocol("sqs")
            .endpoint(queue)
            .return_subscription_arn(true);
        for (name, value) in self.wanted() {
            asking = asking.attributes(name, value);
        }
        let made = self.topics.core.ask(self.operation, asking.send()).await?;
        Ok(made.subscription_arn.unwrap_or_default())
    }

    async fn compare(&self, subscription: &str) -> Result<()> {
        let asking = self.topics.client.get_subscription_attributes();
        let asking = asking.subscription_arn(subscription).send();
        let there = self.topics.core.ask(self.operation, asking).await?;
        let there = there.attributes.unwrap_or_default();
        match difference(&self.wanted(), &there) {
            None => Ok(()),
            Some(reason) => Err(self.conflict(ErrorKind::Conflict, &reason)),
        }
    }
}

/// What of a subscription is not as it is to be. A filter that nobody wants any more keeps messages back in silence, so that it counts.
fn difference(
    wanted: &BTreeMap<&'static str, String>,
    there: &HashMap<String, String>,
) -> Option<String> {
    let wanted = |name: &str| wanted.get(name).map_or("", |wanted| wanted);
    let found = |name: &str| there.get(name).map_or("", |found| found);
    let filter = wanted(FILTER);
    let scope = |scope| match scope {
        // Without a filter it is of nothing.
        _ if no_filter(filter) => "",
        "" => "MessageAttributes",
        scope => scope,
    };
    let all = [
        (RAW, found(RAW), wanted(RAW)),
        (FILTER, found(FILTER), filter),
        (SCOPE, scope(found(SCOPE)), scope(wanted(SCOPE))),
    ];
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let is_same = |found: &str, wanted: &str| {
        let is_read = read(found).is_some() && read(found) == read(wanted);
        found == wanted || is_read || (no_filter(found) && no_filter(wanted))
    };
    let mut all = all.into_iter();
    let (name, found, wanted) = all.find(|(_, found, wanted)| !is_same(found, wanted))?;
    let wanted = match wanted {
        "" => "not to be there".to_owned(),
        wanted => format!("to be `{wanted}`"),
    };
    Some(format!(
        "`{name}` of the subscription is `{found}`, and is {wanted}"
    ))
}

/// Whether a filter lets all pass.
fn no_filter(filter: &str) -> bool {
    matches!(filter, "" | "{}" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn different(wanted: &[(&'static str, &str)], there: &[(&str, &str)]) -> Option<String> {
        let wanted = wanted.iter();
        let wanted = wanted.map(|(name, value)| (*name, (*value).to_owned()));
        let there = there.iter();
        let there = there.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        difference(&wanted.collect(), &there.collect())
    }

    #[test]
    fn what_a_subscription_has_and_is_not_to_have_is_told() {
        let raw = (RAW, "true");
        let (one, other) = ((FILTER, r#"{"a": ["1"]}"#), (FILTER, r#"{"a": ["2"]}"#));
        let body = (SCOPE, "MessageBody");
        for (wanted, there, expected) in [
            (vec![raw], vec![raw], None),
            (vec![raw], vec![raw, (FILTER, "{}")], None),
            (vec![raw, one], vec![raw, (FILTER, r#"{"a":["1"]}"#)], None),
            (
                vec![raw, one],
                vec![raw, one, (SCOPE, "MessageAttributes")],
                None,
            ),
            (vec![raw, body], vec![raw], None),
            (vec![raw], vec![], Some("`RawMessageDelivery`")),
            (vec![raw], vec![raw, one], Some("is not to be there")),
            (vec![raw, one], vec![raw], Some("`FilterPolicy`")),
            (vec![raw, one], vec![raw, other], Some("`FilterPolicy`")),
            (
                vec![raw, one],
                vec![raw, one, body],
                Some("`FilterPolicyScope`"),
            ),
        ] {
            let found = different(&wanted, &there);
            let is_told = found.as_ref().zip(expected);
            let is_told = is_told.is_some_and(|(found, expected)| found.contains(expected));
            assert!(
                is_told || found.is_none() && expected.is_none(),
                "{found:?}, and not {expected:?}"
            );
        }
    }
}
