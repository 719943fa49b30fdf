//! The dead letters of a channel, one by one: looked at, sent again, dropped, or kept.
use super::{ADDRESS, ATTEMPTS, ERROR, GROUP, KIND, REASON, address_to, beside, kind, original};
use crate::{
    Channel, ChannelKind, DynTransport, Error, ErrorKind, Message, Result,
    lease::Leases,
    template::Template,
    transport::{
        DynSettler, DynSubscription, Event, Incoming, SubscribeSpec, Token, Verdict, deadline,
    },
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
    /// How the channel of that address shares messages, where that is told.
    pub kind: Option<ChannelKind>,
    /// The group that gave it up, where every group has a message of that channel.
    pub group: Option<String>,
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
            kind: kind(&text(KIND)),
            group: Some(text(GROUP)).filter(|group| !group.is_empty()),
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
    /// Its message is sent again, to the address that it came by, or to the queue's channel where it does not say; to the group
    /// that gave it up only, where it says that.
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
    /// Those that a service keeps beside the channel, as it does unless told otherwise; those of a
    /// [wildcard](Channel::wildcard) lie beside the channels that they came by, one queue each.
    #[must_use]
    pub fn beside(transport: Arc<dyn DynTransport>, channel: Channel) -> Self {
        let queue = beside(&channel.address);
        Self::at(transport, channel, queue)
    }

    /// Those that a service keeps in another channel, be they of the channel or of others too: what is sent again goes where it
    /// came from.
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
        let leases = Leases::of(subscription.lease());
        tokio::select! {
            () = leases.keep(&*settler) => Ok(0),
            gone = self.sort_within(&mut *subscription, (&*settler, &leases), most, &mut decide) => gone,
        }
    }

    async fn sort_within(
        &self,
        subscription: &mut dyn DynSubscription,
        (settler, leases): (&dyn DynSettler, &Leases),
        most: usize,
        decide: &mut impl FnMut(&DeadLetter) -> Decision,
    ) -> Result<usize> {
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
            let deliveries: Vec<_> = deliveries
                .into_iter()
                .map(|incoming| (leases.lease(incoming.token), incoming))
                .collect();
            for (leased, Incoming { message, token, .. }) in deliveries {
                let is_new = decided.insert(message.id.clone());
                let is_gone = match outcome {
                    Ok(()) if is_new => self.carry_out(&message, decide).await,
                    _ => Ok(false),
                };
                if let Ok(true) = is_gone {
                    let failed = settler.settle(&[(token, Verdict::Ack)]).await;
                    outcome = first_failure(failed);
                    gone += 1;
                } else {
                    kept.push((leased, token));
                    outcome = outcome.and(is_gone.map(drop));
                }
            }
        }
        let released = kept.iter().map(|(_, token)| (*token, Verdict::Release));
        let failed = settler.settle(&released.collect::<Vec<_>>()).await;
        outcome?;
        first_failure(failed).map(|()| gone)
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
                let channel = self.channel_of(&letter);
                let mut message = letter.message;
                if let Some(group) = &letter.group {
                    address_to(&mut message, group);
                }
                let batch = [message];
                let sent = self.transport.publish(&channel, &batch, deadline(CONFIRM));
                sent.await
                    .into_iter()
                    .collect::<Result<()>>()
                    .map(|()| true)
            }
        }
    }
}

impl DeadLetterQueue {
    /// Where the message of a dead letter came from.
    fn channel_of(&self, letter: &DeadLetter) -> Channel {
        let (own, address) = (&self.channel, &*letter.address);
        if address.is_empty() || (*own.address == *address && !own.wildcard) {
            return own.clone();
        }
        if own.wildcard && Template::parse(&own.address).is_match(address) {
            return Channel {
                address: address.into(),
                wildcard: false,
                ..own.clone()
            };
        }
        Channel::new(letter.kind.unwrap_or(own.kind), address)
    }
}

fn first_failure(failed: Vec<(Token, Error)>) -> Result<()> {
    let failed = failed.into_iter().next();
    failed.map_or(Ok(()), |(_, error)| Err(error))
}

impl std::fmt::Debug for DeadLetterQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetterQueue")
            .field("channel", &self.channel.address)
            .field("queue", &self.queue.address)
            .finish_non_exhaustive()
    }
}
