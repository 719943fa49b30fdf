//! What is given to be published, and let go once it is.
use super::{Held, place::Row};
use crate::{Read, Stored, values::Reader};
use std::collections::HashMap;

impl Held {
    /// The first rows of a channel that are asked for; none where the table is to be read.
    pub(in crate::tailing) fn read(&mut self, what: Read<'_>) -> Option<Vec<Stored>> {
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

    /// What was published or parked of a channel is let go; gives the transactions of those rows that came by the log. What was not given
    /// by that number is another row, of a table that was emptied.
    pub(in crate::tailing) fn settled(&mut self, channel: &str, ids: &[i64]) -> HashMap<i64, u32> {
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
}
