//! Databases with many rows.
use crate::Outcome;
use sqlx::{
    AssertSqlSafe, Connection as _, MySqlConnection, MySqlPool, PgConnection, PgPool, SqlitePool,
    mysql::MySqlConnectOptions, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tidings_outbox::{
    Database, Store, mysql::MySqlStore, postgres::PostgresStore, schema, sqlite::SqliteStore,
};
use tokio::time::sleep;
use uuid::Uuid;

/// The columns that a row has to have, but for those that differ, and those of a parked one.
const SAID: &str = "message_id, message_key, created_ms, body";

pub(crate) enum Base {
    MySql(MySqlPool, String),
    Postgres(PgPool, String),
    Sqlite(
        SqlitePool,
        #[expect(dead_code, reason = "the folder goes with it")] TempDir,
    ),
}

fn variable(database: Database) -> Option<&'static str> {
    match database {
        Database::MySql => Some("TIDINGS_TEST_MARIADB"),
        Database::Postgres => Some("TIDINGS_TEST_POSTGRES"),
        _ => None,
    }
}

pub(crate) fn is_there(database: Database) -> bool {
    variable(database).is_none_or(|variable| std::env::var_os(variable).is_some())
}

/// Does the same in each database, with its pool.
macro_rules! with_pool {
    ($base:expr, $pool:ident => $does:expr) => {
        match $base {
            Base::MySql($pool, _) => $does,
            Base::Postgres($pool, _) => $does,
            Base::Sqlite($pool, _) => $does,
        }
    };
}
pub(crate) use with_pool;

