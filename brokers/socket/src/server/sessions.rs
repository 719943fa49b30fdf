//! Who is connected: an end that comes back is served only after the connection that it lost has ended here too.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

/// How long a connection that is replaced may take to end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The connections by who made them. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Sessions(Arc<Mutex<HashMap<Uuid, Held>>>);

struct Held {
    replaced: watch::Sender<bool>,
    /// Ends when the connection's place is dropped.
    there: watch::Receiver<()>,
}

/// The place of one connection, until it is dropped.
pub(super) struct Place {
    sessions: Sessions,
    session: Uuid,
    replaced: watch::Receiver<bool>,
    _there: watch::Sender<()>,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of a session, once the connection that has it has ended.
    pub(super) async fn enter(&self, session: Uuid) -> Place {
        let (replaced, is_replaced) = watch::channel(false);
        let (is_there, there) = watch::channel(());
        let former = self.lock().insert(session, Held { replaced, there });
        if let Some(mut former) = former {
            former.replaced.send_replace(true);
            // Nothing is ever sent: it ends with the sender.
            drop(timeout(LAST_WORDS, former.there.changed()).await);
        }
        Place {
            sessions: self.clone(),
            session,
            replaced: is_replaced,
            _there: is_there,
        }
    }
}

impl Place {
    /// Ends when another connection of the session takes the place.
    pub(super) async fn replaced(&mut self) {
        // An error means the same: the entry is gone.
        drop(self.replaced.wait_for(|replaced| *replaced).await);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut sessions = self.sessions.lock();
        let own = sessions.get(&self.session);
        if own.is_some_and(|held| held.replaced.subscribe().same_channel(&self.replaced)) {
            sessions.remove(&self.session);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_comes_back_waits_until_its_ghost_has_gone() {
        let sessions = Sessions::default();
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let mut ghost = sessions.enter(one).await;
        let _stranger = sessions.enter(other).await;
        let back = tokio::spawn({
            let sessions = sessions.clone();
            async move { sessions.enter(one).await }
        });
        ghost.replaced().await;
        assert!(!back.is_finished());
        drop(ghost);
        let back = back.await.unwrap();
        assert_eq!(sessions.lock().len(), 2);
        drop(back);
        assert_eq!(sessions.lock().len(), 1);
    }
}
