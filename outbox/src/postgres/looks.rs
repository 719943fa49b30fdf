//! Where looks begin. Rows that were deleted while some transaction stays open cannot be removed before it has ended, and a look from the
//! beginning goes through all of them. Where that takes long, looks begin behind what was published, and from the beginning only now and
//! then: that is when rows of writers are found that commit late.
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

/// Below any number.
pub(super) const BEGINNING: i64 = i64::MIN;

#[derive(Debug, Default)]
pub(super) struct Looks {
    round: Pace,
    places: HashMap<String, Place>,
}

/// Of one channel.
#[derive(Debug)]
struct Place {
    /// Nothing was there up to that number.
    above: i64,
    pace: Pace,
}

/// How long it took from the beginning, and since when that was done.
#[derive(Debug, Default)]
struct Pace(Option<(Duration, Instant)>);

impl Pace {
    fn is_due(&self, now: Instant) -> bool {
        self.0
            .is_none_or(|(took, at)| took < SHORT || now >= at + took * PAUSES)
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
            known.above.push(place.above);
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
        place.map_or(BEGINNING, |place| place.above)
    }

    /// A channel was read above a number. Where some keys were left out, others may be before the first that was found.
    pub(super) fn was_read(
        &mut self,
        channel: &str,
        above: i64,
        rows: &[Stored],
        is_all: bool,
        took: Duration,
        now: Instant,
    ) {
        if !self.places.contains_key(channel) {
            let place = Place {
                above: BEGINNING,
                pace: Pace::default(),
            };
            self.places.insert(channel.to_owned(), place);
        }
        let Some(place) = self.places.get_mut(channel) else {
            return;
        };
        if above == BEGINNING {
            place.pace = Pace(Some((took, now)));
        }
        match rows.first() {
            Some(first) if is_all => place.above = first.id.saturating_sub(1),
            // What came late, before what is known, may be left there.
            Some(first) => place.above = place.above.min(first.id.saturating_sub(1)),
            None => {}
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

    #[test]
    fn what_is_quick_is_done_from_the_beginning() {
        let (mut looks, now) = (Looks::default(), Instant::now());
        assert_eq!(looks.above("q", now), BEGINNING);
        let quick = SHORT / 2;
        looks.was_read("q", BEGINNING, &rows(&[5, 6]), true, quick, now);
        looks.looked(&["q".to_owned()], quick, now);
        assert_eq!((looks.above("q", now), looks.known(now)), (BEGINNING, None));
    }

    #[test]
    fn what_takes_long_is_done_from_the_beginning_now_and_then() {
        let (mut looks, now) = (Looks::default(), Instant::now());
        looks.was_read("q", BEGINNING, &rows(&[5, 6]), true, LONG, now);
        assert_eq!(looks.above("q", now), 4);
        looks.was_read("q", 4, &rows(&[9]), true, LONG, now + LONG);
        looks.was_read("q", 8, &[], true, LONG, now + LONG);
        assert_eq!(looks.above("q", now + 9 * LONG), 8);
        assert_eq!(looks.above("q", now + 10 * LONG), BEGINNING);
        looks.was_read("q", BEGINNING, &rows(&[2, 9]), true, LONG, now + 10 * LONG);
        assert_eq!(looks.above("q", now + 11 * LONG), 1, "it came late");
    }

    #[test]
    fn keys_that_wait_are_not_passed_over() {
        let (mut looks, now) = (Looks::default(), Instant::now());
        looks.was_read("q", BEGINNING, &rows(&[5, 6]), true, LONG, now);
        looks.was_read("q", 4, &rows(&[8, 9]), false, LONG, now);
        assert_eq!(looks.above("q", now), 4);
        looks.was_read("q", BEGINNING, &rows(&[3]), false, LONG, now);
        assert_eq!(looks.above("q", now), 2);
        looks.was_read("new", BEGINNING, &rows(&[7]), false, LONG, now);
        assert_eq!(looks.above("new", now), BEGINNING);
    }

    #[test]
    fn what_lies_between_known_channels_is_looked_for() {
        let (mut looks, now) = (Looks::default(), Instant::now());
        let all = ["b".to_owned(), "a".to_owned()];
        looks.looked(&all, LONG, now);
        for (channel, id) in [("b", 7), ("a", 3)] {
            looks.was_read(channel, BEGINNING, &rows(&[id]), true, LONG, now);
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
