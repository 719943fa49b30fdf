//! The transport.
use super::{
    KinesisSubscription,
    envelope::LARGEST,
    held::Held,
    naming::{Place, leases},
    streams::Streams,
    subscription::over,
    table::Table,
};
use crate::{
    AwsSettings,
    address::Address,
    client::{Core, closed},
    credentials,
    leaving::{Afterwards, Left},
    link,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tidings::{
    BoxFuture, Capabilities, Channel, ChannelKind, Error, ErrorKind, Message, Result, Server, Str,
    SubscribeSpec, Transport,
    dead_letter::BESIDE,
    transport::{Affinity, Confirm, Ensure, Order, Settle, Start, State, Wanted},
};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

/// What tags a stream that goes with whoever made it, and may be left behind where its process died.
const TAG: &str = "tidings";
/// How long closing waits at least for what AWS keeps otherwise.
const LEAST: Duration = Duration::from_secs(1);

/// Streams of Amazon Kinesis. Cheap to clone.
#[derive(Clone)]
pub struct KinesisTransport(Arc<Inner>);

struct Inner {
    streams: Streams,
    subscriptions: Mutex<Vec<Subscribed>>,
}

/// A subscription that is there, and what is to be done once it is gone.
type Subscribed = (Weak<Held>, Arc<Afterwards>);

impl KinesisTransport {
    /// Reaches Kinesis at an address such as `kinesis://eu-west-1`, with the usual settings.
    ///
    /// # Errors
    /// When the address makes no sense, there is nothing to identify with, or nobody is there.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, AwsSettings::default()).await
    }

    /// The same with those settings.
    ///
    /// # Errors
    /// As of [`connect`](Self::connect).
    pub async fn connect_with(url: &str, settings: AwsSettings) -> Result<Self> {
        Self::open(url, None, settings).await
    }

    pub(crate) async fn open(
        url: &str,
        server: Option<&Server>,
        settings: AwsSettings,
    ) -> Result<Self> {
        let address = Address::parse(url, "kinesis", Some("dynamodb"))?;
        let known = credentials::find(server, &address, &settings)?;
        let streams = Streams::new(Core::new(address, known, settings));
        streams.is_there().await?;
        let heartbeat = streams.core.0.settings.heartbeat;
        let transport = Self(Arc::new(Inner {
            streams,
            subscriptions: Mutex::default(),
        }));
        let (weak, again) = (Arc::downgrade(&transport.0), Arc::downgrade(&transport.0));
        let pause = move || Some(weak.upgrade()?.streams.core.0.link.pause(heartbeat));
        let ask = move || {
            let streams = again.upgrade()?.streams.clone();
            (!streams.core.0.link.is_closing()).then_some(async move { streams.is_there().await })
        };
        tokio::spawn(link::beat(heartbeat, pause, ask));
        Ok(transport)
    }

    fn core(&self) -> &Core {
        &self.0.streams.core
    }

    fn subscriptions(&self) -> MutexGuard<'_, Vec<Subscribed>> {
        let all = self.0.subscriptions.lock();
        all.unwrap_or_else(PoisonError::into_inner)
    }

    async fn receive(
        &self,
        stream: &str,
        spec: &SubscribeSpec,
        afterwards: Afterwards,
    ) -> Result<KinesisSubscription> {
        let streams = &self.0.streams;
        let opened = KinesisSubscription::open(streams, stream, spec, afterwards).await?;
        let one = (Arc::downgrade(opened.held()), opened.afterwards().clone());
        let mut all = self.subscriptions();
        all.retain(|(held, _)| held.strong_count() > 0);
        all.push(one);
        drop(all);
        // Who closes now ends those that are there.
        self.core().check_open("subscribe")?;
        Ok(opened)
    }

    async fn ensure_one(&self, wanted: &Wanted, how: Ensure) -> Result<()> {
        let (streams, channel) = (&self.0.streams, &wanted.channel);
        let create = how == Ensure::Create;
        let place = Place::of("ensure", channel)?;
        streams.ensure("ensure", &place, create, &[]).await?;
        let is_read = !channel.for_replies && !channel.address.ends_with(BESIDE);
        let (group, start) = match (&wanted.group, channel.kind) {
            (_, ChannelKind::PointToPoint) if is_read => (None, Start::Oldest),
            (Some(group), ChannelKind::PublishSubscribe) => (Some(&**group), Start::New),
            _ => return Ok(()),
        };
        let table = Table::new(streams, leases(&place.name, group));
        table.ensure("ensure", create).await?;
        if create {
            table.begin("ensure", start).await?;
        }
        Ok(())
    }

    async fn end(&self, grace: Duration) -> Result<()> {
        let until = Instant::now().checked_add(grace);
        let until = until.unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400));
        let all: Vec<_> = self.subscriptions().drain(..).collect();
        all.iter()
            .filter_map(|(held, _)| held.upgrade())
            .for_each(|held| held.close());
        let (mut unsettled, mut ended) = (0, Vec::new());
        for (held, afterwards) in all {
            let Some(held) = held.upgrade() else { continue };
            drop(timeout_at(until, is_settled(&held)).await);
            unsettled += held.out();
            held.end(closed("receive"));
            if let Some(afterwards) = afterwards.take() {
                let left = Left::of(self.core());
                let mut over = held.overs();
                tokio::spawn(async move {
                    drop(over.wait_for(|over| *over).await);
                    afterwards.await;
                    drop(left);
                });
            }
            ended.push(held);
        }
        let until = until.max(Instant::now() + LEAST);
        for held in ended {
            over(&held, until).await;
        }
        drop(timeout_at(until, self.core().0.leaving.over()).await);
        match unsettled {
            0 => Ok(()),
            count => {
                let reason = format!("{count} deliveries were not settled and come again");
                Err(Error::new(ErrorKind::Timeout, "close", reason))
            }
        }
    }
}

