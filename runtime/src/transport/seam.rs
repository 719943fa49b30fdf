//! The three traits that a broker is written by.
use super::{
    Capabilities, Ensure, Event, Incoming, State, SubscribeSpec, Taker, Token, Verdict, Wanted,
};
use crate::{Channel, Error, ErrorKind, Message, Outgoing, Result, Str};
use std::{
    future::Future,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// A broker, or what stands in for one. Implemented once a broker; users hold it as [`DynTransport`](super::DynTransport).
///
/// It moves messages and settles deliveries. Concurrency, retries, dead letters, duplicates and replies live above it, once
/// for every broker. It connects again by itself, and answers `Err` rather than wait beyond what it was given.
pub trait Transport: Send + Sync + 'static {
    /// What [`subscribe`](Self::subscribe) gives.
    type Subscription: Subscription;

    /// What this transport can do with a channel.
    fn capabilities(&self, channel: &Channel) -> Capabilities;

    /// Publishes messages, and gives one outcome for each, in their order, once the broker has confirmed it.
    ///
    /// - The call ends at the deadline, whatever the size of the batch; what is not confirmed by then has failed, and its
    ///   error says whether that is [ambiguous](Error::is_ambiguous). What was told to have failed is not published later,
    ///   unless its error is ambiguous.
    /// - Messages of one key are published in order. After one of them has failed, the later ones of that key in the batch
    ///   fail as [`Skipped`](ErrorKind::Skipped), unsent; those of other keys, and those without a key, go on.
    ///
    /// Dropped before its end, it may have published any of them.
    fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> impl Future<Output = Vec<Result<()>>> + Send;

    /// Takes a message at once, confirmed, where that needs no waiting; else gives it back, to be [published](Self::publish).
    /// Spares a transport within the process what a call that may wait costs, and a copy.
    fn offer(&self, _channel: &Channel, message: Arc<Message>) -> Option<Arc<Message>> {
        Some(message)
    }

    /// Begins to receive. When it returns, messages published from now on are received.
    ///
    /// Where [`Affinity`](super::Affinity) says so, two subscriptions of one group never hold messages of one key at the same
    /// time; where it is [`Keys`](super::Affinity::Keys), a subscription has no more of a key than
    /// [`per_key`](SubscribeSpec::per_key), and gets those of others however many of it wait.
    fn subscribe(
        &self,
        spec: &SubscribeSpec,
    ) -> impl Future<Output = Result<Self::Subscription>> + Send;

    /// A reply address of this instance, a point-to-point channel that lives as long as the subscription, and what arrives
    /// there. `replies` is the document's channel for replies, for brokers without reply addresses of their own: the address is
    /// made from it.
    fn inbox(
        &self,
        replies: Option<&Channel>,
    ) -> impl Future<Output = Result<(Str, Self::Subscription)>> + Send;

    /// Checks, or creates, the queues, topics and bindings that channels and groups need.
    fn ensure(&self, wanted: &[Wanted], how: Ensure) -> impl Future<Output = Result<()>> + Send;

    /// The broker's address without secrets, for errors of what it cannot do; none where there is no broker.
    fn server(&self) -> Option<Str> {
        None
    }

    /// How it is doing, and how that changes.
    fn state(&self) -> watch::Receiver<State>;

    /// Refuses to publish from now on, lets what was delivered be settled for at most `grace`, then ends every
    /// subscription.
    fn close(&self, grace: Duration) -> impl Future<Output = Result<()>> + Send;
}

/// What one consumer receives. Dropping it gives back what is unsettled, for others of the group or for the next subscriber.
pub trait Subscription: Send + 'static {
    /// What settles its deliveries.
    type Settler: Settler;

    /// What settles deliveries, while [`next`](Self::next) waits.
    fn settler(&self) -> Self::Settler;

    /// What happens next; at most `max` deliveries at a time, and with 0 only other events: a worker that is full must still
    /// hear that parts leave. Cancel-safe: a dropped call loses nothing. An error that is not retryable is the end.
    ///
    /// What a broker wants to keep the subscription alive (polls, heartbeats) is done whether it is called or not.
    fn next(&mut self, max: usize) -> impl Future<Output = Result<Event>> + Send;

    /// The same as [`next`](Self::next) by polling, with deliveries in `room`, which is empty and comes back within the event; none,
    /// always, where `next` is to be called. Spares a transport within the process what a call that may wait costs.
    fn poll_next(
        &mut self,
        _max: usize,
        _room: &mut Vec<Incoming>,
        _task: &mut Context<'_>,
    ) -> Option<Poll<Result<Event>>> {
        None
    }

    /// Has messages given to `taker` by whoever publishes them, where that needs no waiting: they are settled then. What is not comes
    /// by [`next`](Self::next), and everything where the transport does not do this. For a subscription that shares its messages
    /// with no other, as one of an [inbox](Transport::inbox).
    fn hand_over(&self, _taker: Taker) {}

    /// How long a delivery may stay unsettled before the broker gives it to somebody else, unless it is
    /// [extended](Settler::extend).
    fn lease(&self) -> Option<Duration> {
        None
    }
}

/// Settles the deliveries of a subscription, beside it. After the subscription is gone it settles nothing.
pub trait Settler: Send + Sync + 'static {
    /// Settles deliveries, and gives those that could not be, with the reason. A token that is not, or no longer, out does
    /// nothing and is no failure. Where settlement is cumulative, there is one [`Ack`](Verdict::Ack) a part, everything of it up
    /// to there, and a [`Release`](Verdict::Release) for what will not be handled; nothing else.
    fn settle(
        &self,
        verdicts: &[(Token, Verdict)],
    ) -> impl Future<Output = Vec<(Token, Error)>> + Send;

    /// The same at once, where that needs no waiting; none where [`settle`](Self::settle) is to be called.
    fn settle_now(&self, _verdicts: &[(Token, Verdict)]) -> Option<Vec<(Token, Error)>> {
        None
    }

    /// Keeps deliveries for another [lease](Subscription::lease), and gives those that could not be kept.
    fn extend(&self, _tokens: &[Token]) -> impl Future<Output = Vec<(Token, Error)>> + Send {
        async { Vec::new() }
    }

    /// Publishes and settles, all or nothing, where [`Capabilities::transactions`]. What is settled by others meanwhile, or lost to
    /// them, fails it.
    ///
    /// Called again with the same after an [ambiguous](Error::is_ambiguous) failure, it says what became of that where something
    /// was settled, and does it if it was not done. An error that is about one of the messages names its address as `channel`.
    fn commit(
        &self,
        _outgoing: &[Outgoing],
        _verdicts: &[(Token, Verdict)],
    ) -> impl Future<Output = Result<()>> + Send {
        async {
            Err(Error::new(
                ErrorKind::Unsupported,
                "commit",
                "the transport has no transactions",
            ))
        }
    }
}
