//! One instance, from the time when a client for it has joined until it is gone; one that comes back gets another client.
use crate::{Address, client::Client};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tidings::transport::State;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

/// How long an instance may be without a connection before others do its work, unless it is known to be gone.
pub(super) const AWAY: Duration = Duration::from_secs(1);
/// How long one is left alone that takes nothing at the moment.
const REST: Duration = Duration::from_millis(250);

pub(super) struct Member {
    /// Tells what came by it from what came by others, and by earlier clients of the same instance.
    pub(super) number: u32,
    pub(super) client: Client,
    /// What its weight for a key is made of: the same for all who know the instance.
    id: Uuid,
    state: watch::Receiver<State>,
    /// Whether it is among those that were found.
    listed: watch::Receiver<bool>,
    rests_until: Mutex<Option<Instant>>,
    /// Told when its client is given up.
    ended: watch::Sender<bool>,
}

impl Member {
    pub(super) fn new(
        number: u32,
        address: &Address,
        client: Client,
        listed: watch::Receiver<bool>,
    ) -> Self {
        let name = address.to_string();
        Self {
            number,
            id: Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()),
            state: client.state(),
            client,
            listed,
            rests_until: Mutex::new(None),
            ended: watch::Sender::new(false),
        }
    }

    /// How much it is the one for a key: of all, the one with the most has it, so that a key goes elsewhere only where its
    /// instance goes, or where one comes that has more.
    pub(super) fn weight(&self, key: &[u8]) -> u128 {
        Uuid::new_v5(&self.id, key).as_u128()
    }

    /// Whether something may be published to it.
    pub(super) fn is_there(&self) -> bool {
        let rests = self
            .rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_up = match &*self.state.borrow() {
            State::Connected => true,
            State::Reconnecting { since, .. } => since.elapsed() < AWAY,
            _ => false,
        };
        is_up
            && !*self.ended.borrow()
            && *self.listed.borrow()
            && rests.is_none_or(|until| until <= Instant::now())
    }

    /// It takes nothing at the moment, as when it is about to end; gives until when.
    pub(super) fn rest(&self) {
        let until = Instant::now() + REST;
        let mut rests = self
            .rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *rests = Some(until);
    }

    /// Its client is given up.
    pub(super) fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Waits until it does nothing any more: what was published to it and not confirmed goes elsewhere then.
    pub(super) async fn is_gone(&self) {
        let (mut state, mut listed) = (self.state.clone(), self.listed.clone());
        let mut ended = self.ended.subscribe();
        loop {
            let now = state.borrow_and_update().clone();
            let is_listed = *listed.borrow_and_update();
            let until = match now {
                State::Connected => None,
                State::Reconnecting { since, .. } if is_listed => Some(since + AWAY),
                _ => return,
            };
            tokio::select! {
                _ = ended.wait_for(|ended| *ended) => return,
                () = at(until) => return,
                changed = state.changed() => if changed.is_err() { return },
                // Nobody is left to say that it is not there.
                changed = listed.changed() => if changed.is_err() { return },
            }
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
