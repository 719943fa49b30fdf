//! The receiving half of generated subscribers: a stream of typed deliveries, each settled by its holder.
use crate::{
    Channel, ChannelKind, ErrorKind, HandlerError, Handling, Layers, Message, Metadata,
    ReceiveError, Received, Result, Str, TypedMessage,
    codegen::unknown_message,
    dead_letter::is_for,
    lease::{Leased, Leases},
    transport::{DynSettler, DynSubscription, Event, Incoming, Token, Verdict},
};
use futures_core::Stream;
use std::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::mpsc::{self, Receiver, Sender, UnboundedSender},
};

/// Deliveries taken at a time, before they are wanted.
const BATCH: usize = 64;
/// Pause after a failure that may pass.
const PAUSE: Duration = Duration::from_millis(100);

type Item = Result<(Incoming, Settling)>;

/// Typed deliveries of one channel. A message that is not what the document says is rejected, and told as an error; other
/// messages of a publish-subscribe channel, by their names, are passed over.
/// Dropped, it gives back what nobody has taken yet; what was taken can still be settled.
pub struct Subscription<M> {
    channel: Channel,
    items: Receiver<Item>,
    layers: Layers,
    group: Option<Str>,
    message: PhantomData<fn() -> M>,
}

impl<M: TypedMessage> Subscription<M> {
    pub(crate) fn start(
        channel: Channel,
        subscription: Box<dyn DynSubscription>,
        layers: Layers,
        group: Option<&str>,
    ) -> Self {
        let (sender, items) = mpsc::channel(BATCH);
        tokio::spawn(run(subscription, sender));
        Self {
            channel,
            items,
            layers,
            group: group.map(Str::from),
            message: PhantomData,
        }
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
            let Some(item) = ready!(self.items.poll_recv(context)) else {
                return Poll::Ready(None);
            };
            if let Some(delivery) = self.decode(item).transpose() {
                return Poll::Ready(Some(delivery));
            }
        }
    }

    /// None for a message of the topic that is for others.
    fn decode(&self, item: Item) -> Result<Option<Delivery<M>>, ReceiveError> {
        let (mut incoming, mut settling) = item?;
        let address = &self.channel.address;
        let is_topic = self.channel.kind == ChannelKind::PublishSubscribe;
        if is_topic && !is_for(&mut incoming.message, self.group.as_deref()) {
            settling.detach(Verdict::Ack);
            return Ok(None);
        }
        let mut seen = 0;
        let outcome = self
            .layers
            .incoming(&self.channel, &mut incoming.message, &mut seen);
        if seen > 0 {
            settling.watched = Some(Box::new(Watched {
                layers: self.layers.clone(),
                handling: self.handling(&incoming),
                seen,
            }));
        }
        if let Err(error) = outcome {
            return Err(self.kept_out(&error, settling));
        }
        let Message { id, name, .. } = &*incoming.message;
        let foreign = !M::NAMES.is_empty()
            && name
                .as_ref()
                .is_some_and(|name| !M::NAMES.contains(&&**name));
        if foreign && is_topic {
            tracing::debug!(%id, ?name, %address, "message is for others");
            settling.detach(Verdict::Ack);
            return Ok(None);
        }
        let received = match foreign {
            true => Err(unknown_message(&incoming.message, M::NAMES)),
            false => Received::from_incoming(address, &incoming),
        };
        match received {
            Ok(received) => {
                settling.dropped = Verdict::RETRY_NOW;
                Ok(Some(Delivery { received, settling }))
            }
            Err(invalid) => {
                tracing::warn!(%id, ?name, %address, error = %invalid, "message rejected");
                settling.detach(Verdict::reject("it is not what the document says"));
                Err(invalid.into())
            }
        }
    }
}

impl<M> Subscription<M> {
    /// A layer let a message not in.
    fn kept_out(&self, error: &HandlerError, settling: Settling) -> ReceiveError {
        tracing::warn!(address = %self.channel.address, %error, "message kept out");
        settling.detach(match error {
            HandlerError::Retry { after, .. } => Verdict::Retry {
                after: after.unwrap_or(PAUSE),
            },
            HandlerError::Reject(_) => Verdict::reject("a layer let it not in"),
        });
        ReceiveError::KeptOut(error.to_string())
    }

