//! The database of the shop: chosen here, once, for the whole program, by a feature.
use sqlx::Pool;
use std::path::Path;
use tidings_outbox::schema;

#[cfg(not(any(feature = "postgres", feature = "mysql")))]
pub use sqlite::*;

#[cfg(feature = "postgres")]
pub use postgres::*;

#[cfg(all(feature = "mysql", not(feature = "postgres")))]
pub use mysql::*;

/// A new database of that name, with the tables of the outbox and these: a file in that folder, or made anew on the server at
/// `DATABASE_URL`.
pub async fn open(folder: &Path, name: &str, tables: &'static str) -> anyhow::Result<Pool<Db>> {
    let pool = anew(folder, name).await?;
    for sql in [schema(DATABASE), tables] {
        sqlx::raw_sql(sql).execute(&pool).await?;
    }
    Ok(pool)
}

#[cfg(not(any(feature = "postgres", feature = "mysql")))]
mod sqlite {
    use super::*;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
    use std::time::Duration;
    use tidings_outbox::Database;

    pub use sqlx::Sqlite as Db;
    pub use tidings_outbox::sqlite::{InTransaction, SqliteStore as Store};

    pub(super) const DATABASE: Database = Database::Sqlite;

    pub(super) async fn anew(folder: &Path, name: &str) -> anyhow::Result<Pool<Db>> {
        let options = SqliteConnectOptions::new()
            .filename(folder.join(format!("{name}.db")))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        Ok(SqlitePool::connect_with(options).await?)
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;
    use sqlx::{
        AssertSqlSafe,
        postgres::{PgConnectOptions, PgPool},
    };
    use tidings_outbox::Database;

    pub use sqlx::Postgres as Db;
    pub use tidings_outbox::postgres::{InTransaction, PostgresStore as Store};

    pub(super) const DATABASE: Database = Database::Postgres;

    /// A schema of the database that is named there.
    pub(super) async fn anew(_: &Path, name: &str) -> anyhow::Result<Pool<Db>> {
        let options: PgConnectOptions = url()?.parse()?;
        let server = PgPool::connect_with(options.clone()).await?;
        let anew = format!("drop schema if exists {name} cascade; create schema {name}");
        sqlx::raw_sql(AssertSqlSafe(anew)).execute(&server).await?;
        let options = options.options([("search_path", name)]);
        Ok(PgPool::connect_with(options).await?)
    }
}

#[cfg(all(feature = "mysql", not(feature = "postgres")))]
mod mysql {
    use super::*;
    use sqlx::{
        AssertSqlSafe,
        mysql::{MySqlConnectOptions, MySqlPool},
    };
    use tidings_outbox::Database;

    pub use sqlx::MySql as Db;
    pub use tidings_outbox::mysql::{InTransaction, MySqlStore as Store};

    pub(super) const DATABASE: Database = Database::MySql;

    pub(super) async fn anew(_: &Path, name: &str) -> anyhow::Result<Pool<Db>> {
        let options: MySqlConnectOptions = url()?.parse()?;
        let server = MySqlPool::connect_with(options.clone()).await?;
        let anew = format!("drop database if exists {name}; create database {name}");
        sqlx::raw_sql(AssertSqlSafe(anew)).execute(&server).await?;
        Ok(MySqlPool::connect_with(options.database(name)).await?)
    }
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
fn url() -> anyhow::Result<String> {
    use anyhow::Context as _;
    std::env::var("DATABASE_URL").context("`DATABASE_URL` is to say where the server is")
}
