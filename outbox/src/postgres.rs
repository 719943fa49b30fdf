//! The outbox in PostgreSQL.
use crate::{
    Lead, Parked, Read, Store, Stored, Waiting, Writer,
    columns::{Columns, NAMES, milliseconds},
    fault,
    rows::{self, Cell, count, limit},
    transacting::transacting,
};
use looks::Looks;
use sqlx::{
    AssertSqlSafe, PgConnection, PgExecutor, PgPool, Postgres, Transaction,
    postgres::{PgArguments, PgListener},
    query::Query,
};
use std::time::{Duration, SystemTime};
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tokio::time::{Instant, sleep, timeout};

mod looks;
mod one;

/// The advisory lock of the relay that leads: `tidings` in ASCII.
const LOCK: i64 = 0x0074_6964_696e_6773;

/// How long the database waits for a word of a relay that leads before it ends its session, as of one whose machine is gone.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// With more rows than these at a time, looking finds the next without being told.
const MANY: usize = 50;

impl Writer for PgConnection {
    /// In one statement, whose arrays are the columns.
    fn write<'a>(&'a mut self, rows: &'a [Columns]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let insert = match rows {
                [row] => one::insert(row),
                rows => insert(rows),
            };
            insert
                .execute(&mut *self)
                .await
                .map_err(|error| fault::of("append", error))?;
            Ok(())
        })
    }

    fn note<'a>(
        &'a mut self,
        consumer: &'a str,
        id: &'a str,
        received_ms: i64,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let noted = sqlx::query(
                "insert into tidings_received (consumer, message_id, received_ms) values ($1, $2, $3) on conflict do nothing",
            )
            .bind(consumer)
            .bind(id)
            .bind(received_ms)
            .execute(&mut *self)
            .await;
            let noted = noted.map_err(|error| fault::of("receive", error))?;
            Ok(noted.rows_affected() > 0)
        })
    }
}

/// A column of an array each, so that any number of rows is the same statement.
fn insert(rows: &[Columns]) -> Query<'_, Postgres, PgArguments> {
    let numbers: Vec<_> = (1..=NAMES.len())
        .map(|number| format!("${number}"))
        .collect();
    let (names, numbers) = (NAMES.join(", "), numbers.join(", "));
    let insert = format!("insert into tidings_outbox ({names}) select * from unnest({numbers})");
    let mut query = sqlx::query(AssertSqlSafe(insert));
    let text = |cell| match cell {
        Cell::Text(text) => text,
        _ => None,
    };
    let time = |cell| match cell {
        Cell::Time(time) => time,
        _ => None,
    };
    let bytes = |cell| match cell {
        Cell::Bytes(bytes) => bytes,
        _ => None,
    };
    let (any, rows) = (
        Columns::default(),
        rows.iter().map(rows::cells).collect::<Vec<_>>(),
    );
    let kinds = rows::cells(&any);
    for column in 0..NAMES.len() {
        let cells = rows.iter().map(|row| row[column]);
        query = match kinds[column] {
            Cell::Text(_) => query.bind(cells.map(text).collect::<Vec<_>>()),
            Cell::Time(_) => query.bind(cells.map(time).collect::<Vec<_>>()),
            Cell::Bytes(_) => query.bind(cells.map(bytes).collect::<Vec<_>>()),
        };
    }
    query
}

/// An outbox in PostgreSQL. The relay that leads holds an advisory lock within a transaction that stays open and changes nothing,
/// which is to work behind a pooler that lends connections by the transaction too; there nobody tells that messages were committed, and
/// they are found by looking.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    /// The outbox of the database that a pool connects to. A relay takes up to three of its connections.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The lock, for as long as the transaction stays open; none while another has it.
    pub(crate) async fn take(&self) -> sqlx::Result<Option<Transaction<'static, Postgres>>> {
        let mut held = self.pool.begin().await?;
        // Each statement is to see what was committed until then, whatever the usual is here.
        let manner = format!(
            "set transaction isolation level read committed; set local idle_in_transaction_session_timeout = {}",
            SILENCE.as_millis()
        );
        sqlx::raw_sql(AssertSqlSafe(manner))
            .execute(&mut *held)
            .await?;
        let is_ours: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut *held)
            .await?;
        Ok(is_ours.then_some(held))
    }

    async fn cache(&self) -> sqlx::Result<Option<i64>> {
        sqlx::query_scalar(
            "select seqcache from pg_sequence where seqrelid = pg_get_serial_sequence('tidings_outbox', 'id')::regclass",
        )
        .fetch_optional(&self.pool)
        .await
    }
}

