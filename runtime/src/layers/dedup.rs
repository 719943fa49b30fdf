//! Messages that come again are not handled again.
use crate::{
    BoxFuture, Error, Handled, HandlerError, Handling, Layer, MessageId, Next, Result, Str,
    transport::Verdict,
};
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// Remembers which messages a consumer has handled, by their ids. One that comes again is settled without running its handler,
/// and what that had sent is sent again, with the same ids, where the first try may have been cut off. One that comes while it
/// is handled waits for that. Handlers that are [idempotent](crate::Policy::idempotent) are left alone.
///
/// It remembers the last so many messages of this process. A [store](DedupStore) remembers beyond that.
pub struct Dedup {
    recent: Mutex<Recent>,
    /// Told when a handler has ended.
    ended: Notify,
    store: Option<Arc<dyn DedupStore>>,
}

/// Remembers handled messages beyond the process, so that several instances and a restarted one know them.
///
/// It is told of a message after its handler has returned and before what that made is sent. A handler whose effects and whose
/// messages must not be lost or doubled by a crash in between does both, and notes the message, within a transaction of its own.
/// It is not told to forget: a message that is given up because what was made of it can never be sent stays noted, and is not
/// handled when it is sent again from the dead letters.
pub trait DedupStore: Send + Sync + 'static {
    /// Whether that consumer has handled that message.
    fn is_handled<'a>(
        &'a self,
        consumer: &'a str,
        id: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool>>;

    /// That consumer has handled that message.
    fn handled<'a>(&'a self, consumer: &'a str, id: &'a MessageId) -> BoxFuture<'a, Result<()>>;
}

type Key = (Str, MessageId);

struct Recent {
    states: HashMap<Key, State, RandomState>,
    /// Those that were handled, the oldest first.
    order: VecDeque<Key>,
    most: usize,
}

enum State {
    Running,
    /// With what is still to be sent, until that is settled.
    Handled(Option<Handled>),
}

enum Before {
    Nothing,
    Running,
    Handled(Handled),
}

impl Dedup {
    /// Remembers that many messages.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            recent: Mutex::new(Recent {
                states: HashMap::default(),
                order: VecDeque::new(),
                most: most.max(1),
            }),
            ended: Notify::new(),
            store: None,
        }
    }

    /// The same, with a store that remembers longer.
    #[must_use]
    pub fn with_store(self, store: Arc<dyn DedupStore>) -> Self {
        Self {
            store: Some(store),
            ..self
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody else handles a message; gives what was made of it, where it was handled.
    async fn begin(&self, key: &Key) -> Option<Handled> {
        loop {
            let ended = self.ended.notified();
            match self.recent().begin(key) {
                Before::Nothing => return None,
                Before::Handled(handled) => return Some(handled),
                Before::Running => {}
            }
            ended.await;
        }
    }

    async fn is_stored(&self, (consumer, id): &Key) -> Result<bool> {
        match &self.store {
            Some(store) => store.is_handled(consumer, id).await,
            None => Ok(false),
        }
    }

    async fn store(&self, (consumer, id): &Key) {
        let Some(store) = &self.store else { return };
        if let Err(error) = store.handled(consumer, id).await {
            tracing::warn!(%id, %consumer, %error, "a handled message could not be noted; it may be handled again");
        }
    }

    async fn handle(&self, next: Next<'_>) -> Result<Handled, HandlerError> {
        let Handling {
            consumer, message, ..
        } = next.handling();
        let key = (consumer.clone(), message.id.clone());
        if let Some(handled) = self.begin(&key).await {
            tracing::debug!(id = %key.1, %consumer, "message came again, not handled again");
            return Ok(handled);
        }
        let mut running = Running {
            dedup: self,
            key: &key,
            handled: None,
        };
        let is_stored = self.is_stored(&key).await;
        let handled = match is_stored.map_err(|error: Error| HandlerError::retry(error))? {
            true => Handled::default(),
            false => next.run().await?,
        };
        self.store(&key).await;
        running.handled = Some(handled.clone());
        Ok(handled)
    }
}

/// A message that is handled now; a handler that fails or is cut off leaves no trace.
struct Running<'a> {
    dedup: &'a Dedup,
    key: &'a Key,
    handled: Option<Handled>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.dedup.recent().end(self.key, self.handled.take());
        self.dedup.ended.notify_waiters();
    }
}

impl Recent {
    fn begin(&mut self, key: &Key) -> Before {
        match self.states.get(key) {
            Some(State::Running) => Before::Running,
            Some(State::Handled(handled)) => Before::Handled(handled.clone().unwrap_or_default()),
            None => {
                self.states.insert(key.clone(), State::Running);
                Before::Nothing
            }
        }
    }

    fn end(&mut self, key: &Key, handled: Option<Handled>) {
        let Some(handled) = handled else {
            self.states.remove(key);
            return;
        };
        self.states
            .insert(key.clone(), State::Handled(Some(handled)));
        self.order.push_back(key.clone());
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.states.remove(&oldest);
        }
    }

    /// Nothing more is to be sent.
    fn settled(&mut self, key: &Key) {
        if let Some(State::Handled(handled)) = self.states.get_mut(key) {
            *handled = None;
        }
    }

    /// What it made could not be sent: whoever sends it again wants it handled.
    fn given_up(&mut self, key: &Key) {
        if let Some(State::Handled(Some(_))) = self.states.get(key) {
            self.states.remove(key);
            self.order.retain(|other| other != key);
        }
    }
}

impl Layer for Dedup {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        if next.handling().idempotent {
            return next.run();
        }
        Box::pin(Dedup::handle(self, next))
    }

    fn settled(&self, handling: &Handling, verdict: &Verdict) {
        let key = || (handling.consumer.clone(), handling.message.id.clone());
        match verdict {
            Verdict::Ack => self.recent().settled(&key()),
            Verdict::Reject { .. } => self.recent().given_up(&key()),
            Verdict::Retry { .. } | Verdict::Release => {}
        }
    }
}

impl fmt::Debug for Dedup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recent = self.recent();
        f.debug_struct("Dedup")
            .field("remembered", &recent.order.len())
            .field("most", &recent.most)
            .finish_non_exhaustive()
    }
}
