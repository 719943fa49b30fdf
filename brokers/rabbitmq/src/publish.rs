//! Publishes a batch: one outcome a message, by the deadline.
use crate::{
    bindings,
    dial::Core,
    error::{error, full},
    later::Wait,
    line::Line,
    parcel::{Answer, Parcel},
    properties,
    publisher::{Publisher, too_late},
    target::Target,
};
use tidings::{
    Channel, Error, ErrorKind, Message, Result,
    transport::{Stage, Turn, Turns},
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// Bytes of a frame that its headers do not have for themselves.
const BESIDE_HEADERS: usize = 4096;

/// One outcome a message, in their order.
pub(crate) async fn publish(
    core: &Core,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
) -> Vec<Result<()>> {
    let ready = async {
        core.check_open("publish")?;
        let target = Target::of(channel, &core.dial.address.vhost, &core.dial.settings)?;
        let waits = batch.iter().filter_map(|message| Wait::of(message).ok()?);
        let highest = waits.map(Wait::level).max();
        let (line, parcels) = timeout_at(deadline, connected(core, &target, highest, deadline))
            .await
            .map_err(|_| too_late())??;
        Ok((target, line, parcels))
    };
    let outcomes = match ready.await {
        Ok((target, line, parcels)) => {
            let to = (channel, &target);
            let (call, answers) = Call::of(core, to, &line, &parcels, batch, deadline);
            call.outcomes(answers).await
        }
        Err(error) => {
            // Its end may look like that of a connection.
            let error = core.check_open("publish").err().unwrap_or(error);
            vec![Err(error); batch.len()]
        }
    };
    let named = |error| core.named(error, channel);
    outcomes
        .into_iter()
        .map(|outcome| outcome.map_err(named))
        .collect()
}

/// The connection, with what is published to in its place, and what holds messages back up to that level.
async fn connected(
    core: &Core,
    target: &Target,
    highest: Option<u32>,
    deadline: Instant,
) -> Result<(std::sync::Arc<Line>, mpsc::Sender<Parcel>)> {
    let line = core.publishing(deadline).await?;
    let mut publisher = line.publisher.lock().await;
    if publisher.as_ref().is_none_or(Publisher::is_over) {
        *publisher = Some(
            line.during("publish", Publisher::open(&line.connection, line.over()))
                .await?,
        );
    }
    let Some(open) = publisher.as_mut() else {
        return Err(Error::new(
            ErrorKind::ConnectionLost,
            "publish",
            "there is no channel",
        ));
    };
    if let Some(exchange) = target
        .declared
        .as_ref()
        .filter(|exchange| !open.known.contains(*exchange))
    {
        let making = async {
            let wire = line.connection.create_channel().await;
            let wire = wire.map_err(|cause| error("publish", cause))?;
            exchange.declare(&wire, !core.dial.settings.create).await?;
            let closed = wire.close(200, "done".into()).await;
            closed.map_err(|cause| error("publish", cause))
        };
        line.during("publish", making).await?;
        open.known.insert(exchange.clone());
    }
    let place = [target.exchange.clone(), target.key.clone()];
    if let Some(highest) = highest
        && open.levels.get(&place).is_none_or(|level| *level < highest)
    {
        let creates = core.dial.settings.create;
        let making = target.hold_back(&line.connection, highest, creates);
        line.during("publish", making).await?;
        open.levels.insert(place, highest);
    }
    let parcels = open.parcels();
    drop(publisher);
    Ok((line, parcels))
}

/// One batch on its way.
struct Call<'a> {
    core: &'a Core,
    channel: &'a Channel,
    target: &'a Target,
    line: &'a Line,
    parcels: &'a mpsc::Sender<Parcel>,
    batch: &'a [Message],
    deadline: Instant,
    answer_to: mpsc::UnboundedSender<(usize, Result<()>)>,
    turns: Turns<'a>,
    outcomes: Vec<Option<Result<()>>>,
    /// How many have none yet.
    open: usize,
}

impl<'a> Call<'a> {
    fn of(
        core: &'a Core,
        (channel, target): (&'a Channel, &'a Target),
        line: &'a Line,
        parcels: &'a mpsc::Sender<Parcel>,
        batch: &'a [Message],
        deadline: Instant,
    ) -> (Self, mpsc::UnboundedReceiver<(usize, Result<()>)>) {
        let (answer_to, answers) = mpsc::unbounded_channel();
        let call = Self {
            core,
            channel,
            target,
            line,
            parcels,
            batch,
            deadline,
            answer_to,
            turns: Turns::default(),
            outcomes: batch.iter().map(|_| None).collect(),
            open: batch.len(),
        };
        (call, answers)
    }

