//! The database of the shop: chosen here, once, for the whole program.
#[cfg(not(feature = "postgres"))]
pub use sqlite::{Db, InTransaction, Store, open};

#[cfg(feature = "postgres")]
pub use postgres::{Db, InTransaction, Store, open};

#[cfg(not(feature = "postgres"))]
mod sqlite {
    use sqlx::{
        Pool,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool},
    };
    use std::{path::Path, time::Duration};
    use tidings_outbox::{Database, schema};

    pub use sqlx::Sqlite as Db;
    pub use tidings_outbox::sqlite::{InTransaction, SqliteStore as Store};

    /// A new database, a file of that name, with the tables of the outbox and these.
    pub async fn open(folder: &Path, name: &str, tables: &'static str) -> anyhow::Result<Pool<Db>> {
        let options = SqliteConnectOptions::new()
            .filename(folder.join(format!("{name}.db")))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePool::connect_with(options).await?;
        for sql in [schema(Database::Sqlite), tables] {
            sqlx::raw_sql(sql).execute(&pool).await?;
        }
        Ok(pool)
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use anyhow::Context as _;
    use sqlx::{
        AssertSqlSafe, PgPool, Pool,
        postgres::{PgConnectOptions, PgPoolOptions},
    };
    use std::path::Path;
    use tidings_outbox::{Database, schema};

    pub use sqlx::Postgres as Db;
    pub use tidings_outbox::postgres::{InTransaction, PostgresStore as Store};

    /// A schema of that name, made anew, in the database at `DATABASE_URL`, with the tables of the outbox and these.
    pub async fn open(_: &Path, name: &str, tables: &'static str) -> anyhow::Result<Pool<Db>> {
        let url = std::env::var("DATABASE_URL");
        let url = url.context("`DATABASE_URL` is to say where PostgreSQL is")?;
        let options: PgConnectOptions = url.parse()?;
        let server = PgPool::connect_with(options.clone()).await?;
        let anew = format!("drop schema if exists {name} cascade; create schema {name}");
        sqlx::raw_sql(AssertSqlSafe(anew)).execute(&server).await?;
        let pool = PgPoolOptions::new().max_connections(20);
        let pool = pool.connect_with(options.options([("search_path", name)]));
        let pool = pool.await?;
        for sql in [schema(Database::Postgres), tables] {
            sqlx::raw_sql(sql).execute(&pool).await?;
        }
        Ok(pool)
    }
}
