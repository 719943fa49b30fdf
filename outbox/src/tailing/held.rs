//! What came by the log and waits to be published, and which channels are read from the table instead.
use super::{
    pgoutput::{Found, Layout},
    progress::Progress,
    snapshot::Snapshot,
};
use crate::{Read, Stored, values::Reader};
use bytes::Bytes;
use metrics::gauge;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// How long a channel of the table that gave nothing is left alone: at first, and at most, since it is the log that tells of more.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

/// What a row takes besides what it says, about.
const ROW: usize = 160;

/// How much is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) rows: usize,
    pub(super) bytes: usize,
    /// For how long.
    pub(super) patience: Duration,
    /// How often the table is looked at all the same.
    pub(super) sweep: Duration,
}

/// A transaction of the log: its number, and where it committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transaction {
    pub(super) number: u32,
    pub(super) position: u64,
}

/// The table is what counts, the log brings its news: a row that is not held is in the table, unless it was published. So a channel
/// may be left to the table at any time, as one is that has more than fits, or that waits; and its rows are taken from the log again
/// once a reading of the table has shown where the log goes on.
pub(super) struct Held {
    limits: Limits,
    places: HashMap<String, Place>,
    /// What was seen when all other channels had nothing.
    seen: Snapshot,
    pub(super) progress: Progress,
    rows: usize,
    bytes: usize,
}

/// Of one channel.
#[derive(Default)]
struct Place {
    rows: VecDeque<Row>,
    /// What was seen when the table had nothing more of it.
    seen: Option<Snapshot>,
    /// Numbers of rows of the table that are being published before those of the log.
    before: HashSet<i64>,
    table: Option<Table>,
    /// Rows of the log that are being published, with their transactions.
    given: HashMap<i64, u32>,
}

/// A channel that is read from the table.
struct Table {
    /// The transactions of rows that came by the log meanwhile, and may not be seen yet by who reads the table.
    unseen: Vec<u32>,
    not_before: Instant,
    /// How long it is left alone next where it gives nothing.
    pause: Duration,
}

struct Row {
    id: i64,
    number: u64,
    transaction: u32,
    since: Instant,
    key: Option<Bytes>,
    layout: Arc<Layout>,
    data: Bytes,
}

impl Table {
    /// There is more of it; says whether it was left alone.
    fn wake(&mut self) -> bool {
        let now = Instant::now();
        let is_left_alone = self.not_before > now;
        self.not_before = self.not_before.min(now);
        self.pause = PAUSE;
        is_left_alone
    }

    /// It has given nothing.
    fn rest(&mut self) {
        self.not_before = Instant::now() + self.pause;
        self.pause = LONGEST.min(2 * self.pause);
    }
}

impl Row {
    fn size(&self) -> usize {
        ROW + self.data.len()
    }
}

impl Held {
    /// Nothing is held of the channels that the table has, nor of what was seen before they were looked for.
    pub(super) fn new(limits: Limits, seen: Snapshot, of_table: Vec<String>) -> Self {
        let mut held = Self {
            limits,
            places: HashMap::new(),
            seen,
            progress: Progress::default(),
            rows: 0,
            bytes: 0,
        };
        for channel in of_table {
            held.leave(channel);
        }
        held
    }

    /// Takes a row of the log; says whether there is more to do then: it is held, or its channel was left alone until now.
    pub(super) fn came(
        &mut self,
        found: Found,
        layout: &Arc<Layout>,
        data: Bytes,
        transaction: Transaction,
    ) -> bool {
        let channel = String::from_utf8_lossy(&found.channel);
        let seen = match self.places.get_mut(&*channel) {
            Some(Place {
                table: Some(table), ..
            }) => {
                if table.unseen.last() != Some(&transaction.number) {
                    table.unseen.push(transaction.number);
                }
                return table.wake();
            }
            Some(place) => place.seen.as_ref().unwrap_or(&self.seen),
            None => &self.seen,
        };
        if seen.saw(transaction.number, transaction.position) {
            return false;
        }
        let row = Row {
            id: found.id,
            number: self.progress.came(),
            transaction: transaction.number,
            since: Instant::now(),
            key: found.key,
            layout: layout.clone(),
            data,
        };
        self.rows += 1;
        self.bytes += row.size();
        match self.places.get_mut(&*channel) {
            Some(place) => place.rows.push_back(row),
            None => {
                let mut place = Place::default();
                place.rows.push_back(row);
                self.places.insert(channel.into_owned(), place);
            }
        }
        self.bound();
        true
    }

