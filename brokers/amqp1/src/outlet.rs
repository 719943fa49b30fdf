//! Publishes to one address: a link, and a task that sends for all who publish there, each message confirmed by the broker.
use crate::{
    error::{error, lost, of_attach, of_broker},
    line::Line,
    parcel::{Answer, Parcel},
    place::Outward,
};
use fe2o3_amqp::{
    Sender,
    link::SendError,
    session::SessionHandle,
    types::{definitions::SenderSettleMode, messaging::Outcome},
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{Instant, sleep_until, timeout},
};
use uuid::Uuid;

/// Most messages that wait for their confirmation.
const WINDOW: usize = 1024;
/// How long a link is kept that nobody publishes by.
const IDLE: Duration = Duration::from_secs(60);
/// How long what the broker has confirmed already may take to be told.
const LAST_WORDS: Duration = Duration::from_millis(20);
/// How much later than its links a connection may end.
const LAST_NEWS: Duration = Duration::from_millis(200);
/// How long the end of a link may take.
const GOODBYE: Duration = Duration::from_millis(500);
/// Most messages of a link: the client counts them by 32 bits, and stops at the end of those.
const MOST: u32 = 1 << 30;

/// What a confirmation is waited for by.
type Sending = Pin<Box<dyn Future<Output = Sent> + Send>>;

/// What became of a message.
struct Sent {
    _room: OwnedSemaphorePermit,
    answer: Answer,
    outcome: Result<Outcome, SendError>,
}

/// Opens a link, and gives where its parcels go meanwhile.
pub(crate) fn open(line: Arc<Line>, place: Outward) -> mpsc::Sender<Parcel> {
    let (parcels, coming) = mpsc::channel(64);
    tokio::spawn(run(line, place, coming, MOST));
    parcels
}

async fn run(line: Arc<Line>, place: Outward, mut coming: mpsc::Receiver<Parcel>, most: u32) {
    let (over, ended) = (line.over(), line.over());
    let attached = line.during("publish", attach(&line, &place)).await;
    // Else it would keep the connection.
    drop(line);
    let reason = match attached {
        Ok((session, sender)) => {
            let mut outlet = Outlet {
                sender,
                out: FuturesUnordered::new(),
                left: most,
                is_used: false,
            };
            let mut over = pin!(over);
            let reason = outlet.work(&mut coming, over.as_mut()).await;
            coming.close();
            let is_used = outlet.is_used;
            outlet.end(session, reason.is_none(), over).await;
            reason.filter(|_| !is_used)
        }
        Err(error) => Some(error),
    };
    coming.close();
    // What ends a link before anything was sent by it would end the next. What ended it later may be of that message alone, and what its
    // connection ended is of neither.
    let reason = match reason {
        Some(reason) if !is_of_connection(&reason, ended).await => Some(reason),
        _ => None,
    };
    while let Some(parcel) = coming.recv().await {
        if let Some(reason) = &reason {
            parcel.answer.tell(Err(reason.clone()));
        }
    }
}

/// Whether the connection has ended, of which its links may hear before.
async fn is_of_connection(reason: &Error, ended: impl Future<Output = ()>) -> bool {
    let time = match reason.kind() {
        ErrorKind::ConnectionLost => LAST_NEWS,
        _ => Duration::ZERO,
    };
    timeout(time, ended).await.is_ok()
}

async fn attach(line: &Line, place: &Outward) -> Result<(SessionHandle<()>, Sender)> {
    let mut session = line.session("publish").await?;
    let attaching = Sender::builder()
        .name(Uuid::now_v7().to_string())
        .target(place.target())
        .sender_settle_mode(SenderSettleMode::Unsettled)
        .attach(&mut session);
    let sender = attaching
        .await
        .map_err(|failure| of_attach("publish", &failure))?;
    Ok((session, sender))
}

/// An open link, with what is on its way.
struct Outlet {
    sender: Sender,
    out: FuturesUnordered<Sending>,
    /// How many more may be sent.
    left: u32,
    /// Whether a message was handed to it.
    is_used: bool,
}

impl Outlet {
    /// Sends what comes, until nobody has anything to send; what ends it before is the error of all that is on its way.
    async fn work(
        &mut self,
        coming: &mut mpsc::Receiver<Parcel>,
        mut over: Pin<&mut impl Future<Output = ()>>,
    ) -> Option<Error> {
        loop {
            let idle = sleep_until(Instant::now() + IDLE);
            if self.left == 0 && self.out.is_empty() {
                return None;
            }
            let has_room = self.out.len() < WINDOW && self.left > 0;
            tokio::select! {
                biased;
                Some(sent) = self.out.next(), if !self.out.is_empty() => confirmed(sent),
                () = &mut over => return Some(lost("publish", "the connection was lost")),
                failure = self.sender.on_detach() => return Some(error("publish", &failure)),
                parcel = coming.recv(), if has_room => match parcel {
                    Some(parcel) => {
                        if let Some(failed) = self.send(parcel, over.as_mut()).await {
                            return Some(failed);
                        }
                    }
                    None => return None,
                },
                () = idle, if self.out.is_empty() => return None,
            }
        }
    }

