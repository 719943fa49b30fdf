//! Holding messages back at the broker, without a plugin of it: queues where they expire, one a level, each as long as all below it
//! together. A message goes through those whose times add up to its own, and from the lowest to where it was published to.
use crate::{error::error, headers::short};
use lapin::{
    ExchangeKind,
    options::{ExchangeBindOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};
use std::time::{Duration, SystemTime};
use tidings::{Error, ErrorKind, Message, Result};

/// What the lowest level takes, which every message goes through; the one above takes as long.
const STEP: Duration = Duration::from_millis(100);
/// How many levels there are above the lowest.
const LEVELS: u32 = 24;
/// The longest that a message is held back: 19 days.
pub(crate) const LONGEST: Duration = Duration::from_millis(100 << LEVELS);
/// What the names of headers begin with that say which levels a message waits in.
pub(crate) const HEADER: &str = "tidings-later-";

/// How long a message is to be held back: a step, and one more for each bit by its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wait(u32);

impl Wait {
    /// That of a message; none where its time has come.
    pub(crate) fn of(message: &Message) -> Result<Option<Self>> {
        let Some(not_before) = message.not_before else {
            return Ok(None);
        };
        let wait = not_before.duration_since(SystemTime::now());
        match wait.unwrap_or_default() {
            Duration::ZERO => Ok(None),
            wait if wait > LONGEST => {
                let reason = format!(
                    "it is to be held back for {wait:.0?}, of at most {LONGEST:?}; send it later"
                );
                Err(Error::new(ErrorKind::Invalid, "publish", reason))
            }
            wait => {
                let steps = wait.as_nanos().div_ceil(STEP.as_nanos());
                Ok(Some(Self(u32::try_from(steps - 1).unwrap_or(u32::MAX))))
            }
        }
    }

    /// The highest level that it goes through.
    pub(crate) fn level(self) -> u32 {
        u32::BITS - self.0.leading_zeros()
    }

    /// The exchange that it is published to, on its way to another.
    pub(crate) fn exchange(self, to: &ShortString) -> Result<ShortString> {
        name(to, self.level())
    }

    /// Says which levels it waits in.
    pub(crate) fn note(self, table: &mut FieldTable) {
        for level in 1..=self.level() {
            let waits = (self.0 >> (level - 1)) & 1 == 1;
            table.insert(header(level), flag(waits));
        }
    }
}

fn header(level: u32) -> ShortString {
    format!("{HEADER}{level}").into()
}

fn flag(waits: bool) -> AMQPValue {
    AMQPValue::LongString(if waits { "1" } else { "0" }.into())
}

/// The name of a level's exchange and queue.
fn name(to: &ShortString, level: u32) -> Result<ShortString> {
    let name = match to.as_str() {
        "" => format!("tidings.later.{level}"),
        to => format!("tidings.later.{to}.{level}"),
    };
    short("exchange", &name)
}

/// How long a level takes.
fn time(level: u32) -> Duration {
    STEP * 2_u32.pow(level.saturating_sub(1))
}

/// Makes the levels up to that one that lead to an exchange.
pub(crate) async fn declare(wire: &lapin::Channel, to: &ShortString, highest: u32) -> Result<()> {
    for level in 0..=highest {
        let failed = |cause| error("declare", cause).with("exchange", to);
        let own = name(to, level)?;
        let next = match level {
            0 => to.clone(),
            _ => name(to, level - 1)?,
        };
        declare_level(wire, level, own, next)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Says whether that level is missing, and makes nothing.
pub(crate) async fn check(wire: &lapin::Channel, to: &ShortString, highest: u32) -> Result<()> {
    let own = name(to, highest)?;
    let options = ExchangeDeclareOptions {
        passive: true,
        ..Default::default()
    };
    let looked = wire
        .exchange_declare(own.clone(), kind(highest), options, FieldTable::default())
        .await;
    looked.map_err(|cause| error("declare", cause).with("exchange", own))
}

fn kind(level: u32) -> ExchangeKind {
    match level {
        0 => ExchangeKind::Fanout,
        _ => ExchangeKind::Headers,
    }
}

/// Asked all at once; the broker answers in that order.
async fn declare_level(
    wire: &lapin::Channel,
    level: u32,
    own: ShortString,
    next: ShortString,
) -> lapin::Result<()> {
    let (none, key) = (FieldTable::default(), ShortString::default());
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..Default::default()
    };
    let exchange = wire.exchange_declare(own.clone(), kind(level), durable, none);
    let durable = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    let queue = wire.queue_declare(own.clone(), durable, expiring(level, &next));
    let (waits, options) = (matching(level, true), QueueBindOptions::default());
    let waiting = wire.queue_bind(own.clone(), own.clone(), key.clone(), options, waits);
    let (passes, options) = (matching(level, false), ExchangeBindOptions::default());
    let passing = async {
        match level {
            0 => Ok(()),
            _ => wire.exchange_bind(next, own, key, options, passes).await,
        }
    };
    tokio::try_join!(exchange, queue, waiting, passing).map(drop)
}

/// A level's queue lets go of what it holds, to the next.
fn expiring(level: u32, next: &ShortString) -> FieldTable {
    let milliseconds = i64::try_from(time(level).as_millis()).unwrap_or(i64::MAX);
    let next = AMQPValue::LongString(next.as_str().into());
    let mut arguments = FieldTable::default();
    arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(milliseconds));
    arguments.insert("x-dead-letter-exchange".into(), next);
    arguments
}

/// What a binding of a level goes by; the lowest by nothing.
fn matching(level: u32, waits: bool) -> FieldTable {
    let mut table = FieldTable::default();
    if level > 0 {
        table.insert("x-match".into(), AMQPValue::LongString("all".into()));
        table.insert(header(level), flag(waits));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wait: Duration) -> Option<Wait> {
        let mut message = Message::new("");
        message.not_before = Some(SystemTime::now() + wait);
        Wait::of(&message).unwrap()
    }

    /// How long the levels take that its headers name.
    fn held(wait: Wait) -> Duration {
        let mut table = FieldTable::default();
        wait.note(&mut table);
        assert_eq!(table.inner().len(), wait.level() as usize);
        let waits = |level: &u32| table.inner()[&header(*level)] == flag(true);
        let levels = (1..=wait.level()).filter(waits);
        time(0) + levels.map(time).sum::<Duration>()
    }

    #[test]
    fn levels_add_up_to_what_is_waited_for() {
        for milliseconds in [1, 99, 150, 1_100, 60_000, 86_400_000, 1_600_000_000] {
            let wait = Duration::from_millis(milliseconds);
            let held = held(of(wait).unwrap());
            // The clock goes on meanwhile.
            let is_right = held + STEP / 2 >= wait && held < wait + STEP;
            assert!(is_right, "{held:?} for {wait:?}");
        }
    }

    #[test]
    fn what_is_due_waits_for_nothing_and_what_is_too_late_is_refused() {
        assert_eq!(of(Duration::ZERO), None);
        assert_eq!(Wait::of(&Message::new("")).unwrap(), None);
        assert!(of(LONGEST).unwrap().level() <= LEVELS);
        let mut message = Message::new("");
        message.not_before = Some(SystemTime::now() + LONGEST + Duration::from_secs(60));
        let error = Wait::of(&message).unwrap_err();
        assert!(error.to_string().contains("send it later"), "{error}");
    }
}
