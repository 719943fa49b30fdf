//! A link to a broker that can be cut, stalled, and made to lose the broker's answers. What a stall holds back passes once it is
//! mended, as it would over TCP.
use std::sync::Arc;
use tidings::BoxError;
use tidings_conformance::Action;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

/// What begins the frame that says what became of a delivery.
const DISPOSITION: [u8; 3] = [0x00, 0x53, 0x15];

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    All,
    /// Nothing, and connections end.
    Cut,
    /// Nothing, either way.
    Stalled,
    /// All but what the broker says of what was sent to it.
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
        let (scheme, rest) = broker.split_once("://").ok_or("no scheme")?;
        let (credentials, host) = rest
            .rsplit_once('@')
            .map_or((String::new(), rest), |(known, host)| {
                (format!("{known}@"), host)
            });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{scheme}://{credentials}{}", listener.local_addr()?);
        let passing = Arc::new(watch::Sender::new(Passing::All));
        let cuts = watch::Sender::new(0);
        let task = tokio::spawn(accept(
            listener,
            host.to_owned(),
            passing.clone(),
            cuts.clone(),
        ));
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
    tokio::select! {
        () = there(near_in, far_out, passing.clone()) => {}
        _ = back(far_in, near_out, passing) => {}
        _ = cuts.changed() => {}
    }
}

fn moves(now: Passing) -> bool {
    matches!(now, Passing::All | Passing::Deaf)
}

async fn there(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passing: watch::Receiver<Passing>,
) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if passing.wait_for(|now| moves(*now)).await.is_err()
            || to.write_all(&buffer[..count]).await.is_err()
        {
            return;
        }
    }
}

/// Frame by frame, so that what is left out leaves no gap.
async fn back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passing: watch::Receiver<Passing>,
) -> Result<(), BoxError> {
    loop {
        let mut frame = vec![0; 8];
        from.read_exact(&mut frame).await?;
        if !frame.starts_with(b"AMQP") {
            let size =
                usize::try_from(u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]))?;
            frame.resize(size.max(8), 0);
            from.read_exact(&mut frame[8..]).await?;
        }
        let now = *passing.wait_for(|now| moves(*now)).await?;
        let body = frame.get(usize::from(frame[4]) * 4..).unwrap_or_default();
        if now != Passing::Deaf || !body.starts_with(&DISPOSITION) {
            to.write_all(&frame).await?;
        }
    }
}
