//! The outbox in MySQL and MariaDB.
use crate::{
    Lead, Parked, Refused, Store, Waiting,
    columns::NAMES,
    fault, inbox,
    reach::{self, Server},
    rows::{self, count, limit},
    transacting::transacting,
};
use sqlx::{AssertSqlSafe, MySql, MySqlPool};
use std::time::Duration;
use tidings::{BoxFuture, Error, ErrorKind, MessageId, Result};

mod lead;
#[cfg(feature = "binlog")]
mod log;
mod news;
mod write;

/// Without the feature there is none.
#[cfg(not(feature = "binlog"))]
mod log {
    #[derive(Debug, Clone)]
    pub(super) enum Address {}

    impl Address {
        pub(super) async fn try_out(&self) -> tidings::Result<()> {
            match *self {}
        }
    }

    pub(super) enum Log {}

    impl Log {
        pub(super) fn of(address: Address, _database: String) -> Self {
            match address {}
        }

        pub(super) async fn told(&self) {
            match *self {}
        }
    }
}

/// Begins a transaction that locks rows and not what is between them, where others write.
const READ_COMMITTED: &str = "set transaction isolation level read committed; start transaction";

/// An outbox in MySQL or MariaDB. The relay that leads holds a lock of the server (`get_lock`) by a connection of its own, besides
/// those of the pool. Such locks are not copied: let relays connect to the server that is written to, and all to the same of a
/// cluster.
#[derive(Debug, Clone)]
pub struct MySqlStore {
    pool: MySqlPool,
    log: Option<log::Address>,
}

impl MySqlStore {
    /// The outbox of the database that a pool connects to. A relay takes up to two connections, one of which stays open besides
    /// those of the pool.
    #[must_use]
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool, log: None }
    }

    /// The same, whose relay is told by the server's binary log what was committed, rather than look now and then: within milliseconds.
    /// By the URL of the server as `sqlx` takes it (`mysql://user:password@host:port`), whose user may replicate. All that the server
    /// writes comes by there, whichever the table.
    ///
    /// # Errors
    /// When the URL makes no sense, or asks for TLS by `ssl-mode`, which there is not so far.
    #[cfg(feature = "binlog")]
    pub fn told_by(self, url: &str) -> Result<Self> {
        let log = Some(log::Address::parse(url)?);
        Ok(Self { log, ..self })
    }

    async fn checked(&self) -> sqlx::Result<Result<()>> {
        let version = sqlx::query_scalar("select max(version) from tidings_outbox_version");
        if let Err(error) = fault::version(version.fetch_one(&self.pool).await?) {
            return Ok(Err(error));
        }
        let unsafe_table: Option<String> = sqlx::query_scalar(
            "select concat(t.table_name, '` has the engine `', t.engine) from information_schema.tables t join information_schema.engines e \
             on e.engine = t.engine where t.table_schema = database() and e.transactions <> 'YES' and t.table_name in \
             ('tidings_outbox', 'tidings_outbox_parked', 'tidings_received')",
        )
        .fetch_optional(&self.pool)
        .await?;
        if let Some(table) = unsafe_table {
            return Ok(Err(without_transactions(&table)));
        }
        // An error, where the index that is named is not there.
        let indexed = "select id from tidings_outbox force index (tidings_outbox_channels) limit 1";
        sqlx::query(indexed).execute(&self.pool).await?;
        let step: i64 = sqlx::query_scalar("select cast(@@auto_increment_increment as signed)")
            .fetch_one(&self.pool)
            .await?;
        if is_shared(step) {
            tracing::warn!(
                auto_increment_increment = step,
                "servers that share the outbox take ids of their own; let all that write to it, and all relays, use the same server"
            );
        }
        // What a relay may not do, it is told before it publishes anything.
        let begun = self.pool.begin_with(READ_COMMITTED).await;
        let nothing = (0, MessageId::from(""));
        lead::settle(begun, &[nothing], &[Refused::nothing()]).await?;
        Ok(Ok(()))
    }

    async fn replayed(&self, ids: &[i64]) -> sqlx::Result<usize> {
        let mut transaction = self.pool.begin_with(READ_COMMITTED).await?;
        // Others who replay the same wait here, and find nothing then.
        let lock = those("select it.id", "tidings_outbox_parked") + " for update";
        let found: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(lock))
            .bind(json(ids))
            .fetch_all(&mut *transaction)
            .await?;
        let names = NAMES.join(", ");
        let copy = format!("insert into tidings_outbox ({names}) select {names}");
        let copy = those(&copy, "tidings_outbox_parked") + " order by it.id";
        for statement in [copy, those("delete it", "tidings_outbox_parked")] {
            sqlx::query(AssertSqlSafe(statement))
                .bind(json(&found))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(found.len())
    }

    /// In steps, since copies of the server stand still while they do one.
    async fn forgotten(&self, consumer: &str, keep: Duration) -> sqlx::Result<usize> {
        let last: Option<i64> =
            sqlx::query_scalar("select least(max(received_ms), unix_timestamp() * 1000) from tidings_received where consumer = ?")
                .bind(consumer)
                .fetch_one(&self.pool)
                .await?;
        let before = inbox::before(last, keep);
        let mut gone = 0;
        loop {
            let mut transaction = self.pool.begin_with(READ_COMMITTED).await?;
            let deleted = sqlx::query(
                "delete from tidings_received where consumer = ? and received_ms < ? order by received_ms limit ?",
            )
            .bind(consumer)
            .bind(before)
            .bind(limit(inbox::STEP))
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            let deleted = count(deleted.rows_affected());
            gone += deleted;
            if deleted < inbox::STEP {
                return Ok(gone);
            }
        }
    }
}

