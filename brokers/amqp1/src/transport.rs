//! The transport itself.
use crate::{
    address::Address,
    core::Core,
    dial::Dial,
    dialect::Dialect,
    ensure::ensure,
    place::{INBOX, Inward},
    publish::publish,
    settings::Amqp1Settings,
    subscription::Amqp1Subscription,
    tls,
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tidings::{
    Capabilities, Channel, ChannelKind, Message, Result, Str, SubscribeSpec, Transport,
    transport::{Affinity, Attempts, Confirm, Ensure, HeaderSupport, Order, Settle, State, Wanted},
};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

/// How long a broker is asked to hold a message back at most: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// A connection to a broker, that comes back when it is lost. Cheap to share in an `Arc`; dropped, it ends at once, or with the last of
/// its subscriptions.
pub struct Amqp1Transport {
    core: Arc<Core>,
}

impl Amqp1Transport {
    /// Connects to `amqp://user:password@host:port`, with the usual settings.
    ///
    /// # Errors
    /// When the address is none, nobody answers there in time, the broker refuses, or it is neither Artemis nor Classic.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, Amqp1Settings::default()).await
    }

    /// Connects, with those settings.
    ///
    /// # Errors
    /// As of [`connect`](Self::connect).
    pub async fn connect_with(url: &str, settings: Amqp1Settings) -> Result<Self> {
        let address = Address::parse(url)?;
        let tls = address
            .is_secure
            .then(|| tls::config(&settings, None))
            .transpose()?;
        let name = "tidings".to_owned();
        Self::dial(Dial {
            address,
            settings,
            tls,
            is_certified: false,
            name,
            first: OnceLock::new(),
        })
        .await
    }

    pub(crate) async fn dial(dial: Dial) -> Result<Self> {
        Ok(Self {
            core: Arc::new(Core::open(dial).await?),
        })
    }
}

impl Transport for Amqp1Transport {
    type Subscription = Amqp1Subscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let offer = &self.core.offer;
        let is_classic = offer.dialect == Dialect::Classic;
        let mut has = Capabilities::none(self.core.dial.settings.message_bytes);
        has.point_to_point = true;
        has.publish_subscribe = true;
        has.groups = offer.shared || is_classic;
        has.wildcards = channel.kind == ChannelKind::PublishSubscribe && !is_classic;
        has.durable = true;
        has.affinity = match (is_classic, channel.keyed) {
            (false, _) => Affinity::Consumers,
            (true, true) => Affinity::Channel,
            (true, false) => Affinity::None,
        };
        has.order = Order::Channel;
        has.settle = Settle::Individual;
        has.confirm = Confirm::Broker;
        // It counts what was on its way to who goes, and gives what is released to the same again.
        has.attempts = match is_classic {
            true => Attempts::Deliveries,
            false => Attempts::Failures,
        };
        has.native_reply = true;
        has.delay = offer.delays.then_some(LONGEST);
        has.headers = HeaderSupport::Native { max_bytes: None };
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

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<Amqp1Subscription> {
        let open = async {
            self.core.check_open("subscribe")?;
            let place = Inward::of(&spec.channel, &spec.group, &self.core.offer)?;
            Amqp1Subscription::open(self.core.clone(), place, spec).await
        };
        open.await
            .map_err(|error| self.core.named(error, &spec.channel))
    }

    /// A queue of its own, which outlives a lost connection, so that no reply is lost with it.
    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, Amqp1Subscription)> {
        let address = format!("{INBOX}{}", Uuid::now_v7());
        let channel = Channel::point_to_point(address.as_str());
        let spec = SubscribeSpec::new(channel).prefetch(1024);
        let open = async {
            self.core.check_open("subscribe")?;
            let place = Inward::inbox(&address, &self.core.offer);
            Amqp1Subscription::open(self.core.clone(), place, &spec).await
        };
        let subscription = open
            .await
            .map_err(|error| self.core.named(error, &spec.channel))?;
        Ok((address.into(), subscription))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        for wanted in wanted {
            let ensured = ensure(&self.core, wanted, how);
            ensured
                .await
                .map_err(|error| self.core.named(error, &wanted.channel))?;
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
        self.core.close(grace).await
    }
}

impl fmt::Debug for Amqp1Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Amqp1Transport")
            .field("server", &self.core.dial.address)
            .finish_non_exhaustive()
    }
}
