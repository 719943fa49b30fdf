//! What one consumer receives, over a channel of its own, which is opened again after it was lost.
use crate::{
    core::{Core, Stage},
    error::{closed, error},
    link::Line,
    out::{Out, RabbitSettler},
    properties,
    topology::Source,
};
use futures_util::{FutureExt, StreamExt};
use lapin::{
    Consumer,
    message::Delivery,
    options::{BasicConsumeOptions, BasicQosOptions, QueueDeleteOptions},
    types::{FieldTable, ShortString},
};
use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};
use tidings::{
    Channel, Error, ErrorKind, Result, SubscribeSpec,
    transport::{Event, Incoming, Subscription},
};
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

/// Pause before a channel is opened again that was refused for now.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the first opening may take.
const OPENING: Duration = Duration::from_secs(30);

/// What subscribing to a [`RabbitTransport`](crate::RabbitTransport) gives.
pub struct RabbitSubscription {
    core: Arc<Core>,
    source: Source,
    /// Where what comes tells the address that it came by.
    wildcard: Option<Channel>,
    counts: bool,
    limits: (u16, usize),
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
        let mut subscription = Self {
            out: Arc::new(Out::new(core.clone(), prefetch)),
            stage: core.stage(),
            core,
            source,
            wildcard: Some(&spec.channel)
                .filter(|channel| channel.wildcard)
                .cloned(),
            counts,
            limits: (prefetch, spec.prefetch_bytes),
            consumer: None,
            waiting: VecDeque::new(),
            handle: Handle::current(),
        };
        subscription.consume(Instant::now() + OPENING).await?;
        Ok(subscription)
    }

    /// Opens a channel, with what leads to the queue in its place, and consumes.
    async fn consume(&mut self, deadline: Instant) -> Result<()> {
        let line = self.core.consuming("subscribe", deadline).await?;
        let opening = line.during("subscribe", self.begin(&line));
        let opened = timeout_at(deadline, opening).await.unwrap_or_else(|_| {
            let reason = "the broker did not answer in time";
            Err(Error::new(ErrorKind::Timeout, "subscribe", reason))
        });
        let (wire, consumer) = opened?;
        self.out.opened(line, wire);
        self.consumer = Some(consumer);
        Ok(())
    }

    async fn begin(&self, line: &Line) -> Result<(lapin::Channel, Consumer)> {
        let failed = |cause| error("subscribe", cause).with("queue", &self.source.queue);
        let wire = line.connection.create_channel().await.map_err(failed)?;
        let declares = self.core.dial.settings.create || self.source.is_private;
        let declared = async {
            match declares {
                true => self.source.declare(&wire).await,
                false => Ok(()),
            }
        };
        // Asked all at once; the broker answers in that order.
        let bounded = wire.basic_qos(self.limits.0, BasicQosOptions::default());
        let bounded = async { bounded.await.map_err(failed) };
        tokio::try_join!(declared, bounded)?;
        let consumer = wire
            .basic_consume(
                self.source.queue.clone(),
                ShortString::default(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .map_err(failed)?;
        Ok((wire, consumer))
    }

    /// The same after a loss, as often as it takes.
    async fn consume_again(&mut self) -> Result<()> {
        loop {
            match self.consume(Instant::now() + OPENING).await {
                Err(error) if error.is_retryable() => {
                    tracing::debug!(%error, "consuming failed, trying again");
                    sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// What waits, as far as it may go out.
    fn hand_out(&mut self, max: usize) -> Vec<Incoming> {
        let mut batch = Vec::new();
        while batch.len() < max
            && let Some(first) = self.waiting.front()
            && self.out.has_room(first.data.len(), self.limits.1)
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
        let incoming = Incoming::new(properties::read(delivery), token)
            .with_attempt(earlier.unwrap_or(0).saturating_add(1));
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
            let Some(Ok(delivery)) = came else {
                return false;
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
                    outcome = self.consume_again() => outcome?,
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
        let Some(wire) = wire else { return };
        let private = self.source.is_private.then(|| self.source.queue.clone());
        self.handle.spawn(async move {
            if let Some(queue) = private {
                drop(
                    wire.queue_delete(queue, QueueDeleteOptions::default())
                        .await,
                );
            }
            // What is unsettled goes back to the queue, in its place.
            drop(wire.close(200, "done".into()).await);
            // Not before: the client would cancel it, and end the connection where the channel is closing already.
            drop(consumer);
        });
    }
}

impl fmt::Debug for RabbitSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitSubscription")
            .field("queue", &self.source.queue)
            .finish_non_exhaustive()
    }
}