impl Server for MySql {
    fn place(pool: &MySqlPool) -> String {
        let options = pool.connect_options();
        match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        }
    }
}

impl Store for MySqlStore {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            match self.checked().await {
                Ok(checked) => checked?,
                Err(error) => return Err(reach::failed("check", &self.pool, error).await),
            }
            match &self.log {
                Some(log) => log.try_out().await,
                None => Ok(()),
            }
        })
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        Box::pin(async {
            let Some(mut held) = lead::take(&self.pool).await? else {
                return Ok(None);
            };
            let database = sqlx::query_scalar("select database()").fetch_one(&mut held);
            let database: String = database.await.map_err(|error| fault::of("lead", error))?;
            let log = self.log.clone().map(|log| log::Log::of(log, database));
            let lead = lead::MySqlLead::new(held, log);
            Ok(Some(Box::new(lead) as Box<dyn Lead>))
        })
    }

    fn parked(&self, above: i64, most: usize) -> BoxFuture<'_, Result<Vec<Parked>>> {
        Box::pin(async move {
            let rows = sqlx::query(
                "select id, channel, message_id, reason, parked_ms from tidings_outbox_parked where id > ? order by id limit ?",
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
            let replayed = self.replayed(ids).await;
            replayed.map_err(|error| fault::of("replay", error))
        })
    }

    fn discard<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let delete = those("delete it", "tidings_outbox_parked");
            let deleted = sqlx::query(AssertSqlSafe(delete))
                .bind(json(ids))
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
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let found = sqlx::query(
                "select count(*) as found, min(coalesce(greatest(created_ms, not_before_ms), created_ms)) as oldest_ms, \
                 (select count(*) from (select 1 from tidings_outbox_parked order by id limit ?) p) as parked \
                 from (select created_ms, not_before_ms from tidings_outbox order by id limit ?) o",
            )
            .bind(most)
            .bind(most)
            .fetch_one(&self.pool)
            .await;
            let found = found.and_then(|found| rows::waiting(&found));
            found.map_err(|error| fault::of("watch", error))
        })
    }

    /// Of sessions that are at this database. Told to users with the privilege `PROCESS` only, in seconds.
    fn oldest_writer(&self) -> BoxFuture<'_, Result<Option<Duration>>> {
        Box::pin(async {
            let open: sqlx::Result<Option<i64>> = sqlx::query_scalar(
                "select timestampdiff(second, min(t.trx_started), convert_tz(utc_timestamp(), '+00:00', 'SYSTEM')) \
                 from information_schema.innodb_trx t join information_schema.processlist p on p.id = t.trx_mysql_thread_id \
                 where t.trx_rows_modified > 0 and p.db = database()",
            )
            .fetch_one(&self.pool)
            .await;
            oldest(open.map_err(|error| fault::of("watch", error)))
        })
    }

    fn forget<'a>(&'a self, consumer: &'a str, keep: Duration) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let forgotten = self.forgotten(consumer, keep).await;
            forgotten.map_err(|error| fault::of("forget", error))
        })
    }
}