    /// Hands over all that may be sent at once.
    async fn begin(&mut self) {
        for (at, message) in self.batch.iter().enumerate() {
            let key = message.key.as_deref();
            match key.map_or(Turn::Now, |key| self.turns.come(key, at)) {
                Turn::Now => {
                    if let Err(error) = self.hand_over(at).await {
                        self.ended(at, Err(error)).await;
                    }
                }
                Turn::Waits => {}
                Turn::Never => self.tell(at, Err(skipped())),
            }
        }
    }

    fn tell(&mut self, at: usize, outcome: Result<()>) {
        self.outcomes[at] = Some(outcome);
        self.open -= 1;
    }

    /// One has its outcome: the next of its key is sent, or none of them where it failed.
    async fn ended(&mut self, mut at: usize, mut outcome: Result<()>) {
        loop {
            let has_arrived = outcome.is_ok();
            self.tell(at, outcome);
            let Some(key) = self.batch[at].key.as_deref() else {
                return;
            };
            if !has_arrived {
                for behind in self.turns.fail(key) {
                    self.tell(behind, Err(skipped()));
                }
                return;
            }
            let Some(next) = self.turns.next(key) else {
                return;
            };
            match self.hand_over(next).await {
                Ok(()) => return,
                Err(error) => (at, outcome) = (next, Err(error)),
            }
        }
    }

    async fn hand_over(&self, at: usize) -> Result<()> {
        let message = &self.batch[at];
        let most = self.core.dial.settings.message_bytes;
        if message.size() > most {
            let reason = format!(
                "it takes {} bytes, of at most {most}; raise `message_bytes` of the settings",
                message.size()
            );
            return Err(Error::new(ErrorKind::TooLarge, "publish", reason));
        }
        let frame = self.line.connection.configuration().frame_max();
        let wait = Wait::of(message)?;
        let most = header_bytes(frame);
        let told = bindings::of_message(self.channel, message.name.as_deref())?;
        let sending = &self.target.sending;
        let properties = properties::write(message, sending, &told, wait, most)?;
        let exchange = match wait {
            Some(wait) => wait.exchange(&self.target.exchange)?,
            None => self.target.exchange.clone(),
        };
        let place = match timeout_at(self.deadline, self.parcels.reserve()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => {
                let reason = "the connection was lost before it was sent";
                return Err(Error::new(ErrorKind::ConnectionLost, "publish", reason));
            }
            Err(_) => return Err(too_late()),
        };
        // Not before: it answers once it is dropped.
        place.send(Parcel {
            exchange,
            key: self.target.key.clone(),
            mandatory: self.target.mandatory,
            is_shared: self.target.is_shared(),
            properties,
            body: message.body.clone(),
            deadline: self.deadline,
            answer: Answer::new(at, self.answer_to.clone()),
        });
        Ok(())
    }

    /// What became of all, by the deadline.
    async fn outcomes(
        mut self,
        mut answers: mpsc::UnboundedReceiver<(usize, Result<()>)>,
    ) -> Vec<Result<()>> {
        self.begin().await;
        let mut stage = self.core.stage();
        while self.open > 0 {
            let answer = tokio::select! {
                biased;
                answer = answers.recv() => answer,
                () = tokio::time::sleep_until(self.deadline) => None,
                _ = stage.wait_for(|stage| *stage == Stage::Closed) => None,
            };
            let Some((at, outcome)) = answer else { break };
            self.ended(at, outcome).await;
        }
        for behind in std::mem::take(&mut self.turns).rest() {
            self.tell(behind, Err(skipped()));
        }
        let unconfirmed = self.unconfirmed();
        let outcome =
            |outcome: Option<Result<()>>| outcome.unwrap_or_else(|| Err(unconfirmed.clone()));
        self.outcomes.into_iter().map(outcome).collect()
    }

    fn unconfirmed(&self) -> Error {
        if self.core.check_open("publish").is_err() {
            return Error::closed("publish").ambiguous();
        }
        let error = match self.line.connection.status().blocked() {
            true => full("the broker takes no messages for now: its memory or disk is full"),
            false => Error::new(
                ErrorKind::Timeout,
                "publish",
                "it was not confirmed in time",
            ),
        };
        error.ambiguous()
    }
}

/// How many bytes of headers fit into a frame of that size.
pub(crate) fn header_bytes(frame: u32) -> usize {
    let frame = usize::try_from(frame).unwrap_or(usize::MAX);
    // No limit is as much as anybody takes.
    let frame = if frame == 0 { 128 << 10 } else { frame };
    frame.saturating_sub(BESIDE_HEADERS)
}

fn skipped() -> Error {
    Error::new(
        ErrorKind::Skipped,
        "publish",
        "an earlier message of its key failed",
    )
}
