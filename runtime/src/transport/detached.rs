//! No transport, for clients that only make messages.
use super::{
    BoxFuture, Capabilities, DynSubscription, DynTransport, Ensure, State, SubscribeSpec, Wanted,
};
use crate::{Channel, Error, ErrorKind, Message, Result, Str};
use std::{future::ready, sync::Arc, time::Duration};
use tokio::{sync::watch, time::Instant};

/// Refuses whatever needs a broker.
pub(crate) struct Detached;

impl DynTransport for Detached {
    fn capabilities(&self, _: &Channel) -> Capabilities {
        Capabilities::none(usize::MAX)
    }

    fn publish<'a>(
        &'a self,
        _: &'a Channel,
        batch: &'a [Message],
        _: Instant,
    ) -> BoxFuture<'a, Vec<Result<()>>> {
        let outcomes = batch.iter().map(|_| Err(refusal("publish")));
        Box::pin(ready(outcomes.collect()))
    }

    fn offer(&self, _: &Channel, message: Arc<Message>) -> Option<Arc<Message>> {
        Some(message)
    }

    fn subscribe<'a>(
        &'a self,
        _: &'a SubscribeSpec,
    ) -> BoxFuture<'a, Result<Box<dyn DynSubscription>>> {
        Box::pin(ready(Err(refusal("subscribe"))))
    }

    fn inbox<'a>(
        &'a self,
        _: Option<&'a Channel>,
    ) -> BoxFuture<'a, Result<(Str, Box<dyn DynSubscription>)>> {
        Box::pin(ready(Err(refusal("request"))))
    }

    fn ensure<'a>(&'a self, _: &'a [Wanted], _: Ensure) -> BoxFuture<'a, Result<()>> {
        Box::pin(ready(Err(refusal("ensure"))))
    }

    fn state(&self) -> watch::Receiver<State> {
        watch::channel(State::Closed).1
    }

    fn close(&self, _: Duration) -> BoxFuture<'_, Result<()>> {
        Box::pin(ready(Ok(())))
    }
}

fn refusal(operation: &'static str) -> Error {
    let reason =
        "the client is detached, it only makes messages: use `outgoing`, or make it of a transport";
    Error::new(ErrorKind::Unsupported, operation, reason)
}
