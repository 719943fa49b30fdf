//! A link to the cluster whose connections can be ended, stalled, and lose answers. A cluster tells its clients where its brokers
//! are, so the proxy puts its own port where it reads that of the broker.
use std::{
    collections::HashSet,
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI16, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::BoxError;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// Largest question or answer that is taken in whole.
const LARGEST: usize = 16 << 20;
/// No question.
pub(crate) const NONE: i16 = -1;
/// How long nothing passes at least.
const MOMENT: Duration = Duration::from_millis(10);

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
    /// Ends them once that is asked, and the broker has it.
    pub(crate) cut_behind: AtomicI16,
    /// Lets nothing pass.
    pub(crate) is_stalled: AtomicBool,
    /// Lets that, and what is asked behind it, not pass.
    pub(crate) held_at: AtomicI16,
    /// Loses the answers to that.
    pub(crate) is_deaf_to: AtomicI16,
    /// How many answers it lost.
    pub(crate) lost: AtomicUsize,
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
            cut_behind: AtomicI16::new(NONE),
            is_stalled: AtomicBool::new(false),
            held_at: AtomicI16::new(NONE),
            is_deaf_to: AtomicI16::new(NONE),
            lost: AtomicUsize::new(0),
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

    /// All is well again; connections that lost an answer are made anew.
    pub(crate) fn mend(&self) {
        self.does.cut_at.store(NONE, SeqCst);
        self.does.cut_behind.store(NONE, SeqCst);
        self.does.is_cut.store(false, SeqCst);
        self.does.is_stalled.store(false, SeqCst);
        self.does.held_at.store(NONE, SeqCst);
        if self.does.is_deaf_to.swap(NONE, SeqCst) != NONE {
            self.restart();
        }
    }
}

impl Does {
    async fn lets_pass(&self) {
        while self.is_stalled.load(SeqCst) {
            sleep(MOMENT).await;
        }
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
    let lost = Mutex::default();
    tokio::select! {
        ended = questions(from_client, to_broker, &does, &lost) => ended,
        ended = answers(from_broker, to_client, &does, &lost) => ended,
    }
}

/// The numbers of questions whose answers are lost.
type Lost = Mutex<HashSet<[u8; 4]>>;

/// A question begins with what is asked, in which version, and its number.
async fn questions(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    does: &Does,
    lost: &Lost,
) -> io::Result<()> {
    loop {
        let question = frame(&mut from).await?;
        does.lets_pass().await;
        let asks = |what: &AtomicI16| question[4..].starts_with(&what.load(SeqCst).to_be_bytes());
        while asks(&does.held_at) {
            sleep(MOMENT).await;
        }
        if asks(&does.cut_at) {
            does.is_cut.store(true, SeqCst);
            return Ok(());
        }
        let is_last = asks(&does.cut_behind);
        if (is_last || asks(&does.is_deaf_to))
            && let Some(number) = number(&question[8..])
        {
            let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
            lost.insert(number);
        }
        if is_last {
            does.is_cut.store(true, SeqCst);
        }
        to.write_all(&question).await?;
        to.flush().await?;
    }
}

/// An answer begins with the number of its question.
async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    does: &Does,
    lost: &Lost,
) -> io::Result<()> {
    loop {
        let mut answer = frame(&mut from).await?;
        does.lets_pass().await;
        let is_lost = number(&answer[4..]).is_some_and(|number| {
            let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
            lost.remove(&number)
        });
        if is_lost && does.is_cut.load(SeqCst) {
            return Ok(());
        }
        if is_lost {
            does.lost.fetch_add(1, SeqCst);
            continue;
        }
        does.answered.fetch_add(answer.len(), SeqCst);
        for (old, new) in &*does.altered.lock().unwrap_or_else(PoisonError::into_inner) {
            replace(&mut answer, old, new);
        }
        to.write_all(&answer).await?;
        to.flush().await?;
    }
}

fn number(bytes: &[u8]) -> Option<[u8; 4]> {
    bytes.first_chunk().copied()
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
