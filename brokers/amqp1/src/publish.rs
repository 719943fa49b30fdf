//! Publishes a batch: one outcome a message, by the deadline.
use crate::{
    bindings,
    core::Core,
    error::{lost, too_late},
    message,
    outlets::Way,
    parcel::{Answer, Parcel, Progress, Told},
    place::Outward,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tidings::{
    Channel, Error, ErrorKind, Message, Result,
    transport::{Stage, Turn, Turns},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until, timeout_at},
};

/// Pause before another link is looked for where one has ended.
const PAUSE: Duration = Duration::from_millis(50);
/// How much longer than its time a link may take to say that what waits for room was not sent, which it says at once.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
        let way = line.outlets.to(&line, &place);
        Ok((place, way))
    };
    let outcomes = match ready.await {
        Ok((place, way)) => {
            let (call, answers) = Call::of(core, channel, &place, way, batch, deadline);
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
    way: Way,
    batch: &'a [Message],
    deadline: Instant,
    answer_to: mpsc::UnboundedSender<(usize, Told)>,
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
        way: Way,
        batch: &'a [Message],
        deadline: Instant,
    ) -> (Self, mpsc::UnboundedReceiver<(usize, Told)>) {
        let (answer_to, answers) = mpsc::unbounded_channel();
        let call = Self {
            core,
            channel,
            place,
            way,
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
        let is_later = |time: SystemTime| time > SystemTime::now();
        if message.not_before.is_some_and(is_later) && !self.core.offer.delays {
            let reason = "the broker does not hold messages back (`DELAYED_DELIVERY`); start its scheduler, or send it later";
            return Err(Error::new(ErrorKind::Unsupported, "publish", reason));
        }
        let told = bindings::check_message(self.channel, message)?;
        let (place, room) = loop {
            let reserving = self.way.clone().reserve(size);
            match timeout_at(self.deadline, reserving).await {
                Ok(Some(reserved)) => break reserved,
                Ok(None) => self.find_another().await?,
                Err(_) => return Err(too_late("publish")),
            }
        };
        let progress = Arc::new(Progress::default());
        self.progress[at] = Some(progress.clone());
        place.send(Parcel {
            message: message::write(message, &self.place.address, self.core.offer.dialect, told),
            room,
            deadline: self.deadline,
            progress: progress.clone(),
            answer: Answer::new(at, progress, self.answer_to.clone()),
        });
        Ok(())
    }

    /// Finds the link that comes where one has ended.
    async fn find_another(&mut self) -> Result<()> {
        if !self.way.has_ended() {
            return Ok(());
        }
        if Instant::now() + PAUSE >= self.deadline {
            return Err(lost("publish", "the link ended before it was sent"));
        }
        sleep(PAUSE).await;
        self.core.check_open("publish")?;
        let line = self.core.publishing(self.deadline).await?;
        self.way = line.outlets.to(&line, self.place);
        Ok(())
    }

    async fn told(&mut self, at: usize, told: Told) {
        let outcome = match told {
            Told::Outcome(outcome) => outcome,
            Told::Unsent => match self.hand_over(at).await {
                Ok(()) => return,
                Err(error) => Err(error),
            },
        };
        self.ended(at, outcome).await;
    }

    /// Whether a link has something of it that waits for the broker's room; what no link has got to is given up.
    fn is_offered(&self) -> bool {
        let all = self.progress.iter().zip(&self.outcomes);
        let open = all.filter(|(_, outcome)| outcome.is_none());
        let open = open.filter_map(|(progress, _)| progress.as_ref());
        open.fold(false, |is_offered, progress| {
            progress.give_up();
            is_offered || progress.is_offered()
        })
    }

    /// What became of all, by the deadline.
    async fn outcomes(
        mut self,
        mut answers: mpsc::UnboundedReceiver<(usize, Told)>,
    ) -> Vec<Result<()>> {
        self.begin().await;
        let (mut stage, mut until) = (self.core.stage(), self.deadline);
        while self.open > 0 {
            let answer = tokio::select! {
                biased;
                answer = answers.recv() => answer,
                () = sleep_until(until) => {
                    let is_over = until > self.deadline || !self.is_offered();
                    until = self.deadline + LAST_WORDS;
                    if is_over { None } else { continue }
                }
                _ = stage.wait_for(|stage| *stage == Stage::Closed) => None,
            };
            let Some((at, told)) = answer else { break };
            self.told(at, told).await;
            if until > self.deadline && !self.is_offered() {
                break;
            }
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
        (true, _) => Error::closed("publish"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fake, outlets::WINDOW_BYTES};
    use futures_util::FutureExt;
    use std::time::SystemTime;

    #[tokio::test]
    async fn what_waits_for_room_is_not_sent() {
        let (core, _links) = fake::connected().await;
        let channel = Channel::point_to_point(fake::FULL);
        let (filling, full) = (core.clone(), channel.clone());
        let filling = tokio::spawn(async move {
            let batch = vec![Message::new("a"); 200];
            let until = Instant::now() + Duration::from_secs(60);
            drop(publish(&filling, &full, &batch, until).await);
        });
        sleep(Duration::from_millis(200)).await;
        for _ in 0..20 {
            let until = Instant::now() + Duration::from_millis(30);
            let batch = [Message::new("b")];
            let outcome = publish(&core, &channel, &batch, until).await.remove(0);
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout);
            assert!(!error.is_ambiguous(), "{error}");
        }
        filling.abort();
    }

    #[tokio::test]
    async fn what_a_link_ends_before_goes_by_the_next() {
        let (core, _links) = fake::connected().await;
        let channel = Channel::point_to_point(fake::FULL);
        let filling = core.clone();
        let full = channel.clone();
        tokio::spawn(async move {
            let batch = vec![Message::new("a"); 200];
            let until = Instant::now() + Duration::from_secs(60);
            drop(publish(&filling, &full, &batch, until).await);
        });
        sleep(Duration::from_millis(200)).await;
        let line = core.publishing(core.patience()).await.unwrap();
        let ending = async {
            sleep(Duration::from_millis(200)).await;
            line.pull();
        };
        let until = Instant::now() + Duration::from_secs(2);
        let batch = vec![Message::new("b"); 2];
        let (outcomes, ()) = tokio::join!(publish(&core, &channel, &batch, until), ending);
        let kinds = outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_err().kind());
        // The first waited for room, and may have been sent; the second is sent by the next link, where nobody confirms it.
        let expected = [ErrorKind::ConnectionLost, ErrorKind::Timeout];
        assert_eq!(kinds.collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn what_ends_a_link_is_told_to_what_was_sent_by_it_alone() {
        let (core, _links) = fake::connected().await;
        let channel = Channel::point_to_point(fake::PICKY);
        let until = Instant::now() + Duration::from_secs(10);
        let (refused, others) = (vec![Message::new("a"); 200], vec![Message::new("b"); 9]);
        // Some may go by the next link, behind some of the others, and are not confirmed there.
        let soon = Instant::now() + Duration::from_secs(2);
        let refused = publish(&core, &channel, &refused, soon);
        let others = async {
            sleep(Duration::from_millis(100)).await;
            publish(&core, &channel, &others, until).await
        };
        let (refused, others) = tokio::join!(refused, others);
        assert!(refused.iter().all(Result::is_err), "none is confirmed");
        assert!(others.iter().all(Result::is_ok), "{others:?}");
    }

    #[tokio::test]
    async fn what_is_on_its_way_to_an_address_is_bounded_by_bytes() {
        let (core, _links) = fake::connected().await;
        let line = core.publishing(core.patience()).await.unwrap();
        let place = Outward::of(&Channel::point_to_point("a"), &core.offer).unwrap();
        let way = line.outlets.to(&line, &place);
        let at_once = |size| way.clone().reserve(size).now_or_never().flatten();
        let half = WINDOW_BYTES / 2;
        let all = [at_once(half), at_once(half)];
        assert!(all.iter().all(Option::is_some) && at_once(1).is_none());
        drop(all);
        // One always may be, however large it is.
        assert!(at_once(2 * WINDOW_BYTES).is_some());
    }

    #[tokio::test]
    async fn what_was_for_later_than_some_time_ago_is_for_now() {
        let (core, _links) = fake::connected().await;
        let channel = Channel::point_to_point("a");
        let mut message = Message::new("a");
        for (since, is_sent) in [(60, true), (0, false)] {
            let time = SystemTime::now() + Duration::from_secs(30);
            message.not_before = Some(time - Duration::from_secs(since));
            let batch = [message.clone()];
            let outcome = publish(&core, &channel, &batch, core.patience())
                .await
                .remove(0);
            assert_eq!(outcome.is_ok(), is_sent, "{outcome:?}");
        }
    }
}
