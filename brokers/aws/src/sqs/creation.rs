//! Queues are made, or compared with what they are to be like.
use super::{queue::Place, queues::Queues};
use crate::{bindings::Queue, names};
use aws_sdk_sqs::types::QueueAttributeName;
use std::collections::BTreeMap;
use tidings::{BoxFuture, Error, ErrorKind, Result, Str};

impl Queues {
    /// Where a queue is that has to be there; made where it is missing and that is wanted, else compared.
    pub(crate) fn ensure<'a>(
        &'a self,
        operation: &'static str,
        place: &'a Place,
        create: bool,
    ) -> BoxFuture<'a, Result<Str>> {
        Box::pin(async move {
            // What is remembered may be gone.
            self.forget(&place.name);
            let missing = match self.url(operation, &place.name).await {
                Ok(url) => return self.keep_to(operation, place, url, create).await,
                Err(error) => error,
            };
            if missing.kind() != ErrorKind::NotFound || !create {
                return Err(missing);
            }
            let wanted = self.wanted(operation, place, create).await?;
            match self.create(operation, place, wanted).await {
                // Somebody else was first.
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    let url = self.url(operation, &place.name).await;
                    self.keep_to(operation, place, url.map_err(|_| error)?, create)
                        .await
                }
                made => made,
            }
        })
    }

    /// A queue that is there is to be as it is told.
    async fn keep_to(
        &self,
        operation: &'static str,
        place: &Place,
        url: Str,
        create: bool,
    ) -> Result<Str> {
        let wanted = self.wanted(operation, place, create).await?;
        self.compare(operation, place, &url, &wanted, create)
            .await?;
        Ok(url)
    }

    /// What the attributes of a queue are to be; that of the queue besides is made where it has to be.
    async fn wanted(
        &self,
        operation: &'static str,
        place: &Place,
        create: bool,
    ) -> Result<BTreeMap<&'static str, String>> {
        let mut wanted = place.told.attributes.clone();
        if place.is_fifo {
            wanted.insert("FifoQueue", "true".to_owned());
        }
        if let Some(redrive) = &place.told.redrive {
            let is_there = redrive.queue.starts_with("arn:") && place.told.dead.is_none();
            let arn = match is_there {
                true => redrive.queue.clone(),
                false => {
                    self.dead_letters(operation, place, &redrive.queue, create)
                        .await?
                }
            };
            let policy = format!(
                r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{}}}"#,
                redrive.after
            );
            wanted.insert("RedrivePolicy", policy);
        }
        Ok(wanted)
    }

    /// The queue of what was received too often, as it is described where it is.
    async fn dead_letters(
        &self,
        operation: &'static str,
        place: &Place,
        named: &str,
        create: bool,
    ) -> Result<String> {
        let told = place.told.dead.as_deref().cloned();
        let name = names::last(named);
        let name = match place.is_fifo && !name.ends_with(names::FIFO) {
            true => format!("{name}{}", names::FIFO),
            false => name.to_owned(),
        };
        let dead = Place::named(name, told.unwrap_or_default());
        let url = self.ensure(operation, &dead, create).await?;
        let arn = self.arn(operation, &url).await?;
        if named.starts_with("arn:") && !arn.eq_ignore_ascii_case(named) {
            let reason = format!("`redrivePolicy` names `{named}`, and that queue is `{arn}` here");
            return Err(conflict(operation, place, reason));
        }
        Ok(arn)
    }

    async fn create(
        &self,
        operation: &'static str,
        place: &Place,
        wanted: BTreeMap<&'static str, String>,
    ) -> Result<Str> {
        let name = &place.name;
        let mut asking = self.client.create_queue().queue_name(name);
        for (attribute, value) in wanted {
            asking = asking.attributes(QueueAttributeName::from(attribute), value);
        }
        // In one request, where that can be: what failed between two would not be made up for, and takes a minute to be known.
        let policy = self.policy(place);
        if let Some(policy) = &policy {
            asking = asking.attributes(QueueAttributeName::Policy, policy);
        }
        for (tag, value) in &place.told.tags {
            asking = asking.tags(tag, value);
        }
        let made = self.core.ask(operation, asking.send()).await;
        let made = made.map_err(|error| error.with("queue", name))?;
        let url = self.learn(name, made.queue_url().unwrap_or_default());
        if policy.is_none() {
            self.allow(operation, &place.told, &url).await?;
        }
        Ok(url)
    }

    /// The policy of a queue that is to be made, where it has one and its ARN is known.
    fn policy(&self, place: &Place) -> Option<String> {
        if place.policy.is_some() {
            return place.policy.clone();
        }
        let policy = place.told.policy.as_ref()?;
        let arn = self.arn_of(&place.name)?;
        Some(policy.about(&arn).to_string())
    }

    /// Has a queue's policy be that of the document, which names the queue.
    async fn allow(&self, operation: &'static str, told: &Queue, url: &str) -> Result<()> {
        let Some(policy) = &told.policy else {
            return Ok(());
        };
        let arn = self.arn(operation, url).await?;
        let policy = policy.about(&arn).to_string();
        self.set(operation, url, QueueAttributeName::Policy, policy)
            .await
    }

    /// Sets one attribute.
    pub(crate) async fn set(
        &self,
        operation: &'static str,
        url: &str,
        name: QueueAttributeName,
        value: String,
    ) -> Result<()> {
        let asking = || {
            let asking = self.client.set_queue_attributes().queue_url(url);
            let asking = asking.attributes(name.clone(), &value).send();
            self.core.ask(operation, asking)
        };
        self.of_new(url, asking).await.map(drop)
    }

    /// What is there and different is a conflict, but for a policy that never came to be.
    async fn compare(
        &self,
        operation: &'static str,
        place: &Place,
        url: &str,
        wanted: &BTreeMap<&'static str, String>,
        create: bool,
    ) -> Result<()> {
        if wanted.is_empty() && place.told.policy.is_none() {
            return Ok(());
        }
        let there = self.attributes(operation, url).await?;
        let found = |name: &str| {
            let found = there.get(&QueueAttributeName::from(name));
            found.map_or("", |found| found)
        };
        for (name, value) in wanted {
            let found = found(name);
            if !is_same(found, value) {
                let reason = format!("`{name}` of the queue is `{found}`, and is to be `{value}`");
                return Err(conflict(operation, place, reason));
            }
        }
        match (&place.told.policy, found("Policy")) {
            (Some(_), "") if create => self.allow(operation, &place.told, url).await,
            (Some(_), "") => {
                let reason = "the queue has no policy, and is to have one".to_owned();
                Err(conflict(operation, place, reason))
            }
            _ => Ok(()),
        }
    }
}

fn conflict(operation: &'static str, place: &Place, reason: String) -> Error {
    Error::new(ErrorKind::Conflict, operation, reason).with("queue", &place.name)
}

/// Whether two attributes say the same: numbers within may be texts.
fn is_same(found: &str, wanted: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(text);
    let (Ok(found), Ok(wanted)) = (read(found), read(wanted)) else {
        return found == wanted;
    };
    let text = |value: &serde_json::Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut all = wanted.iter();
    all.all(|(name, value)| {
        found
            .get(name)
            .is_some_and(|there| text(there) == text(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_attributes_may_be_texts() {
        let wanted = r#"{"deadLetterTargetArn":"a","maxReceiveCount":5}"#;
        assert!(is_same(
            r#"{"maxReceiveCount":"5","deadLetterTargetArn":"a"}"#,
            wanted
        ));
        assert!(!is_same(
            r#"{"maxReceiveCount":6,"deadLetterTargetArn":"a"}"#,
            wanted
        ));
        assert!(!is_same("", wanted) && is_same("5", "5") && !is_same("5", "6"));
    }
}
