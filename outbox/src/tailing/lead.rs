//! The work of the relay that leads: by the table until the log is open, and then by both.
use super::{
    Tailing,
    early::Early,
    failed,
    health::SlotHealth,
    held::{Held, Limits},
    log::Log,
    slot,
    snapshot::Snapshot,
    table,
    tail::Tail,
};
use crate::{
    Lead, Read, Refused, Stored,
    postgres::{Lent, SILENCE, WORD, channels, leading, settle, settle_by, settling},
};
use sqlx::{Postgres, Transaction};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};
use tidings::{Backoff, BoxFuture, Error, ErrorKind, MessageId, Result};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout_at},
};

/// How long what was published, and is not seen by who deletes it, is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// How often the table is looked at while the log is not that of now.
const LOOK: Duration = Duration::from_millis(500);

/// The shortest and the longest pause before the log is opened again.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// How often it is told that there is no log.
const TOLD: Duration = Duration::from_secs(300);

/// The log while it is being opened: by a task of its own, since it and what reads the table wait for the same pool, each for the other.
struct Opening(JoinSet<Result<Log>>);

impl Opening {
    fn begin(opens: impl Future<Output = Result<Log>> + Send + 'static) -> Self {
        let mut task = JoinSet::new();
        task.spawn(opens);
        Self(task)
    }

    /// Cancel-safe.
    async fn done(&mut self) -> Result<Log> {
        let ended = || Error::new(ErrorKind::Unexpected, "tail", "it was not opened");
        let done = self.0.join_next().await;
        done.and_then(std::result::Result::ok).ok_or_else(ended)?
    }
}

pub(super) struct TailLead {
    lent: Lent,
    /// Has the lock. It keeps no table locked, which nobody could alter then.
    lock: Transaction<'static, Postgres>,
    limits: Limits,
    opening: Option<Opening>,
    /// Just opened.
    log: Option<Log>,
    tail: Option<Tail>,
    early: Early,
    touched: Instant,
    swept: Instant,
    told: Instant,
    /// Its name, and how it stood then.
    slot: Option<String>,
    health: Option<SlotHealth>,
    failed: Option<Error>,
    tailing: Tailing,
    /// How often the log could not be read since it was for long, and when that was told.
    failures: u32,
    warned: Option<Instant>,
    opened: Instant,
}

impl TailLead {
    pub(super) fn new(tailing: Tailing, lock: Transaction<'static, Postgres>) -> Self {
        Self {
            lent: Lent::new(tailing.pool.clone()),
            lock,
            limits: tailing.limits(),
            opening: Some(Opening::begin(tailing.clone().open())),
            log: None,
            tail: None,
            early: Early::default(),
            touched: Instant::now(),
            swept: Instant::now(),
            told: Instant::now(),
            slot: None,
            health: None,
            failed: None,
            tailing,
            failures: 0,
            warned: None,
            opened: Instant::now(),
        }
    }

    /// Begins with the log once it is open.
    async fn opened(&mut self, log: Log) -> Result<()> {
        let seen = Snapshot::now(&mut self.lock).await.map_err(failed)?;
        let there = self.all_channels().await?;
        self.tail = Some(Tail::new(log, self.limits, seen, there));
        self.opened = Instant::now();
        Ok(())
    }

    /// Goes on by the table, which is what counts, and opens the log again after a while. What somebody has to mend first is an error.
    fn without_log(&mut self, error: Error) -> Result<()> {
        // The next makes the slot anew.
        let is_unreadable = error.kind() == ErrorKind::Invalid;
        self.tailing.is_stale.fetch_or(is_unreadable, Relaxed);
        if matches!(
            error.kind(),
            ErrorKind::Conflict | ErrorKind::NotFound | ErrorKind::Closed
        ) {
            return Err(error);
        }
        let [first, longest] = AGAIN;
        if self.tail.take().is_some() {
            Held::hide();
            if is_over(self.opened, longest) {
                self.failures = 0;
            }
        }
        if self.warned.is_none_or(|warned| is_over(warned, TOLD)) {
            self.warned = Some(Instant::now());
            tracing::warn!(%error, "the log cannot be read; the table is, and the log is tried again");
        }
        self.failures = self.failures.saturating_add(1);
        let pause = Backoff::new(first, longest).pause(self.failures);
        let tailing = self.tailing.clone();
        self.opening = Some(Opening::begin(async move {
            sleep(pause).await;
            tailing.open().await
        }));
        Ok(())
    }

