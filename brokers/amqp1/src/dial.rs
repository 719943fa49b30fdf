//! How to reach the broker, and connecting to it.
use crate::{
    address::Address,
    dialect::Offer,
    error::{Failure, of_broker, opening, socket},
    guard::FRAME,
    line::Line,
    sasl,
    settings::Amqp1Settings,
    stream::{Bytes, Stream},
};
use fe2o3_amqp::{Connection, connection::ConnectionHandle, sasl_profile::SaslProfile};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    fmt,
    io::{Error as IoError, ErrorKind as IoKind},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::TlsConnector;
use uuid::Uuid;

/// How long making one connection may take.
const ONE_TRY: Duration = Duration::from_secs(10);
/// The shortest pause between tries, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// How long a broker may take to say why it refuses.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Most sessions of a connection, one for each subscription and each address that is published to.
const SESSIONS: u16 = 32_767;

/// How to reach the broker.
pub(crate) struct Dial {
    pub(crate) address: Address,
    pub(crate) settings: Amqp1Settings,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// Whether a certificate says who this is.
    pub(crate) is_certified: bool,
    /// What the broker is told that this is.
    pub(crate) name: String,
}

/// A socket, and another hand on it.
type Socket = (Box<dyn Bytes>, std::net::TcpStream);

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
    /// How long the broker may be silent.
    fn patience(&self) -> Duration {
        self.heartbeat() * 2
    }

    fn heartbeat(&self) -> Duration {
        self.settings.heartbeat.max(Duration::from_secs(1))
    }

    /// Makes one connection.
    pub(crate) async fn connect(&self, purpose: Purpose) -> Result<Arc<Line>> {
        let outcome = timeout(ONE_TRY, self.begin(purpose)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(silent(ONE_TRY)));
        outcome.map_err(|error| error.with("server", &self.address))
    }

    async fn begin(&self, purpose: Purpose) -> Result<Arc<Line>> {
        let ((socket, plug), profile) = self.identified().await?;
        let over = watch::Sender::new(false);
        let (stream, open) = Stream::new(
            socket,
            self.patience(),
            self.settings.largest(),
            over.clone(),
        );
        let milliseconds = u32::try_from(self.heartbeat().as_millis()).unwrap_or(u32::MAX);
        // Brokers refuse a name that another connection has.
        let container = format!("{} {purpose:?} {}", self.name, Uuid::now_v7());
        let mut connecting = Connection::builder()
            .container_id(container)
            .hostname(self.address.host.as_str())
            .max_frame_size(FRAME)
            .channel_max(SESSIONS)
            .idle_time_out(milliseconds);
        if let Some(profile) = profile {
            connecting = connecting.sasl_profile(profile);
        }
        let mut handle = connecting.open_with_stream(stream).await.map_err(opening)?;
        let open = open.await.map_err(|_| {
            let reason = "the broker did not say what it is";
            Error::new(ErrorKind::Unexpected, "connect", reason)
        })?;
        let offer = match Offer::read(&open) {
            Ok(offer) => offer,
            // One that is about to refuse says nothing of itself before.
            Err(unknown) => return Err(refusal(&mut handle).await.unwrap_or(unknown)),
        };
        Ok(Arc::new(Line::new(offer, handle, plug, over)))
    }

    /// A socket, and how the client is to identify by it, where that is not done yet: with a certificate, a broker that does not offer to
    /// take it may take it as that of nobody else.
    async fn identified(&self) -> Result<(Socket, Option<SaslProfile>)> {
        let mut made = self.socket().await.map_err(socket)?;
        if !self.is_certified {
            return Ok((made, Some(self.identity())));
        }
        if sasl::external(&mut *made.0).await? {
            return Ok((made, None));
        }
        made = self.socket().await.map_err(socket)?;
        Ok((made, Some(SaslProfile::Anonymous)))
    }

    fn identity(&self) -> SaslProfile {
        match &self.address.user {
            Some(user) => SaslProfile::Plain {
                username: user.clone(),
                password: self.address.password.clone().unwrap_or_default(),
            },
            None => SaslProfile::Anonymous,
        }
    }

    async fn socket(&self) -> std::io::Result<Socket> {
        let Address { host, port, .. } = &self.address;
        let socket = TcpStream::connect((host.as_str(), *port))
            .await?
            .into_std()?;
        socket.set_nodelay(true)?;
        let plug = socket.try_clone()?;
        let socket = TcpStream::from_std(socket)?;
        let Some(config) = &self.tls else {
            return Ok((Box::new(socket), plug));
        };
        let name = ServerName::try_from(host.clone())
            .map_err(|cause| IoError::new(IoKind::InvalidData, cause))?;
        let secure = TlsConnector::from(config.clone())
            .connect(name, socket)
            .await?;
        Ok((Box::new(secure), plug))
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
                match self.connect(purpose).await {
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
        let silent = || silent(within).with("server", &self.address);
        outcome.unwrap_or_else(|_| Err(failed.unwrap_or_else(silent)))
    }
}

/// Why the broker refuses a connection that it has opened, where it does.
async fn refusal(handle: &mut ConnectionHandle<()>) -> Option<Error> {
    let ended = timeout(LAST_WORDS, handle.on_close()).await;
    let failure = ended.ok()?.err()?;
    failure.said().map(|said| of_broker("connect", said))
}

fn silent(within: Duration) -> Error {
    let reason = format!("the broker did not answer within {within:?}");
    Error::new(ErrorKind::Timeout, "connect", reason)
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
