//! A message about to be published.
use crate::{
    Channel, Client, Message, Outgoing, SendError, Str, TypedMessage, beside::Beside,
    transport::BoxFuture,
};
use bytes::Bytes;
use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A message about to be published; await it to publish it, which ends when the transport has confirmed it.
#[must_use = "nothing is sent until this is awaited"]
pub struct Publish<'a, M> {
    client: &'a Client,
    channel: Channel,
    message: M,
    beside: Beside,
}

impl<'a, M> Publish<'a, M> {
    /// A message for a channel, under that key where there is one, else under its own.
    pub fn new(client: &'a Client, channel: Channel, message: M, key: Option<Bytes>) -> Self {
        Self {
            client,
            channel,
            message,
            beside: Beside::new(key),
        }
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
}

impl Client {
    /// A message about to be published to a channel, under its own key.
    pub fn publishing<M>(&self, channel: Channel, message: impl Into<M>) -> Publish<'_, M> {
        Publish::new(self, channel, message.into(), None)
    }
}

impl<M: TypedMessage> Publish<'_, M> {
    /// The message and its channel, to be stored, or collected by the [context](crate::Context::add) of a handler, in place of being
    /// published.
    ///
    /// # Errors
    /// When the message is not what the document says.
    pub fn outgoing(self) -> Result<Outgoing, SendError> {
        let mut wire = self.beside.encode(&self.message)?;
        M::stamp(&mut wire);
        Ok(Outgoing::new(self.channel, wire))
    }
}

impl<'a, M: TypedMessage> IntoFuture for Publish<'a, M> {
    type Output = Result<(), SendError>;
    type IntoFuture = Publishing<'a>;

    fn into_future(self) -> Publishing<'a> {
        let client = self.client;
        let made = self.outgoing();
        let made = made.map(|Outgoing { channel, message }| (channel, Arc::new(message)));
        Publishing {
            client,
            made: Some(made),
            waits: None,
        }
    }
}

impl<M: fmt::Debug> fmt::Debug for Publish<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Publish");
        debug
            .field("channel", &self.channel)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// A message that is being published. Where the transport takes it at once, that needs no memory.
#[must_use = "nothing is sent until this is awaited"]
pub struct Publishing<'a> {
    client: &'a Client,
    made: Option<Result<(Channel, Arc<Message>), SendError>>,
    waits: Option<BoxFuture<'a, Result<(), SendError>>>,
}

impl Future for Publishing<'_> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(made) = self.made.take() {
            let (channel, message) = made?;
            let client = self.client;
            let Some(message) = client.offer(&channel, message) else {
                return Poll::Ready(Ok(()));
            };
            let waits = async move { client.publish_offered(&channel, message).await };
            self.waits = Some(Box::pin(waits));
        }
        match &mut self.waits {
            Some(waits) => waits.as_mut().poll(task),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for Publishing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publishing").finish_non_exhaustive()
    }
}
