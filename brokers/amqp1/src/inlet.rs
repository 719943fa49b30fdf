//! Receives for one subscription: a task that owns its link, opens it again after a loss, and settles what it is told.
use crate::{
    core::Core,
    error::{error, lost, of_attach, too_late},
    held::{Fit, Held},
    inbound::Inbound,
    line::Line,
    message,
    place::Inward,
    settling::{Command, again, settle},
};
use fe2o3_amqp::{
    Receiver,
    link::{RecvError, receiver::CreditMode},
    session::SessionHandle,
    types::{
        definitions::{AmqpError, Error as Said, ReceiverSettleMode},
        messaging::Body,
        primitives::Value,
    },
};
use std::{pin::pin, sync::Arc, time::Duration};
use tidings::{Error, ErrorKind, Result, transport::Stage};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until, timeout_at},
};
use uuid::Uuid;

/// Pause before a link is opened again that was refused for now, or that ended soon.
const PAUSE: Duration = Duration::from_millis(200);
/// How long opening again may take before it is told of and tried once more.
const OPENING: Duration = Duration::from_secs(30);

/// How often it is told that opening again fails.
const WARNING: Duration = Duration::from_secs(60);

/// The task of a subscription.
pub(crate) struct Inlet {
    core: Arc<Core>,
    place: Inward,
    held: Arc<Held>,
    commands: mpsc::UnboundedReceiver<Command>,
    stage: watch::Receiver<Stage>,
    dialect: crate::dialect::Dialect,
}

/// An open link.
pub(crate) struct Opened {
    pub(crate) line: Arc<Line>,
    pub(crate) session: SessionHandle<()>,
    pub(crate) receiver: Inbound,
}

/// Why nothing more comes by a link.
enum End {
    Lost(Error),
    /// It is over for good.
    Over,
}

/// Begins to receive; what comes is in `held`, and what is to be settled is told by what is given.
pub(crate) async fn open(
    core: Arc<Core>,
    place: Inward,
    held: Arc<Held>,
) -> Result<mpsc::UnboundedSender<Command>> {
    let (command, commands) = mpsc::unbounded_channel();
    let inlet = Inlet {
        stage: core.stage(),
        dialect: core.offer.dialect,
        core,
        place,
        held,
        commands,
    };
    let (told, opened) = oneshot::channel();
    inlet.core.subscriptions(1);
    tokio::spawn(inlet.run(told));
    opened
        .await
        .unwrap_or_else(|_| Err(Error::closed("subscribe")))?;
    Ok(command)
}

/// What is told when a task ends, and where it fails too: whoever asks for deliveries would wait for ever.
struct Running(Arc<Core>, Arc<Held>);

impl Drop for Running {
    fn drop(&mut self) {
        let Self(core, held) = self;
        if std::thread::panicking() {
            held.lost();
            let reason = "the task that receives has failed, which is a mistake of this program; subscribe again";
            held.ends(Error::new(ErrorKind::Unexpected, "receive", reason));
        }
        core.subscriptions(-1);
    }
}

impl Inlet {
    async fn run(mut self, first: oneshot::Sender<Result<()>>) {
        let _running = Running(self.core.clone(), self.held.clone());
        match self.open_first().await {
            Ok(opened) => {
                // Whoever asked may have gone, and left then.
                drop(first.send(Ok(())));
                self.keep(opened).await;
            }
            Err(error) => drop(first.send(Err(error))),
        }
    }

    /// Opens at first: a broker that goes meanwhile is waited for as long as connecting may take.
    async fn open_first(&mut self) -> Result<Opened> {
        let deadline = self.core.patience();
        let (core, place) = (&self.core, &self.place);
        let mut stage = self.stage.clone();
        tokio::select! {
            opened = core.patiently(deadline, || open_at(core, place, deadline)) => opened,
            _ = stage.wait_for(|stage| *stage == Stage::Closed) => Err(Error::closed("subscribe")),
        }
    }

    /// Receives until it is over, by one link after the other.
    async fn keep(&mut self, first: Opened) {
        let mut next = Some(first);
        while let Some(mut opened) = next.take() {
            let begun = Instant::now();
            self.held.opened();
            let reason = match self.receive(&mut opened).await {
                End::Over => {
                    while let Ok(command) = self.commands.try_recv() {
                        settle(&opened.receiver, &self.held, command).await;
                    }
                    crate::leaving::give_back(opened, &self.held, &self.place, self.dialect).await;
                    break;
                }
                End::Lost(error) => error,
            };
            self.held.lost();
            // Before the link: its own end would be that of a subscription that outlives it.
            let line = opened.line.clone();
            line.unless_over(async { drop(opened.session.end().await) })
                .await;
            drop(opened);
            if reason.kind() != ErrorKind::ConnectionLost {
                tracing::warn!(address = self.place.address, error = %reason, "the broker ended the link, which is opened again");
            }
            if begun.elapsed() < PAUSE {
                sleep(PAUSE).await;
            }
            next = self.open_again().await;
        }
        if self.core.check_open("receive").is_err() {
            self.held.ends(Error::closed("receive"));
        }
    }

