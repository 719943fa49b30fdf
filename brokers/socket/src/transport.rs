//! The transport itself: one of the two ends.
use crate::{
    Address, SocketSettings,
    batch::publish,
    client::{Client, RemoteSettler, RemoteSubscription},
    server::Server,
    wire::MAX_MESSAGE,
};
use std::{fmt, time::Duration};
use tidings::{
    Capabilities, Channel, Error, Message, Result, Str, SubscribeSpec, Token, Transport, Verdict,
    memory::{Memory, MemorySettler, MemorySubscription},
    transport::{Ensure, Event, HeaderSupport, Settler, State, Subscription, Wanted},
};
use tokio::{sync::watch, time::Instant};

/// One end of the socket transport. Dropped without [`close`](Transport::close), it ends at once.
pub struct SocketTransport(End);

enum End {
    Listening(Server),
    Connecting(Client),
}

impl SocketTransport {
    /// Listens, with the usual settings.
    ///
    /// # Errors
    /// When the address is in use or cannot be listened on.
    pub async fn listen(address: Address) -> Result<Self> {
        Self::listen_with(address, SocketSettings::default()).await
    }

    /// Listens, with those settings.
    ///
    /// # Errors
    /// When the address is in use or cannot be listened on.
    pub async fn listen_with(address: Address, mut settings: SocketSettings) -> Result<Self> {
        settings.memory.message_bytes = settings.memory.message_bytes.min(MAX_MESSAGE);
        let memory = Memory::with_settings(settings.memory);
        Self::host(address, settings, memory).await
    }

    /// Listens for others who want to reach an in-process transport that is there already, and may outlive this. Its
    /// bounds are its own.
    ///
    /// # Errors
    /// When the address is in use or cannot be listened on.
    pub async fn host(address: Address, settings: SocketSettings, memory: Memory) -> Result<Self> {
        let settings = settings.sane();
        Ok(Self(End::Listening(
            Server::start(address, settings, memory).await?,
        )))
    }

    /// Connects, with the usual settings.
    ///
    /// # Errors
    /// When nobody listens there in time.
    pub async fn connect(address: Address) -> Result<Self> {
        Self::connect_with(address, SocketSettings::default()).await
    }

    /// Connects, with those settings.
    ///
    /// # Errors
    /// When nobody listens there in time.
    pub async fn connect_with(address: Address, settings: SocketSettings) -> Result<Self> {
        let settings = settings.sane();
        Ok(Self(End::Connecting(
            Client::connect(address, settings).await?,
        )))
    }

    /// The address, with the real port where it was listened on port 0.
    #[must_use]
    pub fn address(&self) -> &Address {
        match &self.0 {
            End::Listening(server) => server.address(),
            End::Connecting(client) => client.address(),
        }
    }
}

impl fmt::Debug for SocketTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match &self.0 {
            End::Listening(_) => "listening",
            End::Connecting(_) => "connecting",
        };
        f.debug_struct("SocketTransport")
            .field("end", &end)
            .field("address", self.address())
            .finish()
    }
}

/// What subscribing to a [`SocketTransport`] gives.
#[derive(Debug)]
pub struct SocketSubscription(Receiving);

#[derive(Debug)]
enum Receiving {
    Local(MemorySubscription),
    Remote(RemoteSubscription),
}

/// What settles the deliveries of a [`SocketSubscription`].
#[derive(Debug)]
pub struct SocketSettler(Settling);

#[derive(Debug)]
enum Settling {
    Local(MemorySettler),
    Remote(RemoteSettler),
}

impl Transport for SocketTransport {
    type Subscription = SocketSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut capabilities = Memory::new().capabilities(channel);
        capabilities.headers = HeaderSupport::Framed;
        // Deliveries are sent ahead of being asked for.
        capabilities.delays_keys = false;
        capabilities.max_bytes = MAX_MESSAGE;
        capabilities
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        match &self.0 {
            End::Listening(server) => publish(server.memory(), channel, batch, deadline).await,
            End::Connecting(client) => client.publish(channel, batch, deadline).await,
        }
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<SocketSubscription> {
        let receiving = match &self.0 {
            End::Listening(server) => Receiving::Local(server.memory().subscribe(spec).await?),
            End::Connecting(client) => Receiving::Remote(client.subscribe(spec).await?),
        };
        Ok(SocketSubscription(receiving))
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, SocketSubscription)> {
        let (address, receiving) = match &self.0 {
            End::Listening(server) => {
                let (address, subscription) = server.memory().inbox(replies).await?;
                (address, Receiving::Local(subscription))
            }
            End::Connecting(client) => {
                let (address, subscription) = client.inbox().await?;
                (address, Receiving::Remote(subscription))
            }
        };
        Ok((address, SocketSubscription(receiving)))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        match &self.0 {
            End::Listening(server) => server.memory().ensure(wanted, how).await,
            End::Connecting(client) => client.ensure(wanted, how).await,
        }
    }

    fn state(&self) -> watch::Receiver<State> {
        match &self.0 {
            End::Listening(server) => server.memory().state(),
            End::Connecting(client) => client.state(),
        }
    }

    /// The listening end goes on delivering what is queued to who listens, until all is settled or `grace` is over, and
    /// removes its socket file; the connecting end only waits for what it has been given.
    async fn close(&self, grace: Duration) -> Result<()> {
        match &self.0 {
            End::Listening(server) => server.close(grace).await,
            End::Connecting(client) => client.close(grace).await,
        }
    }
}

impl Subscription for SocketSubscription {
    type Settler = SocketSettler;

    fn settler(&self) -> SocketSettler {
        SocketSettler(match &self.0 {
            Receiving::Local(subscription) => Settling::Local(subscription.settler()),
            Receiving::Remote(subscription) => Settling::Remote(subscription.settler()),
        })
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        match &mut self.0 {
            Receiving::Local(subscription) => subscription.next(max).await,
            Receiving::Remote(subscription) => subscription.next(max).await,
        }
    }
}

impl Settler for SocketSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        match &self.0 {
            Settling::Local(settler) => settler.settle(verdicts).await,
            Settling::Remote(settler) => settler.settle(verdicts),
        }
    }
}
