//! A request about to be sent.
use crate::{
    Channel, Client, RequestError, Responses, SendError, TypedMessage, transport::BoxFuture,
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
    key: Option<Bytes>,
    replies: Option<Channel>,
    timeout: Duration,
    reply: PhantomData<fn() -> R>,
}

impl<'a, M, R> Request<'a, M, R> {
    pub(crate) fn new(client: &'a Client, channel: Channel, message: M) -> Self {
        Self {
            client,
            channel,
            message,
            key: None,
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

    /// Under which key it is sent; none is the message's own.
    pub fn key(mut self, key: Option<Bytes>) -> Self {
        self.key = key;
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

    fn question(&self) -> Question<'_, M> {
        Question {
            channel: &self.channel,
            message: &self.message,
            key: self.key.as_ref(),
            replies: self.replies.as_ref(),
        }
    }
}

/// What is asked where, and where the answer comes.
pub(crate) struct Question<'a, M> {
    pub(crate) channel: &'a Channel,
    pub(crate) message: &'a M,
    pub(crate) key: Option<&'a Bytes>,
    /// A channel of the document; without one, a reply address of the client's own.
    pub(crate) replies: Option<&'a Channel>,
}

impl<'a, M> Question<'a, M> {
    pub(crate) fn new(channel: &'a Channel, message: &'a M) -> Self {
        Self {
            channel,
            message,
            key: None,
            replies: None,
        }
    }
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
