//! What a consumer receives, and what settles it.
use super::{
    held::Held,
    keeper::{Group as Others, Keeper},
    leases::Leases,
    naming::leases,
    streams::Streams,
    table::{Begin, Table, now},
};
use crate::leaving::{Afterwards, Left};
use futures_util::future::join_all;
use std::{fmt, sync::Arc};
use tidings::{
    ChannelKind, Error, ErrorKind, Result, Str, SubscribeSpec, Token, Verdict,
    transport::{Event, Group, Settler, Start, Subscription},
};
use tokio::{
    runtime::Handle,
    sync::oneshot,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

/// What comes from one stream.
pub struct KinesisSubscription {
    streams: Streams,
    stream: Str,
    held: Arc<Held>,
    leases: Arc<Leases>,
    /// What is done once it is dropped, or its transport closed, and it has given back what it had.
    afterwards: Arc<Afterwards>,
    handle: Handle,
}

/// A stream that is there, and when it was made.
pub(crate) struct Stream<'a> {
    pub(crate) name: &'a str,
    pub(crate) made: Option<Str>,
}

/// What settles the deliveries of a [`KinesisSubscription`].
#[derive(Clone)]
pub struct KinesisSettler {
    stream: Str,
    held: Arc<Held>,
    leases: Arc<Leases>,
}

impl KinesisSubscription {
    /// Begins to receive from a stream; what is told to be done afterwards is done whatever becomes of the subscription.
    pub(crate) async fn open(
        streams: &Streams,
        stream: Stream<'_>,
        spec: &SubscribeSpec,
        afterwards: Afterwards,
    ) -> Result<Self> {
        let settings = &streams.core.0.settings;
        let held = Arc::new(Held::new(spec, settings.shard_lease()));
        let group = group(&spec.channel.kind, &spec.group);
        let keeper = match group {
            Some(group) => shared(streams, &stream, held.clone(), spec, group.as_deref()).await,
            None => alone(streams, stream.name, held.clone(), spec.start).await,
        };
        let keeper = keeper?;
        // Dropped before its end, this ends it.
        let subscription = Self {
            streams: streams.clone(),
            stream: stream.name.into(),
            held,
            leases: keeper.leases.clone(),
            afterwards: Arc::new(afterwards),
            handle: Handle::current(),
        };
        let (begun, begins) = oneshot::channel();
        tokio::spawn(keeper.keep(begun));
        match begins.await {
            Ok(outcome) => outcome?,
            Err(_) => return Err(crate::client::closed("subscribe")),
        }
        Ok(subscription)
    }

    pub(crate) fn held(&self) -> &Arc<Held> {
        &self.held
    }

    pub(crate) fn afterwards(&self) -> &Arc<Afterwards> {
        &self.afterwards
    }
}

/// Who shares the leases of a stream: those who compete for a point-to-point channel have no name.
fn group(kind: &ChannelKind, group: &Group) -> Option<Option<Str>> {
    match (kind, group) {
        (ChannelKind::PointToPoint, _) => Some(None),
        (_, Group::Shared(name)) => Some(Some(name.clone())),
        _ => None,
    }
}

async fn shared(
    streams: &Streams,
    stream: &Stream<'_>,
    held: Arc<Held>,
    spec: &SubscribeSpec,
    group: Option<&str>,
) -> Result<Keeper> {
    let (stream, made) = (stream.name, stream.made.as_deref());
    let table = Table::new(streams, leases(stream, group));
    table
        .ensure("subscribe", streams.core.0.settings.create)
        .await?;
    let start = group.map_or(Start::Oldest, |_| spec.start);
    let (begin, is_new) = table.begin("subscribe", start, made).await?;
    let me = Uuid::now_v7().to_string();
    let others = Others::new(table.within_leases(), me.into());
    let mut keeper = Keeper::new(streams, stream, held, Some(others), begin);
    if is_new && begin != Begin::Oldest {
        from_now_on(streams, stream, &mut keeper).await?;
    }
    Ok(keeper)
}

async fn alone(streams: &Streams, stream: &str, held: Arc<Held>, start: Start) -> Result<Keeper> {
    let begin = match start {
        Start::Oldest => Begin::Oldest,
        _ => Begin::At(now()),
    };
    let mut keeper = Keeper::new(streams, stream, held, None, begin);
    if begin != Begin::Oldest {
        from_now_on(streams, stream, &mut keeper).await?;
    }
    Ok(keeper)
}

/// Has shards read with what comes from now on, exactly, as long as it is this process that reads them.
async fn from_now_on(streams: &Streams, stream: &str, keeper: &mut Keeper) -> Result<()> {
    let asked = Instant::now();
    let shards = streams.shards("subscribe", stream).await?;
    for shard in &shards {
        if !shard.is_open {
            keeper.shards.over([shard.id.clone()]);
            continue;
        }
        let iterator = streams.latest("subscribe", stream, &shard.id).await?;
        keeper.iterators.insert(shard.id.clone(), iterator);
    }
    keeper.shards.listed(shards, asked);
    Ok(())
}

impl Subscription for KinesisSubscription {
    type Settler = KinesisSettler;

    fn settler(&self) -> KinesisSettler {
        KinesisSettler {
            stream: self.stream.clone(),
            held: self.held.clone(),
            leases: self.leases.clone(),
        }
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            let changed = self.held.changed.notified();
            if let Some(event) = self.held.take(max) {
                return event;
            }
            match self.held.expires() {
                Some(at) => drop(timeout_at(at, changed).await),
                None => changed.await,
            }
        }
    }
}

impl Drop for KinesisSubscription {
    fn drop(&mut self) {
        let reason = "the subscription was dropped";
        self.held
            .end(Error::new(ErrorKind::Closed, "receive", reason));
        let afterwards = self.afterwards.take();
        let left = Left::of(&self.streams.core);
        let mut over = self.held.overs();
        self.handle.spawn(async move {
            drop(over.wait_for(|over| *over).await);
            if let Some(afterwards) = afterwards {
                afterwards.await;
            }
            drop(left);
        });
    }
}

impl Settler for KinesisSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let told = self.held.settle(verdicts);
        if told.is_empty() {
            return Vec::new();
        }
        let _telling = Telling::of(&self.held);
        let saved = told.into_iter().map(|token| async move {
            let saved = self.leases.save(&self.held, token).await;
            Some((token, saved.err()?.with("stream", &self.stream)))
        });
        join_all(saved).await.into_iter().flatten().collect()
    }
}

/// A settlement that is being told, until it is or its call is dropped.
struct Telling<'a>(&'a Held);

impl<'a> Telling<'a> {
    fn of(held: &'a Held) -> Self {
        held.telling();
        Self(held)
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.told();
    }
}

impl fmt::Debug for KinesisSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KinesisSubscription")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KinesisSettler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KinesisSettler")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
