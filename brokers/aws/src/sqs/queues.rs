//! The queues at an address: where they are, and what is said of them.
use super::{known::Known, queue::missing};
use crate::{client::Core, collecting::Collecting, names, waves::Limits};
use aws_sdk_sqs::{
    Client,
    types::{QueueAttributeName, builders::SendMessageBatchRequestEntryBuilder},
};
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{Error, ErrorKind, Result, Str};
use tokio::time::sleep;

/// How soon a queue that is too new is asked for again.
const AGAIN: Duration = Duration::from_millis(250);
/// How often a queue is looked for that may have been made.
const LOOKS: usize = 3;

/// Most bytes of a message as it travels, and of a request.
pub(crate) const WIRE: usize = 1 << 20;

pub(super) const LIMITS: Limits = Limits {
    count: 10,
    bytes: WIRE,
    requests: 8,
};

/// The queues at an address, and where those are that were asked for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Queues {
    pub(crate) core: Core,
    pub(crate) client: Client,
    known: Arc<Mutex<Known>>,
    /// What is to be sent while other requests are under way.
    pub(crate) collecting: Collecting<SendMessageBatchRequestEntryBuilder>,
}

impl Queues {
    pub(crate) fn new(core: Core, client: Client) -> Self {
        let known = Arc::default();
        Self {
            core,
            client,
            known,
            collecting: Collecting::new(LIMITS),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody answers; who may list no queues is told so, which is an answer too.
    pub(crate) async fn are_there(&self) -> Result<()> {
        let asking = self.client.list_queues().max_results(1).send();
        match self.core.ask("connect", asking).await {
            Err(error) if error.reason().contains("AccessDenied") => Ok(()),
            other => other.map(drop),
        }
    }

    /// Where that queue is.
    pub(crate) async fn url(&self, operation: &'static str, name: &str) -> Result<Str> {
        if let Some(url) = self.known().url(name) {
            return Ok(url);
        }
        let asking = self.client.get_queue_url().queue_name(name).send();
        let found = self.core.ask(operation, asking).await;
        let found = found.map_err(|error| match error.kind() {
            ErrorKind::NotFound => missing(operation, name).retryable(names::is_new(name)),
            _ => error.with("queue", name),
        })?;
        let url = found.queue_url().unwrap_or_default();
        Ok(self.learn(name, url))
    }

    pub(crate) fn learn(&self, name: &str, url: &str) -> Str {
        self.known().learn(name, url)
    }

    /// Has it asked for again.
    pub(crate) fn forget(&self, name: &str) {
        self.known().forget(name);
    }

    /// All that is said of a queue. One that AWS told of a moment ago may be unknown to some of it yet.
    pub(crate) async fn attributes(
        &self,
        operation: &'static str,
        url: &str,
    ) -> Result<HashMap<QueueAttributeName, String>> {
        let asking = || {
            let asking = self.client.get_queue_attributes().queue_url(url);
            let asking = asking.attribute_names(QueueAttributeName::All).send();
            self.core.ask(operation, asking)
        };
        let found = self.of_new(url, asking).await?;
        let found = found.attributes.unwrap_or_default();
        if let Some(arn) = found.get(&QueueAttributeName::QueueArn) {
            self.known().learn_account(arn);
        }
        Ok(found)
    }

    /// What is asked of a queue that may be new, until it is known.
    pub(super) async fn of_new<T, F: Future<Output = Result<T>>>(
        &self,
        url: &str,
        ask: impl Fn() -> F,
    ) -> Result<T> {
        loop {
            match ask().await {
                Err(error) if error.kind() == ErrorKind::NotFound && self.known().is_new(url) => {
                    sleep(AGAIN).await;
                }
                told => return told,
            }
        }
    }

    /// The queue's ARN, by which others name it.
    pub(crate) async fn arn(&self, operation: &'static str, url: &str) -> Result<String> {
        let attributes = self.attributes(operation, url).await?;
        let arn = attributes.get(&QueueAttributeName::QueueArn).cloned();
        arn.ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, operation, "a queue has no ARN").with("queue", url)
        })
    }

    /// The ARN that a queue of that name has or will have, where anything was heard of another.
    pub(crate) fn arn_of(&self, name: &str) -> Option<String> {
        let known = self.known();
        known.account().map(|account| format!("{account}{name}"))
    }

    /// Deletes a queue that may have been made a moment ago, or not at all.
    pub(crate) async fn remove(&self, name: &str) {
        for look in 1..=LOOKS {
            let removed = match self.url("unsubscribe", name).await {
                Ok(url) => self.delete(&url).await,
                Err(error) => Err(error),
            };
            match removed {
                Ok(()) => break,
                Err(error) if look == LOOKS => {
                    tracing::debug!(%error, queue = name, "a queue of one subscription is left behind");
                }
                Err(_) => sleep(AGAIN).await,
            }
        }
        self.forget(name);
    }

    async fn delete(&self, url: &str) -> Result<()> {
        let asking = self.client.delete_queue().queue_url(url).send();
        self.core.ask("unsubscribe", asking).await.map(drop)
    }
}
