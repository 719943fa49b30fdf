//! What a subscription receives from one queue, over a channel of its own, which is opened again after it was lost.
use crate::{
    bindings::{Names, names},
    death,
    dial::Core,
    error::error,
    opening::{Beginning, Opened},
    out::Out,
    properties,
    room::Room,
    source::{Source, is_letters},
    waiting::Waiting,
};
use futures_util::{FutureExt, StreamExt};
use lapin::{Consumer, message::Delivery, options::QueueDeleteOptions};
use std::{sync::Arc, time::Duration};
use tidings::{
    BoxFuture, Channel, Error, Result, SubscribeSpec,
    transport::{Event, Incoming, Part, Stage},
};
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, sleep_until},
};

/// How long what is out may take to be settled before fewer are sent ahead.
const EASING: Duration = Duration::from_secs(30);

/// What comes from one queue.
pub(crate) struct Feed {
    beginning: Arc<Beginning>,
    /// A channel that is being opened: kept, since calls of `next` may be dropped sooner.
    opening: Option<BoxFuture<'static, Result<Opened>>>,
    /// Where what comes tells the address that it came by.
    wildcard: Option<Channel>,
    /// What messages are called at the broker that have other names.
    names: Names,
    counts: bool,
    /// Whether what comes was given up, maybe by the broker.
    is_letters: bool,
    /// Most bytes that may be out.
    bytes: usize,
    pub(crate) out: Arc<Out>,
    room: Arc<Room>,
    /// Whether it is known that it has its queue, where one consumer at a time does.
    pub(crate) is_active: bool,
    /// It is about to leave its queue to others: by then at the latest.
    leaving: Option<Instant>,
    consumer: Option<Consumer>,
    /// Whether it was told that another channel has the queue's name.
    has_told: bool,
    /// What came and was not handed out yet.
    waiting: Waiting,
    /// Until when what is out is to be settled, which was not told yet.
    untold: Option<Instant>,
    stage: watch::Receiver<Stage>,
    handle: Handle,
}