async fn is_settled(held: &Held) {
    loop {
        let told = held.settled.notified();
        if held.is_settled() {
            return;
        }
        told.await;
    }
}

impl Transport for KinesisTransport {
    type Subscription = KinesisSubscription;

    fn capabilities(&self, _: &Channel) -> Capabilities {
        let mut all = Capabilities::none(LARGEST);
        (all.point_to_point, all.publish_subscribe, all.groups) = (true, true, true);
        (all.replay, all.durable, all.native_reply) = (true, true, true);
        (all.affinity, all.order) = (Affinity::Shards, Order::Key);
        (all.settle, all.confirm) = (Settle::Cumulative, Confirm::Broker);
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        self.0.streams.publish(channel, batch, deadline).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<KinesisSubscription> {
        self.core().check_open("subscribe")?;
        let place = Place::of("subscribe", &spec.channel)?;
        let create = self.core().0.settings.create;
        let streams = &self.0.streams;
        streams.ensure("subscribe", &place, create, &[]).await?;
        let nothing = Afterwards::none(self.core());
        self.receive(&place.name, spec, nothing).await
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, KinesisSubscription)> {
        self.core().check_open("inbox")?;
        let name: Str = format!("tidings-inbox-{}", Uuid::now_v7()).into();
        let place = Place {
            name: name.to_string(),
            shards: None,
        };
        let (streams, gone) = (self.0.streams.clone(), name.clone());
        let leaving: BoxFuture<'static, ()> = Box::pin(async move {
            if let Err(error) = streams.delete(&gone).await {
                tracing::debug!(%error, "an inbox is left behind");
            }
        });
        // Before there is anything, so that nothing stays behind of what fails half-way.
        let afterwards = Afterwards::new(self.core(), leaving);
        let tags = [(TAG, "inbox")];
        self.0.streams.ensure("inbox", &place, true, &tags).await?;
        // Nobody shares it, so that there are no leases.
        let replies = Channel::publish_subscribe(name.clone());
        let spec = SubscribeSpec::new(replies).start(Start::Oldest);
        let opened = self.receive(&name, &spec, afterwards).await?;
        Ok((name, opened))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        self.core().check_open("ensure")?;
        for wanted in wanted {
            let ensured = self.ensure_one(wanted, how).await;
            ensured.map_err(|error| error.with("channel", &wanted.channel.address))?;
        }
        Ok(())
    }

    fn server(&self) -> Option<Str> {
        Some(self.core().0.address.to_string().into())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.core().0.link.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.core().0.link.begin_to_close();
        let ended = self.end(grace).await;
        self.core().0.link.close();
        ended
    }
}

impl fmt::Debug for KinesisTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KinesisTransport")
            .field("server", &self.core().0.address)
            .finish_non_exhaustive()
    }
}
