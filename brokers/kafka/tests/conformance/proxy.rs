//! A link to the cluster whose connections can be ended. A cluster tells its clients where its brokers are, so the proxy puts its
//! own port where it reads that of the broker.
use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI16, AtomicUsize, Ordering::SeqCst},
    },
};
use tidings::BoxError;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// Largest question or answer that is taken in whole.
const LARGEST: usize = 16 << 20;
/// No question.
const NONE: i16 = -1;

pub(crate) struct Proxy {
    port: u16,
    links: Arc<Mutex<JoinSet<io::Result<()>>>>,
    pub(crate) does: Arc<Does>,
    accepting: JoinHandle<()>,
}

/// What it does to its connections.
pub(crate) struct Does {
    /// Ends them.
    is_cut: AtomicBool,
    /// Ends them when that is asked.
    pub(crate) cut_at: AtomicI16,
    /// What stands in answers, and what is put there.
    pub(crate) altered: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
    /// How many bytes answers had.
    pub(crate) answered: AtomicUsize,
}

impl Proxy {
    /// One before a broker on this machine.
    pub(crate) async fn start(url: &str) -> Result<Self, BoxError> {
        let broker: u16 = url.rsplit(':').next().ok_or("no port")?.parse()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let links: Arc<Mutex<JoinSet<_>>> = Arc::default();
        let does = Arc::new(Does {
            is_cut: AtomicBool::new(false),
            cut_at: AtomicI16::new(NONE),
            altered: Mutex::new(vec![(place(broker), place(port))]),
            answered: AtomicUsize::new(0),
        });
        let (accepted, doing) = (links.clone(), does.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut links = accepted.lock().unwrap_or_else(PoisonError::into_inner);
                if !doing.is_cut.load(SeqCst) {
                    links.spawn(link(client, broker, doing.clone()));
                }
            }
        });
        Ok(Self {
            port,
            links,
            does,
            accepting,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("kafka://127.0.0.1:{}", self.port)
    }

    /// Ends all connections; others can be made.
    pub(crate) fn restart(&self) {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.abort_all();
        *links = JoinSet::new();
    }
}

impl Proxy {
    /// Ends all connections, and others as soon as they are made.
    pub(crate) fn cut(&self) {
        self.does.is_cut.store(true, SeqCst);
        self.restart();
    }

    pub(crate) fn mend(&self) {
        self.does.cut_at.store(NONE, SeqCst);
        self.does.is_cut.store(false, SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn link(client: TcpStream, broker: u16, does: Arc<Does>) -> io::Result<()> {
    let there = TcpStream::connect((Ipv4Addr::LOCALHOST, broker)).await?;
    // Each answer is waited for.
    client.set_nodelay(true)?;
    there.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_broker, to_broker) = there.into_split();
    tokio::select! {
        ended = questions(from_client, to_broker, &does) => ended,
        ended = answers(from_broker, to_client, &does) => ended,
    }
}

async fn questions(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    does: &Does,
) -> io::Result<()> {
    loop {
        let question = frame(&mut from).await?;
        if question[4..].starts_with(&does.cut_at.load(SeqCst).to_be_bytes()) {
            does.is_cut.store(true, SeqCst);
            return Ok(());
        }
        to.write_all(&question).await?;
        to.flush().await?;
    }
}

async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    does: &Does,
) -> io::Result<()> {
    loop {
        let mut answer = frame(&mut from).await?;
        does.answered.fetch_add(answer.len(), SeqCst);
        for (old, new) in &*does.altered.lock().unwrap_or_else(PoisonError::into_inner) {
            replace(&mut answer, old, new);
        }
        to.write_all(&answer).await?;
        to.flush().await?;
    }
}

/// Questions and answers are a length and that many bytes.
async fn frame(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let size = usize::try_from(length).unwrap_or(usize::MAX);
    if size > LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = length.to_be_bytes().to_vec();
    frame.resize(size + 4, 0);
    from.read_exact(&mut frame[4..]).await?;
    Ok(frame)
}

/// How answers write where a broker is: its host, and its port in 32 bits.
fn place(port: u16) -> Vec<u8> {
    [&b"127.0.0.1"[..], &u32::from(port).to_be_bytes()].concat()
}

fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    let mut at = 0;
    while at + old.len() <= bytes.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new);
        }
        at += 1;
    }
}