impl Store for PostgresStore {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let failed = |error| fault::of("check", error);
            let version = sqlx::query_scalar("select max(version) from tidings_outbox_version")
                .fetch_one(&self.pool)
                .await
                .map_err(failed)?;
            fault::version(version)?;
            match self.cache().await.map_err(failed)? {
                Some(1) => {}
                found => return Err(unordered(found)),
            }
            // What a relay may not do, it is told before it publishes anything.
            let settled = settle(&self.pool, "", &[0], &[(0, String::new())]).await;
            settled.map(drop).map_err(failed)
        })
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        Box::pin(async {
            let taken = self.take().await;
            let Some(held) = taken.map_err(|error| fault::of("lead", error))? else {
                return Ok(None);
            };
            let lead = PostgresLead {
                pool: self.pool.clone(),
                held,
                listener: listen(&self.pool).await,
                is_waiting: false,
                looks: Looks::default(),
            };
            Ok(Some(Box::new(lead) as Box<dyn Lead>))
        })
    }

    fn parked(&self, above: i64, most: usize) -> BoxFuture<'_, Result<Vec<Parked>>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "select id, channel, message_id, reason, parked_ms from tidings_outbox_parked where id > $1 order by id limit $2",
            )
            .bind(above)
            .bind(limit(most))
            .fetch_all(&self.pool)
            .await;
            let parked = rows.and_then(|rows| rows::parked(&rows));
            parked.map_err(|error| fault::of("list", error))
        })
    }

    fn replay<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let names = NAMES.join(", ");
            let replay = format!(
                "with gone as (delete from tidings_outbox_parked where id = any($1) returning *) \
                 insert into tidings_outbox ({names}) select {names} from gone order by id"
            );
            let replayed = sqlx::query(AssertSqlSafe(replay))
                .bind(ids)
                .execute(&self.pool)
                .await;
            let replayed = replayed.map_err(|error| fault::of("replay", error))?;
            Ok(count(replayed.rows_affected()))
        })
    }

    fn discard<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let deleted = sqlx::query("delete from tidings_outbox_parked where id = any($1)")
                .bind(ids)
                .execute(&self.pool)
                .await;
            let deleted = deleted.map_err(|error| fault::of("drop", error))?;
            Ok(count(deleted.rows_affected()))
        })
    }

    fn backlog(&self) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async {
            let count: i64 = sqlx::query_scalar("select count(*) from tidings_outbox")
                .fetch_one(&self.pool)
                .await
                .map_err(|error| fault::of("backlog", error))?;
            Ok(count.unsigned_abs())
        })
    }

    fn waiting(&self, most: u64) -> BoxFuture<'_, Result<Waiting>> {
        Box::pin(async move {
            let found = sqlx::query(
                "select count(*) as found, min(created_ms) as oldest_ms, (select count(*) from (select 1 from tidings_outbox_parked \
                 limit $1) p) as parked from (select created_ms from tidings_outbox limit $1) o",
            )
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_one(&self.pool)
            .await;
            let found = found.and_then(|found| rows::waiting(&found));
            found.map_err(|error| fault::of("watch", error))
        })
    }

    /// Of sessions whose transaction has a number, which is given with the first that it writes, and of prepared transactions. When
    /// sessions of other users began is told to members of `pg_read_all_stats` only.
    fn oldest_writer(&self) -> BoxFuture<'_, Result<Option<Duration>>> {
        Box::pin(async {
            let open: Option<f64> = sqlx::query_scalar(
                "select extract(epoch from now() - min(begun))::double precision from (select xact_start as begun from pg_stat_activity \
                 where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid() union all select prepared \
                 from pg_prepared_xacts where database = current_database()) writers",
            )
            .fetch_one(&self.pool)
            .await
            .map_err(|error| fault::of("watch", error))?;
            let open = open.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)));
            Ok(open.and_then(std::result::Result::ok))
        })
    }

    fn forget<'a>(&'a self, consumer: &'a str, keep: Duration) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let forgotten = sqlx::query(
                "delete from tidings_received where consumer = $1 and received_ms < (select max(received_ms) from tidings_received where consumer = $1) - $2",
            )
            .bind(consumer)
            .bind(i64::try_from(keep.as_millis()).unwrap_or(i64::MAX))
            .execute(&self.pool)
            .await;
            let forgotten = forgotten.map_err(|error| fault::of("forget", error))?;
            Ok(count(forgotten.rows_affected()))
        })
    }
}

/// Numbers that are taken ahead, or are none of a sequence, are in no order of writing.
fn unordered(cache: Option<i64>) -> Error {
    let reason = match cache {
        Some(cache) => format!(
            "connections take {cache} ids of `tidings_outbox` ahead, which turns the order of keys round; \
             `alter table tidings_outbox alter column id set cache 1`"
        ),
        None => "the ids of `tidings_outbox` come from no sequence; make the tables by what `tidings outbox schema --db postgres` prints"
            .to_owned(),
    };
    Error::new(ErrorKind::Conflict, "check", reason)
}

/// Hears what is told; nobody does where a pooler lends its connections.
async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen("tidings_outbox").await.ok()?;
    Some(listener)
}

struct PostgresLead {
    pool: PgPool,
    /// Its transaction has the lock. It reads no table, which nobody could alter then; it is asked beside whatever is read, so that a
    /// lock that was lost is noticed.
    held: Transaction<'static, Postgres>,
    listener: Option<PgListener>,
    /// Whether writers are to tell.
    is_waiting: bool,
    looks: Looks,
}

impl PostgresLead {
    /// What is read, where this still leads.
    async fn leading<T>(&mut self, read: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
        let lives = sqlx::query("select 1").execute(&mut *self.held);
        let (lives, read) = tokio::join!(lives, read);
        lives.and(read)
    }

