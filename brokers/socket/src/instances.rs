//! A transport to all instances of a service: each message is at one of them, whoever receives is at all.
mod following;
mod joining;
mod member;
mod publish;
mod receive;
mod table;

pub use receive::{InstancesSettler, InstancesSubscription};

use crate::{Discovery, SocketSettings, client::check_name, wire::MAX_MESSAGE};
use following::follow;
use joining::Joining;
use member::AWAY;
use std::{fmt, sync::Arc, time::Duration};
use table::Table;
use tidings::{
    Capabilities, Channel, Error, ErrorKind, Memory, Message, Result, Str, SubscribeSpec,
    Transport,
    memory::inbox_address,
    transport::{Affinity, Confirm, Ensure, HeaderSupport, Order, State, Wanted},
};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

/// How often an instance is asked for a sign of life at least: one that says nothing for three of them is gone.
const HEARTBEAT: Duration = Duration::from_millis(750);

/// Connects to every instance of a service that a [`Discovery`] finds, and to those to come. See the crate's documentation
/// for what is promised when instances come and go.
pub struct InstancesTransport {
    table: Arc<Table>,
    /// What a publish waits for.
    confirm: Confirm,
}

impl InstancesTransport {
    /// Connects, with the usual settings, to all instances that are found; one is enough, where
    /// the others are not there within a second.
    ///
    /// # Errors
    /// When no instance is found, or none answers, in time.
    pub async fn connect(discovery: impl Discovery) -> Result<Self> {
        Self::connect_with(discovery, SocketSettings::default()).await
    }

    /// Connects, with those settings, of which the heartbeat is 750 ms at most.
    ///
    /// # Errors
    /// As of [`connect`](Self::connect).
    pub async fn connect_with(discovery: impl Discovery, settings: SocketSettings) -> Result<Self> {
        let heartbeat = settings.heartbeat.min(HEARTBEAT);
        let settings = settings.with_heartbeat(heartbeat).sane();
        let wait = settings.connect_wait;
        let known = discovery.instances();
        let table = follow(Arc::new(discovery), settings);
        if timeout(wait, table.has_some()).await.is_err() {
            let reason = format!("no instance was found that answers within {wait:?}");
            let error = Error::new(ErrorKind::Timeout, "connect", reason);
            return Err(match table.failure() {
                Some(cause) => error.because(cause),
                None => error,
            });
        }
        // Who is found now is to be there from the beginning, unless it takes too long.
        drop(timeout(AWAY, table.has_all(&known)).await);
        Ok(Self {
            table,
            confirm: Confirm::Broker,
        })
    }

    /// The same, whose publishes are confirmed once their receivers have *settled* the message: see
    /// [`SocketTransport::confirm_settled`](crate::SocketTransport::confirm_settled). What an instance had not settled when it died is
    /// published to another then, as long as its deadline allows.
    #[must_use]
    pub fn confirm_settled(&self) -> Self {
        Self {
            table: self.table.clone(),
            confirm: Confirm::Settled,
        }
    }
}

impl Transport for InstancesTransport {
    type Subscription = InstancesSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut capabilities = Memory::new().capabilities(channel);
        capabilities.headers = HeaderSupport::Framed;
        capabilities.delays_keys = false;
        capabilities.confirm = self.confirm;
        capabilities.max_bytes = MAX_MESSAGE;
        // A key is held by one consumer of its instance, and goes to another instance when instances come and go.
        capabilities.affinity = Affinity::None;
        capabilities.order = Order::None;
        capabilities
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        publish::publish(&self.table, channel, batch, deadline, self.confirm).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<InstancesSubscription> {
        check_name(&spec.channel.address, "subscribe")?;
        self.receive(Joining::Subscription(spec.clone())).await
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, InstancesSubscription)> {
        let address = inbox_address();
        let subscription = self.receive(Joining::Inbox(address.clone())).await?;
        Ok((address, subscription))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        for member in self.table.there() {
            member.client.ensure(wanted, how).await?;
        }
        Ok(())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.table.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.table.close(grace).await
    }
}

impl InstancesTransport {
    async fn receive(&self, what: Joining) -> Result<InstancesSubscription> {
        let joined = self.table.add(what).await?;
        Ok(InstancesSubscription::new(self.table.clone(), joined))
    }
}

impl fmt::Debug for InstancesTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancesTransport").finish_non_exhaustive()
    }
}
