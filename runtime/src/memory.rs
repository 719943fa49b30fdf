//! The in-process transport: queues and topics in memory, bounded, with the behaviour that other transports are
//! measured by. A transport that hosts one (see [`Memory::attach`]) serves other processes with it.
mod queue;
mod subscription;

pub use subscription::MemorySubscription;

use crate::{
    Channel, ChannelKind, Error, ErrorKind, Message, Result, Str,
    transport::{
        Capabilities, Confirm, HeaderSupport, Order, Settle, SubscribeSpec, Transport, deadline,
    },
};
use queue::{Entry, Queue};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, futures::OwnedNotified},
    time::timeout_at,
};
use uuid::Uuid;

/// What reply addresses begin with. Such a queue is there only while somebody listens to it.
const INBOX: &str = "tidings.inbox.";

/// How much an in-process transport holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorySettings {
    /// Most messages in one queue, unsettled ones included.
    pub queue_messages: usize,
    /// Most bytes in one queue; a queue always takes one message.
    pub queue_bytes: usize,
    /// Most queues, the ones of groups included.
    pub queues: usize,
    /// Largest message.
    pub message_bytes: usize,
    /// How long publishing waits for room in a full queue before it fails, retryably.
    pub publish_wait: Duration,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self {
            queue_messages: 10_000,
            queue_bytes: 64 << 20,
            queues: 10_000,
            message_bytes: 64 << 20,
            publish_wait: Duration::from_secs(5),
        }
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
/// A point-to-point channel is a queue. A publish-subscribe channel has a queue for every group that ever subscribed, and
/// one for every subscriber without a group while it is there; what nobody has subscribed to goes nowhere. What is still
/// queued when it is closed is gone.
#[derive(Clone)]
pub struct Memory {
    shared: Arc<Shared>,
}

struct Shared {
    settings: MemorySettings,
    state: Mutex<State>,
    /// Told when something was settled while closing.
    drained: Arc<Notify>,
}

#[derive(Default)]
struct State {
    queues: HashMap<Str, Queue>,
    topics: HashMap<Str, HashMap<Str, Queue>>,
    /// Number of the last message, by which a message that comes back finds its old place.
    sequence: u64,
    /// Number of the last delivery.
    delivery: u64,
    phase: Phase,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    Closing,
    Closed,
}

