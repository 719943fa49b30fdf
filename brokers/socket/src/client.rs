//! The connecting end: publishes, subscribes and asks over a connection that comes back by itself.
mod driver;
mod state;
mod subscription;
#[cfg(test)]
mod tests;

pub(crate) use subscription::RemoteSubscription;

use crate::{
    Address, SocketSettings,
    wire::{CHUNK, Fault, Frame, MAX_NAME, WINDOW, encoded_size, share, too_large},
};
use state::Shared;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{
    Channel, ChannelKind, Error, ErrorKind, Message, Result, Str, SubscribeSpec,
    memory::inbox_address,
};
use tokio::{sync::Semaphore, task::JoinHandle, time::timeout};
use uuid::Uuid;

/// How long the last words to the listening end may take.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Most unsettled replies.
const INBOX_PREFETCH: usize = 1024;
const MAX_PREFETCH: usize = 1 << 16;

#[derive(Clone)]
pub(crate) struct Client {
    line: Arc<Line>,
}

/// Keeps the task that holds the connection, as long as anybody needs it.
pub(crate) struct Line {
    shared: Arc<Shared>,
    driver: Mutex<Option<JoinHandle<()>>>,
    /// Bounds the publishes under way.
    window: Semaphore,
}

impl Drop for Line {
    fn drop(&mut self) {
        let driver = self
            .driver
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        driver.inspect(JoinHandle::abort);
    }
}

impl Client {
    pub(crate) async fn connect(address: Address, settings: SocketSettings) -> Result<Self> {
        let wait = settings.connect_wait;
        let shared = Arc::new(Shared::new(address, settings));
        let driver = Mutex::new(Some(tokio::spawn(driver::drive(shared.clone()))));
        let client = Self {
            line: Arc::new(Line {
                shared,
                driver,
                window: Semaphore::new(WINDOW),
            }),
        };
        match timeout(wait, client.shared().connected()).await {
            Ok(outcome) => outcome.map(|()| client),
            Err(_) => {
                let reason = format!("nobody answers there after {wait:?}");
                let error = Error::new(ErrorKind::Timeout, "connect", reason)
                    .with("address", client.address());
                Err(match client.shared().last_failure() {
                    Some(cause) => error.because(cause),
                    None => error,
                })
            }
        }
    }

    fn shared(&self) -> &Shared {
        &self.line.shared
    }

    pub(crate) fn address(&self) -> &Address {
        &self.shared().address
    }

    pub(crate) async fn publish(&self, channel: &Channel, batch: Vec<Message>) -> Vec<Result<()>> {
        let mut outcomes: Vec<Result<()>> = Vec::with_capacity(batch.len());
        if let Err(error) = check_name(&channel.address, "publish") {
            outcomes.resize(batch.len(), Err(error));
            return outcomes;
        }
        let mut chunk = Vec::new();
        let mut size = 0;
        for message in batch {
            let added = encoded_size(&message);
            let too_large = too_large(&message);
            if too_large.is_some() || size + added > CHUNK {
                // One after the other, so that the order of the batch is kept.
                outcomes.extend(
                    self.publish_chunk(channel, std::mem::take(&mut chunk))
                        .await,
                );
                size = 0;
            }
            match too_large {
                Some(error) => outcomes.push(Err(error.with("channel", &channel.address))),
                None => {
                    size += added;
                    chunk.push(message);
                }
            }
        }
        outcomes.extend(self.publish_chunk(channel, chunk).await);
        outcomes
    }

    async fn publish_chunk(&self, channel: &Channel, messages: Vec<Message>) -> Vec<Result<()>> {
        let count = messages.len();
        if count == 0 {
            return Vec::new();
        }
        let channel = channel.clone();
        let share = share(&messages);
        let called = self
            .call("publish", share, |request| Frame::Publish {
                request,
                channel,
                messages,
            })
            .await;
        let wrong = || {
            Error::new(
                ErrorKind::Unexpected,
                "publish",
                "the other end confirmed another number of messages",
            )
        };
        match called {
            Ok(outcomes) if outcomes.len() == count => outcomes
                .into_iter()
                .map(|outcome| outcome.map_err(|fault| fault.into_error("publish")))
                .collect(),
            Ok(_) => vec![Err(wrong()); count],
            Err(error) => vec![Err(error); count],
        }
    }

