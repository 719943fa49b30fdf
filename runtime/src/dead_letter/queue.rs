//! The dead letters of a channel, one by one: looked at, sent again, dropped, or kept.
use super::{ADDRESS, ATTEMPTS, ERROR, REASON, beside, original};
use crate::{
    Channel, DynTransport, ErrorKind, Message, Result,
    transport::{DynSubscription, Event, Incoming, SubscribeSpec, Token, Verdict, deadline},
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// How long sending one again may take.
const CONFIRM: Duration = Duration::from_secs(30);
/// How long nothing comes before there is nothing more.
const QUIET: Duration = Duration::from_secs(1);
/// How long a channel that is not there is not looked for.
const LOOK: Duration = Duration::from_millis(50);

/// A message that was given up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Why, in a short phrase.
    pub reason: String,
    /// The last error.
    pub error: String,
    /// The address that it came by.
    pub address: String,
    /// How many attempts there were; 0 where that is not told.
    pub attempts: u32,
    /// The message as it was.
    pub message: Message,
}

impl DeadLetter {
    fn of(letter: &Message) -> Self {
        let text = |name| {
            let value = letter.header(name).map(|value| &value[..]);
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        Self {
            reason: text(REASON),
            error: text(ERROR),
            address: text(ADDRESS),
            attempts: text(ATTEMPTS).parse().unwrap_or(0),
            message: original(letter.clone()),
        }
    }
}

/// What becomes of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It stays where it is.
    Keep,
    /// Its message is sent to its channel again.
    Replay,
    /// It is gone.
    Drop,
}

/// The dead letters of a channel.
#[derive(Clone)]
pub struct DeadLetterQueue {
    transport: Arc<dyn DynTransport>,
    channel: Channel,
    queue: Channel,
}

impl DeadLetterQueue {
    /// Those that a service keeps beside the channel, as it does unless told otherwise.
    #[must_use]
    pub fn beside(transport: Arc<dyn DynTransport>, channel: Channel) -> Self {
        let queue = beside(&channel.address);
        Self::at(transport, channel, queue)
    }

    /// Those that a service keeps in another channel.
    #[must_use]
    pub fn at(transport: Arc<dyn DynTransport>, channel: Channel, queue: Channel) -> Self {
        Self {
            transport,
            channel,
            queue,
        }
    }

    /// The first dead letters, at most that many, all of which stay.
    ///
    /// # Errors
    /// When the transport cannot receive them.
    pub async fn list(&self, most: usize) -> Result<Vec<DeadLetter>> {
        let mut letters = Vec::new();
        let note = |letter: &DeadLetter| {
            letters.push(letter.clone());
            Decision::Keep
        };
        self.sort(most, note).await?;
        Ok(letters)
    }

    /// Decides on the first dead letters, at most that many; gives how many did not stay. One that is sent again is gone from
    /// here once the transport has confirmed it; where that fails, it and those behind it stay. One that comes back meanwhile
    /// is not decided on again, and stays.
    ///
    /// # Errors
    /// When the transport cannot receive, publish or settle.
    pub async fn sort(
        &self,
        most: usize,
        mut decide: impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<usize> {
        let spec = SubscribeSpec::new(self.queue.clone()).prefetch(most.max(1));
        let Some(mut subscription) = self.subscribe(&spec).await? else {
            return Ok(0);
        };
        let settler = subscription.settler();
        let (mut kept, mut gone) = (Vec::new(), 0);
        let mut decided = HashSet::new();
        let mut outcome = Ok(());
        while outcome.is_ok() && kept.len() + gone < most {
            let room = most - kept.len() - gone;
            let Ok(next) = timeout(QUIET, subscription.next(room)).await else {
                break;
            };
            let Event::Deliveries(deliveries) = next? else {
                continue;
            };
            for Incoming { message, token, .. } in deliveries {
                let is_new = decided.insert(message.id.clone());
                let is_gone = match outcome {
                    Ok(()) if is_new => self.carry_out(&message, &mut decide).await,
                    _ => Ok(false),
                };
                if let Ok(true) = is_gone {
                    let failed = settler.settle(&[(token, Verdict::Ack)]).await;
                    outcome = failed
                        .into_iter()
                        .next()
                        .map_or(Ok(()), |(_, error)| Err(error));
                    gone += 1;
                } else {
                    kept.push(token);
                    outcome = outcome.and(is_gone.map(drop));
                }
            }
        }
        let kept: Vec<(Token, Verdict)> = kept
            .into_iter()
            .map(|token| (token, Verdict::Release))
            .collect();
        let failed = settler.settle(&kept).await;
        outcome?;
        failed
            .into_iter()
            .next()
            .map_or(Ok(gone), |(_, error)| Err(error))
    }

    /// The channel is there once the first has come; what is not there for a while holds nothing.
    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<Option<Box<dyn DynSubscription>>> {
        let until = deadline(QUIET);
        loop {
            match self.transport.subscribe(spec).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(subscription) => return Ok(Some(subscription)),
                Err(_) if Instant::now() >= until => return Ok(None),
                Err(_) => sleep(LOOK).await,
            }
        }
    }

    /// Whether a dead letter is gone now.
    async fn carry_out(
        &self,
        letter: &Message,
        decide: &mut impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<bool> {
        let letter = DeadLetter::of(letter);
        match decide(&letter) {
            Decision::Keep => Ok(false),
            Decision::Drop => Ok(true),
            Decision::Replay => {
                let batch = [letter.message];
                let sent = self
                    .transport
                    .publish(&self.channel, &batch, deadline(CONFIRM));
                sent.await
                    .into_iter()
                    .collect::<Result<()>>()
                    .map(|()| true)
            }
        }
    }
}

impl std::fmt::Debug for DeadLetterQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetterQueue")
            .field("channel", &self.channel.address)
            .field("queue", &self.queue.address)
            .finish_non_exhaustive()
    }
}