/// None where the user may not know.
fn oldest(open: Result<Option<i64>>) -> Result<Option<Duration>> {
    match open {
        Ok(open) => Ok(open.map(|seconds| Duration::from_secs(seconds.max(0).unsigned_abs()))),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(error),
    }
}

/// A statement about the rows of a table, named `it`, whose ids are in an array of JSON. Each is found by its key and no other is
/// looked at: small tables are read as a whole unless the key is named, and for a list of ids even then, which waits for rows that
/// are being written. By a table of its own, since MySQL does not lock beside an array.
fn those(start: &str, table: &str) -> String {
    format!(
        "{start} from (select id from json_table(?, '$[*]' columns (id bigint path '$')) as numbers) as those straight_join {table} as it force index (primary) on it.id = those.id"
    )
}

/// Whether other servers take the numbers between those of this one.
fn is_shared(step: i64) -> bool {
    step != 1
}

fn json(ids: &[i64]) -> String {
    format!("{ids:?}")
}

/// There what was rolled back would be published.
fn without_transactions(table: &str) -> Error {
    let reason =
        format!("`{table}`, which has no transactions; `alter table NAME engine = InnoDB`");
    Error::new(ErrorKind::Conflict, "check", reason)
}

// A deadlock ends the whole transaction, and takes the mark with it, as a statement does that commits by itself. What a handler writes
// after passing that over would be committed alone, at once, if the session did not begin another transaction with it.
transacting!(
    MySql,
    MySqlStore,
    "start transaction",
    false,
    Some("set @tidings_autocommit = @@autocommit, autocommit = 0; savepoint tidings"),
    None,
    Some("release savepoint tidings; commit; set autocommit = coalesce(@tidings_autocommit, 1)"),
    Some("rollback; set autocommit = coalesce(@tidings_autocommit, 1)")
);

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};

    #[test]
    fn who_may_not_know_how_old_writers_are_goes_on_without() {
        let told = |open| oldest(open).map_err(|error| error.kind());
        assert_eq!(told(Ok(Some(3))), Ok(Some(Duration::from_secs(3))));
        assert_eq!(told(Ok(Some(-1))), Ok(Some(Duration::ZERO)));
        assert_eq!(told(Ok(None)), Ok(None));
        let failed = |kind| Err(Error::new(kind, "watch", ""));
        assert_eq!(told(failed(ErrorKind::PermissionDenied)), Ok(None));
        let lost = ErrorKind::ConnectionLost;
        assert_eq!(told(failed(lost)), Err(lost));
    }

    #[test]
    fn servers_that_share_numbers_take_them_in_steps() {
        assert_eq!([1, 2, 3].map(is_shared), [false, true, true]);
    }

    fn pool(options: MySqlConnectOptions) -> MySqlPool {
        let pool = MySqlPoolOptions::new().acquire_timeout(Duration::from_millis(50));
        pool.connect_lazy_with(options)
    }

    #[tokio::test]
    async fn where_nobody_answers_it_is_told_who_was_asked_and_what_that_met() {
        let options = MySqlConnectOptions::new().host("127.0.0.1").port(1);
        let store = MySqlStore::new(pool(options));
        let met = [store.check().await.err(), store.lead().await.err()];
        for error in met.map(|error| error.expect("nobody listens")) {
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
            let text = error.to_string();
            assert!(text.contains("refused"), "{text}");
            assert!(text.ends_with("server `127.0.0.1:1`"), "{text}");
        }
        let options = MySqlConnectOptions::new().socket("/run/nobody.sock");
        assert_eq!(MySql::place(&pool(options)), "/run/nobody.sock");
    }
}
