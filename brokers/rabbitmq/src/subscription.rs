//! What one consumer receives: from a queue, or from its share of the shards that a channel is split into.
use crate::{
    dial::Core, feed::Feed, line::Line, out::Out, room::Room, settler::RabbitSettler,
    source::Source,
};
use futures_util::future::{select_all, try_join_all};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{
    BoxFuture, Result, SubscribeSpec,
    transport::{Event, Subscription},
};
use tokio::time::{Instant, sleep};

/// How often it is looked how many share the shards.
const LOOK: Duration = Duration::from_millis(200);
/// How long what is out of a shard may take to be settled before it is left to others.
const LEAVING: Duration = Duration::from_secs(3);

/// What subscribing to a [`RabbitTransport`](crate::RabbitTransport) gives.
pub struct RabbitSubscription {
    feeds: Vec<Feed>,
    outs: Arc<[Arc<Out>]>,
    room: Arc<Room>,
    prefetch: usize,
    /// How many consumers the first shard has, told now and then.
    looking: BoxFuture<'static, Option<u32>>,
    /// Which shard is asked first.
    turn: usize,
}

enum Happened {
    Looked(Option<u32>),
    Came(Result<Event>),
}

impl RabbitSubscription {
    pub(crate) async fn open(
        core: Arc<Core>,
        sources: Vec<Source>,
        spec: &SubscribeSpec,
        counts: bool,
    ) -> Result<Self> {
        let room = Arc::new(Room::default());
        let shards = sources.len();
        let open = |(shard, source)| {
            let place = (shard, shards, room.clone());
            Feed::open(core.clone(), source, place, spec, counts)
        };
        let feeds = try_join_all((0..).zip(sources).map(open)).await?;
        let outs: Arc<[_]> = feeds.iter().map(|feed| feed.out.clone()).collect();
        let looking = look(outs[0].clone(), feeds[0].queue().clone());
        Ok(Self {
            feeds,
            outs,
            room,
            prefetch: spec.prefetch.max(1),
            looking,
            turn: 0,
        })
    }

    /// What comes of any shard, unless there is something else to do first.
    async fn next_of_shards(&mut self, max: usize) -> Option<Result<Event>> {
        let max = max.min(self.prefetch.saturating_sub(self.room.count()));
        self.turn = (self.turn + 1) % self.feeds.len();
        let (last, first) = self.feeds.split_at_mut(self.turn);
        let feeds = first.iter_mut().chain(last);
        let next = select_all(feeds.map(|feed| Box::pin(feed.next(max))));
        let happened = tokio::select! {
            biased;
            consumers = &mut self.looking => Happened::Looked(consumers),
            (event, ..) = next => Happened::Came(event),
            () = self.room.freed.notified() => return None,
        };
        match happened {
            Happened::Came(event) => Some(event.map(|event| self.with_others(event))),
            Happened::Looked(consumers) => {
                self.looking = look(self.outs[0].clone(), self.feeds[0].queue().clone());
                self.share(consumers?).map(Ok)
            }
        }
    }

    /// What is gone with a connection is gone of all shards.
    fn with_others(&mut self, event: Event) -> Event {
        let Event::Gone { mut parts } = event else {
            return event;
        };
        let cut = self.feeds.iter_mut().filter(|feed| feed.is_cut());
        parts.extend(cut.map(Feed::lose));
        Event::Gone { parts }
    }

    /// Leaves shards to others, where this has more than its share. What it gives up goes to who waited longest.
    fn share(&mut self, consumers: u32) -> Option<Event> {
        let count = self.feeds.len();
        let consumers = usize::try_from(consumers).unwrap_or(usize::MAX).max(1);
        let mut staying: Vec<_> = self.feeds.iter_mut().filter(|feed| feed.stays()).collect();
        let until = Instant::now() + LEAVING;
        let mut parts = Vec::new();
        for feed in staying.drain(..).skip(count.div_ceil(consumers)) {
            feed.leave(until);
            parts.extend(feed.out.part());
        }
        (!parts.is_empty()).then_some(Event::Leaving { parts, until })
    }
}

/// How many consumers a queue has, after a while.
fn look(out: Arc<Out>, source: Source) -> BoxFuture<'static, Option<u32>> {
    Box::pin(async move {
        sleep(LOOK).await;
        let (line, wire): (Arc<Line>, _) = out.wire()?;
        line.during("look", source.consumers(&wire)).await.ok()
    })
}

impl Subscription for RabbitSubscription {
    type Settler = RabbitSettler;

    fn settler(&self) -> RabbitSettler {
        RabbitSettler(self.outs.clone())
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            if let [feed] = &mut self.feeds[..] {
                tokio::select! {
                    biased;
                    event = feed.next(max) => return event,
                    () = self.room.freed.notified() => {}
                }
            } else if let Some(event) = self.next_of_shards(max).await {
                return event;
            }
        }
    }
}

impl fmt::Debug for RabbitSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queues = self.feeds.iter().map(|feed| feed.queue().queue.as_str());
        f.debug_tuple("RabbitSubscription")
            .field(&queues.collect::<Vec<_>>())
            .finish()
    }
}
