//! The relay that leads.
use super::{
    hearing::Hearing,
    lent::Lent,
    lock::{WORD, leading},
    looks::{self, Looks, Reading, channels},
    settle::settle_by,
    skipping::{BEGINNING, Writers},
    tell,
};
use crate::{
    Lead, Read, Refused, Stored,
    columns::NAMES,
    fault,
    rows::{self, limit},
};
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row as _, Transaction, postgres::PgRow};
use std::time::Duration;
use tidings::{BoxFuture, MessageId, Result};
use tokio::time::{Instant, sleep, timeout};

/// With more rows than these at a time, and for longer than that, looking finds the next without being told, which has commits take
/// turns. A pause of the machine is no such time.
const MANY: usize = 50;
const BUSY: Duration = Duration::from_millis(500);

pub(super) struct PostgresLead {
    lent: Lent,
    /// Its transaction has the lock. It keeps no table locked, which nobody could alter then; it is asked beside whatever is done, so that
    /// a lock that was lost is noticed.
    held: Transaction<'static, Postgres>,
    hearing: Hearing,
    /// Whether writers are to tell.
    is_waiting: bool,
    /// When there was nothing to do.
    rested: Instant,
    looks: Looks,
}

impl PostgresLead {
    pub(super) fn new(pool: PgPool, held: Transaction<'static, Postgres>) -> Self {
        Self {
            lent: Lent::new(pool),
            held,
            hearing: Hearing::default(),
            is_waiting: false,
            rested: Instant::now(),
            looks: Looks::default(),
        }
    }

    /// Hears what is told, where it does not and could again.
    async fn hear(&mut self) -> sqlx::Result<()> {
        if self.hearing.is_due(&self.lent.pool) {
            let begun = async {
                self.hearing.begin(&self.lent.pool).await;
                Ok(())
            };
            leading(&mut self.held, begun).await?;
        }
        Ok(())
    }

    /// The channels that have rows.
    async fn look(&mut self, most: usize) -> sqlx::Result<Vec<String>> {
        let begun = Instant::now();
        if let Some(known) = self.looks.known(begun) {
            let news = async { looks::news(self.lent.get().await?, known, most).await };
            let news = leading(&mut self.held, news).await;
            return self.lent.done(news);
        }
        let found = channels(&mut self.held, most).await?;
        let now = Instant::now();
        self.looks.looked(&found, now - begun, now);
        Ok(found)
    }

    /// The rows above a number, and how they were read.
    async fn read_above(&mut self, what: &Read<'_>, above: i64) -> Result<(Reading, Vec<Stored>)> {
        let names = NAMES.join(", ");
        let is_all = what.without.is_empty() && what.until_ms.is_none();
        let without = match is_all {
            true => "",
            false => " and (message_key is null or message_key <> all($4))",
        };
        let until = match what.until_ms {
            None => "",
            Some(_) => " and (not_before_ms is null or not_before_ms <= $5)",
        };
        // By the same statement, since the next one may see what this one did not; by the name that PostgreSQL 12 knows, too.
        let asks = self.looks.asks(what.channel);
        let writers = match asks {
            true => ", (select txid_current_snapshot()::text) as writers",
            false => "",
        };
        let read = format!(
            "select id, {names}{writers} from tidings_outbox where channel = $1 and id > $3{without}{until} order by id limit $2"
        );
        let begun = Instant::now();
        let mut query = sqlx::query(AssertSqlSafe(read))
            .bind(what.channel)
            .bind(limit(what.most))
            .bind(above);
        if !is_all {
            query = query.bind(what.without);
        }
        if let Some(until) = what.until_ms {
            query = query.bind(until);
        }
        let mut seen = None;
        let note = |row: &PgRow| {
            if asks {
                let told = || row.try_get("writers").ok().and_then(Writers::parse);
                seen = seen.take().or_else(told);
            }
        };
        let stored = async {
            let rows = query.fetch(self.lent.get().await?).inspect_ok(note);
            rows::stored(rows.boxed(), what.bytes).await
        };
        let stored = leading(&mut self.held, stored).await;
        let stored = self.lent.done(stored);
        let stored = stored.map_err(|error| fault::of("read", error))?;
        let reading = Reading {
            above,
            is_all,
            writers: seen,
            took: begun.elapsed(),
        };
        Ok((reading, stored))
    }

    async fn set_waiting(&mut self, waits: bool) -> sqlx::Result<()> {
        if self.is_waiting != waits {
            let told = async {
                sqlx::raw_sql(tell(waits))
                    .execute(self.lent.get().await?)
                    .await
            };
            let told = leading(&mut self.held, told).await;
            self.lent.done(told)?;
            self.is_waiting = waits;
        }
        Ok(())
    }
}

impl Lead for PostgresLead {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let found = self.look(most).await;
            found.map_err(|error| fault::of("read", error))
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let above = self.looks.above(what.channel, Instant::now());
            let (mut reading, mut stored) = self.read_above(&what, above).await?;
            if !self.looks.is_whole(what.channel, &reading) {
                (reading, stored) = self.read_above(&what, BEGINNING).await?;
            }
            let now = Instant::now();
            self.looks.was_read(what.channel, reading, &stored, now);
            if stored.len() > MANY && self.rested.elapsed() > BUSY {
                let told = self.set_waiting(false).await;
                told.map_err(|error| fault::of("read", error))?;
            }
            Ok(stored)
        })
    }

    fn settle<'a>(
        &'a mut self,
        channel: &'a str,
        published: &'a [(i64, MessageId)],
        parked: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let settled = settle_by(&mut self.lent, &mut self.held, channel, published, parked);
            let settled = settled.await.map(drop);
            settled.map_err(|error| fault::of("settle", error))
        })
    }

    fn rest(&mut self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move {
            let failed = |error| fault::of("read", error);
            self.rested = Instant::now();
            self.lent.rest();
            self.hear().await.map_err(failed)?;
            let hears = self.hearing.listener.is_some();
            let is_new = hears && !self.is_waiting;
            self.set_waiting(hears).await.map_err(failed)?;
            Ok(is_new)
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let at_most = at_most.min(WORD);
            match &mut self.hearing.listener {
                Some(listener) => match timeout(at_most, listener.recv()).await {
                    Ok(Ok(_)) | Err(_) => {}
                    Ok(Err(error)) => self.hearing.deaf(&error),
                },
                None => sleep(at_most).await,
            }
        })
    }
}
