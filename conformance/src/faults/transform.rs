//! What is made of messages, settled with them in one transaction; and who reads and counts that.
use super::{
    job::{self, Job},
    log::{Log, Number},
};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap},
    io,
    time::Duration,
};
use tidings::{
    Channel, DynTransport, Outgoing, Result, SubscribeSpec, Token, Verdict,
    transport::{DynSettler, DynSubscription, Event, Incoming, Part, Start},
};
use tokio::time::sleep;

/// Messages of a transaction.
const TOGETHER: usize = 200;
/// Before it is subscribed again.
const PAUSE: Duration = Duration::from_millis(50);

/// Makes one message of each, and begins anew where it stood whenever that fails.
pub(crate) async fn transform(transport: &dyn DynTransport, from: &Channel, to: &Channel) {
    let spec = SubscribeSpec::new(from.clone()).start(Start::Oldest);
    loop {
        if let Ok(subscription) = transport.subscribe(&spec).await {
            drop(until_failure(subscription, to).await);
        }
        sleep(PAUSE).await;
    }
}

async fn until_failure(mut subscription: Box<dyn DynSubscription>, to: &Channel) -> Result<()> {
    let settler = subscription.settler();
    loop {
        match subscription.next(TOGETHER).await {
            Ok(Event::Deliveries(deliveries)) => commit(&*settler, &deliveries, to).await?,
            Err(error) if !error.is_retryable() => return Err(error),
            _ => {}
        }
    }
}

async fn commit(settler: &dyn DynSettler, deliveries: &[Incoming], to: &Channel) -> Result<()> {
    let made = deliveries.iter().map(|incoming| {
        let message = (*incoming.message).clone();
        Outgoing::new(to.clone(), message)
    });
    let made: Vec<_> = made.collect();
    settler.commit(&made, &last(deliveries)).await
}

/// Notes what was made. A message that was published twice is made twice, and counts as delivered again; what was made twice of
/// one that was published once counts as handled again.
pub(crate) async fn read(
    transport: &dyn DynTransport,
    made: &Channel,
    job: &Job,
) -> io::Result<()> {
    let (delivered, handled) = (Log::open(&job.delivered())?, Log::open(&job.handled())?);
    let spec = SubscribeSpec::new(made.clone()).start(Start::Oldest);
    let subscribed = transport.subscribe(&spec).await;
    let mut subscription = subscribed.map_err(io::Error::other)?;
    let settler = subscription.settler();
    let mut records = Records::default();
    loop {
        match subscription.next(TOGETHER).await {
            Ok(Event::Deliveries(deliveries)) => {
                let (all, once) = records.read(&deliveries);
                delivered.write(&all)?;
                handled.write(&once)?;
                let acked = last(&deliveries);
                settler.settle(&acked).await;
            }
            Err(error) if !error.is_retryable() => return Err(io::Error::other(error)),
            _ => {}
        }
    }
}

/// Settlement is up to a position of each part.
fn last(deliveries: &[Incoming]) -> Vec<(Token, Verdict)> {
    let last: BTreeMap<Part, Token> = deliveries
        .iter()
        .map(|incoming| (incoming.token.part, incoming.token))
        .collect();
    let acked = last.into_values().map(|token| (token, Verdict::Ack));
    acked.collect()
}

/// What was read so far.
#[derive(Default)]
struct Records {
    /// Up to where each shard was.
    positions: BTreeMap<u32, u64>,
    /// When what each was made of first was published.
    sources: HashMap<Number, Bytes>,
}

impl Records {
    /// The messages that are new, however often they were made; and those without what was made of another that was published.
    fn read(&mut self, deliveries: &[Incoming]) -> (Vec<Number>, Vec<Number>) {
        let (mut all, mut once) = (Vec::new(), Vec::new());
        for incoming in deliveries {
            let Some((number, source)) = job::origin(&incoming.message) else {
                continue;
            };
            if !self.is_new(incoming.token) {
                continue;
            }
            all.push(number);
            let first = self.sources.entry(number);
            if *first.or_insert_with(|| source.clone()) == source {
                once.push(number);
            }
        }
        (all, once)
    }

    /// Whether a record stands behind all that were read of its shard.
    fn is_new(&mut self, token: Token) -> bool {
        let next = self.positions.entry(token.part.part).or_default();
        let is_new = token.position >= *next;
        *next = (*next).max(token.position + 1);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::Message;

    #[test]
    fn what_was_made_twice_is_told_from_what_was_published_twice() {
        let [first, again] = [(); 2].map(|()| job::published(&[(1, 0)]).remove(0));
        let made = |position, message: &Message| {
            Incoming::new(message.clone(), Part::new(0, 3).at(position))
        };
        let deliveries = [
            made(5, &first),
            made(5, &first),
            made(7, &again),
            made(8, &first),
        ];
        let (all, once) = Records::default().read(&deliveries);
        assert_eq!((all.len(), once.len()), (3, 2));
    }
}