impl Base {
    pub(crate) async fn new(database: Database) -> Outcome<Self> {
        let name = format!("p{}", Uuid::now_v7().simple());
        let create = AssertSqlSafe(format!("create database {name}"));
        let base = match database {
            Database::MySql => {
                let options: MySqlConnectOptions =
                    std::env::var("TIDINGS_TEST_MARIADB")?.parse()?;
                let mut server = MySqlConnection::connect_with(&options).await?;
                sqlx::raw_sql(create).execute(&mut server).await?;
                Self::MySql(
                    MySqlPool::connect_with(options.database(&name)).await?,
                    name,
                )
            }
            Database::Postgres => {
                let options: PgConnectOptions = std::env::var("TIDINGS_TEST_POSTGRES")?.parse()?;
                let mut server = PgConnection::connect_with(&options).await?;
                sqlx::raw_sql(create).execute(&mut server).await?;
                Self::Postgres(PgPool::connect_with(options.database(&name)).await?, name)
            }
            _ => {
                let folder = tempfile::tempdir()?;
                let file = folder.path().join("outbox.db");
                let options = SqliteConnectOptions::new().filename(file);
                let pool = SqlitePool::connect_with(options.create_if_missing(true)).await?;
                Self::Sqlite(pool, folder)
            }
        };
        base.execute(schema(database).to_owned()).await?;
        Ok(base)
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::MySql(pool, _) => Arc::new(MySqlStore::new(pool.clone())),
            Self::Postgres(pool, _) => Arc::new(PostgresStore::new(pool.clone())),
            Self::Sqlite(pool, _) => Arc::new(SqliteStore::new(pool.clone())),
        }
    }

    pub(crate) async fn execute(&self, sql: String) -> Outcome {
        let sql = AssertSqlSafe(sql);
        with_pool!(self, pool => sqlx::raw_sql(sql).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Rows of channels that differ in size, parked messages a tenth as many, and a fifth that consumers have received.
    pub(crate) async fn fill(&self, rows: usize) -> Outcome {
        let (numbers, bytes) = (self.numbers(rows), self.bytes());
        let joined = |prefix: &str, number: &str| match self {
            Self::Sqlite(..) => format!("printf('{prefix}%d', {number})"),
            _ => format!("concat('{prefix}', {number})"),
        };
        let key = match self {
            Self::Postgres(..) => format!("convert_to({}, 'UTF8')", joined("key", "n % 1000")),
            _ => joined("key", "n % 1000"),
        };
        let id = joined("id", "n");
        let channel = format!(
            "case when n % 1000 = 0 then {} when n % 10 = 0 then 'small' else 'large' end",
            joined("few", "n % 7")
        );
        for sql in [
            format!(
                "insert into tidings_outbox (channel, {SAID}) select {channel}, {id}, {key}, n, {bytes} from {numbers}"
            ),
            format!(
                "insert into tidings_outbox_parked (id, channel, {SAID}, parked_ms, reason) select n, {channel}, {id}, {key}, n, {bytes}, \
                 n, 'large' from {numbers} where n % 10 = 0"
            ),
            format!(
                "insert into tidings_received (consumer, message_id, received_ms) select {}, {id}, n from {numbers} where n % 5 = 0",
                joined("consumer", "n % 3")
            ),
        ] {
            self.execute(match self {
                // Its log would take as much room again.
                Self::MySql(..) => format!("set sql_log_bin = 0; {sql}; set sql_log_bin = 1"),
                _ => sql,
            })
            .await?;
        }
        self.execute(match self {
            Self::MySql(..) => {
                // What it counts of a few pages may be wrong, as if most rows were of a channel of their own.
                "analyze table tidings_outbox, tidings_outbox_parked, tidings_received; \
                 update mysql.innodb_index_stats set stat_value = stat_value + 1000000 where database_name = database() \
                 and index_name = 'tidings_outbox_channels' and stat_name = 'n_diff_pfx01'; \
                 rename table tidings_outbox to renamed, renamed to tidings_outbox"
                    .to_owned()
            }
            Self::Postgres(..) => "vacuum analyze".to_owned(),
            Self::Sqlite(..) => "analyze".to_owned(),
        })
        .await
    }

    /// Writes rows of one channel.
    pub(crate) async fn add(&self, channel: &str, rows: usize) -> Outcome {
        let numbers = self.numbers(rows);
        let bytes = self.bytes();
        self.execute(format!(
            "insert into tidings_outbox (channel, {SAID}) select '{channel}', '0190163d-8694-739b-aea5-966c26f8ad91', null, n, {bytes} from {numbers}"
        ))
        .await
    }

    /// As the database does by itself now and then.
    pub(crate) async fn tidy(&self) -> Outcome {
        match self {
            Self::Postgres(..) => self.execute("vacuum tidings_outbox".to_owned()).await,
            Self::MySql(pool, _) => purged(pool).await,
            Self::Sqlite(..) => Ok(()),
        }
    }

    /// The bytes that the outbox takes, with its indexes.
    pub(crate) async fn size(&self) -> Outcome<i64> {
        Ok(match self {
            Self::MySql(pool, name) => {
                let size = "select cast(max(file_size) as signed) from information_schema.innodb_sys_tablespaces where name = ?";
                let name = format!("{name}/tidings_outbox");
                sqlx::query_scalar(size).bind(name).fetch_one(pool).await?
            }
            Self::Postgres(pool, _) => {
                let size = "select pg_total_relation_size('tidings_outbox')";
                sqlx::query_scalar(size).fetch_one(pool).await?
            }
            Self::Sqlite(pool, _) => {
                let size = "select page_count * page_size from pragma_page_count, pragma_page_size";
                sqlx::query_scalar(size).fetch_one(pool).await?
            }
        })
    }

    /// Rows, or changes, that are over and still take room.
    pub(crate) async fn dead(&self) -> Outcome<i64> {
        Ok(match self {
            Self::MySql(pool, _) => history(pool).await?,
            Self::Postgres(pool, _) => {
                let dead =
                    "select n_dead_tup from pg_stat_user_tables where relname = 'tidings_outbox'";
                sqlx::query_scalar(dead).fetch_one(pool).await?
            }
            Self::Sqlite(..) => 0,
        })
    }

    /// Whether a slot of this database tells what is committed.
    pub(crate) async fn log_is_open(&self) -> Outcome<bool> {
        let Self::Postgres(pool, name) = self else {
            return Ok(false);
        };
        let open = "select exists (select from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn is not null)";
        Ok(sqlx::query_scalar(open).bind(name).fetch_one(pool).await?)
    }

    /// The bytes of the server's log that the slot of this database keeps, where it has one.
    pub(crate) async fn log_kept(&self) -> Outcome<Option<i64>> {
        let Self::Postgres(pool, name) = self else {
            return Ok(None);
        };
        let kept = "select pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8 from pg_replication_slots where slot_name = $1";
        let kept = sqlx::query_scalar(kept).bind(name).fetch_optional(pool);
        Ok(kept.await?)
    }

    fn numbers(&self, rows: usize) -> String {
        match self {
            Self::MySql(..) => format!("(select seq as n from seq_1_to_{rows}) numbers"),
            Self::Postgres(..) => format!("generate_series(1, {rows}) n"),
            Self::Sqlite(..) => format!(
                "(with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {rows}) select n from numbers)"
            ),
        }
    }

    /// A body.
    fn bytes(&self) -> &'static str {
        match self {
            Self::MySql(..) => "repeat('x', 300)",
            Self::Postgres(..) => "decode(repeat('78', 300), 'hex')",
            Self::Sqlite(..) => "zeroblob(300)",
        }
    }

    pub(crate) async fn drop(self) -> Outcome {
        match self {
            Self::MySql(pool, name) => {
                let drop = AssertSqlSafe(format!("drop database {name}"));
                sqlx::raw_sql(drop).execute(&pool).await?;
            }
            Self::Postgres(pool, name) => {
                pool.close().await;
                let options: PgConnectOptions = std::env::var("TIDINGS_TEST_POSTGRES")?.parse()?;
                let mut server = PgConnection::connect_with(&options).await?;
                drop_slot(&mut server, &name).await?;
                let drop = AssertSqlSafe(format!("drop database {name} with (force)"));
                sqlx::raw_sql(drop).execute(&mut server).await?;
            }
            Self::Sqlite(..) => {}
        }
        Ok(())
    }
}

/// Drops the slot of that name, once nobody has it: left alone it keeps the pages of every index of the server from being used again.
async fn drop_slot(server: &mut PgConnection, name: &str) -> Outcome {
    const OURS: &str = "from pg_replication_slots where slot_name = $1";
    for _ in 0..200 {
        for what in [
            "pg_terminate_backend(active_pid)",
            "pg_drop_replication_slot(slot_name)",
        ] {
            let sql = AssertSqlSafe(format!("select {what} {OURS}"));
            // Who has it may be gone, or still be going.
            let _ = sqlx::query(sql).bind(name).execute(&mut *server).await;
        }
        let left = AssertSqlSafe(format!("select count(*) {OURS}"));
        let left = sqlx::query_scalar(left).bind(name);
        let left: i64 = left.fetch_one(&mut *server).await?;
        if left == 0 {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err("a slot is left".into())
}

/// Waits until what was deleted is gone, which the database sees to by itself.
async fn purged(pool: &MySqlPool) -> Outcome {
    for _ in 0..500 {
        if history(pool).await? < 100 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn history(pool: &MySqlPool) -> sqlx::Result<i64> {
    let left = "select cast(variable_value as signed) from information_schema.global_status where variable_name = 'innodb_history_list_length'";
    sqlx::query_scalar(left).fetch_one(pool).await
}
