//! The transport itself.
use crate::{
    address::Address,
    core::Core,
    dial::Dial,
    error::error,
    exchange,
    later::LONGEST,
    promises::Promises,
    publish::{header_bytes, publish},
    settings::{QueueType, RabbitSettings},
    source::{Source, inbox_name},
    subscription::RabbitSubscription,
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

    fn source(&self, channel: &Channel, group: &Group) -> Result<Source> {
        Source::of(channel, group, self.core.vhost(), self.settings())
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
        let promises = Promises::of(channel, self.core.vhost());
        has.wildcards = promises.wildcards;
        has.durable = promises.durable;
        if channel.keyed {
            has.affinity = Affinity::Channel;
        }
        has.order = Order::Channel;
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
        let source = self.source(&spec.channel, &spec.group)?;
        let subscription =
            RabbitSubscription::open(self.core.clone(), source, spec, self.counts()).await;
        subscription.map_err(|error| self.core.named(error, &spec.channel))
    }

    /// A queue of its own, which outlives a lost connection for a while, so that no reply is lost with it.
    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, RabbitSubscription)> {
        self.core.check_open("subscribe")?;
        let address = inbox_name();
        let source = Source::private(&address, self.settings().linger)?;
        let spec = SubscribeSpec::new(Channel::point_to_point(address.clone())).prefetch(1024);
        let subscription =
            RabbitSubscription::open(self.core.clone(), source, &spec, false).await?;
        Ok((address, subscription))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        self.core.check_open("ensure")?;
        let deadline = Instant::now() + Duration::from_secs(30);
        let line = self.core.consuming("ensure", deadline).await?;
        for wanted in wanted {
            let channel = &wanted.channel;
            let is_alone = channel.kind == ChannelKind::PublishSubscribe && wanted.group.is_none();
            let exchange = exchange::declared(channel, self.core.vhost())?;
            // A subscription of its own makes its queue.
            let source = match is_alone {
                true => None,
                false => Some(self.source(channel, &Group::named(wanted.group.as_deref()))?),
            };
            if source.is_none() && exchange.is_none() {
                continue;
            }
            let making = async {
                let wire = line.connection.create_channel().await;
                let wire = wire.map_err(|cause| error("ensure", cause))?;
                let creates = how == Ensure::Create && self.settings().create;
                match (&source, &exchange, creates) {
                    (Some(source), _, true) => source.declare(&wire).await?,
                    (Some(source), _, false) => source.check(&wire).await?,
                    (None, Some(exchange), true) => exchange.declare(&wire, false).await?,
                    (None, Some(exchange), false) => exchange.check(&wire).await?,
                    (None, None, _) => {}
                }
                let closed = wire.close(200, "done".into()).await;
                closed.map_err(|cause| error("ensure", cause))
            };
            let outcome = line.during("ensure", making).await;
            outcome.map_err(|error| self.core.named(error, channel))?;
        }
        Ok(())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.core.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.core.close(grace).await
    }
}

impl fmt::Debug for RabbitTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitTransport")
            .field("server", &self.core.dial.address)
            .finish_non_exhaustive()
    }
}
