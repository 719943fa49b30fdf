//! The log with what it brought, from the moment at which it was opened.
use super::{
    held::{Held, Limits},
    log::{Log, News},
    snapshot::Snapshot,
};
use std::{future::pending, mem::take, pin::pin, time::Duration};
use tidings::{Error, Result};
use tokio::time::sleep;

/// Most changes that are taken from the log before others have their turn.
const MOST_NEWS: usize = 10_000;

/// How long what comes is left until it is taken together.
const REST: Duration = Duration::from_millis(1);

pub(super) struct Tail {
    pub(super) log: Log,
    pub(super) held: Held,
    /// Up to where the log was read.
    position: u64,
    /// From where on the log is that of now.
    now: u64,
    /// Whether something came that is to be published, and nobody was told so.
    has_some: bool,
}

impl Tail {
    /// What was seen after the log was opened, and the channels that the table had later.
    pub(super) fn new(log: Log, limits: Limits, seen: Snapshot, of_table: Vec<String>) -> Self {
        Self {
            log,
            position: 0,
            now: seen.position,
            has_some: false,
            held: Held::new(limits, seen, of_table),
        }
    }

    /// Whether the log tells of times before it was opened.
    pub(super) fn is_behind(&self) -> bool {
        is_before(self.position, self.now)
    }

    /// Takes what comes next; says whether there is something to publish. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<bool> {
        let news = self.log.next().await?;
        self.take(news)?;
        Ok(take(&mut self.has_some))
    }

    /// Does something, and takes what comes meanwhile, so that what is committed one by one is published together. Why the log can
    /// be read no more is left there.
    pub(super) async fn meanwhile<T>(
        &mut self,
        done: impl Future<Output = T>,
        failed: &mut Option<Error>,
    ) -> T {
        let mut done = pin!(done);
        tokio::select! {
            biased;
            done = &mut done => return done,
            error = self.follow(), if failed.is_none() => *failed = Some(error),
        }
        done.await
    }

    /// Takes what comes for as long as there is room, until it fails: now and then, since to be woken for each costs more than to take
    /// it. Cancel-safe.
    async fn follow(&mut self) -> Error {
        while self.held.has_room() {
            let news = self.log.next().await;
            let taken = news.and_then(|news| self.take(news));
            if let Err(error) = taken.and_then(|()| self.take_all()) {
                return error;
            }
            sleep(REST).await;
        }
        pending().await
    }

    /// Takes what has come; says whether there is something to publish.
    pub(super) fn drain(&mut self) -> Result<bool> {
        self.take_all()?;
        Ok(take(&mut self.has_some))
    }

    fn take_all(&mut self) -> Result<()> {
        for _ in 0..MOST_NEWS {
            let Some(news) = self.log.ready() else {
                break;
            };
            self.take(news?)?;
        }
        Ok(())
    }

    fn take(&mut self, news: News) -> Result<()> {
        match news {
            News::Row(found, layout, row, transaction) => {
                if self.held.came(found, &layout, row, transaction) {
                    self.has_some = true;
                }
            }
            News::Upto(position) => {
                self.position = self.position.max(position);
                self.held.progress.end(position);
            }
            News::Nothing => {}
        }
        Ok(())
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

fn is_before(position: u64, now: u64) -> bool {
    position < now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_that_of_now_from_where_it_was_opened() {
        let are = [1, 2, 3].map(|position| is_before(position, 2));
        assert_eq!(are, [true, false, false]);
    }
}
