//! What is made of messages, settled with them in one transaction; and who reads and counts that.
use super::{
    job::Job,
    log::{Log, Number},
    serve::numbered,
};
use std::{collections::BTreeMap, io, time::Duration};
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

/// Settlement is up to a position of each part.
async fn commit(settler: &dyn DynSettler, deliveries: &[Incoming], to: &Channel) -> Result<()> {
    let made = deliveries
        .iter()
        .map(|incoming| Outgoing::new(to.clone(), (*incoming.message).clone()));
    let made: Vec<_> = made.collect();
    let last: BTreeMap<Part, Token> = deliveries
        .iter()
        .map(|incoming| (incoming.token.part, incoming.token))
        .collect();
    let verdicts = last.into_values().map(|token| (token, Verdict::Ack));
    let verdicts: Vec<_> = verdicts.collect();
    settler.commit(&made, &verdicts).await
}

/// Notes what was made, each record once however often it is read: another record of the same message is a repetition.
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
    let mut positions = BTreeMap::new();
    loop {
        match subscription.next(TOGETHER).await {
            Ok(Event::Deliveries(deliveries)) => {
                let new = deliveries
                    .iter()
                    .filter(|incoming| is_new(&mut positions, incoming.token));
                let new: Vec<Number> = new
                    .filter_map(|incoming| numbered(&incoming.message.id))
                    .collect();
                delivered.write(&new)?;
                handled.write(&new)?;
                let last: BTreeMap<Part, Token> = deliveries
                    .iter()
                    .map(|incoming| (incoming.token.part, incoming.token))
                    .collect();
                let acked = last.into_values().map(|token| (token, Verdict::Ack));
                settler.settle(&acked.collect::<Vec<_>>()).await;
            }
            Err(error) if !error.is_retryable() => return Err(io::Error::other(error)),
            _ => {}
        }
    }
}

/// Whether a record stands behind all that were read of its shard.
fn is_new(positions: &mut BTreeMap<u32, u64>, token: Token) -> bool {
    let known = positions.insert(token.part.part, token.position);
    let is_new = known.is_none_or(|known| known < token.position);
    if let (false, Some(known)) = (is_new, known) {
        positions.insert(token.part.part, known);
    }
    is_new
}
