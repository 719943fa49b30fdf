//! A request about to be sent.
use crate::{Channel, Client, RequestError, TypedMessage, transport::BoxFuture};
use std::{fmt, future::IntoFuture, marker::PhantomData, time::Duration};

/// How long a reply is waited for, unless told.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request about to be sent; await it to send it and get the reply.
#[must_use = "nothing is sent until this is awaited"]
pub struct Request<'a, M, R> {
    client: &'a Client,
    channel: Channel,
    message: M,
    timeout: Duration,
    reply: PhantomData<fn() -> R>,
}

impl<'a, M, R> Request<'a, M, R> {
    pub(crate) fn new(client: &'a Client, channel: Channel, message: M) -> Self {
        Self {
            client,
            channel,
            message,
            timeout: TIMEOUT,
            reply: PhantomData,
        }
    }

    /// How long to wait for the reply; 30 seconds unless told.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<'a, M: TypedMessage, R: TypedMessage> IntoFuture for Request<'a, M, R> {
    type Output = Result<R, RequestError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.client
                .request(&self.channel, &self.message, self.timeout)
                .await
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
