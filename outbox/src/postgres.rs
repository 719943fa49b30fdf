//! The outbox in PostgreSQL.
use crate::{
    Lead, Parked, Read, Store, Stored, Waiting, Writer,
    arrays::{self, Array},
    columns::{Columns, NAMES, milliseconds},
    fault, inbox,
    rows::{self, count, limit},
    transacting::transacting,
};
use hearing::Hearing;
use looks::Looks;
use sqlx::{
    AssertSqlSafe, PgConnection, PgExecutor, PgPool, Postgres, Transaction, postgres::PgArguments,
    query::Query,
};
use std::time::{Duration, SystemTime};
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tokio::{
    join,
    sync::Notify,
    time::{Instant, sleep, timeout},
    try_join,
};

mod hearing;
mod looks;
mod one;

/// The advisory lock of the relay that leads, `tidg` in ASCII, to which the number of the schema is added: locks are the database's, and
/// each of its schemas may have an outbox.
const LOCK: i64 = 0x7469_6467 << 32;

/// How long the database waits for a word of a relay that leads before it ends its session, as of one whose machine is gone.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// Begins a transaction whose statements each see what was committed until then, whatever the usual is.
const READ_COMMITTED: &str = "begin isolation level read committed";

/// With more rows than these at a time, looking finds the next without being told.
const MANY: usize = 50;

impl Writer for PgConnection {
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
            let noted = sqlx::query(arrays::NOTE)
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

fn insert(rows: &[Columns]) -> Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(arrays::insert()));
    let arrays = arrays::of(rows).into_iter();
    arrays.fold(query, |query, array| match array {
        Array::Texts(texts) => query.bind(texts),
        Array::Times(times) => query.bind(times),
        Array::Bytes(bytes) => query.bind(bytes),
    })
}

/// An outbox in PostgreSQL. The relay that leads holds an advisory lock within a transaction that stays open and changes nothing,
/// so that a pooler keeps its connection; behind one that lends them by the transaction nobody tells that messages were committed, and
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
    pub(crate) async fn take(&self) -> Result<Option<Transaction<'static, Postgres>>> {
        let taken = self.taken().await;
        match taken.map_err(|error| fault::of("lead", error))? {
            (held, Some(is_ours)) => Ok(is_ours.then_some(held)),
            (_, None) => Err(only_a_copy()),
        }
    }

    /// Whether the lock was to be had; none where nothing can be deleted.
    async fn taken(&self) -> sqlx::Result<(Transaction<'static, Postgres>, Option<bool>)> {
        let mut held = self.pool.begin().await?;
        // Each statement is to see what was committed until then, whatever the usual is here. What ends long transactions (PostgreSQL 17)
        // is not meant for this one, which has no snapshot between its statements.
        let manner = format!(
            "set transaction isolation level read committed; set local idle_in_transaction_session_timeout = {}; \
             select set_config(name, '0', true) from pg_settings where name = 'transaction_timeout'",
            SILENCE.as_millis()
        );
        sqlx::raw_sql(AssertSqlSafe(manner))
            .execute(&mut *held)
            .await?;
        let is_ours = sqlx::query_scalar(
            "select case when not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' \
             then pg_try_advisory_xact_lock($1 + relnamespace::int8) end from pg_class where oid = 'tidings_outbox'::regclass",
        )
        .bind(LOCK)
        .fetch_one(&mut *held)
        .await?;
        Ok((held, is_ours))
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
            settled.map_err(failed)?;
            let waits = "update tidings_outbox_relay set waits = waits where false";
            let updated = sqlx::query(waits).execute(&self.pool).await;
            updated.map(drop).map_err(failed)
        })
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        Box::pin(async {
            let Some(mut held) = self.take().await? else {
                return Ok(None);
            };
            // Of one that has ended, whoever asked for it.
            let quiet = leading(&mut held, quiet(&self.pool)).await;
            quiet.map_err(|error| fault::of("lead", error))?;
            let lead = PostgresLead {
                pool: self.pool.clone(),
                held,
                hearing: Hearing::default(),
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
            let replayed = sqlx::query(AssertSqlSafe(replay)).bind(ids);
            let replayed = async {
                let mut transaction = self.pool.begin_with(READ_COMMITTED).await?;
                let replayed = replayed.execute(&mut *transaction).await?;
                transaction.commit().await?;
                sqlx::Result::Ok(replayed)
            };
            let replayed = replayed.await;
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
                "select count(*) as found, min(greatest(created_ms, not_before_ms)) as oldest_ms, (select count(*) from (select 1 from \
                 tidings_outbox_parked limit $1) p) as parked from (select created_ms, not_before_ms from tidings_outbox limit $1) o",
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
            let forgotten = forgotten(&self.pool, consumer, keep).await;
            forgotten.map_err(|error| fault::of("forget", error))
        })
    }
}

