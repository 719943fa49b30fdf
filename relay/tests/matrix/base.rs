//! The data of a round, in whichever database: accounts whose writers take turns, what was ordered, which counts, and what was applied.
use crate::Outcome;
use sqlx::{
    AssertSqlSafe, MySqlPool, PgPool, SqlitePool,
    mysql::MySqlPoolOptions,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use std::{fmt::Write as _, future::Future, sync::Arc, time::Duration};
use tidings::{Context, HandlerError, Layer};
use tidings_conformance::faults::{self, Number};
use tidings_outbox::{Database, Transactional, schema};
use tokio::time::{Instant, sleep};

/// Connections of a process.
const CONNECTIONS: u32 = 20;
/// How long one may take, and how long it is tried.
const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
    MySql,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Sqlite, Self::Postgres, Self::MariaDb, Self::MySql];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
        }
    }

    /// Whether a relay can be told by its log.
    pub(crate) fn has_log(self) -> bool {
        match self {
            Self::Sqlite => false,
            Self::Postgres => true,
            Self::MariaDb | Self::MySql => cfg!(feature = "binlog"),
        }
    }

    /// The variable that says where its server is, where it has one.
    pub(crate) fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("TIDINGS_TEST_POSTGRES"),
            Self::MariaDb => Some("TIDINGS_TEST_MARIADB"),
            Self::MySql => Some("TIDINGS_TEST_MYSQL"),
        }
    }

    /// Why it is not there, or not to be killed.
    pub(crate) fn absent(self) -> Option<String> {
        let address = faults::variable(self.variable()?, self.name());
        let killable = address.and_then(|address| faults::killable(&address, self.name()));
        killable.err()
    }

    fn tables(self) -> &'static str {
        schema(match self {
            Self::Sqlite => Database::Sqlite,
            Self::Postgres => Database::Postgres,
            Self::MariaDb | Self::MySql => Database::MySql,
        })
    }

    /// A number that grows with each row.
    fn serial(self) -> &'static str {
        match self {
            Self::Sqlite => "integer primary key autoincrement",
            Self::Postgres => "bigserial primary key",
            Self::MariaDb | Self::MySql => "bigint auto_increment primary key",
        }
    }
}

/// Does the same in each database, with its pool.
macro_rules! with_pool {
    ($base:expr, $pool:ident => $does:expr) => {
        match $base {
            Base::MySql($pool) => $does,
            Base::Postgres($pool) => $does,
            Base::Sqlite($pool) => $does,
        }
    };
}

#[derive(Debug, Clone)]
pub(crate) enum Base {
    /// MariaDB too.
    MySql(MySqlPool),
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl Base {
    /// Of MariaDB and MySQL, which are worked with alike, the latter.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::MySql(_) => Kind::MySql,
            Self::Postgres(_) => Kind::Postgres,
            Self::Sqlite(_) => Kind::Sqlite,
        }
    }

    /// The one at that URL; of SQLite with no more than so many pages, where that is told.
    pub(crate) async fn at(url: &str, pages: Option<u32>) -> Outcome<Self> {
        macro_rules! pool {
            ($options:ident) => {
                $options::new()
                    .max_connections(CONNECTIONS)
                    .acquire_timeout(CONNECT)
            };
        }
        Ok(match url.split(':').next() {
            Some("sqlite") => {
                let mut options: SqliteConnectOptions = url.parse()?;
                options = options
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .busy_timeout(Duration::from_secs(20));
                if let Some(pages) = pages {
                    options = options.pragma("max_page_count", pages.to_string());
                }
                Self::Sqlite(pool!(SqlitePoolOptions).connect_with(options).await?)
            }
            Some("mysql") => Self::MySql(pool!(MySqlPoolOptions).connect(url).await?),
            _ => Self::Postgres(pool!(PgPoolOptions).connect(url).await?),
        })
    }

    /// The same, which is waited for.
    pub(crate) async fn reach(url: &str, pages: Option<u32>) -> Outcome<Self> {
        patiently(|| Self::at(url, pages)).await
    }

    pub(crate) async fn run(&self, sql: String) -> Outcome {
        let sql = AssertSqlSafe(sql);
        with_pool!(self, pool => sqlx::raw_sql(sql).execute(pool).await.map(drop)?);
        Ok(())
    }

    /// What a query of one number gives.
    pub(crate) async fn number(&self, sql: &'static str) -> Outcome<i64> {
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await?))
    }

    /// What a query of two numbers a row gives.
    async fn numbers(&self, sql: &'static str) -> Outcome<Vec<Number>> {
        let rows: Vec<(i32, i32)> =
            with_pool!(self, pool => sqlx::query_as(sql).fetch_all(pool).await?);
        let numbers = rows
            .into_iter()
            .map(|(account, number)| Ok((account.try_into()?, number.try_into()?)));
        numbers.collect()
    }

    /// Makes the tables.
    pub(crate) async fn fill(&self, accounts: u32) -> Outcome {
        let kind = self.kind();
        self.run(kind.tables().to_owned()).await?;
        let mut sql = format!(
            "create table accounts (id int not null primary key, changed int not null); \
             create table orders (account int not null, number int not null, primary key (account, number)); \
             create table applied (seq {}, account int not null, number int not null); \
             insert into accounts values (0, 0)",
            kind.serial()
        );
        for account in 1..accounts {
            write!(sql, ", ({account}, 0)")?;
        }
        self.run(sql).await
    }

    /// What was committed: what counts.
    pub(crate) async fn ordered(&self) -> Outcome<Vec<Number>> {
        self.numbers("select account, number from orders").await
    }

    /// What was applied, in that order.
    pub(crate) async fn applied(&self) -> Outcome<Vec<Number>> {
        let applied = "select account, number from applied order by seq";
        self.numbers(applied).await
    }

    /// How many were ordered, how many applied, and how many messages wait.
    pub(crate) async fn progress(&self) -> Outcome<(i64, i64, i64)> {
        Ok((
            self.number("select count(*) from orders").await?,
            self.number("select count(*) from applied").await?,
            self.number("select count(*) from tidings_outbox").await?,
        ))
    }

    pub(crate) fn transactional(&self) -> Arc<dyn Layer> {
        with_pool!(self, pool => Arc::new(Transactional::new(pool.clone())))
    }

    /// Notes in the transaction of a handler that a message was applied.
    pub(crate) async fn apply(
        &self,
        context: &Context,
        (account, number): Number,
    ) -> Result<(), HandlerError> {
        macro_rules! insert {
            ($database:ident) => {{
                use tidings_outbox::$database::InTransaction;
                let mut tx = InTransaction::tx(context).await?;
                let sql =
                    format!("insert into applied (account, number) values ({account}, {number})");
                let inserted = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await;
                inserted.map(drop).map_err(HandlerError::retry)
            }};
        }
        match self {
            Self::MySql(_) => insert!(mysql),
            Self::Postgres(_) => insert!(postgres),
            Self::Sqlite(_) => insert!(sqlite),
        }
    }
}

/// Tries something again and again, as whoever runs a program would.
pub(crate) async fn patiently<T, E, F>(what: impl Fn() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let begun = Instant::now();
    loop {
        match what().await {
            Err(_) if begun.elapsed() < PATIENCE => sleep(Duration::from_millis(100)).await,
            outcome => return outcome,
        }
    }
}
