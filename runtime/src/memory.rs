//! The in-process transport: queues and topics in memory, bounded, with the behaviour that other transports are
//! measured by. A transport that hosts one (see [`Memory::attach`]) serves other processes with it.
mod place;
mod publish;
mod queue;
mod ready;
mod receipt;
mod subscription;
mod topology;
mod wildcards;

pub use subscription::{MemorySettler, MemorySubscription};

use crate::{
    Channel,
    ChannelKind::PublishSubscribe,
    Error, ErrorKind, Message, Result, Str,
    transport::{
        Affinity, Attempts, BoxFuture, Capabilities, Confirm, Connector, DynTransport, Ensure,
        Group, HeaderSupport, Order, Server, Settle, State, SubscribeSpec, Transport, Wanted,
        deadline,
    },
};
pub(crate) use place::INBOX;
use place::Place;
use queue::Queue;
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};
use topology::Topology;
use uuid::Uuid;

/// How much an in-process transport holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemorySettings {
    /// Most messages in one queue, unsettled ones included.
    pub queue_messages: usize,
    /// Most bytes in one queue; a queue always takes one message.
    pub queue_bytes: usize,
    /// Most queues, the ones of groups included; what a wildcard of queues leaves behind makes more where it has to.
    pub queues: usize,
    /// Largest message.
    pub message_bytes: usize,
    /// How long publishers wait for room while the listeners of a group take and settle nothing: longer than handlers mostly take,
    /// and less than clients wait for a confirmation. The queue of such a group, and of one whose listeners are gone, keeps the
    /// newest messages and drops the oldest when it is full. 20 seconds unless told.
    pub idle_after: Duration,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self {
            queue_messages: 10_000,
            queue_bytes: 64 << 20,
            queues: 10_000,
            message_bytes: 64 << 20,
            idle_after: Duration::from_secs(20),
        }
    }
}

impl MemorySettings {
    /// The same, with that many messages in a queue at most.
    #[must_use]
    pub fn with_queue_messages(self, queue_messages: usize) -> Self {
        Self {
            queue_messages,
            ..self
        }
    }

    /// The same, with that many bytes in a queue at most.
    #[must_use]
    pub fn with_queue_bytes(self, queue_bytes: usize) -> Self {
        Self {
            queue_bytes,
            ..self
        }
    }

    /// The same, with that patience for groups whose listeners take and settle nothing.
    #[must_use]
    pub fn with_idle_after(self, idle_after: Duration) -> Self {
        Self { idle_after, ..self }
    }
}

/// How long a queue stays when nobody listens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// For ever: it collects messages until somebody listens again.
    Durable,
    /// For that time, so that a listener that was cut off may come back; zero is until the last listener goes.
    Linger(Duration),
}

/// The in-process transport. Cheap to clone; clones share all queues.
///
/// A point-to-point channel is a queue. A publish-subscribe channel has a queue for every group that ever subscribed, until
/// that is [deleted](Self::delete_group), and one for every subscriber without a group while it is there; what nobody has
/// subscribed to goes nowhere. A key is held by the listener that has messages of it unsettled. Publishing to a full queue
/// waits for room until its deadline, but never for a group whose listeners are gone or idle. What is still queued when it is
/// closed is gone.
#[derive(Clone)]
pub struct Memory {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    settings: MemorySettings,
    topology: RwLock<Topology>,
    /// Whether there ever was a wildcard of queues: else no message has to look for one once it is queued.
    borrows: AtomicBool,
    phase: watch::Sender<Phase>,
    /// Whether that is the first; every message asks for it.
    is_open: AtomicBool,
    state: watch::Sender<State>,
    /// Told when something was settled while closing.
    drained: Notify,
    /// By type.
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    Closing,
    Closed,
}

impl Memory {
    /// An empty transport with the usual bounds.
    #[must_use]
    pub fn new() -> Self {
        Self::with_settings(MemorySettings::default())
    }

    /// An empty transport with those bounds.
    #[must_use]
    pub fn with_settings(settings: MemorySettings) -> Self {
        Self {
            shared: Arc::new(Shared {
                settings,
                topology: RwLock::default(),
                borrows: AtomicBool::new(false),
                phase: watch::Sender::new(Phase::Open),
                is_open: AtomicBool::new(true),
                state: watch::Sender::new(State::Connected),
                drained: Notify::new(),
                kept: Mutex::default(),
            }),
        }
    }

