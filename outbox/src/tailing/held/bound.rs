//! How much is held, and for how long: what is more, or waits longer, is left to the table.
use super::{
    Held,
    place::{PAUSE, Place, Table},
};
use std::time::Duration;
use tokio::time::Instant;

/// How much is held.
#[derive(Debug, Clone, Copy)]
pub(in crate::tailing) struct Limits {
    pub(in crate::tailing) rows: usize,
    pub(in crate::tailing) bytes: usize,
    /// For how long.
    pub(in crate::tailing) patience: Duration,
    /// How often the table is looked at all the same.
    pub(in crate::tailing) sweep: Duration,
}

impl Held {
    /// Whether more may come before what is held is published.
    pub(in crate::tailing) fn has_room(&self) -> bool {
        self.rows < self.limits.rows / 2 && self.bytes < self.limits.bytes / 2
    }

    /// Leaves to the table what has the most rows, where it is too much: until half of what may be is left, since all are looked at for
    /// that, which may be many.
    pub(super) fn bound(&mut self) {
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
    pub(in crate::tailing) fn leave_late(&mut self) {
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
    pub(in crate::tailing) fn leave(&mut self, channel: String) {
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
}