    /// The same link after a loss, as often as it takes; none where it is over.
    async fn open_again(&mut self) -> Option<Opened> {
        let mut warned: Option<Instant> = None;
        loop {
            let (core, place) = (&self.core, &self.place);
            let mut opening = pin!(open_at(core, place, Instant::now() + OPENING));
            let outcome = loop {
                tokio::select! {
                    biased;
                    _ = self.stage.wait_for(|stage| *stage == Stage::Closed) => return None,
                    () = self.held.wake.notified() => if self.held.is_left() { return None },
                    Some(command) = self.commands.recv() => command.fails(),
                    outcome = &mut opening => break outcome,
                }
            };
            match outcome {
                Ok(opened) => return Some(opened),
                // The broker may not have noticed yet that the connection is over that had it.
                Err(error) if error.is_retryable() || error.kind() == ErrorKind::InUse => {
                    if warned.is_none_or(|at| at.elapsed() >= WARNING) {
                        tracing::warn!(address = self.place.address, %error, "subscribing failed, trying again");
                        warned = Some(Instant::now());
                    }
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    self.held.ends(error);
                    return None;
                }
            }
        }
    }

    /// Takes in what comes, settles what is told, and asks for more, as long as the link is there.
    async fn receive(&mut self, opened: &mut Opened) -> End {
        let (mut over, begun) = (pin!(opened.line.over()), Instant::now());
        loop {
            if self.held.is_left() || *self.stage.borrow() == Stage::Closed {
                return End::Over;
            }
            if let Err(error) = self.ask(&mut opened.receiver).await {
                return End::Lost(error);
            }
            let due = self.held.due();
            tokio::select! {
                biased;
                () = &mut over => return End::Lost(lost("receive", "the connection was lost")),
                Some(command) = self.commands.recv() => settle(&opened.receiver, &self.held, command).await,
                _ = self.stage.changed() => {}
                () = self.held.wake.notified() => {}
                () = sleep_until(due.unwrap_or(begun)), if due.is_some() => again(&opened.receiver, &self.held).await,
                came = opened.receiver.recv::<Body<Value>>() => {
                    if let Err(error) = self.take_in(&opened.receiver, came).await {
                        return End::Lost(error);
                    }
                }
            }
        }
    }

    /// Asks for more where there is room, and less than half of what there is room for is on its way.
    async fn ask(&self, receiver: &mut Receiver) -> Result<()> {
        let (credit, there) = (receiver.credit(), self.held.count());
        let room = u32::try_from(self.held.limit().saturating_sub(there)).unwrap_or(u32::MAX);
        if *self.stage.borrow() != Stage::Open || room <= credit || credit > room / 2 {
            return Ok(());
        }
        let asked = receiver.set_credit(room).await;
        asked.map_err(|failure| error("receive", &failure))
    }

    async fn take_in(
        &self,
        receiver: &Receiver,
        came: Result<fe2o3_amqp::Delivery<Body<Value>>, RecvError>,
    ) -> Result<()> {
        match came {
            Ok(delivery) => {
                let (info, message) = delivery.into_parts();
                let came = message::read(message, self.dialect);
                let settled = match self.held.fit(&came) {
                    Fit::Own => {
                        self.held.came(info, came);
                        return Ok(());
                    }
                    // The broker has nothing finer than its pattern.
                    Fit::Foreign => receiver.accept(info).await,
                    Fit::Unknown => {
                        let reason =
                            "it does not say in `to` which channel of the template it is of";
                        tracing::warn!(
                            address = self.place.address,
                            reason,
                            "a message is rejected"
                        );
                        let said = Said::new(AmqpError::InvalidField, reason.to_owned(), None);
                        receiver.reject(info, said).await
                    }
                };
                settled.map_err(|failure| error("receive", &failure))
            }
            // Nobody could read it, however often it came.
            Err(RecvError::MessageDecode(failure)) => {
                tracing::warn!(address = self.place.address, error = %failure.source, "a message that cannot be read is rejected");
                let said = Said::new(AmqpError::DecodeError, failure.source.to_string(), None);
                let rejected = receiver.reject(failure.info, said).await;
                rejected.map_err(|failure| error("receive", &failure))
            }
            Err(failure) => Err(error("receive", &failure)),
        }
    }
}

/// Opens a link, whose address the broker makes where it is not there and may be made. Its answer is waited for even where nobody
/// wants it any more, since the client takes one that comes too late as the end of the connection.
pub(crate) async fn open_at(core: &Core, place: &Inward, deadline: Instant) -> Result<Opened> {
    let line = core.consuming("subscribe", deadline).await?;
    let place = place.clone();
    let (told, opened) = oneshot::channel();
    tokio::spawn(async move {
        let attached = line.during("subscribe", attach(&line, &place)).await;
        let opened = attached.map(|(session, receiver)| Opened {
            line,
            session,
            receiver: Inbound::new(receiver, place.shared.is_some()),
        });
        if let Err(Ok(unwanted)) = told.send(opened) {
            unwanted.end().await;
        }
    });
    match timeout_at(deadline, opened).await {
        Ok(opened) => opened.unwrap_or_else(|_| Err(lost("subscribe", "the connection was lost"))),
        Err(_) => Err(too_late("subscribe")),
    }
}