    /// Subscribes as [`Transport::subscribe`] does, and says how long the queue outlives its listeners. For transports that
    /// host this one.
    ///
    /// # Errors
    /// When it was closed, or there are too many queues.
    pub fn attach(&self, spec: &SubscribeSpec, lifetime: Lifetime) -> Result<MemorySubscription> {
        let place = Place::of(&spec.channel, &spec.group);
        let ends_alone = spec.group == Group::Alone && spec.channel.kind == PublishSubscribe;
        let lifetime = match ends_alone || place.borrows() {
            true => Lifetime::Linger(Duration::ZERO),
            false => lifetime,
        };
        loop {
            let queue = self.shared.open(&place, lifetime)?;
            let shared = self.shared.clone();
            // It may have been removed meanwhile.
            if let Some(subscription) = MemorySubscription::new(shared, place.clone(), queue, spec)
            {
                if place.borrows() {
                    self.shared.borrow_all();
                }
                return Ok(subscription);
            }
        }
    }

    /// How many messages are still to be settled by somebody who listens.
    #[must_use]
    pub fn unsettled(&self) -> usize {
        self.shared.busy()
    }

    /// Publishes as [`Transport::publish`] does, and confirms a message once its receivers have settled it: one of a queue, and of a
    /// topic every group that has a listener when it is published, none where there is none; it waits for room in the queue of each
    /// of them, however long the listeners do nothing. It is settled when its handler has
    /// taken it, or has given it up and it lies with the dead letters; one that a receiver rejects fails as
    /// [`Rejected`](ErrorKind::Rejected). One that is not settled by the deadline stays where it is: its error is ambiguous.
    /// What follows a rejected message of its key in the batch is published all the same.
    pub async fn publish_settled(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        publish::publish_settled(&self.shared, channel, batch, deadline).await
    }

    /// What a transport that hosts this one keeps with it, one of a type, made when it is first asked for. It outlives the
    /// transport, for the next that hosts this one.
    #[must_use]
    pub fn kept<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        let mut kept = self
            .shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(T::default()) as Arc<dyn Any + Send + Sync>;
        let value = kept.entry(TypeId::of::<T>()).or_insert_with(make).clone();
        value.downcast().unwrap_or_default()
    }

    /// Deletes the queue of a group with all that is in it; its listeners end. Gives whether it was there.
    pub fn delete_group(&self, channel: &Channel, group: &str) -> bool {
        let place = Place::of(channel, &Group::Shared(group.into()));
        self.shared.write().remove(&place)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (queues, topics) = self.shared.read().counts();
        f.debug_struct("Memory")
            .field("queues", &queues)
            .field("topics", &topics)
            .finish_non_exhaustive()
    }
}

/// A new reply address, as [`Memory`] knows them.
#[must_use]
pub fn inbox_address() -> Str {
    private_name(INBOX)
}

fn private_name(prefix: &str) -> Str {
    format!("{prefix}{}", Uuid::now_v7()).into()
}

impl Transport for Memory {
    type Subscription = MemorySubscription;

    fn capabilities(&self, _: &Channel) -> Capabilities {
        Capabilities {
            point_to_point: true,
            publish_subscribe: true,
            groups: true,
            wildcards: true,
            affinity: Affinity::Keys,
            order: Order::Channel,
            settle: Settle::Individual,
            confirm: Confirm::Broker,
            attempts: Attempts::Failures,
            native_reply: true,
            delay: Some(Duration::MAX),
            delays_keys: true,
            headers: HeaderSupport::Native { max_bytes: None },
            ..Capabilities::none(self.shared.settings.message_bytes)
        }
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        publish::publish(&self.shared, channel, batch, deadline).await
    }

    fn offer(&self, channel: &Channel, message: Arc<Message>) -> Option<Arc<Message>> {
        publish::offer(&self.shared, channel, message)
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<MemorySubscription> {
        self.attach(spec, Lifetime::Durable)
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, MemorySubscription)> {
        let address = inbox_address();
        let spec = SubscribeSpec::new(Channel::point_to_point(address.clone())).prefetch(1024);
        let subscription = self.attach(&spec, Lifetime::Linger(Duration::ZERO))?;
        Ok((address, subscription))
    }

    /// There is nothing that could be missing: queues, and the queues of groups, are made here and now.
    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        for wanted in wanted {
            let channel = &wanted.channel;
            // A subscription of its own makes its queue, and a wildcard of queues has none without listeners.
            if wanted.group.is_none() && (channel.wildcard || channel.kind == PublishSubscribe) {
                continue;
            }
            let group = Group::named(wanted.group.as_deref());
            let place = Place::of(channel, &group);
            if place.borrows() {
                continue;
            }
            match how {
                Ensure::Create => drop(self.shared.open(&place, Lifetime::Durable)?),
                Ensure::Check if self.shared.read().at(&place).is_some() => {}
                Ensure::Check => {
                    let error = Error::new(ErrorKind::NotFound, "ensure", "there is no such queue");
                    return Err(error.with("channel", place.address()));
                }
            }
        }
        Ok(())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.shared.state.subscribe()
    }

