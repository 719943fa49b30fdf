//! How to reach the broker, and connecting to it.
use crate::{
    address::Address,
    error::error,
    line::{Line, lost},
    plug::Plug,
    publisher::Publisher,
    settings::RabbitSettings,
};
use async_compat::Compat;
use lapin::{
    AsyncTcpStream, Connection, ConnectionProperties, auth::AuthProvider, tcp::OwnedTLSConfig,
    uri::AMQPUri,
};
use std::{
    fmt::Display,
    sync::{Arc, PoisonError},
    time::Duration,
};
use tidings::{
    Error, ErrorKind, Result,
    transport::{self, Connections, Purpose},
};
use tokio::{net::TcpStream, time::timeout};

/// How long making one connection may take.
const ONE_TRY: Duration = Duration::from_secs(10);
/// How often the end of a connection is looked for while it is made.
const LOOK: Duration = Duration::from_millis(20);

/// How to reach the broker.
pub(crate) struct Dial {
    pub(crate) address: Address,
    pub(crate) settings: RabbitSettings,
    pub(crate) tls: OwnedTLSConfig,
    pub(crate) auth: Option<Arc<dyn AuthProvider>>,
    /// What the broker is told that this is.
    pub(crate) name: String,
}

/// What a transport and its subscriptions share.
pub(crate) type Core = Connections<Dial>;

impl transport::Dial for Dial {
    type Line = Line;

    async fn connect(&self, purpose: Purpose, number: u32) -> Result<Arc<Line>> {
        match timeout(ONE_TRY, self.line(purpose, number)).await {
            Ok(connected) => connected.map_err(|error| error.with("server", &self.address)),
            Err(_) => Err(self.silent()),
        }
    }

    fn patience(&self) -> Duration {
        self.settings.connect_within
    }

    fn server(&self) -> impl Display {
        &self.address
    }
}

impl Dial {
    async fn line(&self, purpose: Purpose, generation: u32) -> Result<Arc<Line>> {
        let seconds = self.settings.heartbeat.as_secs().clamp(1, 3600);
        let uri = self.address.uri(u16::try_from(seconds).unwrap_or(u16::MAX));
        let mut properties = ConnectionProperties::default()
            .with_connection_name(format!("{} {purpose:?}", self.name).into());
        if let Some(auth) = &self.auth {
            properties = properties.with_auth_provider(Shared(auth.clone()));
        }
        let (connection, plug) = self.begin(uri, properties).await?;
        let line = Arc::new(Line {
            generation,
            connection,
            plug,
            publisher: tokio::sync::Mutex::new(None),
            over: tokio::sync::watch::Sender::new(false),
        });
        if purpose == Purpose::Publish {
            let publisher = tokio::select! {
                publisher = Publisher::open(&line.connection, line.over()) => publisher?,
                reason = line.reason() => return Err(lost("connect", &reason)),
            };
            *line.publisher.lock().await = Some(publisher);
        }
        Ok(line)
    }

    /// Makes the stream here, so that what the client's thread is left with needs no name resolved.
    async fn begin(
        &self,
        uri: AMQPUri,
        properties: ConnectionProperties,
    ) -> Result<(Connection, Plug)> {
        let failed = |cause: std::io::Error| error("connect", cause.into());
        let (stream, plug) = self.stream().await.map_err(failed)?;
        let stream = std::sync::Mutex::new(Some(stream));
        let runtime = lapin::runtime::default_runtime().map_err(|cause| error("connect", cause))?;
        let connecting = Connection::connector(
            uri,
            runtime,
            async move |_, _| {
                let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                stream.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotConnected).into())
            },
            properties,
        );
        let connected = tokio::select! {
            biased;
            connected = connecting => connected.map_err(|cause| error("connect", cause)),
            () = plug.pulled(LOOK) => Err(lost("connect", "the connection ended before it was made")),
        };
        Ok((connected?, plug))
    }

    async fn stream(&self) -> std::io::Result<(AsyncTcpStream<Compat<TcpStream>>, Plug)> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port))
            .await?
            .into_std()?;
        stream.set_nodelay(true)?;
        let plug = Plug(stream.try_clone()?);
        let stream = AsyncTcpStream::Plain(Compat::new(TcpStream::from_std(stream)?));
        let stream = match self.address.is_secure {
            true => stream.into_tls(host, self.tls.as_ref()).await?,
            false => stream,
        };
        Ok((stream, plug))
    }

    fn silent(&self) -> Error {
        let reason = format!("the broker did not answer within {ONE_TRY:?}");
        Error::new(ErrorKind::Timeout, "connect", reason).with("server", &self.address)
    }
}

/// An authentication that all connections share.
struct Shared(Arc<dyn AuthProvider>);

impl AuthProvider for Shared {
    fn mechanism(&self) -> lapin::types::ShortString {
        self.0.mechanism()
    }

    fn auth_starter(&self) -> Result<lapin::types::LongString, String> {
        self.0.auth_starter()
    }
}
