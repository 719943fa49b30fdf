//! From the address of a database, and how its rows are found, to its store.
use crate::{
    Failure,
    config::{Database, Mode},
};
use std::sync::Arc;
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tidings_outbox::Store;

/// How long one connection may take.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
const CONNECT: std::time::Duration = std::time::Duration::from_secs(5);

type Opened = Result<Arc<dyn Store>>;

/// A kind of database.
struct Kind {
    schemes: &'static [&'static str],
    /// Why its log cannot be read.
    untailed: &'static str,
    open: fn(&Database, Mode) -> BoxFuture<'_, Opened>,
}

/// Those of this build.
const KINDS: &[Kind] = &[
    #[cfg(feature = "sqlite")]
    Kind {
        schemes: &["sqlite"],
        untailed: "SQLite has no log that others read",
        open: |database, _| Box::pin(sqlite::open(database)),
    },
    #[cfg(feature = "postgres")]
    Kind {
        schemes: &["postgres", "postgresql"],
        untailed: "it is not there yet",
        open: |database, _| Box::pin(postgres::open(database)),
    },
];

/// Those of any build, with the feature that each takes.
const FEATURES: &[(&str, &str)] = &[
    ("sqlite", "sqlite"),
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
];

fn kind(database: &Database) -> Option<&'static Kind> {
    let scheme = database.url.scheme();
    KINDS.iter().find(|kind| kind.schemes.contains(&scheme))
}

/// Whether this build knows the database, and can find its rows that way.
pub(crate) fn check(database: &Database, mode: Mode) -> Result<(), Failure> {
    let reason = match (kind(database), mode) {
        (Some(_), Mode::Polling) => return Ok(()),
        (Some(kind), Mode::Tailing) => format!(
            "`relay.mode` may not be `tailing`: {}; write `polling`, or leave it out",
            kind.untailed
        ),
        (None, _) => unknown(database.url.scheme()),
    };
    Err(Failure::Configured(reason))
}

fn unknown(scheme: &str) -> String {
    let known = KINDS.iter().flat_map(|kind| kind.schemes);
    let known: Vec<_> = known.copied().collect();
    let mend = match FEATURES.iter().find(|(known, _)| *known == scheme) {
        Some((_, feature)) => format!("build it with `--features {feature}`"),
        None => format!("there are `{}`", known.join("`, `")),
    };
    format!("`database.url`: this build knows no database `{scheme}`; {mend}")
}

/// Reaches the database once; the tables are not looked at.
pub(crate) async fn open(database: &Database, mode: Mode) -> Opened {
    let unknown = || Error::new(ErrorKind::Unsupported, "connect", "no such database");
    let kind = kind(database).ok_or_else(unknown)?;
    let opened = (kind.open)(database, mode).await;
    opened.map_err(|error| error.with("database", &database.url))
}

/// Why it cannot be reached, and whether it may be by itself a little later.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn unreached(error: sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(|told| told.code());
    // SQLite: cannot open (14), busy (5). PostgreSQL: starting or stopping, too many connections, no such database.
    let passing = ["14", "5", "57P01", "57P02", "57P03", "53300", "3D000"];
    let kind = match &error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => {
            ErrorKind::ConnectionLost
        }
        _ if code.as_deref().is_some_and(|code| passing.contains(&code)) => {
            ErrorKind::ConnectionLost
        }
        sqlx::Error::Configuration(_) => ErrorKind::Invalid,
        _ => ErrorKind::PermissionDenied,
    };
    Error::new(kind, "connect", error.to_string()).because(error)
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::{CONNECT, Database, unreached};
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
    use std::{str::FromStr, sync::Arc, time::Duration};
    use tidings::Result;
    use tidings_outbox::{Store, sqlite::SqliteStore};

    /// A file that is not there is not made: the service makes it.
    pub(super) async fn open(database: &Database) -> Result<Arc<dyn Store>> {
        let options = SqliteConnectOptions::from_str(database.url.reveal()).map_err(unreached)?;
        let options = options.busy_timeout(Duration::from_secs(20));
        let pool = SqlitePoolOptions::new()
            .max_connections(database.connections)
            .acquire_timeout(CONNECT);
        let pool = pool.connect_with(options).await.map_err(unreached)?;
        Ok(Arc::new(SqliteStore::new(pool)))
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::{CONNECT, Database, unreached};
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::{str::FromStr, sync::Arc};
    use tidings::Result;
    use tidings_outbox::{Store, postgres::PostgresStore};

    pub(super) async fn open(database: &Database) -> Result<Arc<dyn Store>> {
        let mut options = PgConnectOptions::from_str(database.url.reveal()).map_err(unreached)?;
        options = options.application_name("tidings-relay");
        if let Some(password) = &database.password {
            options = options.password(password.reveal());
        }
        let pool = PgPoolOptions::new()
            .max_connections(database.connections)
            .acquire_timeout(CONNECT);
        let pool = pool.connect_with(options).await.map_err(unreached)?;
        // What tails is opened here, by the mode.
        Ok(Arc::new(PostgresStore::new(pool)))
    }
}
