//! Which sessions there are. One outlives its connection for a time, so that its end may come back and go on; an end that comes
//! back is served only after the connection that it lost has ended here too.
use super::{session::Session, waiting::All};
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use uuid::Uuid;

/// How long a connection that is replaced may take to end.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Most sessions without a connection; the longest lost goes first.
const LOST: usize = 1024;

/// The sessions of an in-process transport, whoever hosts it.
#[derive(Default)]
pub(super) struct Sessions {
    held: Mutex<HashMap<Uuid, Arc<Held>>>,
    /// What waits in them.
    pub(super) waiting: Arc<All>,
}

struct Held {
    session: Session,
    presence: watch::Sender<Presence>,
    /// Counts the connections that want it.
    claims: watch::Sender<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Connected,
    /// Since then.
    Lost(Instant),
    Over,
}

/// The place of one connection, until it is dropped.
pub(super) struct Place {
    held: Arc<Held>,
    sessions: Arc<Sessions>,
    replaced: watch::Receiver<u64>,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Held>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of a session, once the connection that has it has ended: of the one that is there, where the other end
    /// has so many of its frames, or else of a new one. Gives how many frames of the other end's have come in it before.
    pub(super) async fn enter(
        self: &Arc<Self>,
        id: Uuid,
        received: Option<u64>,
        keep: Duration,
        make: impl FnOnce() -> Session,
    ) -> (Place, Option<u64>) {
        let former = self.lock().get(&id).cloned();
        if let Some(held) = former {
            held.claims.send_modify(|claims| *claims += 1);
            let replaced = held.claims.subscribe();
            if held.is_left().await
                && let Some(received) = received
                && held.resume(received)
            {
                let count = held.session.received();
                return (self.place(held, replaced), Some(count));
            }
            self.forget(id, &held);
        }
        let held = Arc::new(Held {
            session: make(),
            presence: watch::Sender::new(Presence::Connected),
            claims: watch::Sender::new(0),
        });
        held.session.outbox.begin(std::iter::empty());
        self.lock().insert(id, held.clone());
        let keeper = Keeper {
            sessions: self.clone(),
            id,
            held: held.clone(),
        };
        tokio::spawn(keeper.keep(keep));
        let replaced = held.claims.subscribe();
        (self.place(held, replaced), None)
    }

    fn place(self: &Arc<Self>, held: Arc<Held>, replaced: watch::Receiver<u64>) -> Place {
        Place {
            held,
            sessions: self.clone(),
            replaced,
        }
    }

    fn forget(&self, id: Uuid, held: &Arc<Held>) {
        let mut sessions = self.lock();
        if sessions
            .get(&id)
            .is_some_and(|there| Arc::ptr_eq(there, held))
        {
            sessions.remove(&id);
        }
        drop(sessions);
        held.presence.send_replace(Presence::Over);
        held.session.end();
    }

    /// Has the longest lost session go where there are too many of them.
    fn make_room(&self) {
        let sessions = self.lock();
        let lost = sessions
            .values()
            .filter_map(|held| match *held.presence.borrow() {
                Presence::Lost(since) => Some((since, held.clone())),
                _ => None,
            });
        let lost: Vec<_> = lost.collect();
        drop(sessions);
        if lost.len() > LOST
            && let Some((_, oldest)) = lost.into_iter().min_by_key(|(since, _)| *since)
        {
            oldest.presence.send_replace(Presence::Over);
        }
    }
}

impl Held {
    /// Waits until it has no connection; not for long.
    async fn is_left(&self) -> bool {
        let mut presence = self.presence.subscribe();
        let left = presence.wait_for(|presence| *presence != Presence::Connected);
        timeout(LAST_WORDS, left).await.is_ok()
    }

    /// Takes a lost session up again.
    fn resume(&self, received: u64) -> bool {
        let taken = self.presence.send_if_modified(|presence| {
            let is_lost = matches!(presence, Presence::Lost(_));
            if is_lost {
                *presence = Presence::Connected;
            }
            is_lost
        });
        taken && self.session.outbox.resume(received)
    }
}

impl Place {
    pub(super) fn session(&self) -> &Session {
        &self.held.session
    }

    /// Ends when another connection wants the session.
    pub(super) fn replaced(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut replaced = self.replaced.clone();
        // An error means the same: nobody holds the session any more.
        async move { drop(replaced.changed().await) }
    }

    /// Nobody is to come back to the session.
    pub(super) fn end(&self) {
        self.held.presence.send_replace(Presence::Over);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.held.session.outbox.lost();
        if self.held.session.is_leaving() {
            self.end();
        }
        let lost = self.held.presence.send_if_modified(|presence| {
            let is_connected = *presence == Presence::Connected;
            if is_connected {
                *presence = Presence::Lost(Instant::now());
            }
            is_connected
        });
        if lost {
            self.sessions.make_room();
        }
    }
}

/// Ends a session that nobody comes back to in time, or that is over.
struct Keeper {
    sessions: Arc<Sessions>,
    id: Uuid,
    held: Arc<Held>,
}

impl Keeper {
    async fn keep(self, longest: Duration) {
        let mut presence = self.held.presence.subscribe();
        loop {
            let Ok(now) = presence
                .wait_for(|presence| *presence != Presence::Connected)
                .await
                .map(|presence| *presence)
            else {
                return;
            };
            let Presence::Lost(_) = now else { return };
            let back = presence.wait_for(|presence| *presence != now);
            if timeout(longest, back).await.is_ok() {
                continue;
            }
            let is_over = self.held.presence.send_if_modified(|presence| {
                let is_lost = *presence == now;
                if is_lost {
                    *presence = Presence::Over;
                }
                is_lost
            });
            if is_over {
                return;
            }
        }
    }
}

impl Drop for Keeper {
    /// Where its runtime ends, too.
    fn drop(&mut self) {
        self.sessions.forget(self.id, &self.held);
    }
}

#[cfg(test)]
mod tests;
