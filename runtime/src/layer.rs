//! What is done around every message, on both ends: tracing, metrics, envelopes, checks, duplicates.
use crate::{
    BoxFuture, Channel, Given, HandlerError, Message, Outgoing, Result, SendError, Str,
    transport::Verdict,
};
use std::{fmt, future::ready, sync::Arc};

/// Something around every message. A client and a service are given the same ones, in the same order: the first is next to
/// the application, the last next to the transport. Every method does nothing unless told otherwise. Within a service one that
/// panics has failed: the message is tried again; in `published`, `sent`, `given_up` and `settled` it changes nothing.
pub trait Layer: Send + Sync + 'static {
    /// A message is about to be sent. An error is given to whoever sends it.
    ///
    /// # Errors
    /// When it must not be sent.
    fn outgoing(&self, _channel: &Channel, _message: &mut Message) -> Result<(), SendError> {
        Ok(())
    }

    /// A message was sent, or could not be.
    fn published(&self, _channel: &Channel, _message: &Message, _outcome: &Result<()>) {}

    /// A message came, and is about to be read. It is shared: change it by [`Arc::make_mut`].
    ///
    /// # Errors
    /// When it must not be handled: it is tried again, or rejected.
    fn incoming(
        &self,
        _channel: &Channel,
        _message: &mut Arc<Message>,
    ) -> Result<(), HandlerError> {
        Ok(())
    }

    /// A reply came to a client that waits for it no more, or never did, and is dropped. By a reply channel of the document, which other
    /// clients have too, come theirs as well.
    fn late(&self, _channel: &Channel, _reply: &Message) {}

    /// A service handles a message: all of it happens within the future, up to what the handler sends, which is given.
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        next.run()
    }

    /// What a handler made of a message is sent, and the message is about to be settled: what is to be known of it by whoever gets it
    /// again is noted here. It is waited for, 30 s at most, and the message is settled whatever came of it. With
    /// [transactions](crate::Policy::exactly_once) both are done already. Not told where a handler made nothing.
    fn sent<'a>(&'a self, _handling: &'a Handling) -> BoxFuture<'a, ()> {
        Box::pin(ready(()))
    }

    /// A service gives a message up, and is about to say so and to put it with the dead letters: whoever sends it again wants it
    /// handled. It is waited for, and tried again where it fails, before anything else is done about the message.
    ///
    /// # Errors
    /// When it could not be noted.
    fn given_up<'a>(&'a self, _handling: &'a Handling) -> BoxFuture<'a, Result<()>> {
        Box::pin(ready(Ok(())))
    }

    /// What became of a message that this layer saw come, be it that another let it not in; one that is given up is told as [rejected](Verdict::Reject), wherever it is kept.
    /// What is given back before it was read is not told.
    fn settled(&self, _handling: &Handling, _verdict: &Verdict) {}
}

/// A message at work.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Handling {
    /// The channel that is served.
    pub channel: Channel,
    /// The address that the message came by.
    pub address: Str,
    /// The message, as all layers left it.
    pub message: Arc<Message>,
    /// Which attempt at it this is, from 1.
    pub attempt: u32,
    /// Tells the consumers of a message apart: those that compete for it are one.
    pub consumer: Str,
    /// Whether its handler may see a message twice without harm: see [`Policy::idempotent`](crate::Policy::idempotent).
    pub idempotent: bool,
}

/// What a handler made: it is sent now that the handler has returned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handled {
    /// What it put into its [`Context`](crate::Context), with ids that depend on the message that was handled and on what is sent.
    pub sent: Vec<Outgoing>,
    /// The answer to a request.
    pub reply: Option<Reply>,
}

/// The answer to a request, with its id as [`sent`](Handled::sent). It is shared with whoever it goes to: change it by
/// [`Arc::make_mut`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Where to.
    pub channel: Channel,
    /// What.
    pub message: Arc<Message>,
}

impl From<Reply> for Outgoing {
    fn from(reply: Reply) -> Self {
        let Reply { channel, message } = reply;
        Self::new(channel, Arc::unwrap_or_clone(message))
    }
}

impl Handled {
    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.reply.is_none()
    }
}

