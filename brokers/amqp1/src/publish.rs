//! Publishes a batch: one outcome a message, by the deadline.
use crate::{
    bindings,
    core::{Core, Stage},
    error::{closed, lost, too_late},
    message,
    parcel::{Answer, Parcel, Progress},
    place::Outward,
    turns::{Turn, Turns},
};
use std::sync::Arc;
use tidings::{Channel, Error, ErrorKind, Message, Result};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout_at},
};

/// One outcome a message, in their order.
pub(crate) async fn publish(
    core: &Core,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
) -> Vec<Result<()>> {
    let ready = async {
        core.check_open("publish")?;
        let place = Outward::of(channel, &core.offer)?;
        let line = core.publishing(deadline).await?;
        let parcels = line.outlets.to(&line, &place);
        Ok((place, parcels))
    };
    let outcomes = match ready.await {
        Ok((place, parcels)) => {
            let (call, answers) = Call::of(core, channel, &place, &parcels, batch, deadline);
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

/// One batch on its way.
struct Call<'a> {
    core: &'a Core,
    channel: &'a Channel,
    place: &'a Outward,
    parcels: &'a mpsc::Sender<Parcel>,
    batch: &'a [Message],
    deadline: Instant,
    answer_to: mpsc::UnboundedSender<(usize, Result<()>)>,
    turns: Turns<'a>,
    progress: Vec<Option<Arc<Progress>>>,
    outcomes: Vec<Option<Result<()>>>,
    /// How many have none yet.
    open: usize,
}

impl<'a> Call<'a> {
    fn of(
        core: &'a Core,
        channel: &'a Channel,
        place: &'a Outward,
        parcels: &'a mpsc::Sender<Parcel>,
        batch: &'a [Message],
        deadline: Instant,
    ) -> (Self, mpsc::UnboundedReceiver<(usize, Result<()>)>) {
        let (answer_to, answers) = mpsc::unbounded_channel();
        let call = Self {
            core,
            channel,
            place,
            parcels,
            batch,
            deadline,
            answer_to,
            turns: Turns::default(),
            progress: batch.iter().map(|_| None).collect(),
            outcomes: batch.iter().map(|_| None).collect(),
            open: batch.len(),
        };
        (call, answers)
    }

    /// Hands over all that may be sent at once.
    async fn begin(&mut self) {
        for (at, message) in self.batch.iter().enumerate() {
            let turn = message
                .key
                .as_deref()
                .map_or(Turn::Now, |key| self.turns.come(key, at));
            match turn {
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

    async fn hand_over(&mut self, at: usize) -> Result<()> {
        let message = &self.batch[at];
        let (size, most) = (message.size(), self.core.dial.settings.message_bytes);
        if size > most {
            let reason = format!(
                "it takes {size} bytes, of at most {most}; raise `message_bytes` of the settings"
            );
            return Err(Error::new(ErrorKind::TooLarge, "publish", reason));
        }
        if message.not_before.is_some() && !self.core.offer.delays {
            let reason = "the broker does not offer to hold messages back (`DELAYED_DELIVERY`); start its scheduler, or send it later";
            return Err(Error::new(ErrorKind::Unsupported, "publish", reason));
        }
        let told = bindings::check_message(self.channel, message)?;
        let place = match timeout_at(self.deadline, self.parcels.reserve()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(lost("publish", "the link ended before it was sent")),
            Err(_) => return Err(too_late("publish")),
        };
        let progress = Arc::new(Progress::default());
        self.progress[at] = Some(progress.clone());
        place.send(Parcel {
            message: message::write(message, &self.place.address, self.core.offer.dialect, told),
            size,
            deadline: self.deadline,
            progress: progress.clone(),
            answer: Answer::new(at, progress, self.answer_to.clone()),
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
                () = sleep_until(self.deadline) => None,
                _ = stage.wait_for(|stage| *stage == Stage::Closed) => None,
            };
            let Some((at, outcome)) = answer else { break };
            self.ended(at, outcome).await;
        }
        for behind in std::mem::take(&mut self.turns).rest() {
            self.tell(behind, Err(skipped()));
        }
        let is_closed = self.core.check_open("publish").is_err();
        let outcomes = self.outcomes.into_iter().zip(self.progress);
        let outcome = |(outcome, progress): (Option<Result<()>>, Option<Arc<Progress>>)| {
            outcome.unwrap_or_else(|| {
                let is_unsent = progress.is_none_or(|progress| progress.give_up());
                Err(unconfirmed(is_closed, is_unsent))
            })
        };
        outcomes.map(outcome).collect()
    }
}

fn unconfirmed(is_closed: bool, is_unsent: bool) -> Error {
    let error = match (is_closed, is_unsent) {
        (true, _) => closed("publish"),
        (false, true) => too_late("publish"),
        (false, false) => Error::new(
            ErrorKind::Timeout,
            "publish",
            "it was not confirmed in time",
        ),
    };
    if is_unsent { error } else { error.ambiguous() }
}

fn skipped() -> Error {
    Error::new(
        ErrorKind::Skipped,
        "publish",
        "an earlier message of its key failed",
    )
}
