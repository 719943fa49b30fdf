//! The reply inbox of a client: one subscription, whose messages go to whoever waits for their correlation id.
use crate::{
    DynTransport, Error, ErrorKind, Message, Result, Str,
    transport::{DynSubscription, Verdict},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinHandle,
};

/// Replies taken at a time.
const BATCH: usize = 64;
/// Pause after a failure that may pass.
const PAUSE: Duration = Duration::from_millis(100);

type Correlation = fn(&Message) -> Option<Str>;

/// An open inbox. Its task ends when this is dropped.
pub(crate) struct Inbox {
    address: Str,
    waiters: Waiters,
    task: JoinHandle<()>,
}

impl Inbox {
    pub(crate) async fn open(transport: &dyn DynTransport) -> Result<Self> {
        let (address, subscription) = transport.inbox().await?;
        let waiters = Waiters::default();
        let task = tokio::spawn(run(subscription, waiters.clone()));
        Ok(Self {
            address,
            waiters,
            task,
        })
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.task.is_finished()
    }

    pub(crate) fn address(&self) -> Str {
        self.address.clone()
    }

    /// Registers for the replies with that correlation id; `correlation` reads it where it is in a header of the document's.
    pub(crate) fn wait_for(&self, id: Str, correlation: Correlation) -> Result<Waiting> {
        let (sender, replies) = mpsc::unbounded_channel();
        let mut waiters = self.waiters.lock();
        if waiters.contains_key(&id) {
            let reason = "a request with this correlation id is already waiting; give each its own";
            return Err(
                Error::new(ErrorKind::Invalid, "publish", reason).with("correlation id", id)
            );
        }
        waiters.insert(
            id.clone(),
            Waiter {
                replies: sender,
                correlation,
            },
        );
        drop(waiters);
        Ok(Waiting {
            id,
            replies,
            waiters: self.waiters.clone(),
        })
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A registration, which ends when this is dropped.
pub(crate) struct Waiting {
    id: Str,
    pub(crate) replies: UnboundedReceiver<Message>,
    waiters: Waiters,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.waiters.lock().remove(&self.id);
    }
}

struct Waiter {
    replies: UnboundedSender<Message>,
    correlation: Correlation,
}

#[derive(Clone, Default)]
struct Waiters(Arc<Mutex<HashMap<Str, Waiter>>>);

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, HashMap<Str, Waiter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, message: Message) {
        let waiters = self.lock();
        let known = message
            .correlation_id
            .as_ref()
            .and_then(|id| waiters.get(id));
        // Peers that know nothing of the broker's correlation property answer in the document's header only.
        let described = || {
            waiters
                .iter()
                .find(|(id, waiter)| (waiter.correlation)(&message).as_ref() == Some(*id))
        };
        match known.or_else(|| described().map(|(_, waiter)| waiter)) {
            // Whoever waited may be gone by now, which is the same as a late reply.
            Some(waiter) => drop(waiter.replies.send(message)),
            None => {
                tracing::debug!(id = %message.id, correlation_id = ?message.correlation_id, "late reply dropped")
            }
        }
    }
}

async fn run(mut subscription: Box<dyn DynSubscription>, waiters: Waiters) {
    loop {
        match subscription.next(BATCH).await {
            Ok(batch) => {
                let verdicts: Vec<_> = batch
                    .iter()
                    .map(|incoming| (incoming.token, Verdict::Ack))
                    .collect();
                batch
                    .into_iter()
                    .for_each(|incoming| waiters.deliver(incoming.message));
                if let Err(error) = subscription.settle(&verdicts).await {
                    tracing::debug!(%error, "replies not settled");
                }
            }
            Err(error) if error.is_retryable() => {
                tracing::debug!(%error, "reply inbox waits");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::debug!(%error, "reply inbox ended");
                break;
            }
        }
    }
    // Ends every wait.
    waiters.lock().clear();
}