    /// The channels that have rows.
    async fn look(&mut self, most: usize) -> sqlx::Result<Vec<String>> {
        let (pool, begun) = (self.pool.clone(), Instant::now());
        if let Some(known) = self.looks.known(begun) {
            return self.leading(looks::news(&pool, known, most)).await;
        }
        let found = self.leading(channels(&pool, most)).await?;
        let now = Instant::now();
        self.looks.looked(&found, now - begun, now);
        Ok(found)
    }

    async fn set_waiting(&mut self, waits: bool) -> sqlx::Result<()> {
        if self.is_waiting != waits && self.listener.is_some() {
            sqlx::query("update tidings_outbox_relay set waits = $1")
                .bind(waits)
                .execute(&self.pool)
                .await?;
            self.is_waiting = waits;
        }
        Ok(())
    }
}

impl Lead for PostgresLead {
    /// Before nothing is found, writers were asked to tell.
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let failed = |error| fault::of("read", error);
            let found = self.look(most).await.map_err(failed)?;
            if !found.is_empty() || self.is_waiting || self.listener.is_none() {
                return Ok(found);
            }
            self.set_waiting(true).await.map_err(failed)?;
            self.look(most).await.map_err(failed)
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let names = NAMES.join(", ");
            let without = match what.without {
                [] => "",
                _ => " and (message_key is null or message_key <> all($4))",
            };
            let read = format!(
                "select id, {names} from tidings_outbox where channel = $1 and id > $3{without} order by id limit $2"
            );
            let begun = Instant::now();
            let above = self.looks.above(what.channel, begun);
            let mut query = sqlx::query(AssertSqlSafe(read))
                .bind(what.channel)
                .bind(limit(what.most))
                .bind(above);
            if !what.without.is_empty() {
                query = query.bind(what.without);
            }
            let pool = self.pool.clone();
            let rows = self.leading(query.fetch_all(&pool)).await;
            let rows = rows.map_err(|error| fault::of("read", error))?;
            let (now, is_all) = (Instant::now(), what.without.is_empty());
            let stored = rows::stored(&rows).map_err(|error| fault::of("read", error))?;
            self.looks
                .was_read(what.channel, above, &stored, is_all, now - begun, now);
            if stored.len() > MANY {
                let told = self.set_waiting(false).await;
                told.map_err(|error| fault::of("read", error))?;
            }
            Ok(stored)
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
            settled
                .map(drop)
                .map_err(|error| fault::of("settle", error))
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Before the database takes this session for one of a machine that is gone.
            let at_most = at_most.min(SILENCE / 2);
            match &mut self.listener {
                Some(listener) => match timeout(at_most, listener.recv()).await {
                    Ok(Ok(_)) | Err(_) => {}
                    Ok(Err(_)) => sleep(at_most).await,
                },
                None => sleep(at_most).await,
            }
        })
    }
}

/// The channels that have rows, at most so many.
pub(crate) async fn channels(by: impl PgExecutor<'_>, most: usize) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "with recursive channels (channel) as ((select channel from tidings_outbox order by channel limit 1) union all select \
             (select o.channel from tidings_outbox o where o.channel > channels.channel order by o.channel limit 1) from channels \
             where channels.channel is not null) select channel from channels where channel is not null limit $1",
    )
    .bind(limit(most))
    .fetch_all(by)
    .await
}

/// What was published may be deleted again after a crash, since it is published again then: nobody waits for the disk. Gives how many
/// rows were there.
pub(crate) async fn settle(
    pool: &PgPool,
    channel: &str,
    published: &[i64],
    parked: &[(i64, String)],
) -> sqlx::Result<usize> {
    if parked.is_empty() {
        // By one statement, which is a transaction, and by which the setting goes.
        let done = sqlx::query(
            "with quick as materialized (select set_config('synchronous_commit', 'off', true)) \
             delete from tidings_outbox using quick where channel = $1 and id = any($2)",
        );
        let done = done.bind(channel).bind(published).execute(pool).await?;
        return Ok(count(done.rows_affected()));
    }
    let mut gone = 0;
    let mut transaction = pool.begin().await?;
    let names = NAMES.join(", ");
    let park = format!(
        "with gone as (delete from tidings_outbox where channel = $1 and id = $2 returning *) \
         insert into tidings_outbox_parked (id, {names}, parked_ms, reason) select id, {names}, $3, $4 from gone"
    );
    for (id, reason) in parked {
        let done = sqlx::query(AssertSqlSafe(&*park))
            .bind(channel)
            .bind(id)
            .bind(milliseconds(SystemTime::now()))
            .bind(reason)
            .execute(&mut *transaction)
            .await?;
        gone += done.rows_affected();
    }
    let done = sqlx::query("delete from tidings_outbox where channel = $1 and id = any($2)")
        .bind(channel)
        .bind(published)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(count(gone + done.rows_affected()))
}

// After an error a commit rolls back without a word.
transacting!(
    Postgres,
    PostgresStore,
    "begin",
    false,
    None,
    Some("select 1; commit; begin")
);
