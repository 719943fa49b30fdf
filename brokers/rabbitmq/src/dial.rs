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
    fmt,
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

/// How long making one connection may take.
const ONE_TRY: Duration = Duration::from_secs(10);
/// How often the end of a connection is looked for while it is made.
const LOOK: Duration = Duration::from_millis(20);
/// The shortest pause between tries, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// How to reach the broker.
pub(crate) struct Dial {
    pub(crate) address: Address,
    pub(crate) settings: RabbitSettings,
    pub(crate) tls: OwnedTLSConfig,
    pub(crate) auth: Option<Arc<dyn AuthProvider>>,
    /// What the broker is told that this is.
    pub(crate) name: String,
}

/// What a connection is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Publish,
    Consume,
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dial").field(&self.address).finish()
    }
}

impl Dial {
    pub(crate) async fn connect(&self, purpose: Purpose, generation: u32) -> Result<Arc<Line>> {
        let seconds = self.settings.heartbeat.as_secs().clamp(1, 3600);
        let uri = self.address.uri(u16::try_from(seconds).unwrap_or(u16::MAX));
        let mut properties = ConnectionProperties::default()
            .with_connection_name(format!("{} {purpose:?}", self.name).into());
        if let Some(auth) = &self.auth {
            properties = properties.with_auth_provider(Shared(auth.clone()));
        }
        let begun = timeout(ONE_TRY, async {
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
                    reason = line.ended() => return Err(lost("connect", &reason)),
                };
                *line.publisher.lock().await = Some(publisher);
            }
            Ok(line)
        });
        match begun.await {
            Ok(connected) => connected.map_err(|error| error.with("server", &self.address)),
            Err(_) => Err(self.silent(ONE_TRY)),
        }
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

    /// Tries until the time is over; what trying again cannot help ends it at once.
    pub(crate) async fn connect_within(
        &self,
        purpose: Purpose,
        within: Duration,
    ) -> Result<Arc<Line>> {
        let since = Instant::now();
        let mut failed = None;
        let trying = async {
            loop {
                match self.connect(purpose, 1).await {
                    Err(error) if error.is_retryable() => {
                        tracing::debug!(%error, "connecting failed, trying again");
                        failed = Some(error);
                        sleep(pause(since)).await;
                    }
                    outcome => return outcome,
                }
            }
        };
        let outcome = timeout(within, trying).await;
        outcome.unwrap_or_else(|_| Err(failed.unwrap_or_else(|| self.silent(within))))
    }

    fn silent(&self, within: Duration) -> Error {
        let reason = format!("the broker did not answer within {within:?}");
        Error::new(ErrorKind::Timeout, "connect", reason).with("server", &self.address)
    }
}

/// A quarter of the time since the connection was lost, and at random up to half of that less, so that not all who were cut off come
/// back at once.
pub(crate) fn pause(since: Instant) -> Duration {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let part = 0.5 + f64::from(now.subsec_nanos() % 1000) / 2000.0;
    (since.elapsed() / 4)
        .clamp(PAUSES.0, PAUSES.1)
        .mul_f64(part)
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
