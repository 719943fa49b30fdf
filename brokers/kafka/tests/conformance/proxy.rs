//! A link to the cluster whose connections can be ended. A cluster tells its clients where its brokers are, so the proxy puts its
//! own port where it reads that of the broker.
use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};
use tidings::BoxError;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// Largest answer that is taken in whole.
const LARGEST: usize = 16 << 20;

pub(crate) struct Proxy {
    port: u16,
    links: Arc<Mutex<JoinSet<io::Result<()>>>>,
    is_cut: Arc<AtomicBool>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// One before a broker on this machine.
    pub(crate) async fn start(url: &str) -> Result<Self, BoxError> {
        let broker: u16 = url.rsplit(':').next().ok_or("no port")?.parse()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let links: Arc<Mutex<JoinSet<_>>> = Arc::default();
        let is_cut = Arc::new(AtomicBool::new(false));
        let (accepted, refuses) = (links.clone(), is_cut.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut links = accepted.lock().unwrap_or_else(PoisonError::into_inner);
                if !refuses.load(SeqCst) {
                    links.spawn(link(client, broker, port));
                }
            }
        });
        Ok(Self {
            port,
            links,
            is_cut,
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
        self.is_cut.store(true, SeqCst);
        self.restart();
    }

    pub(crate) fn mend(&self) {
        self.is_cut.store(false, SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn link(client: TcpStream, broker: u16, port: u16) -> io::Result<()> {
    let there = TcpStream::connect((Ipv4Addr::LOCALHOST, broker)).await?;
    // Each answer is waited for.
    client.set_nodelay(true)?;
    there.set_nodelay(true)?;
    let (mut from_client, to_client) = client.into_split();
    let (from_broker, mut to_broker) = there.into_split();
    let asks = tokio::io::copy(&mut from_client, &mut to_broker);
    tokio::select! {
        ended = asks => ended.map(drop),
        ended = answers(from_broker, to_client, broker, port) => ended,
    }
}

/// Answers are a length and that many bytes.
async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    broker: u16,
    port: u16,
) -> io::Result<()> {
    let (old, new) = (place(broker), place(port));
    loop {
        let length = from.read_u32().await?;
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        if size > LARGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut answer = length.to_be_bytes().to_vec();
        answer.resize(size + 4, 0);
        from.read_exact(&mut answer[4..]).await?;
        replace(&mut answer, &old, &new);
        to.write_all(&answer).await?;
        to.flush().await?;
    }
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
