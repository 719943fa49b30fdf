//! The work of the relay that leads: by the table until the log is open, and then by both.
use super::{
    failed,
    health::SlotHealth,
    held::Limits,
    log::Log,
    snapshot::{COLUMNS, Snapshot},
    tail::Tail,
};
use crate::{
    Lead, Read, Stored,
    columns::NAMES,
    postgres::{SILENCE, channels, settle},
    rows,
};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row as _, Transaction};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tokio::time::{Instant, sleep_until, timeout_at};

/// How long what was published, and is not seen by who deletes it, is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// How often the table is looked at while the log is not that of now.
const LOOK: Duration = Duration::from_millis(500);

/// The log while it is being opened.
pub(super) type Opening = BoxFuture<'static, Result<Log>>;

/// A row that was published or parked before its transaction was seen as committed, since the log may bring it first.
struct Early {
    channel: String,
    id: i64,
    transaction: u32,
    /// Why it is parked.
    reason: Option<String>,
}

/// What of them is seen by now.
#[derive(Default)]
struct Seen {
    published: Vec<i64>,
    parked: Vec<(i64, String)>,
}

pub(super) struct TailLead {
    pool: PgPool,
    /// Has the lock. It reads no table, which nobody could alter then.
    lock: Transaction<'static, Postgres>,
    limits: Limits,
    opening: Option<Opening>,
    /// Just opened.
    log: Option<Log>,
    tail: Option<Tail>,
    early: Vec<Early>,
    touched: Instant,
    swept: Instant,
    told: Instant,
    failed: Option<Error>,
    is_stale: Arc<AtomicBool>,
}

impl TailLead {
    pub(super) fn new(
        pool: PgPool,
        lock: Transaction<'static, Postgres>,
        limits: Limits,
        opening: Opening,
        is_stale: Arc<AtomicBool>,
    ) -> Self {
        Self {
            pool,
            lock,
            limits,
            opening: Some(opening),
            log: None,
            tail: None,
            early: Vec::new(),
            touched: Instant::now(),
            swept: Instant::now(),
            told: Instant::now(),
            failed: None,
            is_stale,
        }
    }

    /// Begins with the log once it is open.
    async fn opened(&mut self, log: Log) -> Result<()> {
        let seen = Snapshot::now(&mut self.lock).await.map_err(failed)?;
        let there = channels(&self.pool, usize::MAX).await.map_err(failed)?;
        self.tail = Some(Tail::new(log, self.limits, seen, there));
        Ok(())
    }

    /// Whether something is to be published, or has failed.
    fn drain(&mut self) -> bool {
        let drained = self.tail.as_mut().map(Tail::drain);
        self.noted(drained.unwrap_or(Ok(false)))
    }

    fn noted(&mut self, outcome: Result<bool>) -> bool {
        outcome.unwrap_or_else(|error| {
            self.failed = Some(error);
            true
        })
    }

    /// Now and then: tells the database that this session lives, and learns what is seen by now.
    async fn touch(&mut self) -> Result<()> {
        let seen = Snapshot::now(&mut self.lock).await.map_err(failed)?;
        self.touched = Instant::now();
        if let Some(tail) = &mut self.tail {
            let there = match tail.is_behind() || self.swept.elapsed() >= self.limits.sweep {
                true => {
                    self.swept = Instant::now();
                    channels(&self.pool, usize::MAX).await.map_err(failed)?
                }
                false => Vec::new(),
            };
            tail.look_round(&seen, there);
        }
        if self.told.elapsed() > SILENCE {
            self.tell().await?;
        }
        self.settle_early(&seen).await
    }

    /// Now and then: tells how the slot stands.
    async fn tell(&mut self) -> Result<()> {
        self.told = Instant::now();
        if let Some(tail) = &self.tail {
            let slot = &tail.log.slot;
            let health = SlotHealth::of(slot, &mut *self.lock)
                .await
                .map_err(failed)?;
            if let Some(health) = health {
                health.tell();
            }
            tail.held.tell();
        }
        Ok(())
    }

    /// How long it may be until the next touch.
    fn pause(&self) -> Duration {
        if !self.early.is_empty() {
            PAUSE
        } else if self.tail.as_ref().is_none_or(Tail::is_behind) {
            LOOK
        } else {
            self.limits.sweep.min(SILENCE / 2)
        }
    }