    /// All that the table has rows of.
    async fn all_channels(&mut self) -> Result<Vec<String>> {
        let all = channels(&mut self.lock, usize::MAX).await;
        all.map_err(failed)
    }

    /// Whether something is to be published, or has failed.
    fn drain(&mut self) -> bool {
        let drained = self.tail.as_mut().map(Tail::drain);
        self.noted(drained.unwrap_or(Ok(false)))
    }

    /// What fails after that has failed does not say why.
    fn noted(&mut self, outcome: Result<bool>) -> bool {
        outcome.unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            true
        })
    }

    /// Now and then: tells the database that this session lives, and learns what is seen by now.
    async fn touch(&mut self) -> Result<()> {
        self.settle_early().await?;
        let seen = Snapshot::now(&mut self.lock).await.map_err(failed)?;
        self.touched = Instant::now();
        if let Some(tail) = &self.tail
            && table::number(&mut self.lock).await.map_err(failed)? != Some(tail.log.table)
        {
            let reason = "the table was made anew, of which the log is not told yet";
            return self.without_log(Error::new(ErrorKind::Unexpected, "tail", reason));
        }
        let is_behind = self.tail.as_ref().map(Tail::is_behind);
        let there = match is_behind {
            Some(is_behind) if is_behind || is_over(self.swept, self.limits.sweep) => {
                self.swept = Instant::now();
                self.all_channels().await?
            }
            _ => Vec::new(),
        };
        if let Some(tail) = &mut self.tail {
            tail.look_round(&seen, there);
        }
        if is_over(self.told, SILENCE) {
            self.tell().await?;
        }
        Ok(())
    }

    /// Deletes what is seen by now, whoever leads: the next would publish it again.
    async fn settle_early(&mut self) -> Result<()> {
        if self.early.is_empty() {
            self.lent.give_back();
            return Ok(());
        }
        let settled = async {
            let by = self.lent.get().await?;
            let seen = Snapshot::now(by).await?;
            self.early.settle(by, &seen).await
        };
        let settled = settling(&mut self.lock, settled).await;
        self.lent.done(settled).map_err(failed)
    }

    /// Now and then: tells how the slot stands, also while the log cannot be read, which the server keeps; and learns whether the
    /// log tells of the table still, which from PostgreSQL 18 on it does not say itself.
    async fn tell(&mut self) -> Result<()> {
        self.told = Instant::now();
        if let Some(tail) = &self.tail {
            self.slot = Some(tail.log.slot.clone());
            tail.held.tell();
        }
        if let Some(slot) = &self.slot {
            // By another session than the one that has the lock, which is to keep no table locked.
            let asked = async { SlotHealth::of(slot, self.lent.get().await?).await };
            let health = leading(&mut self.lock, asked).await;
            let health = self.lent.done(health).map_err(failed)?;
            self.health = health.or(self.health.take());
        }
        if let Some(health) = &self.health {
            health.tell();
        }
        match self.is_told().await.map_err(failed)? {
            true => Ok(()),
            false => {
                let reason =
                    "the publication is without the table, so that the log tells nothing of it";
                self.without_log(Error::new(ErrorKind::Unexpected, "tail", reason))
            }
        }
    }

    /// Whether the log, where there is one, tells of the table.
    async fn is_told(&mut self) -> sqlx::Result<bool> {
        let Some(tail) = &self.tail else {
            return Ok(true);
        };
        let publication = &tail.log.publication;
        let asked = async { slot::tells(self.lent.get().await?, publication).await };
        let asked = leading(&mut self.lock, asked).await;
        self.lent.done(asked)
    }

    /// How long it may be until the next touch.
    fn pause(&self) -> Duration {
        let is_behind = self.tail.as_ref().is_none_or(Tail::is_behind);
        pause(!self.early.is_empty(), is_behind, self.limits.sweep)
    }

    /// Rows of the table. What is in there, but done, is left out.
    async fn read_table(&mut self, what: Read<'_>) -> sqlx::Result<Vec<Stored>> {
        let seen = async { table::read(self.lent.get().await?, what).await };
        let seen = leading(&mut self.lock, seen).await;
        let mut seen = self.lent.done(seen)?;
        self.early.leave_out(what.channel, &mut seen.rows);
        if let Some(tail) = &mut self.tail {
            let held = &mut tail.held;
            held.was_read(what.channel, seen.snapshot, &seen.rows, seen.is_all);
        }
        Ok(seen.rows)
    }

    /// Until then, or until something is to be published, or the log is open.
    async fn news(&mut self, until: Instant) {
        if let Some(opening) = &mut self.opening {
            tokio::select! {
                opened = opening.done() => {
                    self.opening = None;
                    match opened {
                        Ok(log) => self.log = Some(log),
                        Err(error) => self.failed = Some(error),
                    }
                }
                () = sleep_until(until) => {}
            }
            return;
        }
        while self.failed.is_none() && !self.drain() {
            let Some(tail) = &mut self.tail else {
                return;
            };
            let Ok(outcome) = timeout_at(until, tail.next()).await else {
                return;
            };
            if self.noted(outcome) {
                self.drain();
                return;
            }
        }
    }
}

