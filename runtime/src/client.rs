//! The sending half of generated clients: one-way messages, requests with a reply, many replies, subscriptions.
use crate::{
    Channel, DynTransport, Error, ErrorKind, Layers, Message, MessageId, Outgoing, Received,
    RequestError, Result, SendError, TypedMessage,
    beside::Question,
    clock,
    dead_letter::refused,
    inbox::{Inbox, Waiting, Wanted},
    subscription::Subscription,
    transport::{self, Detached, in_time, publish_one},
};
use futures_core::Stream;
use std::{
    fmt,
    future::{Future, pending, poll_fn},
    marker::PhantomData,
    pin::{Pin, pin},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// Sends typed messages over any transport. Cheap to clone; clones share one reply inbox.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Arc<dyn DynTransport>,
    layers: Layers,
    /// Opened by the first request of a runtime: one of our own, and one for each reply channel of a document.
    inboxes: Mutex<Vec<Arc<Inbox>>>,
    /// Held while one is opened.
    opening: tokio::sync::Mutex<()>,
}

impl Client {
    /// A client over that transport.
    #[must_use]
    pub fn new(transport: Arc<dyn DynTransport>) -> Self {
        Self::with_layers(transport, Layers::new())
    }

    /// A client without a transport, for what is made and sent later, by [`Publish::outgoing`](crate::Publish::outgoing) or
    /// [`Request::outgoing`](crate::Request::outgoing); whatever needs a transport is an error.
    #[must_use]
    pub fn detached() -> Self {
        static DETACHED: LazyLock<Client> = LazyLock::new(|| Client::new(Arc::new(Detached)));
        DETACHED.clone()
    }