/// Which queue.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Queue(Str),
    Group(Str, Str),
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
                state: Mutex::default(),
                drained: Arc::default(),
            }),
        }
    }

    /// Subscribes as [`Transport::subscribe`] does, and says how long the queue outlives its listeners. For transports that
    /// host this one.
    ///
    /// # Errors
    /// When it was closed, or there are too many queues.
    pub fn attach(&self, spec: &SubscribeSpec, lifetime: Lifetime) -> Result<MemorySubscription> {
        let address = spec.channel.address.clone();
        let (place, lifetime) = match (spec.channel.kind, &spec.group) {
            (ChannelKind::PointToPoint, _) => (Place::Queue(address), lifetime),
            (ChannelKind::PublishSubscribe, Some(group)) => {
                (Place::Group(address, group.clone()), lifetime)
            }
            (ChannelKind::PublishSubscribe, None) => (
                Place::Group(address, private_name("private.")),
                Lifetime::Linger(Duration::ZERO),
            ),
        };
        self.shared
            .state()
            .listen(&place, lifetime, &self.shared.settings)?;
        Ok(MemorySubscription::new(
            self.shared.clone(),
            place,
            spec.prefetch,
        ))
    }

    async fn publish_one(&self, channel: &Channel, message: Message) -> Result<()> {
        let shared = &*self.shared;
        let largest = shared.settings.message_bytes;
        if message.size() > largest {
            let reason = format!("{} bytes are more than {largest}", message.size());
            return Err(Error::new(ErrorKind::TooLarge, "publish", reason)
                .with("channel", &channel.address));
        }
        let deadline = deadline(shared.settings.publish_wait);
        loop {
            let Some(room) = shared.state().offer(channel, &message, &shared.settings)? else {
                return Ok(());
            };
            if timeout_at(deadline, room).await.is_err() {
                let reason = format!("still full after {:?}", shared.settings.publish_wait);
                return Err(Error::new(ErrorKind::Timeout, "publish", reason)
                    .with("channel", &channel.address));
            }
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state();
        let mut debug = f.debug_struct("Memory");
        debug
            .field("queues", &state.queues.len())
            .field("topics", &state.topics.len())
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

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            point_to_point: true,
            publish_subscribe: true,
            order: Order::Channel,
            settle: Settle::Individual,
            confirm: Confirm::Broker,
            groups: true,
            native_reply: true,
            native_dead_letter: false,
            redelivery_count: true,
            delay: Some(Duration::MAX),
            lease: None,
            headers: HeaderSupport::Native { max_bytes: None },
            dedup_window: None,
            max_batch: usize::MAX,
            max_bytes: self.shared.settings.message_bytes,
        }
    }

    async fn publish(&self, channel: &Channel, batch: Vec<Message>) -> Vec<Result<()>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for message in batch {
            outcomes.push(self.publish_one(channel, message).await);
        }
        outcomes
    }

    async fn subscribe(&self, spec: SubscribeSpec) -> Result<MemorySubscription> {
        self.attach(&spec, Lifetime::Durable)
    }

    async fn inbox(&self) -> Result<(Str, MemorySubscription)> {
        let address = inbox_address();
        let channel = Channel::point_to_point(address.clone());
        let spec = SubscribeSpec {
            channel,
            group: None,
            prefetch: 1024,
        };
        Ok((
            address,
            self.attach(&spec, Lifetime::Linger(Duration::ZERO))?,
        ))
    }

    async fn ensure(&self, channels: &[Channel]) -> Result<()> {
        let mut state = self.shared.state();
        let queues = channels
            .iter()
            .filter(|channel| channel.kind == ChannelKind::PointToPoint);
        for channel in queues {
            state.queue(&channel.address, &self.shared.settings)?;
        }
        Ok(())
    }

    /// Goes on delivering to who listens, until all is settled or `grace` is over. An error where messages are gone then.
    async fn close(&self, grace: Duration) -> Result<()> {
        let deadline = deadline(grace);
        loop {
            let (busy, drained) = {
                let mut state = self.shared.state();
                state.phase = state.phase.max_closing();
                (state.busy(), self.shared.drained.clone().notified_owned())
            };
            let late = busy > 0 && timeout_at(deadline, drained).await.is_err();
            if busy > 0 && !late {
                continue;
            }
            let unheard = self.shared.state().end();
            if late {
                let reason = format!("{busy} messages were not settled within {grace:?}");
                return Err(Error::new(ErrorKind::Timeout, "close", reason));
            }
            if unheard > 0 {
                let reason = format!("{unheard} queued messages that nobody listened for are gone");
                return Err(Error::new(ErrorKind::Unexpected, "close", reason));
            }
            return Ok(());
        }
    }
}

