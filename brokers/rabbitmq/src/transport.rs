//! The transport itself.
use crate::{
    address::Address,
    dial::{Core, Dial},
    error::error,
    exchange::{self, Exchange},
    later::LONGEST,
    line::Line,
    promises::Promises,
    publish::{header_bytes, publish},
    settings::{QueueType, RabbitSettings},
    shards::check_count,
    source::{Source, inbox_name},
    subscription::RabbitSubscription,
    target::shards,
};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{
    Capabilities, Channel, ChannelKind, Message, Result, Str, SubscribeSpec, Transport,
    transport::{
        Affinity, Attempts, Confirm, Ensure, Group, HeaderSupport, Order, Settle, State, Wanted,
    },
};
use tokio::{sync::watch, time::Instant};

/// A connection to a broker, that comes back when it is lost. Cheap to share in an `Arc`; dropped, it ends at once.
pub struct RabbitTransport {
    core: Arc<Core>,
}

impl RabbitTransport {
    /// Connects to `amqp://user:password@host:port/vhost`, with the usual settings.
    ///
    /// # Errors
    /// When the address is none, nobody answers there in time, or the broker refuses.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, RabbitSettings::default()).await
    }

    /// Connects, with those settings.
    ///
    /// # Errors
    /// As of [`connect`](Self::connect).
    pub async fn connect_with(url: &str, settings: RabbitSettings) -> Result<Self> {
        Self::dial(Dial {
            address: Address::parse(url)?,
            tls: crate::tls::config(&settings, None)?,
            settings,
            auth: None,
            name: "tidings".to_owned(),
        })
        .await
    }

    pub(crate) async fn dial(dial: Dial) -> Result<Self> {
        Ok(Self {
            core: Arc::new(Core::open(dial).await?),
        })
    }

    fn settings(&self) -> &RabbitSettings {
        &self.core.dial.settings
    }

    fn sources(&self, channel: &Channel, group: &Group) -> Result<Vec<Source>> {
        Source::all(
            channel,
            group,
            &self.core.dial.address.vhost,
            self.settings(),
        )
    }

    async fn open(&self, sources: Vec<Source>, spec: &SubscribeSpec) -> Result<RabbitSubscription> {
        if sources.len() > 1 {
            let deadline = self.core.patience();
            let asked = &sources;
            let counted = || async move {
                let line = self.core.consuming("subscribe", deadline).await?;
                check_count(&line, asked).await
            };
            self.core.patiently(deadline, counted).await?;
        }
        RabbitSubscription::open(self.core.clone(), sources, spec, self.counts()).await
    }

    /// Makes what a channel has at the broker, or looks whether it is there.
    async fn place(
        &self,
        line: &Line,
        sources: &[Source],
        exchange: Option<&Exchange>,
        creates: bool,
    ) -> Result<()> {
        check_count(line, sources).await?;
        let wire = line.connection.create_channel().await;
        let wire = wire.map_err(|cause| error("ensure", cause))?;
        for source in sources {
            match creates {
                true => source.declare(&wire).await.map(drop)?,
                false => source.check(&wire).await?,
            }
        }
        if let Some(exchange) = exchange.filter(|_| sources.is_empty()) {
            match creates {
                true => exchange.declare(&wire, false).await?,
                false => exchange.check(&wire).await?,
            }
        }
        let closed = wire.close(200, "done".into()).await;
        closed.map_err(|cause| error("ensure", cause))
    }

    fn counts(&self) -> bool {
        self.settings().queues == QueueType::Quorum
    }
}

impl Transport for RabbitTransport {
    type Subscription = RabbitSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut has = Capabilities::none(self.settings().message_bytes);
        has.point_to_point = true;
        has.publish_subscribe = true;
        has.groups = true;
        let promises = Promises::of(channel, &self.core.dial.address.vhost);
        has.wildcards = promises.wildcards;
        has.durable = promises.durable;
        has.order = Order::Channel;
        if shards(channel, self.settings()).is_some() {
            (has.affinity, has.order) = (Affinity::Shards, Order::Key);
        } else if channel.keyed {
            has.affinity = Affinity::Channel;
        }
        has.settle = Settle::Individual;
        has.confirm = Confirm::Broker;
        has.attempts = match self.counts() {
            true => Attempts::Deliveries,
            false => Attempts::Uncounted,
        };
        has.native_reply = true;
        has.delay = Some(LONGEST);
        has.headers = HeaderSupport::Native {
            max_bytes: Some(header_bytes(0)),
        };
        has
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        publish(&self.core, channel, batch, deadline).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<RabbitSubscription> {
        self.core.check_open("subscribe")?;
        let sources = self.sources(&spec.channel, &spec.group)?;
        let subscription = self.open(sources, spec).await;
        subscription.map_err(|error| self.core.named(error, &spec.channel))
    }

    /// A queue of its own, which outlives a lost connection for a while, so that no reply is lost with it.
    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, RabbitSubscription)> {
        self.core.check_open("subscribe")?;
        let address = inbox_name();
        let source = Source::private(&address, self.settings().linger)?;
        let spec = SubscribeSpec::new(Channel::point_to_point(address.clone())).prefetch(1024);
        let subscription =
            RabbitSubscription::open(self.core.clone(), vec![source], &spec, false).await?;
        Ok((address, subscription))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        self.core.check_open("ensure")?;
        for wanted in wanted {
            let channel = &wanted.channel;
            let is_alone = channel.kind == ChannelKind::PublishSubscribe && wanted.group.is_none();
            let exchange = exchange::declared(channel, &self.core.dial.address.vhost)?;
            // A subscription of its own makes its queue.
            let sources = match is_alone {
                true => Vec::new(),
                false => self.sources(channel, &Group::named(wanted.group.as_deref()))?,
            };
            let creates = how == Ensure::Create && self.settings().create;
            let deadline = self.core.patience();
            let (sources, exchange) = (&sources, exchange.as_ref());
            let placed = || async move {
                let line = self.core.consuming("ensure", deadline).await?;
                let making = self.place(&line, sources, exchange, creates);
                line.during("ensure", making).await
            };
            let outcome = self.core.patiently(deadline, placed).await;
            outcome.map_err(|error| self.core.named(error, channel))?;
        }
        Ok(())
    }

    fn server(&self) -> Option<Str> {
        Some(self.core.dial.address.to_string().into())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.core.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.core.close(grace, async {}).await
    }
}

impl fmt::Debug for RabbitTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitTransport")
            .field("server", &self.core.dial.address)
            .finish_non_exhaustive()
    }
}
