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
    fmt::Display,
    io::{Error as IoError, ErrorKind as IoKind},
    sync::{Arc, OnceLock},
    time::Duration,
};
use tidings::{
    Error, ErrorKind, Result,
    transport::{self, Purpose},
};
use tokio::{net::TcpStream, sync::watch, time::timeout};
use tokio_rustls::TlsConnector;
use uuid::Uuid;

/// How long making one connection may take.
const ONE_TRY: Duration = Duration::from_secs(10);
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
    /// What the broker offered that was connected to first.
    pub(crate) first: OnceLock<Offer>,
}

/// A socket, and another hand on it.
type Socket = (Box<dyn Bytes>, std::net::TcpStream);

impl transport::Dial for Dial {
    type Line = Line;

    async fn connect(&self, purpose: Purpose, _: u32) -> Result<Arc<Line>> {
        let outcome = timeout(ONE_TRY, self.begin(purpose)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(silent()));
        outcome.map_err(|error| error.with("server", &self.address))
    }

    fn patience(&self) -> Duration {
        self.settings.connect_within
    }

    fn server(&self) -> impl Display {
        &self.address
    }
}

impl Dial {
    fn heartbeat(&self) -> Duration {
        self.settings.heartbeat.max(Duration::from_secs(1))
    }

    async fn begin(&self, purpose: Purpose) -> Result<Arc<Line>> {
        let ((socket, plug), profile) = self.identified().await?;
        let over = watch::Sender::new(false);
        let (stream, open) = Stream::new(
            socket,
            // How long the broker may be silent.
            self.heartbeat() * 2,
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
        let least = self.settings.least_frame();
        if open.max_frame_size.0 < least {
            let reason = format!(
                "the broker takes frames of {} bytes at most, and {least} are needed; raise that there, or lower `message_bytes`",
                open.max_frame_size.0
            );
            return Err(Error::new(ErrorKind::Unsupported, "connect", reason));
        }
        // What was promised of the first is promised of all.
        if !offer.covers(self.first.get_or_init(|| offer.clone())) {
            let reason = "another broker answers there, which does not offer the same; open the transport anew";
            return Err(Error::new(ErrorKind::Conflict, "connect", reason));
        }
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
}

/// Why the broker refuses a connection that it has opened, where it does.
async fn refusal(handle: &mut ConnectionHandle<()>) -> Option<Error> {
    let ended = timeout(LAST_WORDS, handle.on_close()).await;
    let failure = ended.ok()?.err()?;
    failure.said().map(|said| of_broker("connect", said))
}

fn silent() -> Error {
    let reason = format!("the broker did not answer within {ONE_TRY:?}");
    Error::new(ErrorKind::Timeout, "connect", reason)
}

#[cfg(test)]
mod tests {
    use crate::{core::Core, fake};
    use tidings::ErrorKind;

    #[tokio::test]
    async fn a_broker_of_small_frames_is_refused() {
        let (dial, _links) = fake::listening(1024).await;
        let error = Core::open(dial).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.reason().contains("frames of 1024 bytes"), "{error}");
    }
}