    /// Goes on delivering to who listens, and takes the replies of those, until all is settled or `grace` is over. An error
    /// where messages are gone then.
    async fn close(&self, grace: Duration) -> Result<()> {
        let shared = &*self.shared;
        let end = deadline(grace);
        shared.enter(Phase::Closing);
        loop {
            let drained = shared.drained.notified();
            let busy = shared.busy();
            if busy == 0 {
                break;
            }
            if timeout_at(end, drained).await.is_err() {
                shared.end();
                let reason = format!("{busy} messages were not settled within {grace:?}");
                return Err(Error::new(ErrorKind::Timeout, "close", reason));
            }
        }
        match shared.end() {
            0 => Ok(()),
            unheard => {
                let reason = format!("{unheard} queued messages that nobody listened for are gone");
                Err(Error::new(ErrorKind::Unexpected, "close", reason))
            }
        }
    }
}

/// Everybody who connects shares the queues.
impl Connector for Memory {
    fn protocols(&self) -> &'static [&'static str] {
        &["memory"]
    }

    fn connect<'a>(&'a self, _: &'a Server) -> BoxFuture<'a, Result<Arc<dyn DynTransport>>> {
        let transport: Arc<dyn DynTransport> = Arc::new(self.clone());
        Box::pin(async move { Ok(transport) })
    }
}

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, Topology> {
        self.topology.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Topology> {
        self.topology
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_open(&self) -> bool {
        self.is_open.load(SeqCst)
    }

    fn is_closed(&self) -> bool {
        !self.is_open() && *self.phase.borrow() == Phase::Closed
    }

    fn enter(&self, phase: Phase) {
        self.is_open.fetch_and(phase == Phase::Open, SeqCst);
        self.phase.send_if_modified(|now| {
            let changes = *now < phase;
            *now = (*now).max(phase);
            changes
        });
    }

    /// The queue at that place, made where it is not there.
    fn open(&self, place: &Place, lifetime: Lifetime) -> Result<Arc<Queue>> {
        if !self.is_open() {
            return Err(closed("subscribe"));
        }
        self.write().make(place, lifetime, &self.settings)
    }

    /// Removes a queue that is still the one at that place.
    fn remove(&self, place: &Place, queue: &Arc<Queue>) {
        let mut topology = self.write();
        let same = topology
            .at(place)
            .is_some_and(|there| Arc::ptr_eq(there, queue));
        if !same || queue.has_listeners() {
            return;
        }
        if place.borrows() {
            topology.give_back(place);
        } else {
            topology.remove(place);
        }
    }

    /// Gives a new wildcard what waits in queues that nobody listens to.
    fn borrow_all(&self) {
        let topology = self.write();
        self.borrows.store(true, SeqCst);
        topology.borrow_all();
    }

    fn has_borrowers(&self) -> bool {
        self.borrows.load(SeqCst)
    }

    /// Gives what waits in a queue that nobody listens to (any more) to the wildcard that takes it.
    fn borrow(&self, address: &Str) {
        if self.has_borrowers() {
            self.write().borrow(address);
        }
    }

    /// How many messages are still to be settled by somebody who is there.
    fn busy(&self) -> usize {
        let topology = self.read();
        let heard = topology.all().filter(|queue| queue.has_listeners());
        heard.map(|queue| queue.len()).sum()
    }

    /// Gives how many messages waited for somebody to listen again.
    fn end(&self) -> usize {
        self.enter(Phase::Closed);
        self.state.send_replace(State::Closed);
        let (lost, unheard) = self.write().clear();
        if lost > 0 {
            tracing::warn!(
                messages = lost,
                "in-process transport closed with messages that nobody has settled"
            );
        }
        unheard
    }
}

fn closed(operation: &'static str) -> Error {
    let reason = "the in-process transport was closed";
    Error::new(ErrorKind::Closed, operation, reason)
}
