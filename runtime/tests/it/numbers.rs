//! Messages with a key and a number, and what handlers did with them.
use crate::published;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{Channel, DynTransport, InvalidMessage, Message, TypedMessage};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Num {
    pub(crate) key: u32,
    pub(crate) number: u32,
}

/// The key of messages that have none.
pub(crate) const KEYLESS: u32 = u32::MAX;

impl TypedMessage for Num {
    const NAMES: &'static [&'static str] = &["Num"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        let body = format!("{} {}", self.key, self.number);
        let mut message = Message::named("Num", "text/plain", body);
        message.key = (self.key != KEYLESS).then(|| self.key.to_string().into());
        Ok(message)
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        let text = str::from_utf8(&message.body).unwrap_or_default();
        let parsed = text
            .split_once(' ')
            .and_then(|(key, number)| Some((key.parse().ok()?, number.parse().ok()?)));
        let (key, number) =
            parsed.ok_or_else(|| InvalidMessage::at("Num", "/payload", "is no number"))?;
        Ok(Self { key, number })
    }
}

pub(crate) fn num(key: u32, number: u32) -> Message {
    Num { key, number }.encode().unwrap()
}

/// Publishes a batch, all of which must be taken.
pub(crate) async fn put(
    transport: &dyn DynTransport,
    channel: &Channel,
    batch: impl IntoIterator<Item = Message>,
) {
    let batch: Vec<_> = batch.into_iter().collect();
    for outcome in published(transport, channel, &batch).await {
        outcome.unwrap();
    }
}

/// Whether that comes true within a time.
pub(crate) async fn comes_true(limit: Duration, holds: impl Fn() -> bool) -> bool {
    let end = tokio::time::Instant::now() + limit;
    while !holds() && tokio::time::Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    holds()
}

/// What was handled: the numbers of each key, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<HashMap<u32, Vec<u32>>>>);

impl Log {
    pub(crate) fn push(&self, num: Num) {
        let mut log = self.0.lock().unwrap();
        log.entry(num.key).or_default().push(num.number);
    }

    pub(crate) fn total(&self) -> usize {
        self.0.lock().unwrap().values().map(Vec::len).sum()
    }

    /// Those of one key.
    pub(crate) fn of(&self, key: u32) -> Vec<u32> {
        let log = self.0.lock().unwrap();
        log.get(&key).cloned().unwrap_or_default()
    }

    pub(crate) fn distinct(&self) -> usize {
        let log = self.0.lock().unwrap();
        let distinct = |numbers: &Vec<u32>| numbers.iter().collect::<HashSet<_>>().len();
        log.values().map(distinct).sum()
    }

    /// How many messages were handled for the first time after a later one of their key.
    pub(crate) fn overtaken(&self) -> usize {
        let log = self.0.lock().unwrap();
        let overtaken = |numbers: &Vec<u32>| {
            let (mut seen, mut latest, mut count) = (HashSet::new(), 0, 0);
            for number in numbers {
                count += usize::from(seen.insert(number) && *number < latest);
                latest = latest.max(*number);
            }
            count
        };
        log.values().map(overtaken).sum()
    }
}
