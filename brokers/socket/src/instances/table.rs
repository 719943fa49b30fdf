//! The instances that there are: follows what is found, and keeps a client for each, which receives for all who subscribe.
use super::member::Member;
use crate::{
    Address, Discovery, SocketSettings,
    client::{Begun, Client, RemoteSubscription},
};
use futures_util::future::join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{Error, ErrorKind, Result, Str, SubscribeSpec, transport::State};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, timeout},
};

/// Pause before an instance that refuses, or is gone, is tried again.
const PAUSE: Duration = Duration::from_millis(250);
/// How long an instance may take to confirm a subscription.
const JOIN: Duration = Duration::from_secs(5);

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

/// What is subscribed to at each member.
pub(super) enum Joining {
    Subscription(SubscribeSpec),
    Inbox(Str),
}

/// A subscription at one member.
pub(super) struct Joined {
    pub(super) member: Arc<Member>,
    pub(super) subscription: RemoteSubscription,
}

impl Table {
    pub(super) fn follow(discovery: Arc<dyn Discovery>, settings: SocketSettings) -> Arc<Self> {
        let since = Instant::now();
        let reason = "no instance was found yet".into();
        let table = Arc::new(Self {
            settings,
            members: watch::Sender::new(Vec::new()),
            feeds: AsyncMutex::default(),
            state: watch::Sender::new(State::Reconnecting { since, reason }),
            failure: Mutex::default(),
            following: Mutex::default(),
            numbers: AtomicU32::new(0),
            turns: AtomicUsize::new(0),
        });
        let task = tokio::spawn(follow(Arc::downgrade(&table), discovery));
        *lock(&table.following) = Some(task);
        table
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
    async fn join(&self, member: &Arc<Member>) -> Result<()> {
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

    fn leave(&self, number: u32) {
        self.members
            .send_modify(|members| members.retain(|member| member.number != number));
        self.look();
    }

    /// Tells how it is now.
    fn look(&self) {
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

impl Joining {
    /// None where the member is gone meanwhile.
    async fn join(&self, member: &Arc<Member>) -> Result<Option<Joined>> {
        let begun = match self {
            Self::Subscription(spec) => member.client.begin(spec),
            Self::Inbox(address) => member.client.begin_inbox(address),
        };
        let (subscription, confirmed): Begun = match begun {
            Err(error) if error.kind() == ErrorKind::Closed => return Ok(None),
            begun => begun?,
        };
        let outcome = tokio::select! {
            outcome = timeout(JOIN, confirmed) => outcome,
            () = member.is_gone() => return Ok(None),
        };
        match outcome {
            Ok(Ok(outcome)) => outcome?,
            Ok(Err(_)) => return Ok(None),
            Err(_) => {
                let reason = format!("not confirmed within {JOIN:?}");
                let error = Error::new(ErrorKind::Timeout, "subscribe", reason);
                return Err(error.with("address", member.client.address()));
            }
        }
        let member = member.clone();
        Ok(Some(Joined {
            member,
            subscription,
        }))
    }
}

/// Keeps a client for each instance that is found, and for each that is found no more as long as it is connected.
async fn follow(table: Weak<Table>, discovery: Arc<dyn Discovery>) {
    let mut known = discovery.instances();
    let mut listed: BTreeMap<Address, watch::Sender<bool>> = BTreeMap::new();
    let mut keeping = JoinSet::new();
    let mut is_over = false;
    loop {
        let found = known.borrow_and_update().clone();
        for (address, listed) in &listed {
            let is_listed = found.contains(address);
            listed.send_if_modified(|listed| std::mem::replace(listed, is_listed) != is_listed);
        }
        if let Some(table) = table.upgrade() {
            table.look();
        }
        for address in found {
            listed.entry(address.clone()).or_insert_with(|| {
                let (told, listed) = watch::channel(true);
                keeping.spawn(keep(table.clone(), address, listed));
                told
            });
        }
        tokio::select! {
            changed = known.changed(), if !is_over => is_over = changed.is_err(),
            Some(ended) = keeping.join_next() => if let Ok(address) = ended {
                listed.remove(&address);
            },
            else => return,
        }
    }
}

/// Has a client for an instance until that is found no more, and gives back where it was.
async fn keep(table: Weak<Table>, address: Address, mut listed: watch::Receiver<bool>) -> Address {
    while *listed.borrow_and_update() {
        let Some(settings) = table.upgrade().map(|table| table.settings.clone()) else {
            break;
        };
        let connected = tokio::select! {
            connected = Client::connect(address.clone(), settings) => connected,
            // Not found any more, or found again, before it was there.
            _ = listed.changed() => continue,
        };
        let served = match connected {
            Ok(client) => serve(&table, &address, client, &listed).await,
            Err(error) => Err(error),
        };
        if let (Err(error), Some(table)) = (served, table.upgrade()) {
            tracing::warn!(%address, %error, "an instance cannot be used");
            *lock(&table.failure) = Some(error);
        }
        sleep(PAUSE).await;
    }
    address
}

/// Has a client among the members until its instance is gone.
async fn serve(
    table: &Weak<Table>,
    address: &Address,
    client: Client,
    listed: &watch::Receiver<bool>,
) -> Result<()> {
    let Some(number) = table
        .upgrade()
        .map(|table| table.numbers.fetch_add(1, Relaxed))
    else {
        return Ok(());
    };
    let member = Arc::new(Member::new(number, address, client, listed.clone()));
    let joined = match table.upgrade() {
        Some(table) => table.join(&member).await,
        None => Ok(()),
    };
    if joined.is_ok() {
        member.is_gone().await;
        tracing::info!(%address, "an instance is gone");
    }
    if let Some(table) = table.upgrade() {
        table.leave(number);
    }
    member.end();
    joined
}

fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