/// What is left to do within a layer: the layers after it, and the handler.
#[must_use = "the handler runs only when it is told to"]
pub struct Next<'a> {
    handling: &'a Handling,
    layers: &'a [Arc<dyn Layer>],
    given: &'a Given,
    handler: BoxFuture<'a, Result<Handled, HandlerError>>,
}

impl<'a> Next<'a> {
    pub(crate) fn new(
        handling: &'a Handling,
        layers: &'a Layers,
        given: &'a Given,
        handler: BoxFuture<'a, Result<Handled, HandlerError>>,
    ) -> Self {
        Self {
            handling,
            layers: &layers.0,
            given,
            handler,
        }
    }

    /// The message at work.
    #[must_use]
    pub fn handling(&self) -> &'a Handling {
        self.handling
    }

    /// What the handler is given beside its message.
    #[must_use]
    pub fn given(&self) -> &'a Given {
        self.given
    }

    /// Does it.
    #[must_use = "nothing is done until this is awaited"]
    pub fn run(self) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        match self.layers.split_first() {
            None => self.handler,
            Some((layer, layers)) => layer.handle(Self { layers, ..self }),
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("handling", &self.handling)
            .finish_non_exhaustive()
    }
}

/// Layers in their order. Cheap to clone.
#[derive(Clone, Default)]
pub struct Layers(Arc<[Arc<dyn Layer>]>);

impl Layers {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with one more next to the transport.
    #[must_use]
    pub fn with(self, layer: impl Layer) -> Self {
        self.with_shared(Arc::new(layer))
    }

    /// The same, with one more next to the transport that others have too.
    #[must_use]
    pub fn with_shared(self, layer: Arc<dyn Layer>) -> Self {
        Self(self.0.iter().cloned().chain([layer]).collect())
    }

    /// Makes a message ready to be sent, or to be kept until it is.
    ///
    /// # Errors
    /// When a layer does not let it out.
    pub fn outgoing(&self, outgoing: &mut Outgoing) -> Result<(), SendError> {
        let Outgoing { channel, message } = outgoing;
        self.outgoing_message(channel, message)
    }

    pub(crate) fn outgoing_message(
        &self,
        channel: &Channel,
        message: &mut Message,
    ) -> Result<(), SendError> {
        let mut layers = self.0.iter();
        layers.try_for_each(|layer| layer.outgoing(channel, message))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn published(&self, channel: &Channel, message: &Message, outcome: &Result<()>) {
        let layers = self.0.iter().rev();
        layers.for_each(|layer| layer.published(channel, message, outcome));
    }

    /// Has them see a message come, and counts those that do: one that lets it not in is the last.
    pub(crate) fn incoming(
        &self,
        channel: &Channel,
        message: &mut Arc<Message>,
        seen: &mut u16,
    ) -> Result<(), HandlerError> {
        let mut layers = self.0.iter().rev();
        layers.try_for_each(|layer| {
            *seen = seen.saturating_add(1);
            layer.incoming(channel, message)
        })
    }

    /// Tells those that saw a reply come, of which there are so many, that nobody waits for it.
    pub(crate) fn late(&self, channel: &Channel, reply: &Message, seen: u16) {
        let layers = self.0.iter().rev().take(seen.into());
        layers.for_each(|layer| layer.late(channel, reply));
    }

    /// Tells those that saw a message come, of which there are so many, that what was made of it is sent.
    pub(crate) async fn sent(&self, handling: &Handling, seen: u16) {
        for layer in self.0.iter().rev().take(seen.into()) {
            layer.sent(handling).await;
        }
    }

    /// Tells those that saw a message come, of which there are so many, that it is given up.
    pub(crate) async fn given_up(&self, handling: &Handling, seen: u16) -> Result<()> {
        for layer in self.0.iter().rev().take(seen.into()) {
            layer.given_up(handling).await?;
        }
        Ok(())
    }

    /// Tells those that saw a message come, of which there are so many, what became of it.
    pub(crate) fn settled(&self, handling: &Handling, verdict: &Verdict, seen: u16) {
        let layers = self.0.iter().rev().take(seen.into());
        layers.for_each(|layer| layer.settled(handling, verdict));
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Layers").field(&self.0.len()).finish()
    }
}