impl Phase {
    fn max_closing(self) -> Self {
        if self == Self::Closed {
            Self::Closed
        } else {
            Self::Closing
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Stores a message wherever it belongs, all or nothing; where a queue is full, gives what to wait for.
    fn offer(
        &mut self,
        channel: &Channel,
        message: &Message,
        settings: &MemorySettings,
    ) -> Result<Option<OwnedNotified>> {
        if self.phase != Phase::Open {
            return Err(closed("publish"));
        }
        let sequence = self.sequence + 1;
        let entry = Entry::new(message, sequence);
        match channel.kind {
            ChannelKind::PointToPoint => {
                let queue = self.queue(&channel.address, settings)?;
                if let Some(room) = queue.room(entry.size, settings) {
                    return Ok(Some(room));
                }
                queue.add(entry);
            }
            ChannelKind::PublishSubscribe => {
                let Some(groups) = self.topics.get_mut(&channel.address) else {
                    return Ok(None);
                };
                groups.retain(|_, queue| !queue.is_expired());
                if let Some(room) = groups
                    .values()
                    .find_map(|queue| queue.room(entry.size, settings))
                {
                    return Ok(Some(room));
                }
                groups
                    .values_mut()
                    .for_each(|queue| queue.add(entry.clone()));
            }
        }
        self.sequence = sequence;
        Ok(None)
    }

    /// The queue of that address, made where it is not there.
    fn queue(&mut self, address: &Str, settings: &MemorySettings) -> Result<&mut Queue> {
        if self.queues.get(address).is_some_and(Queue::is_expired) {
            self.queues.remove(address);
        }
        if !self.queues.contains_key(address) {
            if address.starts_with(INBOX) {
                let reason = "nobody listens to this reply address any more";
                return Err(
                    Error::new(ErrorKind::NotFound, "publish", reason).with("address", address)
                );
            }
            self.insert(&Place::Queue(address.clone()), Lifetime::Durable, settings)?;
        }
        self.queues.get_mut(address).ok_or_else(|| gone(address))
    }

    fn listen(
        &mut self,
        place: &Place,
        lifetime: Lifetime,
        settings: &MemorySettings,
    ) -> Result<()> {
        if self.phase != Phase::Open {
            return Err(closed("subscribe"));
        }
        self.sweep();
        if self.at(place).is_none() {
            self.insert(place, lifetime, settings)?;
        }
        let queue = self.at(place).ok_or_else(|| gone(place.address()))?;
        queue.listeners += 1;
        queue.expires = None;
        Ok(())
    }

    fn insert(
        &mut self,
        place: &Place,
        lifetime: Lifetime,
        settings: &MemorySettings,
    ) -> Result<()> {
        let mut count = self.all().count();
        if count >= settings.queues {
            // A queue with nothing in it and nobody at it is made again when it is needed.
            self.queues
                .retain(|_, queue| queue.listeners > 0 || queue.len() > 0);
            count = self.all().count();
        }
        if count >= settings.queues {
            let reason =
                format!("there are {count} queues already, which is the most there may be");
            return Err(Error::new(ErrorKind::Invalid, "subscribe", reason)
                .with("channel", place.address()));
        }
        let queue = Queue::new(lifetime);
        match place {
            Place::Queue(address) => self.queues.insert(address.clone(), queue),
            Place::Group(address, group) => self
                .topics
                .entry(address.clone())
                .or_default()
                .insert(group.clone(), queue),
        };
        Ok(())
    }

    fn at(&mut self, place: &Place) -> Option<&mut Queue> {
        match place {
            Place::Queue(address) => self.queues.get_mut(address),
            Place::Group(address, group) => self.topics.get_mut(address)?.get_mut(group),
        }
    }

    fn remove(&mut self, place: &Place) {
        match place {
            Place::Queue(address) => drop(self.queues.remove(address)),
            Place::Group(address, group) => {
                let Some(groups) = self.topics.get_mut(address) else {
                    return;
                };
                groups.remove(group);
                if groups.is_empty() {
                    self.topics.remove(address);
                }
            }
        }
    }

    /// Removes the queues whose listeners did not come back in time.
    fn sweep(&mut self) {
        self.queues.retain(|_, queue| !queue.is_expired());
        self.topics.retain(|_, groups| {
            groups.retain(|_, queue| !queue.is_expired());
            !groups.is_empty()
        });
    }

    fn all(&self) -> impl Iterator<Item = &Queue> {
        self.queues
            .values()
            .chain(self.topics.values().flat_map(HashMap::values))
    }

    /// How many messages are still to be settled by somebody who is there.
    fn busy(&self) -> usize {
        self.all()
            .filter(|queue| queue.listeners > 0)
            .map(Queue::len)
            .sum()
    }

    /// Gives how many messages waited for somebody to listen again.
    fn end(&mut self) -> usize {
        self.phase = Phase::Closed;
        let lost: usize = self.all().map(Queue::len).sum();
        if lost > 0 {
            tracing::warn!(
                messages = lost,
                "in-process transport closed with messages that nobody has settled"
            );
        }
        let durable = |queue: &&Queue| queue.listeners == 0 && queue.lifetime == Lifetime::Durable;
        let unheard = self.all().filter(durable).map(Queue::len).sum();
        self.queues.clear();
        self.topics.clear();
        unheard
    }
}

impl Place {
    fn address(&self) -> &Str {
        match self {
            Self::Queue(address) | Self::Group(address, _) => address,
        }
    }
}

fn closed(operation: &'static str) -> Error {
    Error::new(
        ErrorKind::Closed,
        operation,
        "the in-process transport was closed",
    )
}

fn gone(address: &Str) -> Error {
    Error::new(ErrorKind::NotFound, "subscribe", "the queue was removed").with("address", address)
}
