//! The work of the relay that leads and reads the log.
use super::{
    held::{Held, Limits},
    log::{Log, News},
    snapshot::{COLUMNS, Snapshot},
};
use crate::{
    Lead, Read, Stored,
    columns::NAMES,
    fault,
    postgres::{PostgresLead, SILENCE, settle},
    rows,
};
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tidings::{BoxFuture, Error, Result};
use tokio::time::{Instant, timeout_at};

/// Most changes that are taken from the log before others have their turn.
const MOST_NEWS: usize = 10_000;

/// How long what was published, and is not seen by who deletes it, is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// A row that was published or parked before its transaction was seen as committed, which the log may bring first.
struct Early {
    channel: String,
    id: i64,
    transaction: u32,
    /// Why it is parked.
    reason: Option<String>,
}

pub(super) struct TailLead {
    pool: PgPool,
    /// Has the lock, and reads the table.
    table: PostgresLead,
    log: Log,
    held: Held,
    early: Vec<Early>,
    /// Up to where the log was read.
    position: u64,
    /// From where on the log is that of now: until then the table is looked at too.
    now: u64,
    touched: Instant,
    failed: Option<Error>,
}

fn failed(error: sqlx::Error) -> Error {
    fault::of("tail", error)
}

impl TailLead {
    pub(super) async fn new(
        pool: PgPool,
        mut table: PostgresLead,
        log: Log,
        limits: Limits,
    ) -> Result<Self> {
        let seen = Snapshot::now(table.connection()).await.map_err(failed)?;
        let channels = table.found(usize::MAX).await.map_err(failed)?;
        Ok(Self {
            pool,
            table,
            log,
            position: 0,
            now: seen.position,
            held: Held::new(limits, seen, channels),
            early: Vec::new(),
            touched: Instant::now(),
            failed: None,
        })
    }

    /// Takes what came; says whether there is something to publish.
    fn take(&mut self, news: Result<News>) -> bool {
        match news {
            Ok(News::Row(found, layout, row, transaction)) => {
                self.held.came(found, &layout, row, transaction)
            }
            Ok(News::Upto(position)) => {
                self.position = self.position.max(position);
                self.held.progress.end(position);
                false
            }
            Ok(News::Nothing) => false,
            Err(error) => {
                self.failed = Some(error);
                true
            }
        }
    }

    /// Takes what has come; says whether there is something to publish.
    fn drain(&mut self) -> bool {
        let mut has_some = false;
        for _ in 0..MOST_NEWS {
            match self.log.ready() {
                Some(news) if self.failed.is_none() => has_some |= self.take(news),
                _ => break,
            }
        }
        has_some
    }

    /// Now and then: tells the database that this session lives, and learns what is seen by now.
    async fn touch(&mut self) -> Result<()> {
        let seen = Snapshot::now(self.table.connection())
            .await
            .map_err(failed)?;
        self.touched = Instant::now();
        self.held.leave_late();
        self.held.passed(self.position, &seen);
        if self.position < self.now {
            for channel in self.table.found(usize::MAX).await.map_err(failed)? {
                self.held.leave(channel);
            }
        }
        self.settle_early(&seen).await
    }

    /// How long it may be until the next touch.
    fn pause(&self) -> Duration {
        let is_in_haste = !self.early.is_empty() || self.position < self.now;
        if is_in_haste { PAUSE } else { SILENCE / 2 }
    }

    async fn settle_early(&mut self, seen: &Snapshot) -> Result<()> {
        let is_seen = |early: &mut Early| !seen.is_without(early.transaction);
        for early in self.early.extract_if(.., is_seen) {
            let (published, parked) = match early.reason {
                None => (vec![early.id], vec![]),
                Some(reason) => (vec![], vec![(early.id, reason)]),
            };
            let settled = settle(&self.pool, &early.channel, &published, &parked).await;
            settled.map_err(failed)?;
        }
        Ok(())
    }

    /// What was published came before the database showed it to others: what is not seen yet is deleted later.
    async fn settle_again(
        &mut self,
        channel: &str,
        published: &[i64],
        parked: &[(i64, String)],
        transactions: &HashMap<i64, u32>,
    ) -> Result<()> {
        let seen = Snapshot::now(self.table.connection())
            .await
            .map_err(failed)?;
        settle(&self.pool, channel, published, parked)
            .await
            .map_err(failed)?;
        let published = published.iter().map(|id| (*id, None));
        let parked = parked
            .iter()
            .map(|(id, reason)| (*id, Some(reason.clone())));
        for (id, reason) in published.chain(parked) {
            let transaction = transactions.get(&id).copied();
            if let Some(transaction) =
                transaction.filter(|transaction| seen.is_without(*transaction))
            {
                let channel = channel.to_owned();
                self.early.push(Early {
                    channel,
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
        let mut found = query.fetch_all(self.table.connection()).await?;
        let first = found.first().ok_or(sqlx::Error::RowNotFound)?;
        let seen = Snapshot::read(first.try_get("seen")?, first.try_get("position")?)?;
        found.retain(|row| row.try_get::<i64, _>("id").is_ok());
        let is_all = found.len() < what.most && what.without.is_empty();
        let mut stored = rows::stored(&found)?;
        let early = self
            .early
            .iter()
            .filter(|early| early.channel == what.channel);
        let early: HashSet<_> = early.map(|early| early.id).collect();
        stored.retain(|row| !early.contains(&row.id));
        self.held.was_read(what.channel, seen, &stored, is_all);
        Ok(stored)
    }
}

impl Lead for TailLead {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            self.drain();
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if self.touched.elapsed() >= self.pause() {
                self.touch().await?;
            }
            self.log.let_go(self.held.progress.position());
            Ok(self.held.channels(most))
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            match self.held.read(what.channel, what.without, what.most) {
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
            let ids = published.iter().chain(parked.iter().map(|(id, _)| id));
            let ids: HashSet<_> = ids.copied().collect();
            let transactions = self.held.settled(channel, &ids);
            if gone < ids.len() {
                self.settle_again(channel, published, parked, &transactions)
                    .await?;
            }
            self.log.let_go(self.held.progress.position());
            Ok(())
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let until = Instant::now() + at_most;
            let until = until.min(self.touched + self.pause());
            let until = self.held.due().map_or(until, |due| due.min(until));
            while self.failed.is_none() && !self.drain() {
                let Ok(news) = timeout_at(until, self.log.next()).await else {
                    return;
                };
                if self.take(news) {
                    self.drain();
                    return;
                }
            }
        })
    }
}
