//! A database of its own, with the tables.
use anyhow::Context;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{sync::Arc, time::Duration};
use tidings_outbox::{Store, postgres::PostgresStore, schema, tailing::Tailing};
use tokio::time::sleep;
use uuid::Uuid;

/// The channel of all events.
pub(crate) const CHANNEL: &str = "bench.events";

/// Events and their payload of 300 bytes, each committed by itself, without waiting for the disk.
const FILL: &str = "do $$ declare content bytea := convert_to(rpad('{\"text\": \"', 298, 'x') || '\"}', 'UTF8'); begin \
    for number in 1..$COUNT loop \
        insert into tidings_outbox (channel, message_id, name, content_type, message_key, created_ms, body) values \
            ('$CHANNEL', gen_random_uuid()::text, 'placed', 'application/json', convert_to('key ' || number % 1000, 'UTF8'), \
            1, content); \
        commit; \
    end loop; end $$";

pub(crate) struct Database {
    pub(crate) pool: PgPool,
    options: PgConnectOptions,
    server: PgConnectOptions,
    name: String,
}

impl Database {
    pub(crate) async fn new(server: &str) -> anyhow::Result<Self> {
        let server: PgConnectOptions = server.parse().context("the URL of PostgreSQL")?;
        let name = format!("bench_{}", Uuid::now_v7().simple());
        let create = format!("create database {name}");
        let mut connection = PgConnection::connect_with(&server).await?;
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut connection)
            .await?;
        let options = server.clone().database(&name).disable_statement_logging();
        let pool = PgPoolOptions::new().max_connections(40);
        let pool = pool.connect_with(options.clone()).await?;
        let tables = schema(tidings_outbox::Database::Postgres);
        sqlx::raw_sql(tables).execute(&pool).await?;
        Ok(Self {
            pool,
            options,
            server,
            name,
        })
    }

    pub(crate) fn polling(&self) -> Arc<dyn Store> {
        Arc::new(PostgresStore::new(self.pool.clone()))
    }

    pub(crate) fn tailing(&self) -> anyhow::Result<Arc<dyn Store>> {
        let url = self.options.to_url_lossy().to_string();
        Ok(Arc::new(Tailing::new(self.pool.clone(), &url)?))
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect_with(&self.options).await?)
    }

    pub(crate) async fn client(&self) -> anyhow::Result<tokio_postgres::Client> {
        let mut config = tokio_postgres::Config::new();
        let (host, port) = (self.options.get_host(), self.options.get_port());
        config.host(host).port(port).dbname(&self.name);
        config.user(self.options.get_username());
        let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Its host and port, the user, and its name.
    pub(crate) fn place(&self) -> [String; 4] {
        let Self { options, name, .. } = self;
        let (host, port) = (
            options.get_host().to_owned(),
            options.get_port().to_string(),
        );
        [host, port, options.get_username().to_owned(), name.clone()]
    }

    /// Commits that many events.
    pub(crate) async fn fill(&self, count: usize) -> anyhow::Result<()> {
        let mut connection = self.connect().await?;
        let quick = sqlx::raw_sql("set synchronous_commit = off");
        quick.execute(&mut connection).await?;
        let fill = FILL
            .replace("$COUNT", &count.to_string())
            .replace("$CHANNEL", CHANNEL);
        sqlx::raw_sql(AssertSqlSafe(fill))
            .execute(&mut connection)
            .await?;
        Ok(())
    }

    pub(crate) async fn execute(&self, sql: &'static str) -> anyhow::Result<()> {
        sqlx::raw_sql(sql).execute(&self.pool).await?;
        Ok(())
    }

    /// What a query of one value says, again and again, until that is true.
    pub(crate) async fn until(&self, sql: &'static str) -> anyhow::Result<()> {
        let mut connection = self.connect().await?;
        loop {
            let holds = sqlx::query_scalar(sql);
            if holds.fetch_one(&mut connection).await? {
                return Ok(());
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Its slot goes first, once nobody reads it.
    pub(crate) async fn drop(self) -> anyhow::Result<()> {
        self.pool.close().await;
        let mut server = PgConnection::connect_with(&self.server).await?;
        for _ in 0..500 {
            let dropped = sqlx::query(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1",
            );
            if dropped.bind(&self.name).execute(&mut server).await.is_ok() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        let drop = format!("drop database {} with (force)", self.name);
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&mut server)
            .await?;
        Ok(())
    }
}
