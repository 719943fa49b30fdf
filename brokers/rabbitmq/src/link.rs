//! A connection that comes back: made anew, with pauses, until the transport is closed.
use crate::{
    address::Address,
    error::{closed, error},
    publisher::Publisher,
    settings::RabbitSettings,
};
use async_compat::Compat;
use futures_util::StreamExt;
use lapin::{
    AsyncTcpStream, Connection, ConnectionProperties, Event, auth::AuthProvider,
    tcp::OwnedTLSConfig, uri::AMQPUri,
};
use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Error, ErrorKind, Result, Str};
use tokio::{
    net::TcpStream,
    sync::{Mutex, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

/// How long making one connection may take.
const ONE_TRY: Duration = Duration::from_secs(10);
/// How long a broker may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);
/// The shortest pause between tries, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// A connection that lasts as long is no more of the trouble before it.
const STEADY: Duration = Duration::from_secs(5);

/// How to reach the broker.
pub(crate) struct Dial {
    pub(crate) address: Address,
    pub(crate) settings: RabbitSettings,
    pub(crate) tls: OwnedTLSConfig,
    pub(crate) auth: Option<Arc<dyn AuthProvider>>,
    /// What the broker is told that this is.
    pub(crate) name: String,
}

/// One connection.
pub(crate) struct Line {
    /// Which one, so that what belongs to another is told from what belongs to this.
    pub(crate) generation: u32,
    pub(crate) connection: Connection,
    plug: Plug,
    /// Open from the first on where the connection is there to publish.
    pub(crate) publisher: Mutex<Option<Publisher>>,
    over: watch::Sender<bool>,
}

/// What a connection is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Publish,
    Consume,
}

/// How a link is doing.
#[derive(Clone)]
pub(crate) enum Phase {
    Up(Arc<Line>),
    Down { since: Instant, reason: Str },
}

/// A connection for one purpose: what the broker blocks publishers for must not hold up settlements.
pub(crate) struct Link {
    phase: watch::Receiver<Phase>,
    task: JoinHandle<()>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Line").field(&self.generation).finish()
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dial").field(&self.address).finish()
    }
}

