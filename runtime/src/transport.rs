//! The seam between the runtime and a broker. A transport moves messages and settles deliveries; concurrency, retries,
//! request/reply bookkeeping live above it, once, for every broker.
use crate::{Channel, Message, Result, Str};
use std::{future::Future, pin::Pin, time::Duration};
use tokio::time::Instant;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The time after that duration, or one that is as good as never.
pub(crate) fn deadline(after: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(after).unwrap_or_else(|| now + FAR)
}

/// As tokio's own far future: what overflows on no system.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// What a broker can do. Compared with what is asked of it before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Carries point-to-point channels.
    pub point_to_point: bool,
    /// Carries publish-subscribe channels.
    pub publish_subscribe: bool,
    /// Which order it keeps.
    pub order: Order,
    /// How deliveries are settled.
    pub settle: Settle,
    /// What a successful publish means.
    pub confirm: Confirm,
    /// Knows consumer groups.
    pub groups: bool,
    /// Offers an inbox for replies.
    pub native_reply: bool,
    /// Keeps rejected messages itself.
    pub native_dead_letter: bool,
    /// Counts the attempts of a delivery.
    pub redelivery_count: bool,
    /// Longest delay the broker can hold a message back for.
    pub delay: Option<Duration>,
    /// How long a delivery may stay unsettled before the broker gives it to somebody else.
    pub lease: Option<Duration>,
    /// How headers travel.
    pub headers: HeaderSupport,
    /// How long the broker itself drops repeated message ids.
    pub dedup_window: Option<Duration>,
    /// Most messages of one publish call that travel together.
    pub max_batch: usize,
    /// Largest [`Message::size`] that can be sent.
    pub max_bytes: usize,
}

/// Which order of messages a transport keeps; a later one includes the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// None.
    None,
    /// Messages of one key.
    Key,
    /// All messages of a channel.
    Channel,
}

/// How deliveries are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// Each delivery on its own.
    Individual,
    /// Everything up to a position.
    Cumulative,
    /// There is nothing to settle.
    Auto,
}

/// What a successful publish means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// The broker has the message.
    Broker,
    /// The operating system has the message.
    Socket,
    /// Nothing.
    None,
}

/// How headers travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderSupport {
    /// As the broker's own headers.
    Native {
        /// Most bytes of all headers together.
        max_bytes: Option<usize>,
    },
    /// In a frame that the transport documents.
    Framed,
}

/// Where a delivery stands inside its partition, shard or connection. Tagged with a generation, so that a settlement
/// that comes after a rebalance or a reconnection does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// Which assignment or connection the delivery came by.
    pub generation: u32,
    /// Which partition or shard.
    pub part: u32,
    /// Which delivery.
    pub position: u64,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Ack,
    /// To be delivered again.
    Retry {
        /// Not before this time has passed.
        after: Duration,
    },
    /// Never to be delivered again.
    Reject,
    /// Still at work: keep the lease.
    Extend,
}

impl Verdict {
    /// To be delivered again at once.
    pub const RETRY_NOW: Self = Self::Retry {
        after: Duration::ZERO,
    };
}

/// A message handed out, to be settled by its token.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The message.
    pub message: Message,
    /// What to settle it by.
    pub token: Token,
    /// Which delivery of this message it is, from 1; always 1 where the transport does not count.
    pub attempt: u32,
}

/// What to subscribe to.
#[derive(Debug, Clone)]
pub struct SubscribeSpec {
    /// Which channel.
    pub channel: Channel,
    /// Consumers of one group compete; each group gets every message. On a point-to-point channel all compete anyway.
    pub group: Option<Str>,
    /// Most deliveries that may be unsettled at a time; at least 1.
    pub prefetch: usize,
}

/// A broker, or what stands in for one. Implemented once a broker; users hold it as [`DynTransport`].
pub trait Transport: Send + Sync + 'static {
    /// What [`subscribe`](Self::subscribe) gives.
    type Subscription: Subscription;

    /// What this transport can do.
    fn capabilities(&self) -> Capabilities;

    /// One outcome a message, in order, after the broker has confirmed it.
    fn publish(
        &self,
        channel: &Channel,
        batch: Vec<Message>,
    ) -> impl Future<Output = Vec<Result<()>>> + Send;

    /// Begins to receive. When it returns, messages published from now on are received.
    fn subscribe(
        &self,
        spec: SubscribeSpec,
    ) -> impl Future<Output = Result<Self::Subscription>> + Send;

    /// A new reply address of this instance, a point-to-point channel, and what arrives there.
    fn inbox(&self) -> impl Future<Output = Result<(Str, Self::Subscription)>> + Send;

    /// Creates the queues, topics and bindings that the channels need, where the caller asks for that.
    fn ensure(&self, channels: &[Channel]) -> impl Future<Output = Result<()>> + Send;

    /// Refuses to publish from now on, lets what was delivered be settled for at most `grace`, then ends every
    /// subscription.
    fn close(&self, grace: Duration) -> impl Future<Output = Result<()>> + Send;
}

