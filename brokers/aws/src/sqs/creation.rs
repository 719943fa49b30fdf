//! Queues are made, or compared with what they are to be like.
use super::queue::{Place, Queues};
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
            match self.url(operation, &place.name).await {
                Ok(url) => {
                    let wanted = self.wanted(operation, place, create).await?;
                    self.compare(operation, place, &url, &wanted).await?;
                    Ok(url)
                }
                Err(error) if error.kind() == ErrorKind::NotFound && create => {
                    let wanted = self.wanted(operation, place, create).await?;
                    self.create(operation, place, wanted).await
                }
                Err(error) => Err(error),
            }
        })
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
            let arn = match redrive.queue.starts_with("arn:") {
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
        name: &str,
        create: bool,
    ) -> Result<String> {
        let described = place.told.dead.as_deref().cloned();
        let told = described.filter(|told| told.name.as_deref().is_none_or(|own| own == name));
        let name = match place.is_fifo && !name.ends_with(names::FIFO) {
            true => format!("{name}{}", names::FIFO),
            false => name.to_owned(),
        };
        let dead = Place::named(name, told.unwrap_or_default());
        let url = self.ensure(operation, &dead, create).await?;
        self.arn(operation, &url).await
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
        for (tag, value) in &place.told.tags {
            asking = asking.tags(tag, value);
        }
        let made = self.core.ask(operation, asking.send()).await;
        let made = made.map_err(|error| error.with("queue", name))?;
        let url = self.learn(name, made.queue_url().unwrap_or_default());
        self.allow(operation, &place.told, &url).await?;
        Ok(url)
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
        let asking = self.client.set_queue_attributes().queue_url(url);
        let asking = asking.attributes(name, value).send();
        self.core.ask(operation, asking).await.map(drop)
    }

    /// What is there and different is a conflict.
    async fn compare(
        &self,
        operation: &'static str,
        place: &Place,
        url: &str,
        wanted: &BTreeMap<&'static str, String>,
    ) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let there = self.attributes(operation, url).await?;
        for (name, value) in wanted {
            let found = there.get(&QueueAttributeName::from(*name));
            let found = found.map_or("", |found| found);
            if !is_same(found, value) {
                let reason = format!("`{name}` of the queue is `{found}`, and is to be `{value}`");
                let error = Error::new(ErrorKind::Conflict, operation, reason);
                return Err(error.with("queue", &place.name));
            }
        }
        Ok(())
    }

    /// Deletes a queue, which may be gone.
    pub(crate) async fn delete(&self, name: &str, url: &str) -> Result<()> {
        self.forget(name);
        let asking = self.client.delete_queue().queue_url(url).send();
        self.core.ask("unsubscribe", asking).await.map(drop)
    }
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
