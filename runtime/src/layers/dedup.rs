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
/// It is told of a message once its handler has returned and what that made is sent, and before the message is settled. Where the
/// process dies in between, or has to leave the message to another before all is sent, the handler runs again: nothing is lost, and
/// what is sent twice has the same ids. A handler whose effects must not be doubled so notes the message within a transaction of
/// its own, with its effects and what it sends. Where what was made of a message can never be sent, the message is given up, and
/// forgotten before it goes to the dead letters.
pub trait DedupStore: Send + Sync + 'static {
    /// Whether that consumer has handled that message.
    fn is_handled<'a>(
        &'a self,
        consumer: &'a str,
        id: &'a MessageId,
    ) -> BoxFuture<'a, Result<bool>>;

    /// That consumer has handled that message; it may be told so again.
    fn handled<'a>(&'a self, consumer: &'a str, id: &'a MessageId) -> BoxFuture<'a, Result<()>>;

    /// That consumer has given up that message after it was noted: it is to be handled when it is sent again. Where this fails, it
    /// is tried again.
    fn forget<'a>(&'a self, consumer: &'a str, id: &'a MessageId) -> BoxFuture<'a, Result<()>>;
}

type Key = (Str, MessageId);

fn key_of(handling: &Handling) -> Key {
    (handling.consumer.clone(), handling.message.id.clone())
}

struct Recent {
    states: HashMap<Key, State, RandomState>,
    /// Those that were handled and are at work no more, the oldest first.
    order: VecDeque<Key>,
    most: usize,
}

enum State {
    Running,
    Handled {
        /// What is still to be sent, until that is settled.
        made: Option<Handled>,
        /// Whether it is at work no more, and in its order.
        is_listed: bool,
    },
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
        let key = key_of(next.handling());
        if let Some(handled) = self.begin(&key).await {
            tracing::debug!(id = %key.1, consumer = %key.0, "message came again, not handled again");
            return Ok(handled);
        }
        let mut running = Running {
            dedup: self,
            key: &key,
            handled: None,
        };
        let is_stored = self.is_stored(&key).await;
        let is_stored = is_stored.map_err(|error: Error| HandlerError::retry(error))?;
        let handled = match is_stored {
            true => Handled::default(),
            false => next.run().await?,
        };
        // Else not before it is sent: whoever gets the message meanwhile would take it for done.
        if handled.is_empty() && !is_stored {
            self.store(&key).await;
        }
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
            Some(State::Handled { made, .. }) => Before::Handled(made.clone().unwrap_or_default()),
            None => {
                self.states.insert(key.clone(), State::Running);
                Before::Nothing
            }
        }
    }

    fn end(&mut self, key: &Key, made: Option<Handled>) {
        let is_listed = false;
        match made {
            Some(_) => self
                .states
                .insert(key.clone(), State::Handled { made, is_listed }),
            None => self.states.remove(key),
        };
    }

    /// It is at work no more; what it made is still to be sent where it was given back.
    fn settled(&mut self, key: &Key, is_sent: bool) {
        let Some(State::Handled { made, is_listed }) = self.states.get_mut(key) else {
            return;
        };
        if is_sent {
            *made = None;
        }
        if std::mem::replace(is_listed, true) {
            return;
        }
        self.order.push_back(key.clone());
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.states.remove(&oldest);
        }
    }

    /// Whether what it made is still to be sent.
    fn is_made(&self, key: &Key) -> bool {
        matches!(
            self.states.get(key),
            Some(State::Handled { made: Some(_), .. })
        )
    }

    /// What it made could not be sent: whoever sends it again wants it handled.
    fn given_up(&mut self, key: &Key) {
        if self.is_made(key) {
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

    fn sent<'a>(&'a self, handling: &'a Handling) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if !handling.idempotent {
                self.store(&key_of(handling)).await;
            }
        })
    }

    fn given_up<'a>(&'a self, handling: &'a Handling) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let key = key_of(handling);
            let is_made = self.recent().is_made(&key);
            if let (true, Some(store)) = (is_made, &self.store) {
                store.forget(&key.0, &key.1).await?;
            }
            self.recent().given_up(&key);
            Ok(())
        })
    }

    fn settled(&self, handling: &Handling, verdict: &Verdict) {
        let key = key_of(handling);
        self.recent().settled(&key, *verdict == Verdict::Ack);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Key {
        ("consumer".into(), MessageId::from(id))
    }

    fn recent(most: usize) -> Recent {
        Dedup::new(most)
            .recent
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles one; gives whether it was not known.
    fn handle(recent: &mut Recent, id: &str) -> bool {
        let is_new = matches!(recent.begin(&key(id)), Before::Nothing);
        if is_new {
            recent.end(&key(id), Some(Handled::default()));
        }
        is_new
    }

    #[test]
    fn the_oldest_is_forgotten_once_there_are_too_many_and_none_that_is_at_work() {
        let mut recent = recent(2);
        for id in ["at work", "a", "b", "c"] {
            assert!(handle(&mut recent, id));
        }
        for id in ["a", "b", "b", "c"] {
            recent.settled(&key(id), true);
        }
        let known = ["at work", "b", "c"].map(|id| !handle(&mut recent, id));
        assert_eq!(known, [true; 3]);
        assert!(handle(&mut recent, "a"), "it is forgotten");
        assert_eq!(recent.states.len(), 4);
    }

    #[test]
    fn what_is_given_up_before_it_was_sent_is_forgotten_and_nothing_else_is() {
        let mut recent = recent(10);
        for id in ["sent", "given back", "given up"] {
            assert!(handle(&mut recent, id));
        }
        recent.settled(&key("sent"), true);
        // They were given back once, and came again.
        recent.settled(&key("given back"), false);
        recent.settled(&key("given up"), false);
        for id in ["sent", "given up", "never seen"] {
            recent.given_up(&key(id));
        }
        assert_eq!(recent.order, [key("sent"), key("given back")]);
        let known = ["sent", "given back", "given up"].map(|id| !handle(&mut recent, id));
        assert_eq!(known, [true, true, false]);
    }
}
