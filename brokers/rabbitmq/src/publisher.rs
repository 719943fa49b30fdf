//! Publishes over one channel of a connection: many messages at a time, each confirmed by the broker.
use crate::{
    error::error,
    exchange::Exchange,
    parcel::{Parcel, Sent},
    returns::Returns,
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use lapin::{
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::ShortString,
};
use std::{
    collections::{HashMap, HashSet},
    pin::Pin,
    task::Poll,
    time::Duration,
};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// Most messages that wait for their confirmation.
const WINDOW: usize = 4096;
/// Most bytes of messages that do, since the client keeps a copy of what the connection has not taken; one message always may.
const WINDOW_BYTES: usize = 64 << 20;
/// How long what is out may take to end once its channel has.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A channel that messages are published over, by a task of its own; it ends with the channel.
pub(crate) struct Publisher {
    parcels: mpsc::Sender<Parcel>,
    /// The exchanges that are known to be there.
    pub(crate) known: HashSet<Exchange>,
    /// What is known to be in place to hold messages back: by where they go then, up to which level.
    pub(crate) levels: HashMap<[ShortString; 2], u32>,
}

impl Publisher {
    /// Opens a channel of a connection, whose end is told.
    pub(crate) async fn open(
        connection: &lapin::Connection,
        over: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Self> {
        let failed = |cause| error("publish", cause);
        let wire = connection.create_channel().await.map_err(failed)?;
        wire.confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(failed)?;
        let (parcels, coming) = mpsc::channel(64);
        tokio::spawn(run(wire, coming, over));
        Ok(Self {
            parcels,
            known: HashSet::new(),
            levels: HashMap::new(),
        })
    }

    /// Whether its channel is there no more.
    pub(crate) fn is_over(&self) -> bool {
        self.parcels.is_closed()
    }

    /// Where parcels go.
    pub(crate) fn parcels(&self) -> mpsc::Sender<Parcel> {
        self.parcels.clone()
    }
}

type Sending = Pin<Box<dyn Future<Output = Sent> + Send>>;

async fn run(
    wire: lapin::Channel,
    mut coming: mpsc::Receiver<Parcel>,
    over: impl Future<Output = ()>,
) {
    let mut out = FuturesUnordered::<Sending>::new();
    let mut returns = Returns::default();
    let mut bytes = 0_usize;
    let mut over = std::pin::pin!(over);
    while wire.status().connected() {
        tokio::select! {
            biased;
            Some(sent) = out.next(), if !out.is_empty() => {
                if !wire.status().connected() {
                    // Before anybody hears of it, so that what they send next goes by another channel.
                    coming.close();
                }
                bytes -= sent.size;
                returns.note(sent);
                while let Some(Some(sent)) = out.next().now_or_never() {
                    bytes -= sent.size;
                    returns.note(sent);
                }
                returns.end_wave(out.is_empty());
            }
            () = &mut over => break,
            parcel = coming.recv(), if out.len() < WINDOW && bytes < WINDOW_BYTES => match parcel {
                Some(parcel) => bytes += begin(&wire, parcel, &mut out).await,
                None => break,
            },
        }
    }
    coming.close();
    // A channel that ended tells all; one that was lost may have forgotten some.
    drop(
        timeout(LAST_WORDS, async {
            while let Some(sent) = out.next().await {
                returns.note(sent);
            }
        })
        .await,
    );
    returns.end_wave(true);
    while let Some(parcel) = coming.recv().await {
        let reason = "the connection was lost before it was sent";
        parcel.answer.tell(Err(Error::new(
            ErrorKind::ConnectionLost,
            "publish",
            reason,
        )));
    }
}

/// Hands a message to the connection; what its confirmation waits for goes out. Gives how many bytes that is.
async fn begin(
    wire: &lapin::Channel,
    parcel: Parcel,
    out: &mut FuturesUnordered<Sending>,
) -> usize {
    if parcel.deadline <= Instant::now() {
        parcel.answer.tell(Err(too_late()));
        return 0;
    }
    let size = parcel.body.len();
    let wire = wire.clone();
    let mut sending: Sending = Box::pin(async move {
        let Parcel {
            exchange,
            key,
            mandatory,
            is_shared,
            properties,
            body,
            answer,
            ..
        } = parcel;
        let options = BasicPublishOptions {
            mandatory,
            ..Default::default()
        };
        let id = properties.message_id().clone().filter(|_| mandatory);
        let place = id.map(|id| [exchange.clone(), key.clone(), id]);
        let user = properties.user_id().clone();
        let outcome = match wire
            .basic_publish(exchange.clone(), key, options, &body, properties)
            .await
        {
            Ok(confirmation) => confirmation.await,
            Err(error) => Err(error),
        };
        Sent {
            place,
            exchange,
            user,
            size,
            is_shared,
            answer,
            outcome,
        }
    });
    // Polled once, its frames are in their place.
    let is_done = std::future::poll_fn(|task| Poll::Ready(sending.as_mut().poll(task))).await;
    match is_done {
        Poll::Ready(sent) => out.push(Box::pin(std::future::ready(sent))),
        Poll::Pending => out.push(sending),
    }
    size
}

/// The error of a message that was not sent in time.
pub(crate) fn too_late() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "publish",
        "its deadline was over before it was sent",
    )
}