    /// Whether more may come before what is held is published.
    pub(super) fn has_room(&self) -> bool {
        self.rows < self.limits.rows / 2 && self.bytes < self.limits.bytes / 2
    }

    /// Leaves to the table what has the most rows, where it is too much: until half of what may be is left, since all are looked at for
    /// that, which may be many.
    fn bound(&mut self) {
        let Limits { rows, bytes, .. } = self.limits;
        if self.rows <= rows && self.bytes <= bytes {
            return;
        }
        let places = self.places.iter();
        let held = places.filter(|(_, place)| !place.rows.is_empty());
        let mut most: Vec<_> = held
            .map(|(channel, place)| (place.rows.len(), channel.clone()))
            .collect();
        most.sort_unstable_by(|one, other| other.cmp(one));
        for (_, channel) in most {
            if self.rows <= rows / 2 && self.bytes <= bytes / 2 {
                return;
            }
            self.leave(channel);
        }
    }

    /// Leaves to the table what waits for long, so that the log need not be kept for it.
    pub(super) fn leave_late(&mut self) {
        let Some(long_ago) = Instant::now().checked_sub(self.limits.patience) else {
            return;
        };
        let is_late = |place: &Place| place.rows.front().is_some_and(|row| row.since < long_ago);
        let late = self.places.iter().filter(|(_, place)| is_late(place));
        let late: Vec<_> = late.map(|(channel, _)| channel.clone()).collect();
        for channel in late {
            self.leave(channel);
        }
    }

    /// From now on the rows of a channel are read from the table.
    pub(super) fn leave(&mut self, channel: String) {
        let place = self.places.entry(channel).or_default();
        place.before.clear();
        let table = place.table.get_or_insert_with(|| Table {
            unseen: Vec::new(),
            not_before: Instant::now(),
            pause: PAUSE,
        });
        for row in place.rows.drain(..) {
            self.rows -= 1;
            self.bytes -= row.size();
            if table.unseen.last() != Some(&row.transaction) {
                table.unseen.push(row.transaction);
            }
            self.progress.done(row.number);
        }
    }

    /// Channels that have, or may have, something to publish.
    pub(super) fn channels(&self, most: usize) -> Vec<String> {
        let now = Instant::now();
        let has_some = |place: &Place| match &place.table {
            Some(table) => table.not_before <= now,
            None => !place.rows.is_empty() || !place.before.is_empty(),
        };
        let some = self.places.iter().filter(|(_, place)| has_some(place));
        some.take(most)
            .map(|(channel, _)| channel.clone())
            .collect()
    }