    /// A client over that transport, with these around every message.
    #[must_use]
    pub fn with_layers(transport: Arc<dyn DynTransport>, layers: Layers) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport,
                layers,
                inboxes: Mutex::default(),
                opening: tokio::sync::Mutex::default(),
            }),
        }
    }

    /// The transport underneath.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn DynTransport> {
        &self.shared.transport
    }

    /// Sends a message, and returns when the transport has confirmed it.
    ///
    /// # Errors
    /// When the message is not valid, or the transport did not take it.
    pub async fn send<M: TypedMessage>(
        &self,
        channel: &Channel,
        message: &M,
    ) -> Result<(), SendError> {
        let mut wire = Arc::new(message.encode()?);
        M::stamp(Arc::make_mut(&mut wire));
        self.shared.publish(channel, wire).await
    }

    /// Sends what was made already, and returns when the transport has confirmed it.
    ///
    /// # Errors
    /// When the transport did not take it within 30 seconds, or a layer did not let it out.
    pub async fn publish(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let Outgoing { channel, message } = outgoing;
        self.shared
            .publish(channel, Arc::new(message.clone()))
            .await
    }

    /// Has the transport take a message where that needs no waiting, and no layer; else gives it back.
    pub(crate) fn offer(&self, channel: &Channel, message: Arc<Message>) -> Option<Arc<Message>> {
        self.shared.offer(channel, message)
    }

    /// Publishes what was offered and came back.
    pub(crate) async fn publish_offered(
        &self,
        channel: &Channel,
        message: Arc<Message>,
    ) -> Result<(), SendError> {
        let offered = self.shared.publish_offered(channel, message, pending());
        offered.await
    }

    /// Sends a message and waits for the reply.
    ///
    /// # Errors
    /// When the request cannot be sent, no reply comes within the timeout, or the reply is not what the document says.
    pub async fn request<M, R>(
        &self,
        channel: &Channel,
        message: &M,
        timeout: Duration,
    ) -> Result<R, RequestError>
    where
        M: TypedMessage,
        R: TypedMessage,
    {
        self.request_as(&Question::new(channel, message), timeout)
            .await
    }

    pub(crate) async fn request_as<M, R>(
        &self,
        question: &Question<'_, M>,
        timeout: Duration,
    ) -> Result<R, RequestError>
    where
        M: TypedMessage,
        R: TypedMessage,
    {
        let begun = Instant::now();
        let end = transport::deadline_from(begun, timeout);
        let ask = pin!(async {
            let prepared = self.prepare::<M, R>(question, 1, (begun, timeout), Some(end));
            let (wire, mut waiting) = prepared.await?;
            let mut early = None;
            // A reply says that the request has arrived, and may be here before its confirmation.
            let arrived = poll_fn(|task| {
                let reply = waiting.poll_next(task);
                reply.map(|reply| early = Some(reply))
            });
            let sent = self.shared.publish_until(question.channel, wire, arrived);
            sent.await.map(|()| (waiting, early))
        });
        let Some(asked) = in_time(end, ask).await else {
            return Err(RequestError::Timeout(timeout));
        };
        let (mut waiting, early) = asked?;
        let reply = match early {
            Some(reply) => reply,
            None => poll_fn(|task| waiting.poll_next(task)).await,
        };
        match reply {
            Some(reply) => decode(&reply),
            None if end <= Instant::now() => Err(RequestError::Timeout(timeout)),
            None => Err(RequestError::Closed),
        }
    }

    /// Sends a message to many and gathers the replies, until there are `limit` of them or the time is over. What comes is kept until it
    /// is read, 65,536 replies at most.
    ///
    /// # Errors
    /// When the message cannot be sent in that time.
    pub async fn gather<M, R>(
        &self,
        channel: &Channel,
        message: &M,
        limit: usize,
        deadline: Duration,
    ) -> Result<Responses<R>, SendError>
    where
        M: TypedMessage,
        R: TypedMessage,
    {
        self.gather_as(&Question::new(channel, message), limit, deadline)
            .await
    }

    pub(crate) async fn gather_as<M, R>(
        &self,
        question: &Question<'_, M>,
        limit: usize,
        deadline: Duration,
    ) -> Result<Responses<R>, SendError>
    where
        M: TypedMessage,
        R: TypedMessage,
    {
        let begun = Instant::now();
        let end = transport::deadline_from(begun, deadline);
        let late = || {
            Error::new(
                ErrorKind::Timeout,
                "publish",
                format!("not sent within {deadline:?}"),
            )
        };
        let ask = pin!(async {
            let prepared = self.prepare::<M, R>(question, limit, (begun, deadline), None);
            let (wire, waiting) = prepared.await?;
            let sent = self.shared.publish(question.channel, wire);
            sent.await.map(|()| waiting)
        });
        Ok(Responses {
            waiting: in_time(end, ask).await.ok_or_else(late)??,
            remaining: limit,
            end: Some(Box::pin(tokio::time::sleep_until(end))),
            reply: PhantomData,
        })
    }

    /// Receives the messages of a channel.
    ///
    /// # Errors
    /// When the transport cannot subscribe.
    pub async fn subscribe<M: TypedMessage>(
        &self,
        channel: &Channel,
        group: Option<&str>,
    ) -> Result<Subscription<M>> {
        let Shared {
            transport, layers, ..
        } = &*self.shared;
        Subscription::open(transport, channel, group, layers.clone()).await
    }

    /// A request that nobody wants so long after that time, and the wait for its replies, which ends by that deadline.
    async fn prepare<M, R>(
        &self,
        question: &Question<'_, M>,
        limit: usize,
        (begun, wanted): (Instant, Duration),
        deadline: Option<Instant>,
    ) -> Result<(Arc<Message>, Waiting), SendError>
    where
        M: TypedMessage,
        R: TypedMessage,
    {
        let mut message = Arc::new(question.encode()?);
        let wire = Arc::make_mut(&mut message);
        let own = || match M::NAMES {
            // Any message at all may be one that is asked again.
            [] => MessageId::fresh(),
            _ => wire.id.clone(),
        };
        let correlation = M::correlation(wire).unwrap_or_else(|| own().to_text());
        let replies = question.replies;
        let waiting = self.inbox(replies).await?.wait_for(Wanted {
            correlation_id: correlation.clone(),
            correlation: R::correlation,
            limit,
            deadline,
        })?;
        wire.correlation_id = Some(correlation);
        // Who answers knows the channel of the document.
        wire.reply_to = replies.is_none().then(|| waiting.address.clone());
        // A time too far to be told is none.
        let expires = || clock::at(begun).checked_add(wanted);
        wire.expires = wire.expires.or_else(expires);
        M::stamp(wire);
        Ok((message, waiting))
    }

    /// Where replies come: a reply channel of a document, or an address of our own.
    async fn inbox(&self, replies: Option<&Channel>) -> Result<Arc<Inbox>> {
        let shared = &self.shared;
        if let Some(inbox) = shared.open_inbox(replies) {
            return Ok(inbox);
        }
        let _opening = shared.opening.lock().await;
        // Whoever was first has opened it.
        if let Some(inbox) = shared.open_inbox(replies) {
            return Ok(inbox);
        }
        let inbox = Inbox::open(&*shared.transport, replies, shared.layers.clone()).await?;
        let inbox = Arc::new(inbox);
        let mut inboxes = shared.inboxes();
        inboxes.retain(|inbox| inbox.is_open());
        inboxes.push(inbox.clone());
        Ok(inbox)
    }
}

