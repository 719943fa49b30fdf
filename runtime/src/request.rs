//! A request about to be sent.
use crate::{
    Channel, Client, Message, Outgoing, RequestError, Responses, SendError, Str, TypedMessage,
    beside::{Beside, Question},
    transport::BoxFuture,
};
use bytes::Bytes;
use std::{fmt, future::IntoFuture, marker::PhantomData, time::Duration};

/// How long a reply is waited for, unless told.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request about to be sent; await it to send it and get the reply.
#[must_use = "nothing is sent until this is awaited"]
pub struct Request<'a, M, R> {
    client: &'a Client,
    channel: Channel,
    message: M,
    beside: Beside,
    replies: Option<Channel>,
    timeout: Duration,
    reply: PhantomData<fn() -> R>,
}

impl<'a, M, R> Request<'a, M, R> {
    /// A request for a channel, under that key where there is one, else under its own.
    pub fn new(client: &'a Client, channel: Channel, message: M, key: Option<Bytes>) -> Self {
        Self {
            client,
            channel,
            message,
            beside: Beside::new(key),
            replies: None,
            timeout: TIMEOUT,
            reply: PhantomData,
        }
    }

    /// How long to wait for the reply; 30 seconds unless told.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Under which key, in place of the one that the document says.
    pub fn key(mut self, key: impl Into<Bytes>) -> Self {
        self.beside.set_key(key.into());
        self
    }

    /// Adds a header that the document does not describe: one that it does is refused when it is sent, since the message itself has it.
    pub fn header(mut self, name: impl Into<Str>, value: impl Into<Bytes>) -> Self {
        self.beside.add(name.into(), value.into());
        self
    }

    /// The channel that its replies come by, where a document says that it is always the same: the request names no reply
    /// address then. Everybody who asks hears that channel, and picks out the replies to what it asked; so a channel that
    /// gives each message to one receiver is for one client only.
    pub fn replies(mut self, channel: Channel) -> Self {
        self.replies = Some(channel);
        self
    }
}

impl Client {
    /// A request about to be sent to a channel, under its own key.
    pub fn requesting<M, R>(&self, channel: Channel, message: impl Into<M>) -> Request<'_, M, R> {
        Request::new(self, channel, message.into(), None)
    }
}

impl<M: TypedMessage, R: TypedMessage> Request<'_, M, R> {
    /// Sends it to many, and gathers the replies until there are `limit` of them or the time is over.
    ///
    /// # Errors
    /// When it cannot be sent in that time.
    pub async fn gather(self, limit: usize, deadline: Duration) -> Result<Responses<R>, SendError> {
        self.client
            .gather_as::<M, R>(&self.question(), limit, deadline)
            .await
    }

    /// The request, to be stored, or collected by the [context](crate::Context::add) of a handler, in place of being sent. Its reply goes to
    /// that channel, or where the document says; it tells the request by its correlation id, which is the request's id where the message
    /// has none of its own: one that a handler collects gets the same whenever the handler runs again.
    ///
    /// # Errors
    /// When the message is not what the document says.
    pub fn outgoing(self, replies: Option<&Channel>) -> Result<Outgoing, SendError> {
        let wire = self.beside.encode(&self.message)?;
        Ok(outgoing_of::<M>(self.channel, wire, replies))
    }

    fn question(&self) -> Question<'_, M> {
        Question {
            channel: &self.channel,
            message: &self.message,
            beside: &self.beside,
            replies: self.replies.as_ref(),
        }
    }
}

/// A request for a channel, ready to be sent or stored, as [`Request::outgoing`] makes it.
///
/// # Errors
/// When the message is not what the document says.
pub fn outgoing_request<M: TypedMessage>(
    channel: &Channel,
    message: &M,
    replies: Option<&Channel>,
) -> Result<Outgoing, SendError> {
    Ok(outgoing_of::<M>(
        channel.clone(),
        message.encode()?,
        replies,
    ))
}

fn outgoing_of<M: TypedMessage>(
    channel: Channel,
    mut wire: Message,
    replies: Option<&Channel>,
) -> Outgoing {
    let correlation = M::correlation(&wire).unwrap_or_else(|| wire.id.to_text());
    wire.correlation_id = Some(correlation);
    wire.reply_to = replies.map(|replies| replies.address.clone());
    M::stamp(&mut wire);
    Outgoing::new(channel, wire)
}

impl<'a, M: TypedMessage, R: TypedMessage> IntoFuture for Request<'a, M, R> {
    type Output = Result<R, RequestError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let question = self.question();
            self.client.request_as(&question, self.timeout).await
        })
    }
}

impl<M: fmt::Debug, R> fmt::Debug for Request<'_, M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Request");
        debug
            .field("channel", &self.channel)
            .field("message", &self.message)
            .field("timeout", &self.timeout)
            .finish()
    }
}