    async fn settle_early(&mut self, seen: &Snapshot) -> Result<()> {
        let is_seen = |early: &mut Early| !seen.is_without(early.transaction);
        let mut of_channels: HashMap<String, Seen> = HashMap::new();
        for early in self.early.extract_if(.., is_seen) {
            let Seen { published, parked } = of_channels.entry(early.channel).or_default();
            match early.reason {
                None => published.push(early.id),
                Some(reason) => parked.push((early.id, reason)),
            }
        }
        for (channel, Seen { published, parked }) in of_channels {
            let settled = settle(&self.pool, &channel, &published, &parked).await;
            settled.map_err(failed)?;
        }
        Ok(())
    }

    /// Not all rows were there: what is not seen yet is deleted later.
    async fn settle_later(
        &mut self,
        channel: &str,
        published: &[i64],
        parked: &[(i64, String)],
        transactions: &HashMap<i64, u32>,
    ) -> Result<()> {
        let seen = Snapshot::now(&mut self.lock).await.map_err(failed)?;
        let again = settle(&self.pool, channel, published, parked).await;
        again.map_err(failed)?;
        let published = published.iter().map(|id| (*id, None));
        let parked = parked
            .iter()
            .map(|(id, reason)| (*id, Some(reason.clone())));
        for (id, reason) in published.chain(parked) {
            let transaction = transactions.get(&id).copied();
            if let Some(transaction) = transaction.filter(|number| seen.is_without(*number)) {
                self.early.push(Early {
                    channel: channel.to_owned(),
                    id,
                    transaction,
                    reason,
                });
            }
        }
        Ok(())
    }

    /// Rows of the table, and what was seen.
    async fn read_table(&mut self, what: Read<'_>) -> sqlx::Result<Vec<Stored>> {
        let names = NAMES.join(", ");
        let without = match what.without {
            [] => "",
            _ => " and (message_key is null or message_key <> all($3))",
        };
        let read = format!(
            "select seen.*, o.* from (select {COLUMNS}) seen (seen, position) left join lateral (select id, {names} from tidings_outbox \
             where channel = $1{without} order by id limit $2) o on true order by o.id"
        );
        let mut query = sqlx::query(AssertSqlSafe(read))
            .bind(what.channel)
            .bind(rows::limit(what.most));
        if !what.without.is_empty() {
            query = query.bind(what.without);
        }
        let mut found = query.fetch_all(&self.pool).await?;
        let first = found.first().ok_or(sqlx::Error::RowNotFound)?;
        let seen = Snapshot::read(first.try_get("seen")?, first.try_get("position")?)?;
        // Nothing stands beside what was seen, where there is no row.
        found.retain(|row| row.try_get::<i64, _>("id").is_ok());
        let is_all = found.len() < what.most && what.without.is_empty();
        let mut stored = rows::stored(&found)?;
        let early = self.early.iter();
        let early = early.filter(|early| early.channel == what.channel);
        let early: HashSet<_> = early.map(|early| early.id).collect();
        stored.retain(|row| !early.contains(&row.id));
        if let Some(tail) = &mut self.tail {
            tail.held.was_read(what.channel, seen, &stored, is_all);
        }
        Ok(stored)
    }

    /// Until then, or until something is to be published, or the log is open.
    async fn news(&mut self, until: Instant) {
        if let Some(opening) = &mut self.opening {
            tokio::select! {
                opened = opening => {
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

impl Lead for TailLead {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            if let Some(log) = self.log.take() {
                self.opened(log).await?;
            }
            self.drain();
            if let Some(error) = self.failed.take() {
                // The next makes the slot anew.
                let is_unreadable = error.kind() == ErrorKind::Invalid;
                self.is_stale.fetch_or(is_unreadable, Relaxed);
                return Err(error);
            }
            if self.touched.elapsed() >= self.pause() {
                self.touch().await?;
            }
            match &self.tail {
                Some(tail) => {
                    tail.let_go();
                    Ok(tail.held.channels(most))
                }
                None => channels(&self.pool, most).await.map_err(failed),
            }
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let tail = self.tail.as_mut();
            let rows = tail.and_then(|tail| tail.held.read(what.channel, what.without, what.most));
            match rows {
                Some(rows) => Ok(rows),
                None => self.read_table(what).await.map_err(failed),
            }
        })
    }

    fn settle<'a>(
        &'a mut self,
        channel: &'a str,
        published: &'a [i64],
        parked: &'a [(i64, String)],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let settled = settle(&self.pool, channel, published, parked).await;
            let gone = settled.map_err(failed)?;
            let Some(tail) = &mut self.tail else {
                return Ok(());
            };
            let ids = published.iter().chain(parked.iter().map(|(id, _)| id));
            let ids: HashSet<_> = ids.copied().collect();
            let transactions = tail.held.settled(channel, &ids);
            tail.let_go();
            match gone < ids.len() {
                true => {
                    self.settle_later(channel, published, parked, &transactions)
                        .await
                }
                false => Ok(()),
            }
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