async fn attach(line: &Line, place: &Inward) -> Result<(SessionHandle<()>, Receiver)> {
    let mut session = line.session("subscribe").await?;
    let attaching = Receiver::builder()
        .name(place.link(&Uuid::now_v7().to_string()))
        .source(place.source())
        .receiver_settle_mode(ReceiverSettleMode::First)
        .verify_incoming_source(false)
        .credit_mode(CreditMode::Manual)
        .attach(&mut session);
    let receiver = attaching
        .await
        .map_err(|failure| of_attach("subscribe", &failure))?;
    Ok((session, receiver))
}

impl Opened {
    /// Ends the link, and keeps its session; what outlives its receivers is not told that it is over.
    pub(crate) async fn end(self) {
        let Self {
            line,
            session,
            receiver,
        } = self;
        let ending = async {
            receiver.end().await;
            line.keep(session);
        };
        line.unless_over(ending).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fake, held::Next, subscription::Amqp1Subscription};
    use fe2o3_amqp::types::messaging::{AmqpValue, Message, Outcome, Properties};
    use serde_amqp::{lazy::LazyValue, read::SliceReader};
    use tidings::{
        Channel, ChannelKind, SubscribeSpec,
        transport::{Event, Group, Subscription},
    };

    #[tokio::test]
    async fn a_task_that_fails_is_told() {
        let (core, _links) = fake::connected().await;
        core.subscriptions(1);
        let spec = SubscribeSpec::new(Channel::point_to_point("a"));
        let held = Arc::new(Held::new(core.clone(), &spec));
        held.opened();
        let running = Running(core.clone(), held.clone());
        let task = tokio::spawn(async move {
            let _running = running;
            panic!("a test of what happens then");
        });
        assert!(task.await.is_err());
        assert!(matches!(held.next(1, true), Next::Gone(_)));
        let Next::End(error) = held.next(1, true) else {
            panic!("nothing is told");
        };
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        let begun = Instant::now();
        core.close(Duration::ZERO).await.unwrap();
        assert!(begun.elapsed() < Duration::from_millis(900));
    }

    /// A list with something in it that is not to be read.
    fn hostile(value: &[u8]) -> AmqpValue<LazyValue> {
        let size = u32::try_from(value.len() + 4).unwrap().to_be_bytes();
        let list = [&[0xd0], &size[..], &[0, 0, 0, 1], value].concat();
        AmqpValue(LazyValue::from_reader(&mut SliceReader::new(&list)).unwrap())
    }

    #[tokio::test]
    async fn a_template_has_what_says_that_it_is_of_it() {
        let (core, mut links) = fake::connected().await;
        let all = Channel::wildcard(ChannelKind::PublishSubscribe, "orders-{region}.placed");
        let place = Inward::of(&all, &Group::Alone, &core.offer).unwrap();
        let spec = SubscribeSpec::new(all);
        let mut subscription = Amqp1Subscription::open(core, place, &spec).await.unwrap();
        let mut broker = links.recv().await.unwrap();
        let message = |to: Option<&str>| {
            let mut properties = Properties::new();
            properties.to = to.map(str::to_owned);
            Message::builder()
                .properties(properties)
                .value(Value::String("a".to_owned()))
                .build()
        };
        let unknown = broker.send(message(None)).await.unwrap();
        assert!(matches!(unknown, Outcome::Rejected(_)), "{unknown:?}");
        let foreign = broker.send(message(Some("invoices.placed"))).await.unwrap();
        assert!(foreign.is_accepted(), "{foreign:?}");
        let own = message(Some("orders-eu.placed"));
        drop(broker.send_batchable(own).await.unwrap());
        let Event::Deliveries(came) = subscription.next(1).await.unwrap() else {
            panic!("nothing came");
        };
        assert_eq!(came[0].address.as_deref(), Some("orders-eu.placed"));
    }

    #[tokio::test]
    async fn messages_that_would_end_the_process_are_rejected_and_the_next_come() {
        let (core, mut links) = fake::connected().await;
        let place = Inward::inbox("a", &core.offer);
        let spec = SubscribeSpec::new(Channel::point_to_point("a"));
        let mut subscription = Amqp1Subscription::open(core, place, &spec).await.unwrap();
        let mut broker = links.recv().await.unwrap();
        let sending = tokio::spawn(async move {
            for value in [
                [0x00, 0x53, 0x01].repeat(50_000),
                [0x00, 0x53, 0x01].repeat(200_000),
                vec![0xb1, 0xff, 0xff, 0xff, 0xff],
                vec![0xf0, 0, 0, 0, 5, 0x01, 0, 0, 0, 0x40],
                vec![0xc0, 0x00, 0x05],
            ] {
                let outcome = broker.send(hostile(&value)).await.unwrap();
                assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
            }
            broker.send_batchable("good").await.unwrap();
            broker
        });
        let Event::Deliveries(came) = subscription.next(1).await.unwrap() else {
            panic!("nothing came");
        };
        assert_eq!(came[0].message.body, "good");
        sending.await.unwrap();
    }
}
