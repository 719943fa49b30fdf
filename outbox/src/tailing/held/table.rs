//! Channels that are read from the table, until a reading has shown where the log goes on.
use super::Held;
use crate::{Stored, tailing::snapshot::Snapshot};
use tokio::time::Instant;

impl Held {
    /// When the next channel of the table that was left alone is to be read.
    pub(in crate::tailing) fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        let tables = self
            .places
            .values()
            .filter_map(|place| place.table.as_ref());
        let due = tables.map(|table| table.not_before);
        due.filter(|due| *due > now).min()
    }

    /// The table of a channel was read, and what was seen then; whether that was all that it had.
    pub(in crate::tailing) fn was_read(
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
}
