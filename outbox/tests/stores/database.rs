//! A database with the tables, of its own for each test.
use sqlx::{
    AssertSqlSafe, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tidings::{MessageId, Outgoing};
use tidings_outbox::{
    Database, Relay, RelaySettings, Running, Store, append, postgres::PostgresStore, receive,
    schema, sqlite::SqliteStore,
};
use uuid::Uuid;

use crate::{Outcome, sink::Sink};

/// One of the databases.
#[derive(Clone)]
pub(crate) enum Base {
    Postgres(PgPool),
    Sqlite(
        SqlitePool,
        #[expect(dead_code, reason = "the folder goes with it")] Arc<TempDir>,
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
            other => Err(format!("no tests for {other}").into()),
        }
    }

    pub(crate) async fn new(database: Database) -> Outcome<Self> {
        let base = Self::empty(database).await?;
        base.execute(schema(database)).await?;
        Ok(base)
    }

    pub(crate) async fn execute(&self, sql: &'static str) -> Outcome {
        match self {
            Self::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
            Self::Sqlite(pool, _) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Writes messages within one transaction.
    pub(crate) async fn write(
        &self,
        outgoing: impl IntoIterator<Item = Outgoing>,
        commits: bool,
    ) -> Outcome {
        match self {
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                append(&mut *transaction, outgoing).await?;
                match commits {
                    true => transaction.commit().await?,
                    false => transaction.rollback().await?,
                }
            }
            Self::Sqlite(pool, _) => {
                let mut transaction = pool.begin_with("begin immediate").await?;
                append(&mut *transaction, outgoing).await?;
                match commits {
                    true => transaction.commit().await?,
                    false => transaction.rollback().await?,
                }
            }
        }
        Ok(())
    }

    /// Receives a message within one transaction.
    pub(crate) async fn receive(
        &self,
        consumer: &str,
        id: &MessageId,
        commits: bool,
    ) -> Outcome<bool> {
        match self {
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                let is_new = receive(&mut *transaction, consumer, id).await?;
                match commits {
                    true => transaction.commit().await?,
                    false => transaction.rollback().await?,
                }
                Ok(is_new)
            }
            Self::Sqlite(pool, _) => {
                let mut transaction = pool.begin_with("begin immediate").await?;
                let is_new = receive(&mut *transaction, consumer, id).await?;
                match commits {
                    true => transaction.commit().await?,
                    false => transaction.rollback().await?,
                }
                Ok(is_new)
            }
        }
    }

    /// Does what is to be done about a message, where it is new.
    pub(crate) async fn done(&self, consumer: &str, id: &MessageId) -> Outcome {
        match self {
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                if receive(&mut *transaction, consumer, id).await? {
                    let done = sqlx::query("insert into done values ($1)").bind(id.to_string());
                    done.execute(&mut *transaction).await?;
                }
                transaction.commit().await?;
            }
            Self::Sqlite(pool, _) => {
                let mut transaction = pool.begin_with("begin immediate").await?;
                if receive(&mut *transaction, consumer, id).await? {
                    let done = sqlx::query("insert into done values (?)").bind(id.to_string());
                    done.execute(&mut *transaction).await?;
                }
                transaction.commit().await?;
            }
        }
        Ok(())
    }

    /// How often something was done, and for how many messages.
    pub(crate) async fn count_done(&self) -> Outcome<(i64, i64)> {
        let count = "select count(*), count(distinct message_id) from done";
        Ok(match self {
            Self::Postgres(pool) => sqlx::query_as(count).fetch_one(pool).await?,
            Self::Sqlite(pool, _) => sqlx::query_as(count).fetch_one(pool).await?,
        })
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
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
