//! The transport itself: one of the two ends.
use crate::{
    Address, SocketSettings,
    batch::publish,
    client::{Client, RemoteSettler, RemoteSubscription},
    server::Server,
    wire::MAX_MESSAGE,
};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{
    Capabilities, Channel, Error, Message, Result, Str, SubscribeSpec, Token, Transport, Verdict,
    memory::{Memory, MemorySettler, MemorySubscription},
    transport::{Confirm, Ensure, Event, HeaderSupport, Settler, State, Subscription, Wanted},
};
use tokio::{sync::watch, time::Instant};

/// One end of the socket transport. Dropped without [`close`](Transport::close), with all that were made from it, it ends at once.
pub struct SocketTransport {
    end: End,
    /// What a publish waits for.
    confirm: Confirm,
}

#[derive(Clone)]
enum End {
    Listening(Arc<Server>),
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
        let server = Server::start(address, settings, memory).await?;
        Ok(Self::of(End::Listening(Arc::new(server))))
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
        let client = Client::connect(address, settings).await?;
        Ok(Self::of(End::Connecting(client)))
    }

    fn of(end: End) -> Self {
        Self {
            end,
            confirm: Confirm::Broker,
        }
    }

    /// The same end, whose publishes are confirmed once their receivers have *settled* the message, instead of once it is in their
    /// queues: nothing is lost that was confirmed, whichever process dies, without a store. See
    /// [`Memory::publish_settled`] for what counts. The deadline of a publish must leave the receivers their time, and a dead
    /// letter channel that nobody reads never settles: give this to publishers, not to services.
    #[must_use]
    pub fn confirm_settled(&self) -> Self {
        Self {
            end: self.end.clone(),
            confirm: Confirm::Settled,
        }
    }

    /// The address, with the real port where it was listened on port 0.
    #[must_use]
    pub fn address(&self) -> &Address {
        match &self.end {
            End::Listening(server) => server.address(),
            End::Connecting(client) => client.address(),
        }
    }
}

impl fmt::Debug for SocketTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match &self.end {
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
        // Where a message is retried, later ones of its key may be on their way to a connecting end, whose worker holds them back.
        capabilities.delays_keys = matches!(self.end, End::Listening(_));
        capabilities.confirm = self.confirm;
        capabilities.max_bytes = MAX_MESSAGE;
        capabilities
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        match &self.end {
            End::Listening(server) => {
                publish(server.memory(), channel, batch, deadline, self.confirm).await
            }
            End::Connecting(client) => client.publish(channel, batch, deadline, self.confirm).await,
        }
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<SocketSubscription> {
        let receiving = match &self.end {
            End::Listening(server) => Receiving::Local(server.memory().subscribe(spec).await?),
            End::Connecting(client) => Receiving::Remote(client.subscribe(spec).await?),
        };
        Ok(SocketSubscription(receiving))
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, SocketSubscription)> {
        let (address, receiving) = match &self.end {
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
        match &self.end {
            End::Listening(server) => server.memory().ensure(wanted, how).await,
            End::Connecting(client) => client.ensure(wanted, how).await,
        }
    }

    fn server(&self) -> Option<Str> {
        Some(self.address().to_string().into())
    }

    fn state(&self) -> watch::Receiver<State> {
        match &self.end {
            End::Listening(server) => server.memory().state(),
            End::Connecting(client) => client.state(),
        }
    }

    /// The listening end goes on delivering what is queued to who listens, until all is settled or `grace` is over, and
    /// removes its socket file; the connecting end only waits for what it has been given.
    async fn close(&self, grace: Duration) -> Result<()> {
        match &self.end {
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