    /// When the next channel of the table that was left alone is to be read.
    pub(super) fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        let tables = self
            .places
            .values()
            .filter_map(|place| place.table.as_ref());
        let due = tables.map(|table| table.not_before);
        due.filter(|due| *due > now).min()
    }

    /// The first rows of a channel that are asked for; none where the table is to be read.
    pub(super) fn read(&mut self, what: Read<'_>) -> Option<Vec<Stored>> {
        if self
            .places
            .get(what.channel)
            .is_some_and(|place| !place.before.is_empty())
        {
            // Some of these were not published.
            self.leave(what.channel.to_owned());
        }
        let Some(place) = self.places.get_mut(what.channel) else {
            return Some(Vec::new());
        };
        if place.table.is_some() {
            return None;
        }
        let waits = |row: &&Row| {
            row.key
                .as_ref()
                .is_some_and(|key| what.without.iter().any(|waiting| waiting == key))
        };
        place.given.clear();
        let (mut reader, mut given, mut size) = (Reader::default(), Vec::new(), 0_usize);
        let mut is_reused = false;
        for row in place.rows.iter().filter(|row| !waits(row)) {
            if given.len() >= what.most || size >= what.bytes {
                break;
            }
            let stored = row
                .layout
                .stored(row.id, row.key.as_ref(), &row.data, &mut reader);
            if stored.is_due(what.until_ms) {
                is_reused |= place.given.insert(row.id, row.transaction).is_some();
                size = size.saturating_add(stored.size());
                given.push(stored);
            }
        }
        if is_reused {
            // The table was emptied, and numbers begin again: it has those that count.
            self.leave(what.channel.to_owned());
            return None;
        }
        Some(given)
    }

    /// The table of a channel was read, and what was seen then; whether that was all that it had.
    pub(super) fn was_read(
        &mut self,
        channel: &str,
        seen: Snapshot,
        rows: &[Stored],
        is_all: bool,
    ) {
        let Some(place) = self.places.get_mut(channel) else {
            return;
        };
        place.given.clear();
        let Some(table) = &mut place.table else {
            return;
        };
        table
            .unseen
            .retain(|transaction| seen.is_without(*transaction));
        if is_all && table.unseen.is_empty() {
            place.table = None;
            place.before = rows.iter().map(|row| row.id).collect();
            place.seen = Some(seen);
        } else if rows.is_empty() {
            table.rest();
        }
    }

    /// What was published or parked of a channel is let go; gives the transactions of those rows that came by the log. What was not given
    /// by that number is another row, of a table that was emptied.
    pub(super) fn settled(&mut self, channel: &str, ids: &[i64]) -> HashMap<i64, u32> {
        let Some(place) = self.places.get_mut(channel) else {
            return HashMap::new();
        };
        if !place.before.is_empty() {
            for id in ids {
                place.before.remove(id);
            }
        }
        let given = &mut place.given;
        let are_all = ids.len() == given.len() && ids.iter().all(|id| given.contains_key(id));
        let done = match are_all {
            true => std::mem::take(given),
            false => ids.iter().filter_map(|id| given.remove_entry(id)).collect(),
        };
        let (rows, bytes, progress) = (&mut self.rows, &mut self.bytes, &mut self.progress);
        let mut let_go = |row: &Row| {
            *rows -= 1;
            *bytes -= row.size();
            progress.done(row.number);
        };
        let is_done = |row: &Row| done.get(&row.id) == Some(&row.transaction);
        let mut left = done.len();
        while let Some(row) = place.rows.pop_front_if(|row| is_done(row)) {
            let_go(&row);
            left = left.saturating_sub(1);
        }
        // Some before others wait, or were not published.
        if left > 0 {
            place.rows.retain(|row| {
                let stays = !is_done(row);
                if !stays {
                    let_go(row);
                }
                stays
            });
        }
        done
    }

    /// Nothing is held any more.
    pub(super) fn hide() {
        gauge!("tidings_outbox_log_rows").set(0.0);
        gauge!("tidings_outbox_log_channels_left").set(0.0);
    }

    /// Sets the figures.
    pub(super) fn tell(&self) {
        let places = self.places.values();
        let left = places.filter(|place| place.table.is_some()).count();
        gauge!("tidings_outbox_log_rows").set(self.rows as f64);
        gauge!("tidings_outbox_log_channels_left").set(left as f64);
    }

    /// The log was read up to there, and the database saw that by then.
    pub(super) fn passed(&mut self, position: u64, seen: &Snapshot) {
        self.places.retain(|_, place| {
            if let Some(table) = &mut place.table {
                table
                    .unseen
                    .retain(|transaction| seen.is_without(*transaction));
            }
            if place
                .seen
                .as_ref()
                .is_some_and(|seen| seen.position < position)
            {
                place.seen = None;
            }
            let is_idle =
                place.rows.is_empty() && place.before.is_empty() && place.given.is_empty();
            !is_idle || place.seen.is_some() || place.table.is_some()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{pgoutput::tests::sample, snapshot::tests::snapshot},
        *,
    };

    fn limits() -> Limits {
        Limits {
            rows: 10,
            bytes: 1 << 20,
            patience: Duration::from_secs(10),
            sweep: Duration::from_secs(60),
        }
    }

    /// Nothing in the table; transactions below 10 were seen, up to position 100.
    fn empty() -> Held {
        Held::new(limits(), snapshot("10:10:"), Vec::new())
    }

    impl Held {
        /// A row with the key `k`, of a transaction that commits at ten times its number and ends one later.
        fn brings(&mut self, id: i64, channel: &str, number: u32) -> bool {
            let (found, layout, row) = sample(id, channel, "k");
            let position = u64::from(number) * 10;
            let held = self.came(
                found,
                &Arc::new(layout),
                row,
                Transaction { number, position },
            );
            self.progress.end(position + 1);
            held
        }

        fn ids(&mut self, channel: &str) -> Option<Vec<i64>> {
            let rows = self.read(Read::new(channel, 100))?;
            Some(rows.iter().map(|row| row.id).collect())
        }

        fn lets_go(&mut self, channel: &str, ids: &[i64]) -> HashMap<i64, u32> {
            self.settled(channel, ids)
        }

        fn read_of_table(
            &mut self,
            channel: &str,
            seen: &str,
            position: i64,
            ids: &[i64],
            is_all: bool,
        ) {
            let seen = Snapshot::read(seen, position).unwrap();
            let rows: Vec<_> = ids
                .iter()
                .map(|id| Stored::new(*id, Err(String::new()), None))
                .collect();
            self.was_read(channel, seen, &rows, is_all);
        }
    }

    #[test]
    fn what_the_log_brings_is_given_until_it_is_let_go() {
        let mut held = empty();
        assert!(held.brings(1, "q", 20) && held.brings(2, "q", 21) && held.brings(3, "r", 22));
        assert_eq!(held.ids("q"), Some(vec![1, 2]));
        assert_eq!(held.ids("q"), Some(vec![1, 2]), "they were not published");
        assert_eq!(held.progress.position(), 0);
        assert_eq!(held.lets_go("q", &[1]), HashMap::from([(1, 20)]));
        assert_eq!(held.progress.position(), 201);
        assert_eq!(held.ids("q"), Some(vec![2]));
        held.lets_go("q", &[2]);
        assert_eq!(
            (held.ids("q"), held.channels(9)),
            (Some(vec![]), vec!["r".to_owned()])
        );
        held.ids("r");
        held.lets_go("r", &[3]);
        assert_eq!(held.progress.position(), 221);
        assert_eq!((held.rows, held.bytes), (0, 0));
    }

    #[test]
    fn what_is_parked_after_what_was_published_is_known_by_its_transaction_too() {
        let mut held = empty();
        assert!(held.brings(1, "q", 20) && held.brings(2, "q", 21));
        held.ids("q");
        assert_eq!(held.lets_go("q", &[2]), HashMap::from([(2, 21)]));
        assert_eq!(held.lets_go("q", &[1]), HashMap::from([(1, 20)]));
        assert_eq!(held.rows, 0);
    }

    /// As where the table is truncated, and its numbers begin again.
    #[test]
    fn a_number_that_is_used_again_is_another_row() {
        let mut held = empty();
        held.brings(1, "q", 20);
        held.ids("q");
        held.brings(1, "q", 30);
        held.lets_go("q", &[1]);
        assert_eq!((held.ids("q"), held.rows), (Some(vec![1]), 1));
        held.brings(1, "q", 40);
        assert_eq!(held.ids("q"), None, "the table has the one that counts");
        held.read_of_table("q", "50:50:", 500, &[1], true);
        held.brings(1, "q", 50);
        held.lets_go("q", &[1]);
        assert_eq!(held.ids("q"), Some(vec![1]));
    }

    #[test]
    fn keys_that_wait_are_passed_over_and_what_is_behind_them_let_go() {
        let mut held = empty();
        held.brings(1, "q", 20);
        let (found, layout, row) = sample(2, "q", "other");
        let transaction = Transaction {
            number: 21,
            position: 210,
        };
        held.came(found, &Arc::new(layout), row, transaction);
        let (mut what, bad) = (Read::new("q", 100), [b"k".to_vec()]);
        what.without = &bad;
        let rows = held.read(what).unwrap();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
        held.lets_go("q", &[2]);
        assert_eq!((held.rows, held.ids("q")), (1, Some(vec![1])));
    }

    #[test]
    fn no_more_is_given_than_was_asked_for() {
        let mut held = empty();
        for id in 1..6 {
            held.brings(id, "q", 20);
        }
        for (most, bytes, expected) in [(2, usize::MAX, 2), (9, 1, 1), (9, usize::MAX, 5)] {
            let mut what = Read::new("q", most);
            what.bytes = bytes;
            assert_eq!(held.read(what).unwrap().len(), expected, "{most} {bytes}");
        }
    }

    #[test]
    fn what_was_seen_when_the_table_had_nothing_of_it_was_published() {
        let mut held = Held::new(limits(), snapshot("10:20:15"), Vec::new());
        assert!(!held.brings(1, "q", 9), "position 90");
        assert!(
            held.brings(2, "q", 20),
            "position 200, beyond what was seen"
        );
        let mut held = Held::new(
            limits(),
            Snapshot::read("10:20:15", 1000).unwrap(),
            Vec::new(),
        );
        assert!(held.brings(1, "q", 15) && !held.brings(2, "q", 16) && held.brings(3, "q", 20));
        assert_eq!(held.ids("q"), Some(vec![1, 3]));
    }

    #[test]
    fn a_channel_of_the_table_is_taken_from_the_log_where_its_reading_ended() {
        let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
        assert_eq!(held.ids("q"), None, "the table is to be read");
        assert!(!held.brings(5, "q", 20));
        assert_eq!(held.progress.position(), 201, "it is in the table");
        held.read_of_table("q", "21:21:", 300, &[4, 5], false);
        assert_eq!(held.ids("q"), None, "there was more");
        held.read_of_table("q", "20:21:20", 300, &[4], true);
        assert_eq!(held.ids("q"), None, "5 is not seen yet");
        held.read_of_table("q", "22:24:22", 300, &[5, 6], true);
        assert!(!held.brings(6, "q", 21), "it is one of those read");
        assert!(held.brings(7, "q", 22) && !held.brings(8, "q", 23) && held.brings(9, "q", 24));
        held.lets_go("q", &[5, 6]);
        assert_eq!(held.ids("q"), Some(vec![7, 9]));
    }

    #[test]
    fn where_the_last_of_the_table_is_not_published_it_is_read_again() {
        let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
        held.read_of_table("q", "20:20:", 150, &[1, 2], true);
        assert!(held.brings(3, "q", 20));
        held.lets_go("q", &[1]);
        assert_eq!(held.channels(9), ["q"]);
        assert_eq!((held.ids("q"), held.rows), (None, 0));
        held.read_of_table("q", "20:21:20", 300, &[2], true);
        assert_eq!(held.ids("q"), None, "3 is not seen yet");
        held.read_of_table("q", "21:21:", 300, &[2, 3], true);
        held.lets_go("q", &[2, 3]);
        assert_eq!(held.ids("q"), Some(vec![]));
    }

    #[test]
    fn a_channel_that_gives_nothing_is_left_alone_for_a_while() {
        let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
        assert_eq!((held.channels(9), held.due()), (vec!["q".to_owned()], None));
        held.read_of_table("q", "10:10:", 100, &[], false);
        assert_eq!(held.channels(9), [""; 0]);
        assert!(held.due().is_some());
    }

    /// As where a key waits, whose messages are left out.
    #[tokio::test(start_paused = true)]
    async fn a_channel_that_gives_nothing_again_and_again_is_read_once_a_second_until_the_log_tells_of_more()
     {
        let mut held = Held::new(limits(), snapshot("10:10:"), vec!["q".to_owned()]);
        let end = Instant::now() + Duration::from_secs(60);
        let mut reads = 0;
        while Instant::now() < end {
            held.read_of_table("q", "10:10:", 100, &[], false);
            reads += 1;
            assert_eq!(held.channels(9), [""; 0]);
            tokio::time::sleep_until(held.due().unwrap()).await;
            assert_eq!(held.channels(9), ["q"]);
        }
        assert!(reads < 70, "{reads}");
        held.read_of_table("q", "10:10:", 100, &[], false);
        assert!(held.brings(2, "q", 20), "it is to be read at once");
        assert_eq!((held.channels(9), held.due()), (vec!["q".to_owned()], None));
        assert!(!held.brings(3, "q", 21), "it is anyway");
        held.read_of_table("q", "10:10:", 100, &[], false);
        assert!(held.due().unwrap() <= Instant::now() + PAUSE);
    }

    #[test]
    fn what_has_the_most_is_left_to_the_table_where_there_is_too_much() {
        let mut held = empty();
        held.brings(1, "r", 20);
        for id in 2..12 {
            held.brings(id, "q", 21);
        }
        assert_eq!(held.rows, 1);
        assert_eq!((held.ids("r"), held.ids("q")), (Some(vec![1]), None));
        held.lets_go("r", &[1]);
        assert_eq!(held.progress.position(), 211, "the log is let go");
        let mut held = Held::new(
            Limits {
                bytes: 500,
                ..limits()
            },
            snapshot("10:10:"),
            Vec::new(),
        );
        for id in 0..9 {
            held.brings(id, "q", 20);
        }
        assert!(held.ids("q").is_none() && held.bytes == 0);
    }

    /// Each of which has one row, and all of which are gone through each time.
    #[test]
    fn of_many_channels_half_are_left_at_a_time() {
        const ROWS: usize = 1000;
        let limits = Limits {
            rows: ROWS,
            ..limits()
        };
        let mut held = Held::new(limits, snapshot("10:10:"), Vec::new());
        let mut times = 0;
        for id in 0..10_000 {
            let before = held.rows;
            held.brings(id, &id.to_string(), 20);
            times += usize::from(held.rows <= before);
            assert!(held.rows <= ROWS);
        }
        assert!((1..=10_000 / (ROWS / 2)).contains(&times), "{times}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_long_is_left_to_the_table() {
        let mut held = empty();
        held.brings(1, "q", 20);
        tokio::time::advance(Duration::from_secs(6)).await;
        held.brings(2, "r", 21);
        held.leave_late();
        assert_eq!(held.ids("q"), Some(vec![1]));
        tokio::time::advance(Duration::from_secs(6)).await;
        held.leave_late();
        assert_eq!((held.ids("q"), held.ids("r")), (None, Some(vec![2])));
        held.lets_go("q", &[1]);
        assert_eq!(held.progress.position(), 201);
        held.read_of_table("q", "22:22:", 300, &[], true);
        assert_eq!(held.ids("q"), Some(vec![]));
    }

    #[test]
    fn channels_without_anything_are_forgotten() {
        let mut held = Held::new(
            limits(),
            snapshot("10:10:"),
            vec!["q".to_owned(), "r".to_owned()],
        );
        held.brings(5, "r", 30);
        held.read_of_table("q", "20:20:", 200, &[1], true);
        held.lets_go("q", &[1]);
        held.passed(200, &snapshot("31:31:"));
        assert_eq!(held.places.len(), 2, "the log may bring what was seen");
        held.passed(201, &snapshot("31:31:"));
        assert_eq!(held.places.keys().collect::<Vec<_>>(), ["r"]);
        held.read_of_table("r", "31:31:", 400, &[5], true);
        assert!(held.places["r"].table.is_none());
    }
}
