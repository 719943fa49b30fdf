//! The outbox in PostgreSQL.
use crate::{
    Lead, Parked, Refused, Store, Waiting,
    columns::NAMES,
    fault, inbox,
    reach::{self, Server},
    rows::{self, count, limit},
    transacting::transacting,
};
use lead::PostgresLead;
pub(crate) use lock::{leading, take};
pub(crate) use settle::settle;
use sqlx::{AssertSqlSafe, PgPool, Postgres};
use std::{cmp::Ordering, time::Duration};
use tidings::{BoxFuture, Error, ErrorKind, MessageId, Result};

mod hearing;
mod last;
mod lead;
mod lent;
mod lock;
mod looks;
mod many;
mod named;
mod noting;
mod one;
mod pooler;
mod settle;
mod skipping;
mod write;

// What a lead that reads the log has, too.
#[cfg(feature = "tailing")]
pub(crate) use {
    lent::Lent,
    lock::{SILENCE, WORD, settling},
    looks::channels,
    settle::settle_by,
};

/// Begins a transaction whose statements each see what was committed until then, whatever the usual is.
const READ_COMMITTED: &str = "begin isolation level read committed";

/// How many connections of its pool a relay needs at least: the one that leads, and another that reads and deletes.
const NEEDED: u32 = 2;

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

    async fn cache(&self) -> sqlx::Result<Option<i64>> {
        sqlx::query_scalar(
            "select seqcache from pg_sequence where seqrelid = pg_get_serial_sequence('tidings_outbox', 'id')::regclass",
        )
        .fetch_optional(&self.pool)
        .await
    }
}

impl Server for Postgres {
    fn place(pool: &PgPool) -> String {
        let options = pool.connect_options();
        match options.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        }
    }
}

impl Store for PostgresStore {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let failed = |error| fault::of("check", error);
            if let Some(advice) = enough(self.pool.options().get_max_connections())? {
                tracing::warn!("{advice}");
            }
            let version = sqlx::query_scalar("select max(version) from tidings_outbox_version");
            match version.fetch_one(&self.pool).await {
                Ok(version) => fault::version(version)?,
                Err(error) => return Err(reach::failed("check", &self.pool, error).await),
            }
            pooler::check(&self.pool).await?;
            match self.cache().await.map_err(failed)? {
                Some(1) => {}
                found => return Err(unordered(found)),
            }
            // What a relay may not do, it is told before it publishes anything.
            let mut connection = self.pool.acquire().await.map_err(failed)?;
            let nothing = (0, MessageId::from(""));
            let settled = settle(&mut connection, "", &[nothing], &[Refused::nothing()]).await;
            settled.map_err(failed)?;
            let waits = "update tidings_outbox_relay set waits = waits where false";
            let updated = sqlx::query(waits).execute(&mut *connection).await;
            updated.map(drop).map_err(failed)
        })
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        Box::pin(async {
            let Some(mut held) = take(&self.pool).await? else {
                return Ok(None);
            };
            // Of one that has ended, whoever asked for it.
            let quiet = leading(&mut held, quiet(&self.pool)).await;
            quiet.map_err(|error| fault::of("lead", error))?;
            let lead = PostgresLead::new(self.pool.clone(), held);
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
        "select least(received_ms, (extract(epoch from now()) * 1000)::bigint) from tidings_received where consumer = $1 \
         order by received_ms desc limit 1",
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

/// What is better otherwise of a pool with so many connections; an error where a relay would wait for itself.
fn enough(connections: u32) -> Result<Option<&'static str>> {
    match connections.cmp(&NEEDED) {
        Ordering::Greater => Ok(None),
        Ordering::Equal => Ok(Some(
            "the pool has two connections, so that the relay does not hear what writers tell, and looks now and then; it takes a third for that",
        )),
        Ordering::Less => {
            let reason = format!(
                "the pool has {connections} connection, and a relay needs {NEEDED}, and takes a third to hear what writers tell: give it a larger pool"
            );
            Err(Error::new(ErrorKind::Conflict, "check", reason))
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

/// Writers need tell nobody.
pub(crate) async fn quiet(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::raw_sql(tell(false)).execute(pool).await.map(drop)
}

/// Has writers tell, or not. They read it within their transactions, which could not be serialized with this one, were it at that level, too.
fn tell(waits: bool) -> &'static str {
    match waits {
        true => {
            "set transaction isolation level read committed; update tidings_outbox_relay set waits = true where not waits"
        }
        false => {
            "set transaction isolation level read committed; update tidings_outbox_relay set waits = false where waits"
        }
    }
}

// After an error a commit rolls back without a word, and without a transaction it does nothing.
transacting!(
    Postgres,
    PostgresStore,
    "begin",
    false,
    None,
    Some("savepoint tidings; release tidings"),
    None,
    None
);

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

    #[test]
    fn a_relay_needs_two_connections_and_takes_three() {
        let told = [1, 2, 3].map(|count| enough(count).map(|advice| advice.is_some()));
        let told = told.map(|told| told.map_err(|error| error.kind()));
        assert_eq!(told, [Err(ErrorKind::Conflict), Ok(true), Ok(false)]);
    }

    /// A pool that tries for a moment only.
    fn pool(options: PgConnectOptions) -> PgPool {
        let pool = PgPoolOptions::new().acquire_timeout(Duration::from_millis(50));
        pool.connect_lazy_with(options)
    }

    #[tokio::test]
    async fn where_nobody_answers_it_is_told_who_was_asked_and_what_that_met() {
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1");
        let store = PostgresStore::new(pool(options.port(1)));
        let met = [store.check().await.err(), store.lead().await.err()];
        for error in met.map(|error| error.expect("nobody listens")) {
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
            let text = error.to_string();
            assert!(text.contains("refused"), "{text}");
            assert!(text.ends_with("server `127.0.0.1:1`"), "{text}");
            assert!(!text.contains("pool"), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for_without_an_end() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("it listens");
        let port = silent.local_addr().expect("it has one").port();
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1");
        let store = PostgresStore::new(pool(options.port(port)));
        let error = store.check().await.expect_err("it is silent");
        let text = error.to_string();
        assert!(text.contains("nobody has answered for 5s"), "{text}");
    }

    #[tokio::test]
    async fn a_server_by_its_socket_is_called_by_its_folder() {
        let options = PgConnectOptions::new_without_pgpass().socket("/run/nobody");
        assert_eq!(Postgres::place(&pool(options)), "/run/nobody");
    }
}
