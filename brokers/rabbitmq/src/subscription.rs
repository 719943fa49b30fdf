//! What one consumer receives, over a channel of its own, which is opened again after it was lost.
use crate::{
    core::{Core, Stage},
    death,
    error::{closed, error},
    opening::{Beginning, Opened},
    out::{Out, RabbitSettler},
    properties,
    source::{Source, is_letters},
};
use futures_util::{FutureExt, StreamExt};
use lapin::{Consumer, message::Delivery, options::QueueDeleteOptions};
use std::{collections::VecDeque, fmt, sync::Arc};
use tidings::{
    BoxFuture, Channel, Result, SubscribeSpec,
    transport::{Event, Incoming, Subscription},
};
use tokio::{runtime::Handle, sync::watch};

/// What subscribing to a [`RabbitTransport`](crate::RabbitTransport) gives.
pub struct RabbitSubscription {
    beginning: Arc<Beginning>,
    /// A channel that is being opened: kept, since calls of `next` may be dropped sooner.
    opening: Option<BoxFuture<'static, Result<Opened>>>,
    /// Where what comes tells the address that it came by.
    wildcard: Option<Channel>,
    counts: bool,
    /// Whether what comes was given up, maybe by the broker.
    is_letters: bool,
    /// Most bytes that may be out.
    bytes: usize,
    out: Arc<Out>,
    consumer: Option<Consumer>,
    /// What came and was not handed out yet.
    waiting: VecDeque<Delivery>,
    stage: watch::Receiver<Stage>,
    handle: Handle,
}

impl RabbitSubscription {
    pub(crate) async fn open(
        core: Arc<Core>,
        source: Source,
        spec: &SubscribeSpec,
        counts: bool,
    ) -> Result<Self> {
        let prefetch = u16::try_from(spec.prefetch).unwrap_or(u16::MAX).max(1);
        let out = Arc::new(Out::new(core.clone(), prefetch, source.has_letters()));
        let stage = core.stage();
        let beginning = Beginning {
            core,
            source,
            prefetch,
        };
        let (line, wire, consumer) = beginning.open().await?;
        out.opened(line, wire);
        Ok(Self {
            out,
            stage,
            beginning: Arc::new(beginning),
            opening: None,
            wildcard: Some(&spec.channel)
                .filter(|channel| channel.wildcard)
                .cloned(),
            counts,
            is_letters: is_letters(&spec.channel.address),
            bytes: spec.prefetch_bytes,
            consumer: Some(consumer),
            waiting: VecDeque::new(),
            handle: Handle::current(),
        })
    }

    /// Goes on with the opening of a channel after a loss.
    async fn reopen(&mut self) -> Result<()> {
        let beginning = &self.beginning;
        let opening = self
            .opening
            .get_or_insert_with(|| Box::pin(beginning.clone().open_again()));
        let opened = opening.await;
        self.opening = None;
        let (line, wire, consumer) = opened?;
        self.out.opened(line, wire);
        self.consumer = Some(consumer);
        Ok(())
    }

    /// What waits, as far as it may go out.
    fn hand_out(&mut self, max: usize) -> Vec<Incoming> {
        let mut batch = Vec::new();
        while batch.len() < max
            && let Some(first) = self.waiting.front()
            && self.out.has_room(first.data.len(), self.bytes)
            && let Some(delivery) = self.waiting.pop_front()
        {
            batch.push(self.incoming(delivery));
        }
        batch
    }

    fn incoming(&self, delivery: Delivery) -> Incoming {
        let token = self
            .out
            .hand_out(delivery.delivery_tag, delivery.data.len());
        let earlier = self
            .counts
            .then(|| properties::earlier(&delivery))
            .flatten();
        let address = self
            .wildcard
            .as_ref()
            .map(|_| delivery.routing_key.as_str().to_owned());
        let death = match self.is_letters {
            true => death::of(&delivery),
            false => Vec::new(),
        };
        let mut message = properties::read(delivery);
        message.headers.extend(death);
        let incoming =
            Incoming::new(message, token).with_attempt(earlier.unwrap_or(0).saturating_add(1));
        match address {
            Some(address) => incoming.with_address(address),
            None => incoming,
        }
    }

    /// Takes in what came, without waiting; false where the channel is lost.
    fn take_in(&mut self, first: Option<lapin::Result<Delivery>>) -> bool {
        let Some(consumer) = &mut self.consumer else {
            return false;
        };
        let mut next = Some(first);
        while let Some(came) = next {
            let delivery = match came {
                Some(Ok(delivery)) => delivery,
                Some(Err(cause)) => {
                    self.beginning.ended(cause);
                    return false;
                }
                None => return false,
            };
            self.waiting.push_back(delivery);
            next = consumer.next().now_or_never();
        }
        true
    }

    /// Drops what can no longer be settled.
    fn lose(&mut self) -> Event {
        self.consumer = None;
        self.waiting.clear();
        let (part, wire) = self.out.gone();
        drop(wire);
        Event::Gone { parts: vec![part] }
    }
}

impl Subscription for RabbitSubscription {
    type Settler = RabbitSettler;

    fn settler(&self) -> RabbitSettler {
        RabbitSettler(self.out.clone())
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            let stage = *self.stage.borrow_and_update();
            if stage == Stage::Closed {
                return Err(closed("receive"));
            }
            if self.consumer.is_none() {
                let mut stage = self.stage.clone();
                tokio::select! {
                    outcome = self.reopen() => outcome?,
                    _ = stage.changed() => {}
                }
                continue;
            }
            if stage == Stage::Open {
                let batch = self.hand_out(max);
                if !batch.is_empty() {
                    return Ok(Event::Deliveries(batch));
                }
            }
            let Some(consumer) = &mut self.consumer else {
                continue;
            };
            let came = tokio::select! {
                came = consumer.next() => came,
                () = self.out.room.notified() => continue,
                _ = self.stage.changed() => continue,
            };
            if !self.take_in(came) {
                return Ok(self.lose());
            }
        }
    }
}

impl Drop for RabbitSubscription {
    fn drop(&mut self) {
        let (_, wire) = self.out.gone();
        let consumer = self.consumer.take();
        let Some((line, wire)) = wire else { return };
        let source = &self.beginning.source;
        let private = source.is_private.then(|| source.queue.clone());
        self.handle.spawn(async move {
            let ending = async {
                if let Some(queue) = private {
                    let options = QueueDeleteOptions::default();
                    drop(wire.queue_delete(queue, options).await);
                }
                // What is unsettled goes back to the queue, in its place.
                let closed = wire.close(200, "done".into()).await;
                closed.map_err(|cause| error("unsubscribe", cause))
            };
            // Where the connection is lost, all of that happens by itself.
            drop(line.during("unsubscribe", ending).await);
            // Not before: the client would cancel it, and end the connection where the channel is closing already.
            drop(consumer);
        });
    }
}

impl fmt::Debug for RabbitSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitSubscription")
            .field("queue", &self.beginning.source.queue)
            .finish_non_exhaustive()
    }
}
