//! What is known of one channel.
use crate::tailing::{pgoutput::Layout, snapshot::Snapshot};
use bytes::Bytes;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

/// How long a channel of the table that gave nothing is left alone: at first, and at most, since it is the log that tells of more.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

/// What a row takes besides what it says, about.
pub(super) const ROW: usize = 160;

/// Of one channel.
#[derive(Default)]
pub(super) struct Place {
    pub(super) rows: VecDeque<Row>,
    /// What was seen when the table had nothing more of it.
    pub(super) seen: Option<Snapshot>,
    /// Numbers of rows of the table that are being published before those of the log.
    pub(super) before: HashSet<i64>,
    pub(super) table: Option<Table>,
    /// Rows of the log that are being published, with their transactions.
    pub(super) given: HashMap<i64, u32>,
}

/// A channel that is read from the table.
pub(super) struct Table {
    /// The transactions of rows that came by the log meanwhile, and may not be seen yet by who reads the table.
    pub(super) unseen: Vec<u32>,
    pub(super) not_before: Instant,
    /// How long it is left alone next where it gives nothing.
    pub(super) pause: Duration,
}

/// A row of the log.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) number: u64,
    pub(super) transaction: u32,
    pub(super) since: Instant,
    pub(super) key: Option<Bytes>,
    pub(super) layout: Arc<Layout>,
    pub(super) data: Bytes,
}

impl Table {
    /// There is more of it; says whether it was left alone.
    pub(super) fn wake(&mut self) -> bool {
        let now = Instant::now();
        let is_left_alone = self.not_before > now;
        self.not_before = self.not_before.min(now);
        self.pause = PAUSE;
        is_left_alone
    }

    /// It has given nothing.
    pub(super) fn rest(&mut self) {
        self.not_before = Instant::now() + self.pause;
        self.pause = LONGEST.min(2 * self.pause);
    }
}

impl Row {
    pub(super) fn size(&self) -> usize {
        ROW + self.data.len()
    }
}
