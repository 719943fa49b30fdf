//! The instances that there are, each with a client that receives for all who subscribe.
use super::{
    joining::{Joined, Joining},
    member::Member,
};
use crate::{Address, SocketSettings};
use futures_util::future::join_all;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{Error, ErrorKind, Result, transport::State};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};

/// Longest pause until it is looked again whether an instance is there.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Table {
    settings: SocketSettings,
    members: watch::Sender<Vec<Arc<Member>>>,
    /// Locked while somebody joins, so that every subscription is at every member.
    feeds: AsyncMutex<Vec<Feed>>,
    state: watch::Sender<State>,
    failure: Mutex<Option<Error>>,
    following: Mutex<Option<JoinHandle<()>>>,
    numbers: AtomicU32,
    turns: AtomicUsize,
}

/// A subscription to all members.
struct Feed {
    what: Joining,
    joined: mpsc::UnboundedSender<Joined>,
}

impl Table {
    pub(super) fn new(settings: SocketSettings) -> Self {
        let since = Instant::now();
        let reason = "no instance was found yet".into();
        Self {
            settings,
            members: watch::Sender::new(Vec::new()),
            feeds: AsyncMutex::default(),
            state: watch::Sender::new(State::Reconnecting { since, reason }),
            failure: Mutex::default(),
            following: Mutex::default(),
            numbers: AtomicU32::new(0),
            turns: AtomicUsize::new(0),
        }
    }

    /// The task that has members join and leave ends with this.
    pub(super) fn followed(&self, task: JoinHandle<()>) {
        *lock(&self.following) = Some(task);
    }

    pub(super) fn settings(&self) -> &SocketSettings {
        &self.settings
    }

    /// One that no other member has.
    pub(super) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Relaxed)
    }

    /// Those that something may be published to.
    pub(super) fn there(&self) -> Vec<Arc<Member>> {
        let members = self.members.borrow();
        let there = members.iter().filter(|member| member.is_there());
        there.cloned().collect()
    }

    /// Counts the publishes, so that each instance has its turn.
    pub(super) fn turn(&self) -> usize {
        self.turns.fetch_add(1, Relaxed)
    }

    /// Waits until some may have come, or be there again; not for long.
    pub(super) async fn changes(&self) {
        let mut members = self.members.subscribe();
        members.mark_unchanged();
        if self.there().is_empty() {
            drop(timeout(PAUSE, members.changed()).await);
        }
    }

    pub(super) async fn has_some(&self) {
        while self.there().is_empty() {
            self.changes().await;
        }
    }

    /// Waits until as many have joined as are known.
    pub(super) async fn has_all(&self, known: &watch::Receiver<BTreeSet<Address>>) {
        let mut members = self.members.subscribe();
        let all = members.wait_for(|members| members.len() >= known.borrow().len());
        // The sender is here, so this ends only when it is so.
        drop(all.await);
    }

    pub(super) fn fail(&self, failure: Error) {
        *lock(&self.failure) = Some(failure);
    }

    pub(super) fn failure(&self) -> Option<Error> {
        lock(&self.failure).clone()
    }

    pub(super) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(super) fn check_open(&self, operation: &'static str) -> Result<()> {
        match *self.state.borrow() == State::Closed {
            true => Err(closed(operation)),
            false => Ok(()),
        }
    }

    /// Subscribes at all members, and at those to come.
    pub(super) async fn add(&self, what: Joining) -> Result<mpsc::UnboundedReceiver<Joined>> {
        let mut feeds = self.feeds.lock().await;
        self.check_open("subscribe")?;
        let (joined, came) = mpsc::unbounded_channel();
        let members = self.members.borrow().clone();
        let joining = members.iter().map(|member| what.join(member));
        for outcome in join_all(joining).await {
            // One that is gone meanwhile gets another client, which joins.
            if let Some(one) = outcome? {
                drop(joined.send(one));
            }
        }
        feeds.push(Feed { what, joined });
        Ok(came)
    }

    /// Takes in a client, once all that is subscribed to is so by it too.
    pub(super) async fn join(&self, member: &Arc<Member>) -> Result<()> {
        let mut feeds = self.feeds.lock().await;
        self.check_open("connect")?;
        feeds.retain(|feed| !feed.joined.is_closed());
        let joining = feeds.iter().map(|feed| feed.what.join(member));
        for (outcome, feed) in join_all(joining).await.into_iter().zip(&*feeds) {
            let gone = || Error::new(ErrorKind::ConnectionLost, "connect", "it went again");
            drop(feed.joined.send(outcome?.ok_or_else(gone)?));
        }
        self.members
            .send_modify(|members| members.push(member.clone()));
        self.look();
        Ok(())
    }

    pub(super) fn leave(&self, number: u32) {
        self.members
            .send_modify(|members| members.retain(|member| member.number != number));
        self.look();
    }

    /// Tells how it is now.
    pub(super) fn look(&self) {
        let is_there = !self.there().is_empty();
        self.state
            .send_if_modified(|state| match (&state, is_there) {
                (State::Connected, false) => {
                    let (since, reason) = (Instant::now(), "no instance is there".into());
                    *state = State::Reconnecting { since, reason };
                    true
                }
                (State::Reconnecting { .. }, true) => {
                    *state = State::Connected;
                    true
                }
                _ => false,
            });
    }

    pub(super) async fn close(&self, grace: Duration) -> Result<()> {
        self.state.send_replace(State::Closed);
        drop(lock(&self.following).take().inspect(JoinHandle::abort));
        let members = self.members.send_replace(Vec::new());
        let closing = members.iter().map(|member| member.client.close(grace));
        let outcomes = join_all(closing).await;
        self.feeds.lock().await.clear();
        outcomes.into_iter().collect()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.state.send_replace(State::Closed);
        lock(&self.following).take().inspect(JoinHandle::abort);
    }
}

fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
