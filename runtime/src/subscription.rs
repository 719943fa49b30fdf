//! What generated clients listen by: a stream of typed deliveries, each settled by its holder.
mod delivery;
mod ledger;
mod letters;
mod out;
mod receive;
mod shelf;
mod source;
mod taken;

pub use delivery::Delivery;

use crate::{
    Channel, ChannelKind, DynTransport, HandlerError, Layers, Message, ReceiveError, Received,
    Result, TypedMessage,
    dead_letter::is_for,
    recognition::unknown,
    requirement::of_server,
    router::check_channel,
    transport::{Group, Settle, SubscribeSpec, Verdict},
};
use futures_core::Stream;
use letters::Letters;
use out::Out;
use receive::PAUSE;
use shelf::{HELD, Shelf};
use source::Source;
use std::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};
use taken::Taken;
use tokio::{runtime::Handle, sync::Notify};

/// Most deliveries that wait behind one that is not done, where the transport is told up to where all is done.
const BEHIND: usize = 4096;

/// Typed deliveries of one channel. A message that is not what the document says goes to the dead letters, and is told as an error;
/// other messages of a publish-subscribe channel, by their names, are passed over.
/// Dropped, it gives back what nobody has taken yet; what was taken can still be settled.
pub struct Subscription<M> {
    source: Arc<Source>,
    message: PhantomData<fn() -> M>,
}

impl<M: TypedMessage> Subscription<M> {
    /// Begins to receive.
    ///
    /// # Errors
    /// When the transport cannot subscribe.
    pub(crate) async fn open(
        transport: &Arc<dyn DynTransport>,
        channel: &Channel,
        group: Option<&str>,
        layers: Layers,
    ) -> Result<Self> {
        let capabilities = transport.capabilities(channel);
        let behind = match capabilities.settle {
            Settle::Cumulative => BEHIND,
            Settle::Individual | Settle::Auto => 0,
        };
        let spec = SubscribeSpec::new(channel.clone())
            .group(Group::named(group))
            .prefetch(HELD + behind);
        check_channel(&capabilities, &spec).map_err(|error| of_server(&**transport, error))?;
        let subscription = transport.subscribe(&spec).await?;
        let source = Arc::new(Source {
            channel: channel.clone(),
            group: group.map(Into::into),
            layers,
            letters: Letters::of(transport, channel),
            settler: subscription.settler(),
            shelf: Mutex::new(Shelf::new(capabilities.settle)),
            changed: Notify::new(),
            runtime: Handle::current(),
        });
        tokio::spawn(receive::run(subscription, source.clone()));
        Ok(Self {
            source,
            message: PhantomData,
        })
    }

    /// The next delivery; none when the subscription has ended. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Delivery<M>, ReceiveError>> {
        poll_fn(|context| self.poll_delivery(context)).await
    }

    fn poll_delivery(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Delivery<M>, ReceiveError>>> {
        loop {
            let Some(item) = ready!(self.source.poll_take(context)) else {
                return Poll::Ready(None);
            };
            let decoded = item
                .map_err(ReceiveError::from)
                .and_then(|out| self.decode(out));
            if let Some(delivery) = decoded.transpose() {
                return Poll::Ready(Some(delivery));
            }
        }
    }

    /// None for a message of the topic that is for others.
    fn decode(&self, mut out: Out) -> Result<Option<Delivery<M>>, ReceiveError> {
        let source = &self.source;
        let Channel { address, kind, .. } = &source.channel;
        let is_topic = *kind == ChannelKind::PublishSubscribe;
        if is_topic && !is_for(&mut out.incoming.message, source.group.as_deref()) {
            Taken::new(source.clone(), out).detach(Verdict::Ack);
            return Ok(None);
        }
        // As layers leave it; should it come again, they see it as it came.
        let mut incoming = out.incoming.clone();
        let mut taken = Taken::new(source.clone(), out);
        let mut seen = 0;
        let outcome = source
            .layers
            .incoming(&source.channel, &mut incoming.message, &mut seen);
        if seen > 0 {
            taken.is_watched_by(source.handling(&incoming), seen);
        }
        if let Err(error) = outcome {
            return Err(self.kept_out(error, taken));
        }
        let Message { id, name, .. } = &*incoming.message;
        let foreign = !M::NAMES.is_empty()
            && name
                .as_ref()
                .is_some_and(|name| !M::NAMES.contains(&&**name));
        if foreign && is_topic {
            tracing::debug!(%id, ?name, %address, "message is for others");
            taken.detach(Verdict::Ack);
            return Ok(None);
        }
        let received = match foreign {
            true => Err(unknown(&incoming.message, M::NAMES.iter().copied())),
            false => Received::from_incoming(address, &incoming),
        };
        match received {
            Ok(received) => Ok(Some(Delivery::new(received, taken))),
            Err(invalid) => {
                taken.give_up_beside("rejected", invalid.to_string());
                Err(invalid.into())
            }
        }
    }
}

impl<M> Subscription<M> {
    /// A layer let a message not in.
    fn kept_out(&self, error: HandlerError, taken: Taken) -> ReceiveError {
        let told = ReceiveError::KeptOut(error.to_string());
        tracing::warn!(address = %self.source.channel.address, %error, "message kept out");
        match error {
            HandlerError::Retry { after, .. } => taken.detach(Verdict::Retry {
                after: after.unwrap_or(PAUSE),
            }),
            HandlerError::Reject(source) => taken.give_up_beside("rejected", source.to_string()),
        }
        told
    }
}

impl<M> Drop for Subscription<M> {
    fn drop(&mut self) {
        self.source.close();
    }
}

impl<M: TypedMessage> Stream for Subscription<M> {
    type Item = Result<Delivery<M>, ReceiveError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_delivery(context)
    }
}

impl<M> fmt::Debug for Subscription<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("channel", &self.source.channel)
            .finish_non_exhaustive()
    }
}
