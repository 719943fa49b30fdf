//! A database with the tables, of its own for each test.
use sqlx::{
    AssertSqlSafe, MySqlPool, PgPool, SqlitePool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{cell::Cell, sync::Arc, time::Duration};
use tempfile::TempDir;
use tidings_outbox::{
    Database, Relay, RelaySettings, Running, Store, mysql::MySqlStore, postgres::PostgresStore,
    schema, sqlite::SqliteStore,
};
use uuid::Uuid;

use crate::{Outcome, link::Link, sink::Sink};

thread_local! {
    /// Whether relays are told by the log of MySQL: those of the trials that are made, then of the trial of this thread.
    pub(crate) static TOLD: Cell<bool> = const { Cell::new(false) };
}

/// One of the databases.
#[derive(Clone)]
pub(crate) enum Base {
    MySql(MySqlPool),
    Postgres(PgPool),
    Sqlite(
        SqlitePool,
        /// The folder goes with it.
        Arc<TempDir>,
    ),
}

impl Base {
    pub(crate) async fn empty(database: Database) -> Outcome<Self> {
        match database {
            Database::Sqlite => {
                let folder = tempfile::tempdir()?;
                let options = SqliteConnectOptions::new()
                    .filename(folder.path().join("shop.db"))
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .busy_timeout(Duration::from_secs(20));
                let pool = SqlitePool::connect_with(options).await?;
                Ok(Self::Sqlite(pool, Arc::new(folder)))
            }
            Database::Postgres => Ok(Self::Postgres(postgres().await?)),
            Database::MySql => Ok(Self::MySql(mysql().await?)),
            other => Err(format!("no tests for {other}").into()),
        }
    }

    pub(crate) async fn new(database: Database) -> Outcome<Self> {
        let base = Self::empty(database).await?;
        base.execute(schema(database)).await?;
        Ok(base)
    }

    /// The same database by a way of its own.
    pub(crate) async fn by_link(&self) -> Outcome<(Self, Link)> {
        macro_rules! link {
            ($options:expr) => {{
                let options = $options;
                let link = Link::to(options.get_host().to_owned(), options.get_port()).await?;
                let address = link.address;
                let options = options.host(&address.ip().to_string()).port(address.port());
                (options, link)
            }};
        }
        Ok(match self {
            Self::MySql(pool) => {
                let (options, link) = link!((*pool.connect_options()).clone());
                (Self::MySql(MySqlPool::connect_with(options).await?), link)
            }
            Self::Postgres(pool) => {
                let (options, link) = link!((*pool.connect_options()).clone());
                (Self::Postgres(PgPool::connect_with(options).await?), link)
            }
            Self::Sqlite(..) => return Err("it has no connections".into()),
        })
    }

    /// The same database by sessions of their own, of that user or the same, which begin with a statement.
    pub(crate) async fn by(&self, user: Option<&str>, begins: &'static str) -> Outcome<Self> {
        macro_rules! pool {
            ($options:expr, $pool:expr) => {{
                let mut options = (*$pool.connect_options()).clone();
                if let Some(user) = user {
                    options = options.username(user);
                }
                let pool = $options.after_connect(move |session, _| {
                    Box::pin(async move { sqlx::raw_sql(begins).execute(session).await.map(drop) })
                });
                pool.connect_with(options).await?
            }};
        }
        Ok(match self {
            Self::MySql(pool) => Self::MySql(pool!(MySqlPoolOptions::new(), pool)),
            Self::Postgres(pool) => Self::Postgres(pool!(PgPoolOptions::new(), pool)),
            Self::Sqlite(..) => return Err("it has no sessions".into()),
        })
    }

    pub(crate) async fn execute(&self, sql: &'static str) -> Outcome {
        match self {
            Self::MySql(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
            Self::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
            Self::Sqlite(pool, _) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Lets a user, made where it is missing, do that with all tables.
    pub(crate) async fn allow(&self, user: &str, what: &str) -> Outcome {
        let sql = match self {
            Self::MySql(_) => {
                format!("create user if not exists {user}; grant {what} on * to {user}")
            }
            _ => format!(
                "do $$ begin if to_regrole('{user}') is null then create role {user} login; end if; end $$; \
                 grant {what} on all tables in schema public to {user}"
            ),
        };
        match self {
            Self::MySql(pool) => sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(pool)
                .await
                .map(drop)?,
            Self::Postgres(pool) => sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(pool)
                .await
                .map(drop)?,
            Self::Sqlite(..) => {}
        }
        Ok(())
    }

    /// Ends all sessions of the database but the one that asks.
    pub(crate) async fn end_sessions(&self) -> Outcome {
        match self {
            Self::MySql(pool) => {
                let mut session = pool.acquire().await?;
                let others: Vec<u64> = sqlx::query_scalar(
                    "select cast(id as unsigned) from information_schema.processlist where db = database() and id <> connection_id()",
                )
                .fetch_all(&mut *session)
                .await?;
                for other in others {
                    let end = sqlx::raw_sql(AssertSqlSafe(format!("kill {other}")));
                    // It may have ended by itself.
                    let _ = end.execute(&mut *session).await;
                }
            }
            Self::Postgres(pool) => {
                let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
                sqlx::raw_sql(end).execute(pool).await?;
            }
            Self::Sqlite(..) => {}
        }
        Ok(())
    }

    /// How often something was done, and for how many messages.
    pub(crate) async fn count_done(&self) -> Outcome<(i64, i64)> {
        let count = "select count(*), count(distinct message_id) from done";
        Ok(match self {
            Self::MySql(pool) => sqlx::query_as(count).fetch_one(pool).await?,
            Self::Postgres(pool) => sqlx::query_as(count).fetch_one(pool).await?,
            Self::Sqlite(pool, _) => sqlx::query_as(count).fetch_one(pool).await?,
        })
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            #[cfg(feature = "binlog")]
            Self::MySql(pool) if TOLD.get() => {
                let url = std::env::var("TIDINGS_TEST_MARIADB").expect("there is a server");
                let store = MySqlStore::new(pool.clone()).told_by(&url);
                Arc::new(store.expect("that is an address"))
            }
            Self::MySql(pool) => Arc::new(MySqlStore::new(pool.clone())),
            Self::Postgres(pool) => Arc::new(PostgresStore::new(pool.clone())),
            Self::Sqlite(pool, _) => Arc::new(SqliteStore::new(pool.clone())),
        }
    }

    /// A relay that looks often.
    pub(crate) async fn relay(&self, sink: &Sink) -> tidings::Result<Running> {
        self.relay_with(sink, settings()).await
    }

    pub(crate) async fn relay_with(
        &self,
        sink: &Sink,
        settings: RelaySettings,
    ) -> tidings::Result<Running> {
        let sink = Arc::new(sink.clone());
        let relay = Relay::new(crate::relayed(self), sink).with_settings(settings);
        relay.start().await
    }
}

pub(crate) fn settings() -> RelaySettings {
    let mut settings = RelaySettings::default();
    settings.poll = Duration::from_millis(50);
    settings.backoff = tidings::Backoff::new(Duration::from_millis(20), Duration::from_millis(200));
    settings
}

/// A database of its own on the server.
async fn postgres() -> Outcome<PgPool> {
    let options: PgConnectOptions = std::env::var("TIDINGS_TEST_POSTGRES")?.parse()?;
    let name = format!("t{}", Uuid::now_v7().simple());
    let server = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await?;
    sqlx::query(AssertSqlSafe(format!("create database {name}")))
        .execute(&server)
        .await?;
    Ok(PgPool::connect_with(options.database(&name)).await?)
}

/// Likewise.
async fn mysql() -> Outcome<MySqlPool> {
    let options: MySqlConnectOptions = std::env::var("TIDINGS_TEST_MARIADB")?.parse()?;
    let name = format!("t{}", Uuid::now_v7().simple());
    let server = MySqlPoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await?;
    sqlx::query(AssertSqlSafe(format!("create database {name}")))
        .execute(&server)
        .await?;
    Ok(MySqlPool::connect_with(options.database(&name)).await?)
}

/// The name of a user of its own; MySQL takes 32 characters.
pub(crate) fn user() -> String {
    let name = format!("u{}", Uuid::now_v7().simple());
    name[..32].to_owned()
}

/// Whether it is more than a file, so that it has sessions and users.
pub(crate) fn has_server(database: Database) -> bool {
    database != Database::Sqlite
}
