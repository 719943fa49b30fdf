//! Topics are made, or compared with what they are to be like.
use super::topic::{Spot, Topics, missing};
use aws_sdk_sns::types::Tag;
use tidings::{Error, ErrorKind, Result, Str};

impl Topics {
    /// The ARN of a topic that has to be there; made where it is missing and that is wanted, else compared.
    pub(crate) async fn ensure(
        &self,
        operation: &'static str,
        spot: &Spot,
        create: bool,
    ) -> Result<Str> {
        let found = match self.arn(operation, &spot.name).await {
            Ok(arn) => {
                spot.check(operation, &arn)?;
                let same = self.compare(operation, spot, &arn, create).await;
                same.map(|()| arn)
            }
            Err(error) => Err(error),
        };
        match found {
            Err(error) if error.kind() == ErrorKind::NotFound && create => {
                self.create(operation, spot).await
            }
            found => found,
        }
    }

    async fn create(&self, operation: &'static str, spot: &Spot) -> Result<Str> {
        let mut asking = self.client.create_topic().name(&spot.name);
        for (name, value) in wanted(spot) {
            asking = asking.attributes(name, value);
        }
        // In one request, where that can be: what failed between two would not be made up for.
        let arn = self.known_arn(&spot.name);
        let policy = spot.told.policy.as_ref().zip(arn);
        let policy = policy.map(|(policy, arn)| policy.about(&arn).to_string());
        if let Some(policy) = &policy {
            asking = asking.attributes(POLICY, policy);
        }
        for (key, value) in &spot.told.tags {
            let tag = Tag::builder().key(key).value(value).build();
            asking = asking.tags(tag.map_err(|error| {
                Error::new(ErrorKind::Invalid, operation, "a tag cannot be written").because(error)
            })?);
        }
        let made = self.core.ask_topics(operation, None, asking.send()).await;
        let made = made.map_err(|error| error.with("topic", &spot.name))?;
        let arn: Str = made.topic_arn().unwrap_or_default().into();
        self.learn(&arn);
        spot.check(operation, &arn)?;
        if policy.is_none() {
            self.allow(operation, spot, &arn).await?;
        }
        Ok(arn)
    }

    /// Has a topic's policy be that of the document, which names the topic.
    async fn allow(&self, operation: &'static str, spot: &Spot, arn: &str) -> Result<()> {
        let Some(policy) = &spot.told.policy else {
            return Ok(());
        };
        let asking = self.client.set_topic_attributes().topic_arn(arn);
        let policy = policy.about(arn).to_string();
        let asking = asking.attribute_name(POLICY).attribute_value(policy);
        self.core
            .ask_topics(operation, None, asking.send())
            .await
            .map(drop)
    }

    /// What is there and different is a conflict, but for a policy that never came to be.
    async fn compare(
        &self,
        operation: &'static str,
        spot: &Spot,
        arn: &str,
        create: bool,
    ) -> Result<()> {
        let asking = self.client.get_topic_attributes().topic_arn(arn).send();
        let there = self.core.ask_topics(operation, None, asking).await;
        let there = there.map_err(|error| match error.kind() {
            ErrorKind::NotFound => missing(operation, &spot.name),
            _ => error,
        });
        let there = there?.attributes.unwrap_or_default();
        for (name, value) in wanted(spot) {
            let found = there.get(name).map_or("false", |found| found);
            if found != value {
                let reason = format!("`{name}` of the topic is `{found}`, and is to be `{value}`");
                let error = Error::new(ErrorKind::Conflict, operation, reason);
                return Err(error.with("topic", &spot.name));
            }
        }
        let has_policy = there.get(POLICY).is_some_and(|policy| is_own(policy));
        if spot.told.policy.is_none() || has_policy {
            return Ok(());
        }
        if create {
            return self.allow(operation, spot, arn).await;
        }
        let reason = "the topic has no policy of its own, and is to have one";
        let error = Error::new(ErrorKind::Conflict, operation, reason);
        Err(error.with("topic", &spot.name))
    }
}

const POLICY: &str = "Policy";

/// Whether a policy is not the one that every topic begins with.
fn is_own(policy: &str) -> bool {
    !policy.is_empty() && !policy.contains("__default_policy_ID")
}

/// The attributes of a topic that are said.
fn wanted(spot: &Spot) -> Vec<(&'static str, &'static str)> {
    let mut wanted = Vec::new();
    if spot.is_fifo {
        wanted.push(("FifoTopic", "true"));
    }
    if spot.told.content_based {
        wanted.push(("ContentBasedDeduplication", "true"));
    }
    wanted
}