    fn handling(&self, incoming: &Incoming) -> Handling {
        let own = &self.channel.address;
        Handling {
            channel: self.channel.clone(),
            address: incoming.address.as_ref().unwrap_or(own).clone(),
            message: incoming.message.clone(),
            attempt: incoming.attempt,
            consumer: own.clone(),
            idempotent: false,
        }
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
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// A received message that waits to be settled. Dropped unsettled, it is delivered again.
#[must_use = "a delivery that is not settled is delivered again"]
pub struct Delivery<M> {
    received: Received<M>,
    settling: Settling,
}

impl<M> Delivery<M> {
    /// What the transport knows of the message.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.received.metadata
    }

    /// Done with it.
    ///
    /// # Errors
    /// When the transport could not be told; the message comes again.
    pub async fn ack(self) -> Result<()> {
        self.settling.settle(Verdict::Ack).await
    }

    /// Have it delivered again, not before that time has passed.
    ///
    /// # Errors
    /// When the transport could not be told; the message comes again.
    pub async fn retry(self, after: Duration) -> Result<()> {
        self.settling.settle(Verdict::Retry { after }).await
    }

    /// Never have it delivered again, for that reason: a short phrase.
    ///
    /// # Errors
    /// When the transport could not be told; the message comes again.
    pub async fn reject(self, reason: impl Into<Str>) -> Result<()> {
        self.settling.settle(Verdict::reject(reason)).await
    }
}

impl<M> Deref for Delivery<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.received.message
    }
}

impl<M: fmt::Debug> fmt::Debug for Delivery<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Delivery").field(&self.received).finish()
    }
}

/// The right to settle one delivery, once. While it is there, so is the transport's subscription.
struct Settling {
    token: Token,
    settler: Option<(Arc<dyn DynSettler>, UnboundedSender<()>)>,
    /// Its lease, where there is one.
    leased: Option<Leased>,
    watched: Option<Box<Watched>>,
    /// What becomes of it when it is dropped: nobody has tried what nobody has taken.
    dropped: Verdict,
}

/// The layers that saw it come, so many, see what becomes of it.
struct Watched {
    layers: Layers,
    handling: Handling,
    seen: u16,
}

impl Settling {
    fn tell(&mut self, verdict: &Verdict) {
        if let Some(watched) = self.watched.take() {
            let Watched {
                layers,
                handling,
                seen,
            } = *watched;
            layers.settled(&handling, verdict, seen);
        }
    }

    async fn settle(mut self, verdict: Verdict) -> Result<()> {
        let Some((settler, _alive)) = self.settler.take() else {
            return Ok(());
        };
        self.tell(&verdict);
        let failed = settler.settle(&[(self.token, verdict)]).await;
        failed
            .into_iter()
            .next()
            .map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Settles it, and lets nobody wait for that.
    fn detach(mut self, verdict: Verdict) {
        self.detach_once(verdict);
    }

    fn detach_once(&mut self, verdict: Verdict) {
        let Some((settler, alive)) = self.settler.take() else {
            return;
        };
        self.tell(&verdict);
        let (token, leased) = (self.token, self.leased.take());
        // Where there is no runtime any more, the transport delivers again by itself.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if let Some((_, error)) = settler.settle(&[(token, verdict)]).await.first() {
                    tracing::debug!(%error, "not settled, the message comes again");
                }
                drop((alive, leased));
            });
        }
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        self.detach_once(self.dropped.clone());
    }
}

/// Owns the transport's subscription, and keeps it, and the leases of what is out, until all of that is settled.
async fn run(subscription: Box<dyn DynSubscription>, items: Sender<Item>) {
    let (settler, leases) = (subscription.settler(), Leases::of(subscription.lease()));
    tokio::select! {
        biased;
        () = receive(subscription, &settler, &leases, items) => {}
        () = leases.keep(&*settler) => {}
    }
}

/// Hands out deliveries as they are wanted; ends when all of them are settled.
async fn receive(
    mut subscription: Box<dyn DynSubscription>,
    settler: &Arc<dyn DynSettler>,
    leases: &Leases,
    items: Sender<Item>,
) {
    let (alive, mut settled) = mpsc::unbounded_channel();
    while let Ok(places) = items.reserve_many(BATCH.min(items.max_capacity())).await {
        let next = tokio::select! {
            () = items.closed() => break,
            next = subscription.next(BATCH) => next,
        };
        let failed = match next {
            Ok(Event::Deliveries(deliveries)) => {
                for (place, incoming) in places.zip(deliveries) {
                    let settling = Settling {
                        token: incoming.token,
                        settler: Some((settler.clone(), alive.clone())),
                        leased: leases.lease(incoming.token),
                        watched: None,
                        dropped: Verdict::Release,
                    };
                    place.send(Ok((incoming, settling)));
                }
                continue;
            }
            Ok(Event::Lost { count }) => {
                tracing::warn!(?count, "messages were lost");
                continue;
            }
            // What is out is settled in vain, which harms nobody, or in time.
            Ok(Event::Leaving { .. } | Event::Gone { .. }) => continue,
            Err(error) => error,
        };
        if failed.kind() == ErrorKind::Closed {
            break;
        }
        let is_over = !failed.is_retryable();
        if let Some(place) = places.into_iter().next() {
            place.send(Err(failed));
        }
        if is_over {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    drop((alive, items));
    while settled.recv().await.is_some() {}
}
