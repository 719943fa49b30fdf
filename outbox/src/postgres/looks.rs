//! Where looks begin. Rows that were deleted while some transaction stays open cannot be removed before it has ended, and a look from the
//! beginning goes through all of them. Where that takes long, looks begin behind what was published, as long as nobody has ended who may
//! have rows there, and from the beginning now and then.
use super::skipping::{BEGINNING, Skipping, Writers};
use crate::{Stored, rows::limit};
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, Row as _};
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

/// What takes less is done from the beginning each time.
const SHORT: Duration = Duration::from_millis(20);

/// Looks from the beginning take a tenth of the time at most.
const PAUSES: u32 = 10;

/// Most channels that are remembered while they have nothing.
const MOST: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct Looks {
    round: Pace,
    places: HashMap<String, Place>,
}

/// Of one channel.
#[derive(Debug, Default)]
struct Place {
    skipping: Skipping,
    pace: Pace,
}

/// How a channel was read.
#[derive(Debug)]
pub(super) struct Reading {
    /// Above which number.
    pub(super) above: i64,
    /// No key was left out, and nothing for later.
    pub(super) is_all: bool,
    /// Who was under way, where that was asked for and anything came.
    pub(super) writers: Option<Writers>,
    pub(super) took: Duration,
}

/// How long it took from the beginning, and since when that was done.
#[derive(Debug, Default)]
struct Pace(Option<(Duration, Instant)>);

impl Pace {
    fn is_due(&self, now: Instant) -> bool {
        self.0
            .is_none_or(|(took, at)| took < SHORT || now >= at + took * PAUSES)
    }

    fn is_long(&self) -> bool {
        self.0.is_some_and(|(took, _)| took >= SHORT)
    }
}

/// The channels that are known, in their order, the numbers up to which they have nothing, and what comes next after each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    channels: Vec<String>,
    above: Vec<i64>,
    next: Vec<Option<String>>,
}

impl Looks {
    /// What is known where it is no time to begin from the beginning.
    pub(super) fn known(&self, now: Instant) -> Option<Known> {
        if self.round.is_due(now) {
            return None;
        }
        let mut places: Vec<_> = self.places.iter().collect();
        places.sort_unstable_by_key(|(channel, _)| *channel);
        // Before the first is what comes after nothing.
        let mut known = Known {
            channels: vec![String::new()],
            above: vec![i64::MAX],
            next: Vec::new(),
        };
        for (channel, place) in places {
            known.next.push(Some(channel.clone()));
            known.channels.push(channel.clone());
            known.above.push(place.skipping.above());
        }
        known.next.push(None);
        Some(known)
    }

    /// All channels were looked for, from the beginning.
    pub(super) fn looked(&mut self, found: &[String], took: Duration, now: Instant) {
        self.round = Pace(Some((took, now)));
        if self.places.len() > MOST {
            self.places.retain(|channel, _| found.contains(channel));
        }
    }

    /// Above which number a channel is to be read.
    pub(super) fn above(&self, channel: &str, now: Instant) -> i64 {
        let place = self.places.get(channel);
        let place = place.filter(|place| !place.pace.is_due(now));
        place.map_or(BEGINNING, |place| place.skipping.above())
    }

    /// Whether it is to be asked who is under way.
    pub(super) fn asks(&self, channel: &str) -> bool {
        let place = self.places.get(channel);
        place.is_some_and(|place| place.pace.is_long())
    }

    /// Whether a reading saw all that one from the beginning does; else that is what has to be done.
    pub(super) fn is_whole(&self, channel: &str, reading: &Reading) -> bool {
        let place = self.places.get(channel);
        let (Some(place), Some(writers)) = (place, &reading.writers) else {
            return true;
        };
        reading.above == BEGINNING || place.skipping.is_whole(writers)
    }

    /// A channel was read, and all was seen. Where some keys were left out, others may be before the first that was found.
    pub(super) fn was_read(
        &mut self,
        channel: &str,
        reading: Reading,
        rows: &[Stored],
        now: Instant,
    ) {
        if !self.places.contains_key(channel) {
            self.places.insert(channel.to_owned(), Place::default());
        }
        let Some(place) = self.places.get_mut(channel) else {
            return;
        };
        if reading.above == BEGINNING {
            place.pace = Pace(Some((reading.took, now)));
        }
        if let (Some(first), Some(writers), true) = (rows.first(), reading.writers, reading.is_all)
        {
            let skipping = &mut place.skipping;
            skipping.was_read(first.id, writers, reading.above, now);
        }
    }
}