impl Dial {
    async fn connect(&self, purpose: Purpose, generation: u32) -> Result<Arc<Line>> {
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
                publisher: Mutex::new(None),
                over: watch::Sender::new(false),
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
    async fn connect_within(&self, purpose: Purpose, within: Duration) -> Result<Arc<Line>> {
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

impl Link {
    /// Connects, and from then on connects again.
    pub(crate) async fn open(dial: Arc<Dial>, purpose: Purpose) -> Result<Self> {
        let line = dial
            .connect_within(purpose, dial.settings.connect_within)
            .await?;
        let (told, phase) = watch::channel(Phase::Up(line.clone()));
        let task = tokio::spawn(keep(dial, purpose, line, told));
        Ok(Self { phase, task })
    }

    /// How it is doing, and how that changes.
    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.clone()
    }

    /// The connection, as soon as there is one.
    pub(crate) async fn line(
        &self,
        operation: &'static str,
        deadline: Instant,
    ) -> Result<Arc<Line>> {
        let mut phase = self.phase.clone();
        let up = phase.wait_for(|phase| matches!(phase, Phase::Up(_)));
        match timeout_at(deadline, up).await {
            Ok(Ok(phase)) => {
                if let Phase::Up(line) = &*phase {
                    return Ok(line.clone());
                }
            }
            Ok(Err(_)) => return Err(closed(operation)),
            Err(_) => {}
        }
        let reason = match &*self.phase.borrow() {
            Phase::Down { since, reason } => {
                format!("not connected since {:.1?}: {reason}", since.elapsed())
            }
            Phase::Up(_) => String::new(),
        };
        Err(Error::new(ErrorKind::ConnectionLost, operation, reason))
    }
}

impl Link {
    /// Ends the connection for good; what was not settled over it is given back.
    pub(crate) async fn close(&self) {
        self.task.abort();
        let line = match &*self.phase.borrow() {
            Phase::Up(line) => line.clone(),
            Phase::Down { .. } => return,
        };
        let closing = line.connection.close(200, "done".into());
        // One that does not answer is closed by its end.
        drop(timeout(GOODBYE, closing).await);
        line.over.send_replace(true);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Line {
    /// Does something with the connection, as long as it is there: what is asked of it at its end may never be answered.
    pub(crate) async fn during<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        tokio::select! {
            biased;
            outcome = work => outcome,
            () = self.over() => Err(lost(operation, "the connection was lost")),
        }
    }

    /// Waits for its end.
    pub(crate) fn over(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut over = self.over.subscribe();
        async move { drop(over.wait_for(|is_over| *is_over).await) }
    }

    /// Why it ended, once it has.
    async fn ended(&self) -> Str {
        let mut events = std::pin::pin!(self.connection.events_listener());
        let mut reason: Str = "the connection was closed".into();
        // What happens from here on is told.
        if !self.connection.status().connected() {
            return reason;
        }
        let mut pulled = std::pin::pin!(self.plug.pulled(LOOK_LATER));
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = &mut pulled => break,
            };
            match event {
                Some(Event::ConnectionBlocked(why)) => {
                    tracing::warn!(reason = why, "the broker takes no messages for now");
                }
                Some(Event::Error(cause)) => reason = cause.to_string().into(),
                Some(_) => {}
                None => break,
            }
            if !self.connection.status().connected() {
                break;
            }
        }
        reason
    }
}

fn lost(operation: &'static str, reason: &str) -> Error {
    Error::new(ErrorKind::ConnectionLost, operation, reason)
}

/// Waits for the end of each connection, and makes the next; after one that ended soon, with a pause.
async fn keep(dial: Arc<Dial>, purpose: Purpose, mut line: Arc<Line>, told: watch::Sender<Phase>) {
    let mut since = Instant::now();
    loop {
        let made = Instant::now();
        let reason = line.ended().await;
        line.over.send_replace(true);
        tracing::warn!(server = %dial.address, %reason, "connection lost");
        told.send_replace(Phase::Down {
            since: Instant::now(),
            reason,
        });
        let generation = line.generation.wrapping_add(1);
        drop(line);
        match made.elapsed() < STEADY {
            true => sleep(pause(since)).await,
            false => since = Instant::now(),
        }
        line = again(&dial, purpose, generation, since, &told).await;
        tracing::info!(server = %dial.address, "connected again");
        told.send_replace(Phase::Up(line.clone()));
    }
}

/// Connects, however often that fails: the password may be mended at the other end.
async fn again(
    dial: &Dial,
    purpose: Purpose,
    generation: u32,
    since: Instant,
    told: &watch::Sender<Phase>,
) -> Arc<Line> {
    loop {
        let failed = match dial.connect(purpose, generation).await {
            Ok(line) => return line,
            Err(error) => error,
        };
        told.send_modify(|phase| {
            if let Phase::Down { reason, .. } = phase {
                *reason = failed.to_string().into();
            }
        });
        sleep(pause(since)).await;
    }
}

/// The other hand on a connection: of one that ends while it is being made, the client may never tell.
struct Plug(std::net::TcpStream);

/// How often the end of a connection is looked for while it is made, and afterwards.
const LOOK: Duration = Duration::from_millis(20);
const LOOK_LATER: Duration = Duration::from_millis(250);
/// How long the client may take to tell why a connection ended.
const LAST_WORDS: Duration = Duration::from_millis(200);

impl Plug {
    /// Waits until the other side has ended the connection, and a moment for the client to tell why.
    async fn pulled(&self, look: Duration) {
        while !self.is_pulled() {
            sleep(look).await;
        }
        sleep(LAST_WORDS).await;
    }

    fn is_pulled(&self) -> bool {
        match self.0.peek(&mut [0]) {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}

impl Drop for Plug {
    /// Else the client's thread might wait on.
    fn drop(&mut self) {
        // One that is closed already is as good.
        drop(self.0.shutdown(std::net::Shutdown::Both));
    }
}

/// A quarter of the time since the connection was lost, and at random up to half of that less, so that not all who were cut off come
/// back at once.
fn pause(since: Instant) -> Duration {
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