/// In steps, each of which is kept.
async fn forgotten(pool: &PgPool, consumer: &str, keep: Duration) -> sqlx::Result<usize> {
    let last: Option<i64> = sqlx::query_scalar(
        "select least(max(received_ms), (extract(epoch from now()) * 1000)::bigint) from tidings_received where consumer = $1 \
         having count(*) > 0",
    )
    .bind(consumer)
    .fetch_optional(pool)
    .await?;
    let (before, mut gone) = (inbox::before(last, keep), 0);
    loop {
        let deleted = sqlx::query(
            // An array goes by the key, whatever is known of the table.
            "delete from tidings_received where consumer = $1 and message_id = any(array(select message_id from tidings_received \
             where consumer = $1 and received_ms < $2 order by received_ms limit $3))",
        )
        .bind(consumer)
        .bind(before)
        .bind(limit(inbox::STEP))
        .execute(pool)
        .await?;
        let deleted = count(deleted.rows_affected());
        gone += deleted;
        if deleted < inbox::STEP {
            return Ok(gone);
        }
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

/// What is deleted of a copy comes again from its original.
fn only_a_copy() -> Error {
    let reason = "the server, or what is usual for the user's transactions, is read-only, as copies are; let the relay connect to the one \
                  that is written to";
    Error::new(ErrorKind::ConnectionLost, "lead", reason)
}

/// Writers need tell nobody.
pub(crate) async fn quiet(pool: &PgPool) -> sqlx::Result<()> {
    let quiet = sqlx::query("update tidings_outbox_relay set waits = false where waits");
    quiet.execute(pool).await.map(drop)
}

/// What is done with the lead, whatever time it takes: the database hears meanwhile that the session which has the lock lives, and is
/// asked at its beginning. An error, where it does not.
pub(crate) async fn leading<T>(
    held: &mut PgConnection,
    done: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    let is_done = Notify::new();
    let ((), done) = try_join!(lives(held, &is_done), telling(done, &is_done))?;
    Ok(done)
}

/// The same of what is right whoever leads: what was published is deleted once that has begun.
pub(crate) async fn settling<T>(
    held: &mut PgConnection,
    done: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    let is_done = Notify::new();
    let (_, done) = join!(lives(held, &is_done), telling(done, &is_done));
    done
}

async fn lives(held: &mut PgConnection, is_done: &Notify) -> sqlx::Result<()> {
    loop {
        sqlx::query("select 1").execute(&mut *held).await?;
        if timeout(SILENCE / 2, is_done.notified()).await.is_ok() {
            return Ok(());
        }
    }
}

async fn telling<T>(done: impl Future<Output = T>, is_done: &Notify) -> T {
    let done = done.await;
    is_done.notify_one();
    done
}

struct PostgresLead {
    pool: PgPool,
    /// Its transaction has the lock. It reads no table, which nobody could alter then; it is asked beside whatever is done, so that a
    /// lock that was lost is noticed.
    held: Transaction<'static, Postgres>,
    hearing: Hearing,
    /// Whether writers are to tell.
    is_waiting: bool,
    looks: Looks,
}

impl PostgresLead {
    /// Hears what is told, where it does not and could again.
    async fn hear(&mut self) -> sqlx::Result<()> {
        if self.hearing.is_due() {
            let begun = async {
                self.hearing.begin(&self.pool).await;
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
            return leading(&mut self.held, looks::news(&self.pool, known, most)).await;
        }
        let found = leading(&mut self.held, channels(&self.pool, most)).await?;
        let now = Instant::now();
        self.looks.looked(&found, now - begun, now);
        Ok(found)
    }

    async fn set_waiting(&mut self, waits: bool) -> sqlx::Result<()> {
        if self.is_waiting != waits {
            let told = sqlx::query("update tidings_outbox_relay set waits = $1").bind(waits);
            leading(&mut self.held, told.execute(&self.pool)).await?;
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
            if !found.is_empty() {
                return Ok(found);
            }
            self.hear().await.map_err(failed)?;
            let hears = self.hearing.listener.is_some();
            if self.is_waiting == hears {
                return Ok(found);
            }
            self.set_waiting(hears).await.map_err(failed)?;
            self.look(most).await.map_err(failed)
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let names = NAMES.join(", ");
            let without = match what.without {
                [] if what.until_ms.is_none() => "",
                _ => " and (message_key is null or message_key <> all($4))",
            };
            let until = match what.until_ms {
                None => "",
                Some(_) => " and (not_before_ms is null or not_before_ms <= $5)",
            };
            let read = format!(
                "select id, {names} from tidings_outbox where channel = $1 and id > $3{without}{until} order by id limit $2"
            );
            let begun = Instant::now();
            let above = self.looks.above(what.channel, begun);
            let mut query = sqlx::query(AssertSqlSafe(read))
                .bind(what.channel)
                .bind(limit(what.most))
                .bind(above);
            if !what.without.is_empty() || what.until_ms.is_some() {
                query = query.bind(what.without);
            }
            if let Some(until) = what.until_ms {
                query = query.bind(until);
            }
            let stored = rows::stored(query.fetch(&self.pool), what.bytes);
            let stored = leading(&mut self.held, stored).await;
            let stored = stored.map_err(|error| fault::of("read", error))?;
            let is_all = what.without.is_empty() && what.until_ms.is_none();
            let now = Instant::now();
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
            let settle = settle(&self.pool, channel, published, parked);
            let settled = settling(&mut self.held, settle).await;
            settled
                .map(drop)
                .map_err(|error| fault::of("settle", error))
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Before the database takes this session for one of a machine that is gone.
            let at_most = at_most.min(SILENCE / 2);
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

/// What was published may be deleted again after a crash, since it is published again then: nobody waits for the disk. A relay whose
/// machine vanishes before it commits holds its rows no longer than it leads. Gives how many rows were there.
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
        match done.bind(channel).bind(published).execute(pool).await {
            // Where that is usual, rows are not to have changed since it began.
            Err(error) if fault::is(&error, "40001") => {}
            done => return Ok(count(done?.rows_affected())),
        }
    }
    let mut gone = 0;
    let mut transaction = pool.begin_with(READ_COMMITTED).await?;
    let manner = format!(
        "set local idle_in_transaction_session_timeout = {}",
        SILENCE.as_millis()
    );
    sqlx::raw_sql(AssertSqlSafe(manner))
        .execute(&mut *transaction)
        .await?;
    let names = NAMES.join(", ");
    let park = format!(
        "with gone as (delete from tidings_outbox where channel = $1 and id = $2 returning *) \
         insert into tidings_outbox_parked (id, {names}, parked_ms, reason) select case when exists (select from tidings_outbox_parked p \
         where p.id = gone.id) then (select max(p.id) + 1 from tidings_outbox_parked p) else gone.id end, {names}, $3, $4 from gone"
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

// After an error a commit rolls back without a word, and without a transaction it does nothing. Another begins for `sqlx` to end.
transacting!(
    Postgres,
    PostgresStore,
    "begin",
    false,
    None,
    Some("savepoint tidings; commit; begin"),
    None
);
