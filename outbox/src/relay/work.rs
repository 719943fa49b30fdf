//! What is under way, which outlives a lead: it was begun, and is to be published once.
use super::{places::Places, publish::Outcome};
use crate::Stored;
use std::collections::HashMap;
use tidings::{Error, MessageId, Result};
use tokio::task::JoinSet;

#[derive(Default)]
pub(super) struct Work {
    pub(super) places: Places,
    pub(super) publishing: JoinSet<Outcome>,
    pub(super) confirmed: Confirmed,
    /// About what is published at the moment.
    pub(super) bytes: usize,
    /// How many leads there were.
    pub(super) leads: u64,
    /// Whether another relay leads, which sees to what is left, or has done so.
    pub(super) is_handed_on: bool,
}

impl Work {
    /// Whether another batch may begin.
    pub(super) fn has_room(&self, channels: usize, bytes: usize) -> bool {
        self.publishing.len() < channels && (self.bytes < bytes || self.publishing.is_empty())
    }

    /// Why something may be published again; nothing where nothing is left.
    pub(super) fn left(&self, last: Option<Error>) -> Result<()> {
        let why = match (self.confirmed.why.as_ref(), self.publishing.is_empty()) {
            _ if self.is_handed_on => None,
            (Some(error), _) => Some(error.clone()),
            (None, true) => None,
            (None, false) => last,
        };
        why.map_or(Ok(()), Err)
    }
}

/// What is published and could not be deleted so far, by channel and number. It is known by its id as well, since another may have its
/// number after a restore.
#[derive(Default)]
pub(super) struct Confirmed {
    ids: HashMap<String, HashMap<i64, MessageId>>,
    /// Why the last of them could not be.
    why: Option<Error>,
}

impl Confirmed {
    pub(super) fn keep(&mut self, outcome: &Outcome, why: &Error) {
        if outcome.published.is_empty() {
            return;
        }
        let known = self.ids.entry(outcome.channel.clone()).or_default();
        known.extend(outcome.published.iter().cloned());
        self.why = Some(why.clone());
    }

    /// What was deleted.
    pub(super) fn forget(&mut self, channel: &str, ids: &[(i64, MessageId)]) {
        if let Some(known) = self.ids.get_mut(channel) {
            for (id, _) in ids {
                known.remove(id);
            }
            if known.is_empty() {
                self.ids.remove(channel);
            }
        }
        if self.ids.is_empty() {
            self.why = None;
        }
    }

    /// Takes what is published out of rows, and gives its numbers and ids.
    pub(super) fn among(&mut self, channel: &str, rows: &mut Vec<Stored>) -> Vec<(i64, MessageId)> {
        let Some(known) = self.ids.get_mut(channel) else {
            return Vec::new();
        };
        let mut ids = Vec::new();
        rows.retain(|row| match (known.get(&row.id), &row.outgoing) {
            (Some(id), Ok(outgoing)) if *id == outgoing.message.id => {
                ids.push((row.id, id.clone()));
                false
            }
            _ => {
                known.remove(&row.id);
                true
            }
        });
        ids
    }
}
