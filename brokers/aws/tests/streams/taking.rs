//! A subscription of a test, and what comes by it.
use std::{collections::BTreeMap, ops::Range, time::Duration};
use tidings::{
    BoxError, Channel, DynTransport, Message, SubscribeSpec, Token, Verdict,
    transport::{DynSubscription, Event, Incoming, Part},
};
use tokio::time::{Instant, timeout, timeout_at};

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Taking(Box<dyn DynSubscription>);

impl Taking {
    pub(crate) async fn open(
        transport: &dyn DynTransport,
        channel: &Channel,
    ) -> Result<Self, BoxError> {
        let spec = SubscribeSpec::new(channel.clone());
        Ok(Self(transport.subscribe(&spec).await?))
    }

    pub(crate) async fn next(&mut self, max: usize) -> Result<Event, BoxError> {
        Ok(self.0.next(max).await?)
    }

    /// So many, whatever else happens.
    pub(crate) async fn receive(&mut self, count: usize) -> Result<Vec<Incoming>, BoxError> {
        let mut all = Vec::new();
        while all.len() < count {
            let next = timeout(PATIENCE, self.0.next(count - all.len())).await;
            let next = next.map_err(|_| format!("{} of {count} came", all.len()))?;
            if let Event::Deliveries(batch) = next? {
                all.extend(batch);
            }
        }
        Ok(all)
    }

    /// What comes until nothing does for so long, unsettled.
    pub(crate) async fn rest(&mut self, pause: Duration) -> Result<Vec<Incoming>, BoxError> {
        let mut all = Vec::new();
        while let Ok(next) = timeout(pause, self.0.next(100)).await {
            if let Event::Deliveries(batch) = next? {
                all.extend(batch);
            }
        }
        Ok(all)
    }

    pub(crate) async fn silent(&mut self, pause: Duration) -> Result<(), BoxError> {
        let end = Instant::now() + pause;
        while let Ok(next) = timeout_at(end, self.0.next(1)).await {
            if let Event::Deliveries(batch) = next? {
                return Err(format!("{:?} came", bodies(&batch)).into());
            }
        }
        Ok(())
    }

    /// Up to the last of each part.
    pub(crate) async fn ack(&self, batch: &[Incoming]) -> Result<(), BoxError> {
        let last: BTreeMap<Part, Token> = batch
            .iter()
            .map(|one| (one.token.part, one.token))
            .collect();
        let verdicts: Vec<_> = last
            .into_values()
            .map(|token| (token, Verdict::Ack))
            .collect();
        match self.0.settler().settle(&verdicts).await.pop() {
            Some((_, error)) => Err(error.into()),
            None => Ok(()),
        }
    }
}

pub(crate) fn bodies(batch: &[Incoming]) -> Vec<String> {
    let body = |one: &Incoming| String::from_utf8_lossy(&one.message.body).into_owned();
    batch.iter().map(body).collect()
}

/// Messages of so many keys, with their key and number as body.
pub(crate) fn keyed(keys: usize, numbers: Range<usize>) -> Vec<Message> {
    let all = numbers.flat_map(|number| (0..keys).map(move |key| (key, number)));
    let one = |(key, number): (usize, usize)| {
        let mut message = Message::new(format!("{key} {number}"));
        message.key = Some(key.to_string().into());
        message
    };
    all.map(one).collect()
}

pub(crate) async fn publish(
    transport: &dyn DynTransport,
    channel: &Channel,
    batch: &[Message],
) -> Result<(), BoxError> {
    let outcomes = transport
        .publish(channel, batch, Instant::now() + PATIENCE)
        .await;
    outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(())
}

/// All of each key, in order.
pub(crate) fn in_order(bodies: &[String], keys: usize, each: usize) -> Result<(), BoxError> {
    for key in 0..keys {
        let prefix = format!("{key} ");
        let own = bodies.iter().filter_map(|body| body.strip_prefix(&prefix));
        let numbers: Vec<String> = own.map(str::to_owned).collect();
        let expected: Vec<String> = (0..each).map(|number| number.to_string()).collect();
        if numbers != expected {
            return Err(format!("of key {key} came {numbers:?}").into());
        }
    }
    Ok(())
}