    pub(crate) async fn ensure(&self, channels: &[Channel]) -> Result<()> {
        for channel in channels {
            check_name(&channel.address, "ensure")?;
        }
        for some in channels.chunks(1024) {
            let channels = some.to_vec();
            let outcomes = self
                .call("ensure", 0, |request| Frame::Ensure { request, channels })
                .await?;
            for outcome in outcomes {
                outcome.map_err(|fault| fault.into_error("ensure"))?;
            }
        }
        Ok(())
    }

    /// Sends a request, once the window has room for its share, and waits for what became of it, over as many connections
    /// as it takes.
    async fn call(
        &self,
        operation: &'static str,
        share: u32,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<Vec<Result<(), Fault>>> {
        let wait = self.shared().settings.publish_wait;
        let calling = async {
            let _share = self.line.window.acquire_many(share).await;
            self.shared().call(operation, frame)?.outcome().await
        };
        match timeout(wait, calling).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let reason =
                    format!("not confirmed within {wait:?}; it may have been done all the same");
                Err(Error::new(ErrorKind::Timeout, operation, reason)
                    .with("address", self.address()))
            }
        }
    }

    pub(crate) async fn subscribe(&self, spec: SubscribeSpec) -> Result<RemoteSubscription> {
        // Without a group it gets one of its own, under which it is known again after a lost connection.
        let alone = spec.channel.kind == ChannelKind::PublishSubscribe && spec.group.is_none();
        let group = if alone {
            Some(format!("private.{}", Uuid::now_v7()).into())
        } else {
            spec.group
        };
        self.listen(SubscribeSpec { group, ..spec }, alone).await
    }

    pub(crate) async fn inbox(&self) -> Result<(Str, RemoteSubscription)> {
        let address = inbox_address();
        let channel = Channel::point_to_point(address.clone());
        let spec = SubscribeSpec {
            channel,
            group: None,
            prefetch: INBOX_PREFETCH,
        };
        Ok((address, self.listen(spec, true).await?))
    }

    async fn listen(&self, spec: SubscribeSpec, private: bool) -> Result<RemoteSubscription> {
        check_name(&spec.channel.address, "subscribe")?;
        check_name(spec.group.as_deref().unwrap_or_default(), "subscribe")?;
        let SubscribeSpec {
            channel,
            group,
            prefetch,
        } = spec;
        let prefetch = u32::try_from(prefetch.clamp(1, MAX_PREFETCH)).unwrap_or(1);
        let wait = self.shared().settings.publish_wait;
        let frame = |subscription| Frame::Subscribe {
            subscription,
            channel,
            group,
            prefetch,
            private,
        };
        let (subscription, confirmed) = RemoteSubscription::open(self.line.clone(), frame)?;
        match timeout(wait, confirmed).await {
            Ok(Ok(outcome)) => outcome.map(|()| subscription),
            Ok(Err(_)) => Err(state::closed("subscribe")),
            Err(_) => {
                let reason = format!("not confirmed within {wait:?}");
                Err(Error::new(ErrorKind::Timeout, "subscribe", reason)
                    .with("address", self.address()))
            }
        }
    }

    pub(crate) async fn close(&self, grace: Duration) -> Result<()> {
        let shared = self.shared();
        shared.begin_closing();
        let in_time = timeout(grace, shared.drained()).await.is_ok();
        let driver = self
            .line
            .driver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut driver) = driver {
            if shared.say_goodbye() {
                drop(timeout(LAST_WORDS, &mut driver).await);
            }
            driver.abort();
        }
        shared.end(None);
        let reason = || format!("something was not settled or confirmed within {grace:?}");
        if in_time {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::Timeout, "close", reason()))
        }
    }
}

fn check_name(name: &str, operation: &'static str) -> Result<()> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    let reason = format!(
        "an address or group of {} bytes is longer than {MAX_NAME}",
        name.len()
    );
    Err(Error::new(ErrorKind::Invalid, operation, reason))
}