/// The channels that have rows, at most so many. Asked of the session that has the lock, whose life needs no word besides; what it locks
/// for that it lets go at once, since its transaction stays open, and nobody could alter the table.
pub(crate) async fn channels(held: &mut PgConnection, most: usize) -> sqlx::Result<Vec<String>> {
    let most = limit(most);
    let look = format!(
        "savepoint look; with recursive channels (channel) as ((select channel from tidings_outbox order by channel limit 1) union all \
             select (select o.channel from tidings_outbox o where o.channel > channels.channel order by o.channel limit 1) from channels \
             where channels.channel is not null) select channel from channels where channel is not null limit {most}; \
         rollback to look; release look"
    );
    let rows = sqlx::raw_sql(AssertSqlSafe(look)).fetch_all(held).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The channels that have rows above what is known, and those that are not known.
pub(super) async fn news(
    by: impl PgExecutor<'_>,
    known: Known,
    most: usize,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "with known (channel, above, next) as materialized (select * from unnest($1::text[], $2::int8[], $3::text[])) \
         select known.channel from known cross join lateral (select from tidings_outbox o where o.channel = known.channel and \
             o.id > known.above order by o.channel, o.id limit 1) o \
         union all select o.channel from known cross join lateral (select o.channel from tidings_outbox o where o.channel > known.channel \
             and o.channel < known.next order by o.channel limit 1) o \
         union all (select o.channel from tidings_outbox o where o.channel > (select channel from known where next is null) \
             order by o.channel limit 1) \
         limit $4",
    )
    .bind(known.channels)
    .bind(known.above)
    .bind(known.next)
    .bind(limit(most))
    .fetch_all(by)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(1);

    fn rows(ids: &[i64]) -> Vec<Stored> {
        let row = |id: &i64| Stored::new(*id, Err(String::new()), None);
        ids.iter().map(row).collect()
    }

    fn reading(above: i64, is_all: bool, took: Duration, snapshot: &str) -> Reading {
        Reading {
            above,
            is_all,
            writers: Writers::parse(snapshot),
            took,
        }
    }

    /// One that was read twice from the beginning, beside a transaction that stays open: nothing is up to that number.
    fn skipping(now: Instant, channel: &str, above: i64) -> Looks {
        let mut looks = Looks::default();
        skips(&mut looks, now, channel, above);
        looks
    }

    fn skips(looks: &mut Looks, now: Instant, channel: &str, above: i64) {
        for (at, first) in [(now - 2 * LONG, above + 1), (now, above + 2)] {
            let reading = reading(BEGINNING, true, LONG, "7:9:7");
            looks.was_read(channel, reading, &rows(&[first]), at);
        }
        assert_eq!(looks.above(channel, now), above);
    }

    fn later() -> Instant {
        Instant::now() + 100 * LONG
    }

    #[test]
    fn what_is_quick_is_done_from_the_beginning() {
        let (mut looks, now) = (Looks::default(), later());
        assert_eq!(looks.above("q", now), BEGINNING);
        let quick = SHORT / 2;
        for at in [now - 2 * LONG, now] {
            let reading = reading(BEGINNING, true, quick, "7:9:7");
            looks.was_read("q", reading, &rows(&[5, 6]), at);
        }
        looks.looked(&["q".to_owned()], quick, now);
        assert_eq!((looks.above("q", now), looks.known(now)), (BEGINNING, None));
        assert!(!looks.asks("q"));
    }

    #[test]
    fn what_takes_just_as_long_as_may_be_is_long() {
        let (mut looks, now) = (Looks::default(), later());
        looks.looked(&[], SHORT, now);
        assert!(looks.known(now).is_some());
        assert_eq!(looks.known(now + SHORT * PAUSES), None);
        for (at, first) in [(now - LONG, 5), (now, 6)] {
            let reading = reading(BEGINNING, true, SHORT, "7:9:7");
            looks.was_read("q", reading, &rows(&[first]), at);
        }
        assert!(looks.asks("q"));
        assert_eq!(looks.above("q", now), 4);
    }

    #[test]
    fn of_many_channels_those_without_rows_are_forgotten() {
        let (mut looks, now) = (Looks::default(), later());
        let read = |looks: &mut Looks, channel: &str| {
            let reading = reading(BEGINNING, true, LONG, "7:9:7");
            looks.was_read(channel, reading, &rows(&[5]), now);
        };
        for channel in (1..=MOST).map(|number| number.to_string()) {
            read(&mut looks, &channel);
        }
        let there = ["1".to_owned()];
        looks.looked(&there, LONG, now);
        assert_eq!(looks.places.len(), MOST);
        read(&mut looks, "one more");
        looks.looked(&there, LONG, now);
        assert_eq!(looks.places.keys().collect::<Vec<_>>(), ["1"]);
    }

    #[test]
    fn what_takes_long_is_done_from_the_beginning_now_and_then() {
        let now = later();
        let looks = skipping(now, "q", 4);
        assert!(looks.asks("q"));
        assert_eq!(looks.above("q", now + 9 * LONG), 4);
        assert_eq!(looks.above("q", now + 10 * LONG), BEGINNING);
    }

    #[test]
    fn what_was_read_while_a_writer_ended_is_read_from_the_beginning() {
        let now = later();
        let looks = skipping(now, "q", 4);
        let goes_on = reading(4, true, LONG, "7:20:7,15");
        assert!(looks.is_whole("q", &goes_on));
        let ended = reading(4, true, LONG, "15:20:15");
        assert!(!looks.is_whole("q", &ended));
        assert!(looks.is_whole("other", &ended));
        let all = reading(BEGINNING, true, LONG, "15:20:15");
        assert!(looks.is_whole("q", &all));
        let nothing = reading(4, true, LONG, "");
        assert!(looks.is_whole("q", &nothing), "nothing came");
    }

    #[test]
    fn keys_that_wait_are_not_passed_over() {
        let now = later();
        let mut looks = skipping(now, "q", 4);
        for at in [now + LONG, now + 3 * LONG] {
            let some = reading(4, false, LONG, "7:20:7");
            looks.was_read("q", some, &rows(&[9]), at);
        }
        assert_eq!(looks.above("q", now + 3 * LONG), 4);
    }

    #[test]
    fn what_lies_between_known_channels_is_looked_for() {
        let (mut looks, now) = (Looks::default(), later());
        let all = ["b".to_owned(), "a".to_owned()];
        looks.looked(&all, LONG, now);
        for (channel, above) in [("b", 6), ("a", 2)] {
            skips(&mut looks, now, channel, above);
        }
        let text = |text: &str| text.to_owned();
        let known = Known {
            channels: vec![text(""), text("a"), text("b")],
            above: vec![i64::MAX, 2, 6],
            next: vec![Some(text("a")), Some(text("b")), None],
        };
        assert_eq!(looks.known(now + LONG), Some(known));
        assert_eq!(looks.known(now + PAUSES * LONG), None);
    }
}
