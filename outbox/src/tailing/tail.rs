//! The log with what it brought, from the moment at which it was opened.
use super::{
    held::{Held, Limits},
    log::{Log, News},
    snapshot::Snapshot,
};
use tidings::Result;

/// Most changes that are taken from the log before others have their turn.
const MOST_NEWS: usize = 10_000;

pub(super) struct Tail {
    pub(super) log: Log,
    pub(super) held: Held,
    /// Up to where the log was read.
    position: u64,
    /// From where on the log is that of now.
    now: u64,
}

impl Tail {
    /// What was seen after the log was opened, and the channels that the table had later.
    pub(super) fn new(log: Log, limits: Limits, seen: Snapshot, of_table: Vec<String>) -> Self {
        Self {
            log,
            position: 0,
            now: seen.position,
            held: Held::new(limits, seen, of_table),
        }
    }

    /// Whether the log tells of times before it was opened.
    pub(super) fn is_behind(&self) -> bool {
        self.position < self.now
    }

    /// Takes what comes next; says whether there is something to publish. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<bool> {
        let news = self.log.next().await;
        self.take(news?)
    }

    /// Takes what has come; says whether there is something to publish.
    pub(super) fn drain(&mut self) -> Result<bool> {
        let mut has_some = false;
        for _ in 0..MOST_NEWS {
            let Some(news) = self.log.ready() else {
                break;
            };
            has_some |= self.take(news?)?;
        }
        Ok(has_some)
    }

    fn take(&mut self, news: News) -> Result<bool> {
        match news {
            News::Row(found, layout, row, transaction) => {
                return Ok(self.held.came(found, &layout, row, transaction));
            }
            News::Upto(position) => {
                self.position = self.position.max(position);
                self.held.progress.end(position);
            }
            News::Nothing => {}
        }
        Ok(false)
    }

    /// What is seen by now, and the channels that the table has where it was looked at.
    pub(super) fn look_round(&mut self, seen: &Snapshot, of_table: Vec<String>) {
        self.held.leave_late();
        self.held.passed(self.position, seen);
        for channel in of_table {
            self.held.leave(channel);
        }
    }

    /// Tells the database which log is done with.
    pub(super) fn let_go(&self) {
        self.log.let_go(self.held.progress.position());
    }
}