impl Shared {
    fn inboxes(&self) -> MutexGuard<'_, Vec<Arc<Inbox>>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_inbox(&self, replies: Option<&Channel>) -> Option<Arc<Inbox>> {
        let inboxes = self.inboxes();
        let is_it = |inbox: &&Arc<Inbox>| inbox.is_for(replies) && inbox.is_open();
        inboxes.iter().find(is_it).cloned()
    }

    /// Publishes a message, with what the layers do about it.
    async fn publish(&self, channel: &Channel, message: Arc<Message>) -> Result<(), SendError> {
        self.publish_until(channel, message, pending()).await
    }

    /// The same; what is seen to have arrived needs no confirmation.
    async fn publish_until(
        &self,
        channel: &Channel,
        message: Arc<Message>,
        arrived: impl Future<Output = ()>,
    ) -> Result<(), SendError> {
        match self.offer(channel, message) {
            None => Ok(()),
            Some(message) => self.publish_offered(channel, message, arrived).await,
        }
    }

    fn offer(&self, channel: &Channel, message: Arc<Message>) -> Option<Arc<Message>> {
        if self.layers.is_empty() {
            self.transport.offer(channel, message)
        } else {
            Some(message)
        }
    }

    async fn publish_offered(
        &self,
        channel: &Channel,
        mut message: Arc<Message>,
        arrived: impl Future<Output = ()>,
    ) -> Result<(), SendError> {
        if !self.layers.is_empty() {
            self.layers
                .outgoing_message(channel, Arc::make_mut(&mut message))?;
        }
        let outcome = publish_one_until(&*self.transport, channel, &message, arrived).await;
        self.layers.published(channel, &message, &outcome);
        Ok(outcome?)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// A message for a channel, checked and ready to be sent or stored.
///
/// # Errors
/// When the message is not what the document says.
pub fn outgoing<M: TypedMessage>(channel: &Channel, message: &M) -> Result<Outgoing, SendError> {
    let mut wire = message.encode()?;
    M::stamp(&mut wire);
    Ok(Outgoing::new(channel.clone(), wire))
}

/// The outcome of a message, good once it has arrived.
async fn publish_one_until(
    transport: &dyn DynTransport,
    channel: &Channel,
    message: &Message,
    arrived: impl Future<Output = ()>,
) -> Result<()> {
    tokio::select! {
        biased;
        outcome = publish_one(transport, channel, message) => outcome,
        () = arrived => Ok(()),
    }
}

/// The replies to one message, as they come. Dropped, later ones are ignored.
#[must_use = "replies are received while this is polled"]
pub struct Responses<R> {
    waiting: Waiting,
    remaining: usize,
    end: Option<Pin<Box<Sleep>>>,
    reply: PhantomData<fn() -> R>,
}

impl<R: TypedMessage> Responses<R> {
    /// The next reply; none when all have come, the time is over or the inbox was closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Received<R>, RequestError>> {
        poll_fn(|context| self.poll_reply(context)).await
    }

    fn poll_reply(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Received<R>, RequestError>>> {
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        if let Poll::Ready(message) = self.waiting.poll_next(context) {
            self.remaining = if message.is_some() {
                self.remaining - 1
            } else {
                0
            };
            return Poll::Ready(message.map(|message| self.decode(&message)));
        }
        let over = self
            .end
            .as_mut()
            .is_some_and(|end| end.as_mut().poll(context).is_ready());
        if !over {
            return Poll::Pending;
        }
        self.remaining = 0;
        Poll::Ready(None)
    }

    fn decode(&self, message: &Arc<Message>) -> Result<Received<R>, RequestError> {
        check::<R>(message)?;
        Ok(Received::decode(&self.waiting.address, message, 1)?)
    }
}

/// The reply alone.
fn decode<R: TypedMessage>(message: &Message) -> Result<R, RequestError> {
    check::<R>(message)?;
    Ok(R::decode(message)?)
}

/// Whether a message is a reply that the document says.
fn check<R: TypedMessage>(message: &Message) -> Result<(), RequestError> {
    if let Some(reason) = refused(message) {
        return Err(RequestError::Refused(reason));
    }
    match &message.name {
        Some(name) if !R::NAMES.is_empty() && !R::NAMES.contains(&&**name) => {
            Err(RequestError::UnexpectedReply(name.to_string()))
        }
        _ => Ok(()),
    }
}

impl<R: TypedMessage> Stream for Responses<R> {
    type Item = Result<Received<R>, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_reply(context)
    }
}

impl<R> fmt::Debug for Responses<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responses")
            .field("remaining", &self.remaining)
            .finish_non_exhaustive()
    }
}
