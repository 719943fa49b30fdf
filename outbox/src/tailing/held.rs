//! What came by the log and waits to be published, and which channels are read from the table instead.
use super::{
    pgoutput::{Found, Layout},
    progress::Progress,
    snapshot::Snapshot,
};
use crate::Stored;
use bytes::Bytes;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// How long a channel of the table that gave nothing is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// What a row takes besides what it says, about.
const ROW: usize = 160;

/// How much is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) rows: usize,
    pub(super) bytes: usize,
    /// For how long.
    pub(super) patience: Duration,
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

    /// Takes a row of the log; says whether it is held.
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
                return false;
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

    /// Leaves to the table what has the most rows, until the rest fits.
    fn bound(&mut self) {
        while self.rows > self.limits.rows || self.bytes > self.limits.bytes {
            let most = self.places.iter().max_by_key(|(_, place)| place.rows.len());
            let Some(channel) = most.map(|(channel, _)| channel.clone()) else {
                return;
            };
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

    /// The first rows of a channel but for those keys; none where the table is to be read.
    pub(super) fn read(
        &mut self,
        channel: &str,
        without: &[Vec<u8>],
        most: usize,
    ) -> Option<Vec<Stored>> {
        if self
            .places
            .get(channel)
            .is_some_and(|place| !place.before.is_empty())
        {
            // Some of these were not published.
            self.leave(channel.to_owned());
        }
        let Some(place) = self.places.get_mut(channel) else {
            return Some(Vec::new());
        };
        if place.table.is_some() {
            return None;
        }
        let waits = |row: &&Row| {
            row.key
                .as_ref()
                .is_some_and(|key| without.iter().any(|waiting| waiting == key))
        };
        let rows = place.rows.iter().filter(|row| !waits(row)).take(most);
        place.given.clear();
        let given = rows.map(|row| {
            place.given.insert(row.id, row.transaction);
            row.layout.stored(row.id, row.key.as_ref(), &row.data)
        });
        Some(given.collect())
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
            table.not_before = Instant::now() + PAUSE;
        }
    }

    /// What was published or parked of a channel is let go; gives the transactions of those rows that came by the log.
    pub(super) fn settled(&mut self, channel: &str, ids: &HashSet<i64>) -> HashMap<i64, u32> {
        let Some(place) = self.places.get_mut(channel) else {
            return HashMap::new();
        };
        place.before.retain(|id| !ids.contains(id));
        let (rows, bytes, progress) = (&mut self.rows, &mut self.bytes, &mut self.progress);
        let mut let_go = |row: &Row| {
            *rows -= 1;
            *bytes -= row.size();
            progress.done(row.number);
        };
        let mut left = place.given.keys().filter(|id| ids.contains(id)).count();
        while let Some(row) = place.rows.pop_front_if(|row| ids.contains(&row.id)) {
            let_go(&row);
            left = left.saturating_sub(1);
        }
        // Some before others wait, or were not published.
        if left > 0 {
            place.rows.retain(|row| {
                let stays = !ids.contains(&row.id);
                if !stays {
                    let_go(row);
                }
                stays
            });
        }
        std::mem::take(&mut place.given)
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