/// Whether that time is over since then.
fn is_over(since: Instant, time: Duration) -> bool {
    since.elapsed() >= time
}

/// How long it may be until the next touch, by whether something waits to be seen, whether the log is behind or not there, and how often all are looked at.
fn pause(waits: bool, is_behind: bool, sweep: Duration) -> Duration {
    if waits {
        PAUSE
    } else if is_behind {
        LOOK
    } else {
        sweep.min(WORD)
    }
}

/// Another leads, or nobody.
impl Drop for TailLead {
    fn drop(&mut self) {
        Held::hide();
        if let Some(health) = &self.health {
            health.hide();
        }
    }
}

impl Lead for TailLead {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            if let Some(log) = self.log.take() {
                self.opened(log).await?;
            }
            self.drain();
            if let Some(error) = self.failed.take() {
                self.without_log(error)?;
            }
            if is_over(self.touched, self.pause()) {
                self.touch().await?;
            }
            match &self.tail {
                Some(tail) => {
                    tail.let_go();
                    Ok(tail.held.channels(most))
                }
                None => {
                    let channels = channels(&mut self.lock, most).await;
                    channels.map_err(failed)
                }
            }
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            // What stood still may have lost the lead meanwhile.
            if is_over(self.touched, WORD) {
                let asked = leading(&mut self.lock, async { Ok(()) });
                asked.await.map_err(failed)?;
            }
            let tail = self.tail.as_mut();
            let rows = tail.and_then(|tail| tail.held.read(what));
            match rows {
                Some(rows) => Ok(rows),
                None => self.read_table(what).await.map_err(failed),
            }
        })
    }

    fn settle<'a>(
        &'a mut self,
        channel: &'a str,
        published: &'a [(i64, MessageId)],
        parked: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let settled = settle_by(&mut self.lent, &mut self.lock, channel, published, parked);
            let settled = match &mut self.tail {
                Some(tail) => tail.meanwhile(settled, &mut self.failed).await,
                None => settled.await,
            };
            let gone = settled.map_err(failed)?;
            let Some(tail) = &mut self.tail else {
                return Ok(());
            };
            let ids = published.iter().map(|(id, _)| *id);
            let ids: Vec<_> = ids.chain(parked.iter().map(|row| row.id)).collect();
            let transactions = tail.held.settled(channel, &ids);
            tail.let_go();
            if gone < ids.len() {
                // Again, so that it is known what was seen before; whoever leads by now.
                let again = async {
                    let by = self.lent.get().await?;
                    let seen = Snapshot::now(by).await?;
                    settle(by, channel, published, parked).await?;
                    Ok(seen)
                };
                let again = settling(&mut self.lock, again).await;
                let seen = self.lent.done(again).map_err(failed)?;
                self.early
                    .keep(channel, published, parked, &transactions, &seen);
            }
            Ok(())
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let until = Instant::now() + at_most;
            let until = until.min(self.touched + self.pause());
            let due = self.tail.as_ref().and_then(|tail| tail.held.due());
            let until = due.map_or(until, |due| due.min(until));
            self.news(until).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_time_is_over_when_it_has_passed() {
        let (since, second) = (Instant::now(), Duration::from_secs(1));
        assert!(!is_over(since, second));
        tokio::time::advance(second).await;
        assert!(is_over(since, second));
        tokio::time::advance(second).await;
        assert!(is_over(since, second));
    }

    #[test]
    fn the_table_is_looked_at_as_often_as_it_may_have_news_and_before_the_database_gives_up() {
        let minute = Duration::from_secs(60);
        let [waits, behind] = [(true, false), (false, true)].map(|(a, b)| pause(a, b, minute));
        assert_eq!(pause(true, true, minute), waits);
        let idle = pause(false, false, minute);
        assert!(waits < behind && behind < idle && idle < SILENCE);
        assert!(waits >= Duration::from_millis(50), "it is no busy loop");
        let second = Duration::from_secs(1);
        assert_eq!(pause(false, false, second), second);
    }
}
