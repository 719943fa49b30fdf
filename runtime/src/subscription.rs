//! The receiving half of generated subscribers: a stream of typed deliveries, each settled by its holder.
use crate::{
    Channel, ChannelKind, Error, ErrorKind, Message, Metadata, ReceiveError, Received, Result,
    TypedMessage,
    codegen::unknown_message,
    transport::{DynSubscription, Incoming, Token, Verdict},
};
use futures_core::Stream;
use std::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::sync::{
    mpsc::{self, UnboundedReceiver, UnboundedSender},
    oneshot,
};

/// Deliveries and settlements taken at a time.
const BATCH: usize = 64;
/// Pause after a failure that may pass.
const PAUSE: Duration = Duration::from_millis(100);

type Item = Result<(Incoming, Settler)>;

/// Typed deliveries of one channel. A message that is not what the document says is rejected, and told as an error; other
/// messages of a publish-subscribe channel, by their names, are passed over.
/// Dropped, it gives back what nobody has taken yet; what was taken can still be settled.
pub struct Subscription<M> {
    channel: Channel,
    items: UnboundedReceiver<Item>,
    message: PhantomData<fn() -> M>,
}

impl<M: TypedMessage> Subscription<M> {
    pub(crate) fn start(channel: Channel, subscription: Box<dyn DynSubscription>) -> Self {
        // Unbounded by itself: the transport hands out no more than the prefetch before some is settled.
        let (sender, items) = mpsc::unbounded_channel();
        tokio::spawn(run(subscription, sender));
        Self {
            channel,
            items,
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
        let (incoming, settler) = item?;
        let Message { id, name, .. } = &incoming.message;
        let address = &self.channel.address;
        let foreign = !M::NAMES.is_empty()
            && name
                .as_ref()
                .is_some_and(|name| !M::NAMES.contains(&&**name));
        if foreign && self.channel.kind == ChannelKind::PublishSubscribe {
            tracing::debug!(%id, ?name, %address, "message is for others");
            settler.send(Verdict::Ack, None);
            return Ok(None);
        }
        let received = match foreign {
            true => Err(unknown_message(&incoming.message, M::NAMES)),
            false => Received::from_incoming(address, &incoming),
        };
        match received {
            Ok(received) => Ok(Some(Delivery { received, settler })),
            Err(invalid) => {
                tracing::warn!(%id, ?name, %address, error = %invalid, "message rejected");
                settler.send(Verdict::Reject, None);
                Err(invalid.into())
            }
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
    settler: Settler,
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
        self.settler.settle(Verdict::Ack).await
    }

    /// Have it delivered again, not before that time has passed.
    ///
    /// # Errors
    /// When the transport could not be told; the message comes again.
    pub async fn retry(self, after: Duration) -> Result<()> {
        self.settler.settle(Verdict::Retry { after }).await
    }

    /// Never have it delivered again.
    ///
    /// # Errors
    /// When the transport could not be told; the message comes again.
    pub async fn reject(self) -> Result<()> {
        self.settler.settle(Verdict::Reject).await
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

struct Settlement {
    token: Token,
    verdict: Verdict,
    told: Option<oneshot::Sender<Result<()>>>,
}

/// The right to settle one delivery, once.
struct Settler {
    token: Token,
    settlements: Option<UnboundedSender<Settlement>>,
}

impl Settler {
    async fn settle(self, verdict: Verdict) -> Result<()> {
        let (told, outcome) = oneshot::channel();
        self.send(verdict, Some(told));
        let ended = || Error::new(ErrorKind::Closed, "settle", "the subscription has ended");
        outcome.await.unwrap_or_else(|_| Err(ended()))
    }

    fn send(mut self, verdict: Verdict, told: Option<oneshot::Sender<Result<()>>>) {
        self.send_once(verdict, told);
    }

    fn send_once(&mut self, verdict: Verdict, told: Option<oneshot::Sender<Result<()>>>) {
        if let Some(settlements) = self.settlements.take() {
            // Where the owner has ended, the transport delivers again by itself.
            drop(settlements.send(Settlement {
                token: self.token,
                verdict,
                told,
            }));
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        self.send_once(Verdict::RETRY_NOW, None);
    }
}

/// Owns the transport's subscription: hands out deliveries while they are wanted, then settles what is still out.
async fn run(mut subscription: Box<dyn DynSubscription>, items: UnboundedSender<Item>) {
    let (settlements, mut settled) = mpsc::unbounded_channel();
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            () = items.closed() => break,
            // Never none: this task holds a sender.
            _ = settled.recv_many(&mut batch, BATCH) => settle(&mut *subscription, &mut batch).await,
            next = subscription.next(BATCH) => {
                let going = hand_out(next, &items, &settlements);
                match going {
                    Going::On => {}
                    Going::Pause => tokio::time::sleep(PAUSE).await,
                    Going::Ended => break,
                }
            }
        }
    }
    drop((settlements, items));
    while settled.recv_many(&mut batch, BATCH).await > 0 {
        settle(&mut *subscription, &mut batch).await;
    }
}

enum Going {
    On,
    Pause,
    Ended,
}

fn hand_out(
    next: Result<Vec<Incoming>>,
    items: &UnboundedSender<Item>,
    settlements: &UnboundedSender<Settlement>,
) -> Going {
    match next {
        Ok(deliveries) => {
            for incoming in deliveries {
                let settler = Settler {
                    token: incoming.token,
                    settlements: Some(settlements.clone()),
                };
                // Where nobody listens any more, the settler's drop gives the delivery back.
                drop(items.send(Ok((incoming, settler))));
            }
            Going::On
        }
        Err(error) if error.kind() == ErrorKind::Closed => Going::Ended,
        Err(error) => {
            let going = if error.is_retryable() {
                Going::Pause
            } else {
                Going::Ended
            };
            drop(items.send(Err(error)));
            going
        }
    }
}

async fn settle(subscription: &mut dyn DynSubscription, batch: &mut Vec<Settlement>) {
    let verdicts: Vec<_> = batch
        .iter()
        .map(|settlement| (settlement.token, settlement.verdict))
        .collect();
    let outcome = subscription.settle(&verdicts).await;
    for told in batch.drain(..).filter_map(|settlement| settlement.told) {
        // Whoever settled need not wait for the outcome.
        drop(told.send(outcome.clone()));
    }
}
