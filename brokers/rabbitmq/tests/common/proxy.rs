//! A link to the broker that can be cut, stalled and made deaf. What a stall holds back passes once it is mended, as it would over
//! TCP.
use std::sync::Arc;
use tidings::{BoxError, BoxFuture};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

/// Something that is done to it.
type Action = Box<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    All,
    /// Nothing, and connections end.
    Cut,
    /// Nothing, either way.
    Stalled,
    /// What the broker says does not.
    Deaf,
}

pub(crate) struct Proxy {
    url: String,
    passing: Arc<watch::Sender<Passing>>,
    /// How many cuts there were: one that is mended at once ends connections too.
    cuts: watch::Sender<u64>,
    task: AbortHandle,
}

impl Proxy {
    /// Listens for connections to the broker of that address.
    pub(crate) async fn start(broker: &str) -> Result<Self, BoxError> {
        let (credentials, rest) = broker.split_once('@').ok_or("no credentials")?;
        let (host, vhost) = rest.split_once('/').ok_or("no virtual host")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{credentials}@{}/{vhost}", listener.local_addr()?);
        let passing = Arc::new(watch::Sender::new(Passing::All));
        let cuts = watch::Sender::new(0);
        let accepting = accept(listener, host.to_owned(), passing.clone(), cuts.clone());
        let task = tokio::spawn(accepting);
        Ok(Self {
            url,
            passing,
            cuts,
            task: task.abort_handle(),
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn action(self: &Arc<Self>, does: fn(&Self)) -> Action {
        let proxy = self.clone();
        Box::new(move || {
            does(&proxy);
            Box::pin(async { Ok(()) })
        })
    }

    pub(crate) fn restart(&self) {
        self.cut();
        self.mend();
    }

    pub(crate) fn cut(&self) {
        self.passing.send_replace(Passing::Cut);
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    pub(crate) fn stall(&self) {
        self.passing.send_replace(Passing::Stalled);
    }

    pub(crate) fn deafen(&self) {
        self.passing.send_replace(Passing::Deaf);
    }

    pub(crate) fn mend(&self) {
        self.passing.send_replace(Passing::All);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    broker: String,
    passing: Arc<watch::Sender<Passing>>,
    cuts: watch::Sender<u64>,
) {
    while let Ok((near, _)) = listener.accept().await {
        let (now, cuts) = (passing.subscribe(), cuts.subscribe());
        if *now.borrow() != Passing::Cut {
            tokio::spawn(relay(near, broker.clone(), now, cuts));
        }
    }
}

async fn relay(
    near: TcpStream,
    broker: String,
    passing: watch::Receiver<Passing>,
    mut cuts: watch::Receiver<u64>,
) {
    let Ok(far) = TcpStream::connect(&broker).await else {
        return;
    };
    // Confirmations are small, and waited for.
    drop((near.set_nodelay(true), far.set_nodelay(true)));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let there = |now| matches!(now, Passing::All | Passing::Deaf);
    let back = |now| now == Passing::All;
    tokio::select! {
        () = copy(near_in, far_out, passing.clone(), there) => {}
        () = copy(far_in, near_out, passing, back) => {}
        _ = cuts.changed() => {}
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut passing: watch::Receiver<Passing>,
    may: impl Fn(Passing) -> bool,
) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        if passing.wait_for(|now| may(*now)).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