    /// Hands a message to the connection once the broker has room for it; gives what ended the link meanwhile.
    async fn send(
        &mut self,
        parcel: Parcel,
        mut over: Pin<&mut impl Future<Output = ()>>,
    ) -> Option<Error> {
        let Parcel {
            message,
            room,
            deadline,
            progress,
            answer,
        } = parcel;
        if deadline <= Instant::now() || !progress.offer() {
            answer.tell(Err(no_room()));
            return None;
        }
        let is_first = !std::mem::replace(&mut self.is_used, true);
        let mut done = Vec::new();
        let handed = {
            let mut sending = pin!(self.sender.send_batchable(message));
            loop {
                tokio::select! {
                    biased;
                    handed = &mut sending => break Some(handed),
                    () = &mut over => {
                        answer.tell(Err(lost("publish", "the connection was lost").ambiguous()));
                        return Some(lost("publish", "the connection was lost"));
                    }
                    Some(sent) = self.out.next(), if !self.out.is_empty() => done.push(sent),
                    () = sleep_until(deadline) => break None,
                }
            }
        };
        done.into_iter().for_each(confirmed);
        match handed {
            Some(Ok(confirmation)) => {
                progress.sent();
                self.left -= 1;
                self.out.push(Box::pin(async move {
                    Sent {
                        _room: room,
                        answer,
                        outcome: confirmation.await,
                    }
                }));
                None
            }
            Some(Err(failure)) => {
                let failed = of_sending(&failure);
                let is_its_own = matches!(
                    failure,
                    SendError::MessageEncodeError | SendError::MessageSizeExceeded(_)
                );
                // Dropped, it waits for the next link, where another before it may have ended this one.
                match failed.kind() == ErrorKind::ConnectionLost || !is_first {
                    true if !is_its_own => progress.take_back(),
                    _ => answer.tell(Err(failed.clone())),
                }
                (!is_its_own).then_some(failed)
            }
            // What waits for the broker's room was not handed over.
            None => {
                answer.tell(Err(no_room()));
                None
            }
        }
    }

    async fn confirm_all(&mut self) {
        while let Some(sent) = self.out.next().await {
            confirmed(sent);
        }
    }

    /// Tells all that is on its way, and ends the link; what the broker confirms meanwhile is confirmed.
    async fn end(
        mut self,
        mut session: SessionHandle<()>,
        in_peace: bool,
        over: Pin<&mut impl Future<Output = ()>>,
    ) {
        if in_peace {
            let ending = async {
                self.confirm_all().await;
                drop(self.sender.close().await);
                drop(session.end().await);
            };
            tokio::select! {
                () = ending => {}
                () = over => {}
            }
            return;
        }
        drop(timeout(LAST_WORDS, self.confirm_all()).await);
        let Self {
            sender, mut out, ..
        } = self;
        drop((sender, session));
        // Nothing can confirm them any more, which each of them tells at once.
        let rest = async {
            while let Some(sent) = out.next().await {
                confirmed(sent);
            }
        };
        drop(timeout(GOODBYE, rest).await);
    }
}

fn confirmed(sent: Sent) {
    sent.answer.tell(outcome(sent.outcome));
}

/// Why a message was not handed over.
fn of_sending(failure: &SendError) -> Error {
    match failure {
        SendError::MessageSizeExceeded(_) => {
            let reason = format!("{failure}; raise the limit at the broker");
            Error::new(ErrorKind::TooLarge, "publish", reason)
        }
        _ => error("publish", failure),
    }
}

/// What the broker says of a message that it was sent.
fn outcome(outcome: Result<Outcome, SendError>) -> Result<()> {
    match outcome {
        Ok(Outcome::Accepted(_)) => Ok(()),
        Ok(Outcome::Rejected(rejected)) => Err(match &rejected.error {
            Some(said) => {
                let error = of_broker("publish", said);
                // What it says of a message ends no connection.
                match error.kind() {
                    ErrorKind::ConnectionLost => {
                        Error::new(ErrorKind::Unexpected, "publish", error.reason())
                    }
                    _ => error,
                }
            }
            None => Error::new(
                ErrorKind::Unexpected,
                "publish",
                "the broker refuses it, and says no reason",
            ),
        }),
        Ok(_) => Err(Error::new(
            ErrorKind::Busy,
            "publish",
            "the broker gave it back",
        )),
        Err(failure) => {
            let reason = format!("the link ended before it was confirmed: {failure}");
            Err(lost("publish", &reason).ambiguous())
        }
    }
}

fn no_room() -> Error {
    let reason = "the broker had no room for it in time; have its receivers catch up, or look at its limits of memory and disk";
    Error::new(ErrorKind::Timeout, "publish", reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dialect::Dialect,
        fake, message,
        parcel::{Progress, Told},
    };
    use tidings::{Channel, Message};

    #[tokio::test]
    async fn a_link_that_has_sent_all_that_it_may_ends_at_once() {
        let (core, _links) = fake::connected().await;
        let line = core.publishing(core.patience()).await.unwrap();
        let place = Outward::of(&Channel::point_to_point("a"), &core.offer).unwrap();
        let (parcels, coming) = mpsc::channel(8);
        let room = Arc::new(tokio::sync::Semaphore::new(4));
        let (answer_to, mut answers) = mpsc::unbounded_channel();
        let working = tokio::spawn(run(line, place, coming, 3));
        for at in 0..4 {
            let progress = Arc::new(Progress::default());
            let told = crate::bindings::Headers::default();
            let parcel = Parcel {
                message: message::write(&Message::new("a"), "a", Dialect::Artemis, told),
                room: room.clone().try_acquire_owned().unwrap(),
                deadline: core.patience(),
                progress: progress.clone(),
                answer: Answer::new(at, progress, answer_to.clone()),
            };
            assert!(parcels.send(parcel).await.is_ok());
        }
        timeout(Duration::from_secs(5), working)
            .await
            .expect("it ends")
            .unwrap();
        for at in 0..3 {
            assert!(matches!(answers.recv().await, Some((of, Told::Outcome(Ok(())))) if of == at));
        }
        assert!(matches!(answers.recv().await, Some((3, Told::Unsent))));
    }
}
