//! The transport.
use crate::{
    KafkaSettings, KafkaSubscription,
    client::{Cluster, blocking},
    consumer::shared::Shared,
    ensure::ensure,
    fault,
    producer::Producer,
    settings::LONGEST,
    topic::{self, Topic},
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tidings::{
    Capabilities, Channel, Error, ErrorKind, Message, Result, Server, Str, SubscribeSpec,
    Transport,
    transport::{Affinity, Confirm, Ensure, HeaderSupport, Order, Settle, State, Wanted},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use uuid::Uuid;

/// How often a transport that closes looks whether all is settled.
const LOOK: Duration = Duration::from_millis(5);
/// How long, beyond its grace, a transport that closes lets consumers leave their groups.
const LEAVING: Duration = Duration::from_secs(1);
/// How long a broker may take to answer whether it is there, and the pause after it did not.
const ANSWER: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);
/// What is asked about then; whether there is such a topic is no matter.
const NO_TOPIC: &str = "tidings.none";
/// After how long the cluster forgets replies, should their topic outlive its client.
const REPLIES_KEPT: &str = "3600000";

/// One connection to a cluster of Apache Kafka. Cheap to clone.
#[derive(Clone)]
pub struct KafkaTransport(Arc<Inner>);

struct Inner {
    cluster: Cluster,
    producer: Mutex<Option<Arc<Producer>>>,
    subscriptions: Mutex<Vec<Weak<Shared>>>,
}

impl KafkaTransport {
    /// Connects, with the usual settings, to an address such as `kafka://localhost:9092` or `kafka://one:9092,two:9092`.
    ///
    /// # Errors
    /// When the address makes no sense, or no broker answers there in time.
    pub async fn connect(url: &str) -> Result<Self> {
        let server = Server::new("kafka", url);
        Self::connect_to(&server, KafkaSettings::default()).await
    }

    /// Connects to a server of a document, with those settings.
    ///
    /// # Errors
    /// When the address or the settings make no sense, or no broker answers there in time.
    pub async fn connect_to(server: &Server, settings: KafkaSettings) -> Result<Self> {
        let cluster = Cluster::of(server, settings)?;
        let producer = Producer::new(&cluster).map_err(|error| cluster.told(error))?;
        let producer = Arc::new(producer);
        let (asks, asked) = (cluster.clone(), producer.clone());
        let answer = blocking("connect", move || reach(&asks, &asked));
        if let Err(error) = answer.await {
            producer.end();
            return Err(error);
        }
        tokio::spawn(look_for(cluster.clone()));
        Ok(Self(Arc::new(Inner {
            cluster,
            producer: Mutex::new(Some(producer)),
            subscriptions: Mutex::default(),
        })))
    }

    fn check_open(&self, operation: &'static str) -> Result<()> {
        match self.0.cluster.link.is_closing() {
            true => Err(fault::closed(operation)),
            false => Ok(()),
        }
    }

    /// The producer, or another one where that can send no more.
    fn producer(&self) -> Result<Arc<Producer>> {
        let producer = self.0.producer.lock();
        let mut producer = producer.unwrap_or_else(PoisonError::into_inner);
        let held = producer.as_mut().ok_or_else(|| fault::closed("publish"))?;
        if held.is_over() {
            let fresh = Arc::new(Producer::new(&self.0.cluster)?);
            std::mem::replace(held, fresh).end();
        }
        Ok(held.clone())
    }

    fn subscriptions(&self) -> MutexGuard<'_, Vec<Weak<Shared>>> {
        let subscriptions = self.0.subscriptions.lock();
        subscriptions.unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, spec: &SubscribeSpec, inbox: Option<Topic>) -> Result<KafkaSubscription> {
        let subscription = KafkaSubscription::open(&self.0.cluster, spec, inbox).await?;
        let mut subscriptions = self.subscriptions();
        subscriptions.retain(|known| known.strong_count() > 0);
        subscriptions.push(Arc::downgrade(subscription.shared()));
        drop(subscriptions);
        self.check_open("subscribe")?;
        Ok(subscription)
    }

    /// Waits until that holds of every subscription; tells whether it does in time.
    async fn all(&self, until: Instant, holds: impl Fn(&Shared) -> bool) -> bool {
        loop {
            let alive = self
                .subscriptions()
                .iter()
                .filter_map(Weak::upgrade)
                .collect::<Vec<_>>();
            if alive.iter().all(|shared| holds(shared)) {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            sleep(LOOK).await;
        }
    }
}

/// Asks for brokers while none answers, until the transport is closed: the library does not tell that one is back.
async fn look_for(cluster: Cluster) {
    let mut state = cluster.link.state();
    while let Ok(state) = state
        .wait_for(|state| *state != State::Connected)
        .await
        .map(|state| state.clone())
        && state != State::Closed
    {
        let asks = cluster.clone();
        let answer = blocking("connect", move || {
            let clients = asks.clients()?;
            topic::partitions("connect", &clients.consumer, NO_TOPIC, ANSWER)
        });
        match answer.await {
            Ok(_) => cluster.link.back(),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Waits for the first answer of a broker, as long as the settings say and that may come.
fn reach(cluster: &Cluster, producer: &Producer) -> Result<()> {
    let until = Instant::now() + cluster.settings.wait;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if producer
            .client()
            .fetch_cluster_id(left.min(PAUSE))
            .is_some()
        {
            return Ok(());
        }
        let refusal = cluster.link.refusal();
        if refusal.is_some() || left.is_zero() {
            let error = refusal.unwrap_or_else(|| cluster.unreachable("connect"));
            return Err(cluster.told(error));
        }
    }
}

impl Transport for KafkaTransport {
    type Subscription = KafkaSubscription;

    fn capabilities(&self, _: &Channel) -> Capabilities {
        let mut all = Capabilities::none(self.0.cluster.settings.max_bytes);
        (all.point_to_point, all.publish_subscribe, all.groups) = (true, true, true);
        (all.replay, all.durable, all.native_reply) = (true, true, true);
        all.transactions = true;
        (all.affinity, all.order) = (Affinity::Shards, Order::Key);
        (all.settle, all.confirm) = (Settle::Cumulative, Confirm::Broker);
        all.headers = HeaderSupport::Native { max_bytes: None };
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let producer = self.check_open("publish").and_then(|()| self.producer());
        let outcomes = match producer {
            Ok(producer) => producer.publish(channel, batch, deadline).await,
            Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
        };
        let told = |outcome: Result<()>| outcome.map_err(|error| self.0.cluster.told(error));
        outcomes.into_iter().map(told).collect()
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<KafkaSubscription> {
        self.check_open("subscribe")?;
        let subscription = self.open(spec, None).await;
        subscription.map_err(|error| self.0.cluster.told(error))
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, KafkaSubscription)> {
        self.check_open("inbox")?;
        let base = replies.map_or("replies", |channel| &*channel.address);
        let address: Str = format!("{base}.{}", Uuid::now_v7()).into();
        let channel = Channel::point_to_point(address.clone());
        let mut topic = topic::of("inbox", &channel)?;
        let kept = ("retention.ms".to_owned(), REPLIES_KEPT.to_owned());
        topic.properties.push(kept);
        let spec = SubscribeSpec::new(channel);
        let subscription = self.open(&spec, Some(topic)).await;
        let subscription = subscription.map_err(|error| self.0.cluster.told(error));
        Ok((address, subscription?))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        self.check_open("ensure")?;
        for wanted in wanted {
            let ensured = ensure(&self.0.cluster, wanted, how).await;
            ensured.map_err(|error| self.0.cluster.told(error))?;
        }
        Ok(())
    }

    fn server(&self) -> Option<Str> {
        Some(self.0.cluster.servers.as_str().into())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.0.cluster.link.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        let grace = grace.min(LONGEST);
        let until = Instant::now() + grace;
        let link = &self.0.cluster.link;
        link.begin_closing();
        let flushed = self.flush(grace).await;
        let settled = self.all(until, |shared| !shared.is_out()).await;
        for shared in self.subscriptions().iter().filter_map(Weak::upgrade) {
            shared.end(fault::closed("receive"));
        }
        link.close();
        self.all(until.max(Instant::now() + LEAVING), Shared::has_left)
            .await;
        self.drop_producer();
        match settled {
            true => flushed,
            false => {
                let reason = "not everything that was delivered was settled";
                Err(Error::new(ErrorKind::Timeout, "close", reason))
            }
        }
    }
}

impl KafkaTransport {
    /// Waits for what is being published.
    async fn flush(&self, grace: Duration) -> Result<()> {
        let Ok(producer) = self.producer() else {
            return Ok(());
        };
        let flushed = tokio::task::spawn_blocking(move || producer.flush(grace));
        flushed.await.unwrap_or(Ok(()))
    }

    fn drop_producer(&self) {
        let mut producer = self
            .0
            .producer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(producer) = producer.take() {
            producer.end();
        }
        self.0.cluster.asker.end();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let producer = self
            .producer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(producer) = producer.take() {
            producer.end();
        }
        self.cluster.asker.end();
        self.cluster.link.close();
    }
}

impl fmt::Debug for KafkaTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaTransport")
            .field("servers", &self.0.cluster.servers)
            .finish_non_exhaustive()
    }
}
