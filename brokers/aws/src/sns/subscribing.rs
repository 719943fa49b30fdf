//! Queues are subscribed to topics: raw, so that attributes arrive, and allowed to be sent to.
use super::{
    attributes::{FILTER, RAW, REDRIVE, SCOPE, difference},
    policy::{Policy, Says},
    topic::Topics,
};
use crate::{
    bindings::Consumer,
    names,
    sqs::{Place, Queues},
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidings::{Error, ErrorKind, Result, Str};

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
        let place = self.allowed();
        let url = self.queues.ensure(self.operation, &place, create).await?;
        let attributes = self.queues.attributes(self.operation, &url).await?;
        let get = |name| attributes.get(&name).cloned().unwrap_or_default();
        let arn = get(QueueAttributeName::QueueArn);
        self.check(&url, &arn)?;
        self.allow(&url, &arn, get(QueueAttributeName::Policy), create)
            .await?;
        let redrive = get(QueueAttributeName::RedrivePolicy);
        let wanted = self.wanted(self.dead(&redrive, create).await?);
        let subscription = match self.find(&arn).await? {
            Some(there) => {
                self.compare(&there, &wanted).await?;
                there
            }
            None if create => self.subscribe(&arn, wanted).await?,
            None => {
                return Err(self.conflict(
                    ErrorKind::NotFound,
                    "the queue is not subscribed to the topic",
                ));
            }
        };
        Ok((url, subscription))
    }

    /// The queue, with a policy that lets the topic send from the moment it is made: what SNS may not deliver it throws away.
    fn allowed(&self) -> Place {
        let queue = beside(self.topic, &self.place.name);
        let told = self.place.told.policy.as_ref();
        let told = told.map(|policy| policy.about(&queue).to_string());
        let policy = Policy::read(&told.unwrap_or_default(), &queue).map(|policy| {
            match policy.of(self.topic) {
                Says::Nothing => policy.allowing(self.topic),
                _ => policy.text(),
            }
        });
        Place {
            policy,
            ..self.place.clone()
        }
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
            let some = core.ask_topics(self.operation, None, asking).await?;
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

    /// The queue is the one that the document names, and none of its name elsewhere.
    fn check(&self, url: &str, arn: &str) -> Result<()> {
        let told = self.consumer.and_then(|consumer| consumer.whole.as_ref());
        let Some(told) = told.filter(|told| !is_named(told, url, arn)) else {
            return Ok(());
        };
        let reason = format!(
            "the document names the queue `{told}`, and the one of that name is `{arn}` here; queues of other accounts and regions are not reached"
        );
        Err(self.conflict(ErrorKind::Unsupported, &reason))
    }

    /// The ARN of the queue of what SNS cannot deliver, where there is to be one: that of what is received too often. The topic may
    /// send to it.
    async fn dead(&self, redrive: &str, create: bool) -> Result<Option<String>> {
        let has_one = self
            .consumer
            .is_some_and(|consumer| consumer.redrive.is_some());
        let redrive: Value = serde_json::from_str(redrive).unwrap_or_default();
        let arn = redrive["deadLetterTargetArn"].as_str();
        let Some(arn) = arn.filter(|_| has_one) else {
            return Ok(None);
        };
        let name = names::last(arn);
        // One of another account is allowed there.
        if arn == beside(self.topic, name) {
            let url = self.queues.url(self.operation, name).await?;
            let attributes = self.queues.attributes(self.operation, &url).await?;
            let policy = attributes.get(&QueueAttributeName::Policy).cloned();
            self.allow(&url, arn, policy.unwrap_or_default(), create)
                .await?;
        }
        Ok(Some(arn.to_owned()))
    }

    /// What a subscription's attributes are to be.
    fn wanted(&self, dead: Option<String>) -> BTreeMap<&'static str, String> {
        let mut wanted = BTreeMap::from([(RAW, "true".to_owned())]);
        if let Some(arn) = dead {
            wanted.insert(REDRIVE, json!({ "deadLetterTargetArn": arn }).to_string());
        }
        let consumer = self.consumer;
        if let Some(filter) = consumer.and_then(|consumer| consumer.filter.as_ref()) {
            wanted.insert(FILTER, filter.to_string());
        }
        if let Some(scope) = consumer.and_then(|consumer| consumer.scope.clone()) {
            wanted.insert(SCOPE, scope);
        }
        wanted
    }

    async fn subscribe(
        &self,
        queue: &str,
        wanted: BTreeMap<&'static str, String>,
    ) -> Result<String> {
        let mut asking = self.topics.client.subscribe().topic_arn(self.topic);
        asking = asking
            .protocol("sqs")
            .endpoint(queue)
            .return_subscription_arn(true);
        for (name, value) in wanted {
            asking = asking.attributes(name, value);
        }
        let made = self
            .topics
            .core
            .ask_topics(self.operation, None, asking.send())
            .await?;
        Ok(made.subscription_arn.unwrap_or_default())
    }

    async fn compare(
        &self,
        subscription: &str,
        wanted: &BTreeMap<&'static str, String>,
    ) -> Result<()> {
        let asking = self.topics.client.get_subscription_attributes();
        let asking = asking.subscription_arn(subscription).send();
        let there = self
            .topics
            .core
            .ask_topics(self.operation, None, asking)
            .await?;
        let there = there.attributes.unwrap_or_default();
        match difference(wanted, &there) {
            None => Ok(()),
            Some(reason) => Err(self.conflict(ErrorKind::Conflict, &reason)),
        }
    }
}

/// The ARN of a queue of the same account as a topic.
fn beside(topic: &str, queue: &str) -> String {
    let mut parts: Vec<&str> = topic.split(':').collect();
    if let [_, _, service, .., name] = &mut parts[..] {
        (*service, *name) = ("sqs", queue);
    }
    parts.join(":")
}

/// Whether a queue is the one that is named by an ARN or by an address, of which the account and the name count.
fn is_named(told: &str, url: &str, arn: &str) -> bool {
    let end = |url: &str| {
        let parts: Vec<_> = url.rsplitn(3, '/').take(2).map(str::to_owned).collect();
        parts
    };
    match told.starts_with("arn:") {
        true => told.eq_ignore_ascii_case(arn),
        false => end(told) == end(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_the_account_of_its_topic() {
        let queue = beside("arn:aws-cn:sns:cn-north-1:1:orders.fifo", "orders--a.fifo");
        assert_eq!(queue, "arn:aws-cn:sqs:cn-north-1:1:orders--a.fifo");
    }

    #[test]
    fn a_queue_of_others_is_not_taken_for_ours() {
        let (url, arn) = ("http://127.0.0.1:1/1/billing", "arn:aws:sqs:r:1:billing");
        for (told, expected) in [
            ("arn:aws:SQS:r:1:billing", true),
            ("arn:aws:sqs:r:2:billing", false),
            ("arn:aws:sqs:s:1:billing", false),
            ("https://sqs.r.amazonaws.com/1/billing", true),
            ("https://sqs.r.amazonaws.com/2/billing", false),
        ] {
            assert_eq!(is_named(told, url, arn), expected, "{told}");
        }
    }
}
