//! The same traits behind pointers, so that the broker is chosen at run time. Every transport is one of these.
use super::{
    BoxFuture, Capabilities, Ensure, Event, Incoming, Settler, State, SubscribeSpec, Subscription,
    Taker, Token, Transport, Verdict, Wanted,
};
use crate::{Channel, Error, Message, Outgoing, Result, Str};
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// The erased form of [`Transport`].
pub trait DynTransport: Send + Sync + 'static {
    /// See [`Transport::capabilities`].
    fn capabilities(&self, channel: &Channel) -> Capabilities;
    /// See [`Transport::publish`].
    fn publish<'a>(
        &'a self,
        channel: &'a Channel,
        batch: &'a [Message],
        deadline: Instant,
    ) -> BoxFuture<'a, Vec<Result<()>>>;
    /// See [`Transport::offer`].
    fn offer(&self, channel: &Channel, message: Arc<Message>) -> Option<Arc<Message>>;
    /// See [`Transport::subscribe`].
    fn subscribe<'a>(
        &'a self,
        spec: &'a SubscribeSpec,
    ) -> BoxFuture<'a, Result<Box<dyn DynSubscription>>>;
    /// See [`Transport::inbox`].
    fn inbox<'a>(
        &'a self,
        replies: Option<&'a Channel>,
    ) -> BoxFuture<'a, Result<(Str, Box<dyn DynSubscription>)>>;
    /// See [`Transport::ensure`].
    fn ensure<'a>(&'a self, wanted: &'a [Wanted], how: Ensure) -> BoxFuture<'a, Result<()>>;
    /// See [`Transport::server`].
    fn server(&self) -> Option<Str> {
        None
    }
    /// See [`Transport::state`].
    fn state(&self) -> watch::Receiver<State>;
    /// See [`Transport::close`].
    fn close(&self, grace: Duration) -> BoxFuture<'_, Result<()>>;
}

impl<T: Transport> DynTransport for T {
    fn capabilities(&self, channel: &Channel) -> Capabilities {
        Transport::capabilities(self, channel)
    }

    fn publish<'a>(
        &'a self,
        channel: &'a Channel,
        batch: &'a [Message],
        deadline: Instant,
    ) -> BoxFuture<'a, Vec<Result<()>>> {
        Box::pin(Transport::publish(self, channel, batch, deadline))
    }

    fn offer(&self, channel: &Channel, message: Arc<Message>) -> Option<Arc<Message>> {
        Transport::offer(self, channel, message)
    }

    fn subscribe<'a>(
        &'a self,
        spec: &'a SubscribeSpec,
    ) -> BoxFuture<'a, Result<Box<dyn DynSubscription>>> {
        Box::pin(async move {
            let subscription = Transport::subscribe(self, spec).await?;
            Ok(Box::new(subscription) as Box<dyn DynSubscription>)
        })
    }

    fn inbox<'a>(
        &'a self,
        replies: Option<&'a Channel>,
    ) -> BoxFuture<'a, Result<(Str, Box<dyn DynSubscription>)>> {
        Box::pin(async move {
            let (address, subscription) = Transport::inbox(self, replies).await?;
            Ok((address, Box::new(subscription) as Box<dyn DynSubscription>))
        })
    }

    fn ensure<'a>(&'a self, wanted: &'a [Wanted], how: Ensure) -> BoxFuture<'a, Result<()>> {
        Box::pin(Transport::ensure(self, wanted, how))
    }

    fn server(&self) -> Option<Str> {
        Transport::server(self)
    }

    fn state(&self) -> watch::Receiver<State> {
        Transport::state(self)
    }

    fn close(&self, grace: Duration) -> BoxFuture<'_, Result<()>> {
        Box::pin(Transport::close(self, grace))
    }
}

/// The erased form of [`Subscription`].
pub trait DynSubscription: Send + 'static {
    /// See [`Subscription::settler`].
    fn settler(&self) -> Arc<dyn DynSettler>;
    /// See [`Subscription::next`].
    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Event>>;
    /// See [`Subscription::poll_next`].
    fn poll_next(
        &mut self,
        _max: usize,
        _room: &mut Vec<Incoming>,
        _task: &mut Context<'_>,
    ) -> Option<Poll<Result<Event>>> {
        None
    }
    /// See [`Subscription::hand_over`].
    fn hand_over(&self, _taker: Taker) {}
    /// See [`Subscription::lease`].
    fn lease(&self) -> Option<Duration>;
}

impl<S: Subscription> DynSubscription for S {
    fn settler(&self) -> Arc<dyn DynSettler> {
        Arc::new(Subscription::settler(self))
    }

    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Event>> {
        Box::pin(Subscription::next(self, max))
    }

    fn poll_next(
        &mut self,
        max: usize,
        room: &mut Vec<Incoming>,
        task: &mut Context<'_>,
    ) -> Option<Poll<Result<Event>>> {
        Subscription::poll_next(self, max, room, task)
    }

    fn hand_over(&self, taker: Taker) {
        Subscription::hand_over(self, taker);
    }

    fn lease(&self) -> Option<Duration> {
        Subscription::lease(self)
    }
}

impl dyn DynSubscription {
    /// What happens next, in whichever way costs less; deliveries are in `room` where they can be. Cancel-safe.
    pub(crate) async fn happens(&mut self, max: usize, room: &mut Vec<Incoming>) -> Result<Event> {
        let polled = poll_fn(|task| match self.poll_next(max, room, task) {
            Some(polled) => polled.map(Some),
            None => Poll::Ready(None),
        });
        match polled.await {
            Some(event) => event,
            None => self.next(max).await,
        }
    }
}

/// The erased form of [`Settler`].
pub trait DynSettler: Send + Sync + 'static {
    /// See [`Settler::settle`].
    fn settle<'a>(&'a self, verdicts: &'a [(Token, Verdict)])
    -> BoxFuture<'a, Vec<(Token, Error)>>;
    /// See [`Settler::settle_now`].
    fn settle_now(&self, _verdicts: &[(Token, Verdict)]) -> Option<Vec<(Token, Error)>> {
        None
    }
    /// See [`Settler::extend`].
    fn extend<'a>(&'a self, tokens: &'a [Token]) -> BoxFuture<'a, Vec<(Token, Error)>>;
    /// See [`Settler::commit`].
    fn commit<'a>(
        &'a self,
        outgoing: &'a [Outgoing],
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Result<()>>;
}

impl<S: Settler> DynSettler for S {
    fn settle<'a>(
        &'a self,
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Vec<(Token, Error)>> {
        Box::pin(Settler::settle(self, verdicts))
    }

    fn settle_now(&self, verdicts: &[(Token, Verdict)]) -> Option<Vec<(Token, Error)>> {
        Settler::settle_now(self, verdicts)
    }

    fn extend<'a>(&'a self, tokens: &'a [Token]) -> BoxFuture<'a, Vec<(Token, Error)>> {
        Box::pin(Settler::extend(self, tokens))
    }

    fn commit<'a>(
        &'a self,
        outgoing: &'a [Outgoing],
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(Settler::commit(self, outgoing, verdicts))
    }
}
