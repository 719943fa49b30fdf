//! Publishes over one channel of a connection: many messages at a time, each confirmed by the broker.
use crate::{error::error, topology::Exchange};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Confirmation,
    message::BasicReturnMessage,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::ShortString,
};
use std::{collections::HashSet, pin::Pin, task::Poll, time::Duration};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// Most messages that wait for their confirmation.
const WINDOW: usize = 4096;
/// How long what is out may take to end once its channel has.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A message on its way.
pub(crate) struct Parcel {
    pub(crate) exchange: ShortString,
    pub(crate) key: ShortString,
    pub(crate) mandatory: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Bytes,
    /// Later it is not sent.
    pub(crate) deadline: Instant,
    pub(crate) answer: Answer,
}

/// Where the outcome of a message goes.
pub(crate) struct Answer {
    at: usize,
    to: Option<mpsc::UnboundedSender<(usize, Result<()>)>>,
}

impl Answer {
    pub(crate) fn new(at: usize, to: mpsc::UnboundedSender<(usize, Result<()>)>) -> Self {
        Self { at, to: Some(to) }
    }

    pub(crate) fn tell(mut self, outcome: Result<()>) {
        self.send(outcome);
    }

    fn send(&mut self, outcome: Result<()>) {
        if let Some(to) = self.to.take() {
            // Whoever asked may have gone.
            drop(to.send((self.at, outcome)));
        }
    }
}

impl Drop for Answer {
    /// What was sent and never answered was lost with its connection.
    fn drop(&mut self) {
        let reason = "the connection was lost before it was confirmed";
        let lost = Error::new(ErrorKind::ConnectionLost, "publish", reason);
        self.send(Err(lost.ambiguous()));
    }
}

/// A channel that messages are published over, by a task of its own; it ends with the channel.
pub(crate) struct Publisher {
    parcels: mpsc::Sender<Parcel>,
    /// The exchanges that are known to be there.
    pub(crate) known: HashSet<Exchange>,
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

/// What is known of a message that was sent.
struct Sent {
    id: Option<ShortString>,
    exchange: ShortString,
    size: usize,
    mandatory: bool,
    answer: Answer,
    outcome: lapin::Result<Confirmation>,
}

type Sending = Pin<Box<dyn Future<Output = Sent> + Send>>;

async fn run(
    wire: lapin::Channel,
    mut coming: mpsc::Receiver<Parcel>,
    over: impl Future<Output = ()>,
) {
    let mut out = FuturesUnordered::new();
    let mut returns = Returns::default();
    let mut over = std::pin::pin!(over);
    while wire.status().connected() {
        tokio::select! {
            biased;
            Some(sent) = out.next(), if !out.is_empty() => {
                returns.note(sent);
                while let Some(Some(sent)) = out.next().now_or_never() {
                    returns.note(sent);
                }
                returns.end_wave(out.is_empty());
            }
            () = &mut over => break,
            parcel = coming.recv(), if out.len() < WINDOW => match parcel {
                Some(parcel) => begin(&wire, parcel, &mut out).await,
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

/// Hands a message to the connection; what its confirmation waits for goes out.
async fn begin(wire: &lapin::Channel, parcel: Parcel, out: &mut FuturesUnordered<Sending>) {
    if parcel.deadline <= Instant::now() {
        return parcel.answer.tell(Err(too_late()));
    }
    let wire = wire.clone();
    let mut sending: Sending = Box::pin(async move {
        let Parcel {
            exchange,
            key,
            mandatory,
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
        let size = body.len();
        let outcome = match wire
            .basic_publish(exchange.clone(), key, options, &body, properties)
            .await
        {
            Ok(confirmation) => confirmation.await,
            Err(error) => Err(error),
        };
        Sent {
            id,
            exchange,
            size,
            mandatory,
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
}

/// The error of a message that was not sent in time.
pub(crate) fn too_late() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "publish",
        "its deadline was over before it was sent",
    )
}

/// Which messages came back because no queue took them. The client hands what came back to the first message that is confirmed
/// next, be it another's; who is who is told by the ids. What came back is always heard of before the confirmation of its own message
/// is, or with others that came back too.
#[derive(Default)]
struct Returns {
    back: HashSet<ShortString>,
    /// Confirmed, with another's message that came back; their own may be heard of yet.
    unsure: Vec<Sent>,
}

impl Returns {
    fn note(&mut self, sent: Sent) {
        let (is_taken, back) = match &sent.outcome {
            Ok(Confirmation::Ack(back)) => (true, back.as_ref()),
            Ok(Confirmation::Nack(back)) => (false, back.as_ref()),
            Ok(Confirmation::NotRequested) => (true, None),
            Err(cause) => {
                let error = lost(&sent, cause);
                return sent.answer.tell(Err(error));
            }
        };
        let of_another = back
            .and_then(id_of)
            .filter(|id| sent.id.as_ref() != Some(id));
        let is_own_back = back.is_some() && of_another.is_none();
        let has_another = of_another.is_some();
        self.back.extend(of_another);
        let is_known = sent.id.as_ref().is_some_and(|id| self.back.remove(id));
        match (is_taken, is_own_back || is_known) {
            (_, true) => sent.answer.tell(Err(no_queue())),
            (false, false) => sent.answer.tell(Err(refused())),
            (true, false) if has_another && sent.mandatory => self.unsure.push(sent),
            (true, false) => sent.answer.tell(Ok(())),
        }
    }

    /// Nothing more is known for now.
    fn end_wave(&mut self, is_empty: bool) {
        for sent in self.unsure.drain(..) {
            let is_back = sent.id.as_ref().is_some_and(|id| self.back.remove(id));
            sent.answer
                .tell(Err(if is_back { no_queue() } else { unknown() }));
        }
        if is_empty {
            self.back.clear();
        }
    }
}

fn id_of(back: &BasicReturnMessage) -> Option<ShortString> {
    back.delivery.properties.message_id().clone()
}

fn no_queue() -> Error {
    let reason = "no queue takes it; start its receiver first, or create the queue";
    Error::new(ErrorKind::NotFound, "publish", reason)
}

fn refused() -> Error {
    Error::new(
        ErrorKind::Busy,
        "publish",
        "a queue refused it, since it is full",
    )
}

fn unknown() -> Error {
    let reason = "some messages came back, and whether this did cannot be told";
    Error::new(ErrorKind::Busy, "publish", reason).ambiguous()
}

/// The error of a message whose channel ended: what the broker complains about is for those that it is about.
fn lost(sent: &Sent, cause: &lapin::Error) -> Error {
    let said = error("publish", cause.clone());
    let is_meant = match said.kind() {
        ErrorKind::TooLarge => largest(said.reason()).is_some_and(|most| sent.size > most),
        ErrorKind::NotFound | ErrorKind::PermissionDenied => {
            said.reason().contains(&format!("'{}'", sent.exchange))
        }
        _ => false,
    };
    match is_meant {
        true => said,
        false => Error::new(ErrorKind::ConnectionLost, "publish", said.reason()).ambiguous(),
    }
}

/// The limit that the broker names: "… larger than configured max size 16777216".
fn largest(reason: &str) -> Option<usize> {
    let mut words = reason.split(|c: char| !c.is_ascii_digit());
    words.rfind(|word| !word.is_empty())?.parse().ok()
}
