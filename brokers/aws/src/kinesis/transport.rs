//! The transport.
use super::{
    KinesisSubscription,
    envelope::LARGEST,
    held::Held,
    naming::{Place, leases},
    streams::Streams,
    subscription::Stream,
    table::Table,
};
use crate::{
    AwsSettings,
    address::Address,
    bindings,
    client::Core,
    credentials,
    leaving::{Afterwards, TAG},
    link, names,
    opened::{Holds, Opened},
};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{
    BoxFuture, Capabilities, Channel, ChannelKind, Error, Message, Result, Server, Str,
    SubscribeSpec, Transport,
    dead_letter::BESIDE,
    transport::{Affinity, Confirm, Ensure, Order, Settle, Start, State, Wanted},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Streams of Amazon Kinesis. Cheap to clone.
#[derive(Clone)]
pub struct KinesisTransport(Arc<Inner>);

struct Inner {
    streams: Streams,
    opened: Opened<Held>,
}

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
        bindings::server(server)?;
        let address = Address::parse(url, "kinesis", Some("dynamodb"))?;
        let known = credentials::find(server, &address, &settings)?;
        let streams = Streams::new(Core::new(address, known, settings));
        streams.is_there().await?;
        let heartbeat = streams.core.0.settings.heartbeat;
        let transport = Self(Arc::new(Inner {
            streams,
            opened: Opened::new(),
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

    async fn receive(
        &self,
        stream: Stream<'_>,
        spec: &SubscribeSpec,
        afterwards: Afterwards,
    ) -> Result<KinesisSubscription> {
        let streams = &self.0.streams;
        let opened = KinesisSubscription::open(streams, stream, spec, afterwards).await?;
        let all = &self.0.opened;
        all.add(self.core(), opened.held(), (), opened.afterwards())?;
        Ok(opened)
    }

    async fn ensure_one(&self, wanted: &Wanted, how: Ensure) -> Result<()> {
        let (streams, channel) = (&self.0.streams, &wanted.channel);
        let create = how == Ensure::Create;
        let place = Place::of("ensure", channel)?;
        let made = streams.ensure("ensure", &place, create, &[]).await?;
        let is_read = !channel.for_replies && !channel.address.ends_with(BESIDE);
        let (group, start) = match (&wanted.group, channel.kind) {
            (_, ChannelKind::PointToPoint) if is_read => (None, Start::Oldest),
            (Some(group), ChannelKind::PublishSubscribe) => (Some(&**group), Start::New),
            _ => return Ok(()),
        };
        let table = Table::new(streams, leases(&place.name, group));
        table.ensure("ensure", create).await?;
        if create {
            table.begin("ensure", start, made.as_deref()).await?;
        }
        Ok(())
    }
}

impl Holds for Held {
    type Source = ();

    fn close(&self) {
        self.close();
    }

    fn settled(&self) -> &Notify {
        &self.settled
    }

    fn is_settled(&self) -> bool {
        self.is_settled()
    }

    fn out(&self) -> usize {
        self.out()
    }

    async fn give_back(self: Arc<Self>, (): &(), why: Error) {
        self.end(why);
        self.over().await;
    }

    async fn over(&self) {
        let mut over = self.overs();
        drop(over.wait_for(|over| *over).await);
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
        let made = streams.ensure("subscribe", &place, create, &[]).await?;
        let stream = Stream {
            name: &place.name,
            made,
        };
        let nothing = Afterwards::none(self.core());
        self.receive(stream, spec, nothing).await
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, KinesisSubscription)> {
        self.core().check_open("inbox")?;
        let name: Str = names::inbox().into();
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
        let streams = &self.0.streams;
        let made = streams.ensure("inbox", &place, true, &tags).await?;
        // Nobody shares it, so that there are no leases.
        let replies = Channel::publish_subscribe(name.clone());
        let spec = SubscribeSpec::new(replies).start(Start::Oldest);
        let stream = Stream { name: &name, made };
        let opened = self.receive(stream, &spec, afterwards).await?;
        Ok((name, opened))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        let each = |wanted| self.ensure_one(wanted, how);
        self.core().ensure(wanted, each).await
    }

    fn server(&self) -> Option<Str> {
        Some(self.core().0.address.to_string().into())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.core().0.link.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.0.opened.close(self.core(), grace).await
    }
}

impl fmt::Debug for KinesisTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KinesisTransport")
            .field("server", &self.core().0.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::scripted::Scripted, *};
    use serde_json::{Value, json};
    use tidings::{BoxError, transport::Group};

    fn there(asked: &(String, Value)) -> (u16, Value) {
        let answer = match &*asked.0 {
            "DescribeStreamSummary" => json!({ "StreamDescriptionSummary": {
                "StreamName": "events", "StreamARN": "a", "StreamStatus": "ACTIVE", "OpenShardCount": 1,
                "RetentionPeriodHours": 24, "StreamCreationTimestamp": 1, "EnhancedMonitoring": [],
            } }),
            "DescribeTable" => json!({ "Table": { "TableStatus": "ACTIVE" } }),
            "ListShards" => json!({ "Shards": [{
                "ShardId": "shardId-1", "SequenceNumberRange": { "StartingSequenceNumber": "1" },
                "HashKeyRange": { "StartingHashKey": "0", "EndingHashKey": "9" },
            }] }),
            "GetShardIterator" => json!({ "ShardIterator": "i" }),
            "GetRecords" => json!({ "Records": [], "NextShardIterator": "i" }),
            _ => json!({}),
        };
        (200, answer)
    }

    #[tokio::test]
    async fn who_subscribes_asks_for_everything_once() -> Result<(), BoxError> {
        for group in [Group::Alone, Group::Shared("billing".into())] {
            let (server, streams) = Scripted::open(|_, asked| there(asked)).await?;
            let opened = Opened::new();
            let transport = KinesisTransport(Arc::new(Inner { streams, opened }));
            let spec = SubscribeSpec::new(Channel::publish_subscribe("events")).group(group);
            let subscription = transport.subscribe(&spec).await?;
            let asked = server.asked();
            for what in ["DescribeStreamSummary", "ListShards", "GetShardIterator"] {
                let count = asked.iter().filter(|(asked, _)| asked == what).count();
                assert_eq!(count, 1, "{what}: {asked:?}");
            }
            drop(subscription);
        }
        Ok(())
    }
}
