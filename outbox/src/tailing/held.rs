//! What came by the log and waits to be published, and which channels are read from the table instead.
use super::{
    pgoutput::{Found, Layout},
    progress::Progress,
    snapshot::Snapshot,
};
pub(super) use bound::Limits;
use bytes::Bytes;
use metrics::gauge;
use place::{Place, Row};
use std::{collections::HashMap, sync::Arc};
use tokio::time::Instant;

mod bound;
mod given;
mod place;
mod table;
#[cfg(test)]
mod tests;

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