impl Feed {
    pub(crate) async fn open(
        core: Arc<Core>,
        source: Source,
        (shard, shards, room): (u32, usize, Arc<Room>),
        spec: &SubscribeSpec,
        counts: bool,
    ) -> Result<Self> {
        let prefetch = u16::try_from(spec.prefetch).unwrap_or(u16::MAX).max(1);
        let keeps_rejected = source.has_letters();
        let out = Out::new(core.clone(), room.clone(), shard, keeps_rejected);
        let out = Arc::new(out);
        let stage = core.stage();
        // One that goes with its last consumer would go with all that is in it.
        let bytes = match source.options.auto_delete {
            true => usize::MAX,
            false => spec.prefetch_bytes,
        };
        let waiting = Waiting::new(room.clone(), bytes, shards);
        let beginning = Beginning {
            core,
            source,
            prefetch: prefetch.into(),
        };
        let opened = beginning.open_first().await?;
        out.opened(opened.line, opened.wire);
        Ok(Self {
            out,
            waiting,
            room,
            is_active: opened.is_first,
            leaving: None,
            stage,
            beginning: Arc::new(beginning),
            opening: None,
            wildcard: Some(&spec.channel)
                .filter(|channel| channel.wildcard)
                .cloned(),
            names: names(&spec.channel)?,
            counts,
            is_letters: is_letters(&spec.channel.address),
            bytes: spec.prefetch_bytes,
            consumer: Some(opened.consumer),
            has_told: false,
            untold: None,
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
        let opened = opened?;
        self.out.opened(opened.line, opened.wire);
        self.is_active = opened.is_first;
        self.consumer = Some(opened.consumer);
        Ok(())
    }

    /// What waits, as far as it may go out.
    fn hand_out(&mut self, max: usize) -> Vec<Incoming> {
        let mut batch = Vec::new();
        let has_place = |first: &Delivery| self.room.has_place(first.data.len(), self.bytes);
        while batch.len() < max
            && let Some(delivery) = self.waiting.pop_if(has_place)
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
        let called = message.name.as_deref();
        if let Some(name) = called.and_then(|called| self.names.get(called)) {
            message.name.clone_from(name);
        }
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
            let source = &self.beginning.source;
            if !self.has_told && source.is_of_another(delivery.exchange.as_str()) {
                self.has_told = true;
                tracing::warn!(queue = %source.queue, "messages are published to a group's or a shard's queue itself, by its name: no point-to-point channel is to have that");
            }
            // What is not kept is given back with the channel.
            if self.leaving.is_none()
                && let Some(fewer) = self.waiting.push(delivery)
            {
                self.beginning.ask_for_fewer(fewer);
            }
            next = consumer.next().now_or_never();
        }
        true
    }

    /// The queue, and the channel that it is consumed by, as long as there is one.
    pub(crate) fn queue(&self) -> &Source {
        &self.beginning.source
    }

    /// Whether it has its queue, and is not about to leave it.
    pub(crate) fn stays(&self) -> bool {
        self.is_active && self.consumer.is_some() && self.leaving.is_none()
    }

    /// Hands out nothing more, and leaves the queue to whoever is next once all that is out was settled, by then at the latest.
    pub(crate) fn leave(&mut self, until: Instant) {
        self.leaving = Some(until);
        self.waiting.clear();
    }

    /// Closes the channel, which gives back what is unsettled and the queue to the next at once, and goes to the end of the line.
    /// Tells what can no longer be settled.
    fn step_back(&mut self) -> Option<Event> {
        let had = self.out.part();
        let (_, wire) = self.out.gone();
        let (consumer, out) = (self.consumer.take(), self.out.clone());
        self.waiting.clear();
        (self.leaving, self.untold, self.is_active) = (None, None, false);
        let beginning = self.beginning.clone();
        // Whether anybody asks what happens next or not: others wait for the queue.
        let closing = self.handle.spawn(async move {
            let Some((line, wire)) = wire else { return };
            // What was settled is told before.
            let _turn = out.turn.lock().await;
            let closing = wire.close(200, "done".into());
            let closing = async { closing.await.map_err(|cause| error("leave", cause)) };
            drop(line.during("leave", closing).await);
            drop(consumer);
        });
        self.opening = Some(Box::pin(async move {
            drop(closing.await);
            beginning.open_again().await
        }));
        had.map(|part| Event::Gone { parts: vec![part] })
    }

    /// Whether its connection has ended, which it may not have been told yet.
    pub(crate) fn is_cut(&self) -> bool {
        let wire = self.out.wire();
        wire.is_some_and(|(line, _)| !line.connection.status().connected())
    }

    /// Drops what can no longer be settled.
    pub(crate) fn lose(&mut self) -> Part {
        (self.leaving, self.untold, self.is_active) = (None, None, false);
        self.consumer = None;
        self.waiting.clear();
        let (part, wire) = self.out.gone();
        drop(wire);
        part
    }
}

impl Feed {
    /// What happens next. Somebody else looks whether there is room again.
    pub(crate) async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            let stage = *self.stage.borrow_and_update();
            if stage == Stage::Closed {
                return Err(Error::closed("receive"));
            }
            if self.consumer.is_none() {
                let mut stage = self.stage.clone();
                tokio::select! {
                    outcome = self.reopen() => outcome?,
                    _ = stage.changed() => {}
                }
                continue;
            }
            if self.waiting.is_over() && self.leaving.is_none() {
                let until = Some(Instant::now() + EASING);
                (self.leaving, self.untold) = (until, until);
            }
            let left = self.leaving.unwrap_or_else(Instant::now);
            if self.leaving.is_some() && (self.out.part().is_none() || left <= Instant::now()) {
                match self.step_back() {
                    Some(gone) => return Ok(gone),
                    None => continue,
                }
            }
            if let Some(until) = self.untold.take() {
                let parts = self.out.part().into_iter().collect();
                return Ok(Event::Leaving { parts, until });
            }
            if stage == Stage::Open && self.leaving.is_none() {
                let batch = self.hand_out(max);
                if !batch.is_empty() {
                    self.is_active = true;
                    return Ok(Event::Deliveries(batch));
                }
            }
            let Some(consumer) = &mut self.consumer else {
                continue;
            };
            let came = tokio::select! {
                came = consumer.next() => came,
                () = sleep_until(left), if self.leaving.is_some() => continue,
                _ = self.stage.changed() => continue,
            };
            if !self.take_in(came) {
                let parts = vec![self.lose()];
                return Ok(Event::Gone { parts });
            }
        }
    }
}

impl Drop for Feed {
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