/// A stream of deliveries. Dropping it gives back what is unsettled, for others of the group or for the next subscriber.
pub trait Subscription: Send + 'static {
    /// The next deliveries, at least one, at most `max`. Cancel-safe: a dropped call loses nothing. An error that is not
    /// retryable is the end.
    fn next(&mut self, max: usize) -> impl Future<Output = Result<Vec<Incoming>>> + Send;

    /// Settles deliveries. A token that is not (or no longer) known does nothing.
    fn settle(&mut self, verdicts: &[(Token, Verdict)]) -> impl Future<Output = Result<()>> + Send;

    /// Parts that were taken away since the last call.
    fn revoked(&mut self) -> Vec<u32> {
        Vec::new()
    }
}

/// The erased form of [`Transport`], so that the broker is chosen at run time. Every transport is one.
pub trait DynTransport: Send + Sync + 'static {
    /// See [`Transport::capabilities`].
    fn capabilities(&self) -> Capabilities;
    /// See [`Transport::publish`].
    fn publish<'a>(
        &'a self,
        channel: &'a Channel,
        batch: Vec<Message>,
    ) -> BoxFuture<'a, Vec<Result<()>>>;
    /// See [`Transport::subscribe`].
    fn subscribe(&self, spec: SubscribeSpec) -> BoxFuture<'_, Result<Box<dyn DynSubscription>>>;
    /// See [`Transport::inbox`].
    fn inbox(&self) -> BoxFuture<'_, Result<(Str, Box<dyn DynSubscription>)>>;
    /// See [`Transport::ensure`].
    fn ensure<'a>(&'a self, channels: &'a [Channel]) -> BoxFuture<'a, Result<()>>;
    /// See [`Transport::close`].
    fn close(&self, grace: Duration) -> BoxFuture<'_, Result<()>>;
}

impl<T: Transport> DynTransport for T {
    fn capabilities(&self) -> Capabilities {
        Transport::capabilities(self)
    }

    fn publish<'a>(
        &'a self,
        channel: &'a Channel,
        batch: Vec<Message>,
    ) -> BoxFuture<'a, Vec<Result<()>>> {
        Box::pin(Transport::publish(self, channel, batch))
    }

    fn subscribe(&self, spec: SubscribeSpec) -> BoxFuture<'_, Result<Box<dyn DynSubscription>>> {
        Box::pin(async move {
            let subscription = Transport::subscribe(self, spec).await?;
            Ok(Box::new(subscription) as Box<dyn DynSubscription>)
        })
    }

    fn inbox(&self) -> BoxFuture<'_, Result<(Str, Box<dyn DynSubscription>)>> {
        Box::pin(async move {
            let (address, subscription) = Transport::inbox(self).await?;
            Ok((address, Box::new(subscription) as Box<dyn DynSubscription>))
        })
    }

    fn ensure<'a>(&'a self, channels: &'a [Channel]) -> BoxFuture<'a, Result<()>> {
        Box::pin(Transport::ensure(self, channels))
    }

    fn close(&self, grace: Duration) -> BoxFuture<'_, Result<()>> {
        Box::pin(Transport::close(self, grace))
    }
}

/// The erased form of [`Subscription`].
pub trait DynSubscription: Send + 'static {
    /// See [`Subscription::next`].
    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Vec<Incoming>>>;
    /// See [`Subscription::settle`].
    fn settle<'a>(&'a mut self, verdicts: &'a [(Token, Verdict)]) -> BoxFuture<'a, Result<()>>;
    /// See [`Subscription::revoked`].
    fn revoked(&mut self) -> Vec<u32>;
}

impl<S: Subscription> DynSubscription for S {
    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Vec<Incoming>>> {
        Box::pin(Subscription::next(self, max))
    }

    fn settle<'a>(&'a mut self, verdicts: &'a [(Token, Verdict)]) -> BoxFuture<'a, Result<()>> {
        Box::pin(Subscription::settle(self, verdicts))
    }

    fn revoked(&mut self) -> Vec<u32> {
        Subscription::revoked(self)
    }
}
