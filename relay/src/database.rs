//! From the address of a database, and how its rows are found, to its store.
#[cfg(any(feature = "tailing", feature = "binlog"))]
mod address;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod reach;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod unreached;

use crate::{
    Failure,
    config::{Database, Mode},
};
use std::sync::Arc;
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tidings_outbox::Store;

/// How long one connection may take.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
const CONNECT: std::time::Duration = std::time::Duration::from_secs(5);

type Opened = Result<Arc<dyn Store>>;

type Open = fn(&Database) -> BoxFuture<'_, Opened>;

/// A kind of database.
struct Kind {
    schemes: &'static [&'static str],
    /// Opens it to read its tables.
    poll: Open,
    /// Opens it to read its log, or says why that cannot be.
    tail: Result<Open, &'static str>,
}

/// Those of this build.
const KINDS: &[Kind] = &[
    #[cfg(feature = "sqlite")]
    Kind {
        schemes: &["sqlite"],
        poll: |database| Box::pin(sqlite::open(database)),
        tail: Err("SQLite has no log that others read"),
    },
    #[cfg(feature = "postgres")]
    Kind {
        schemes: &["postgres", "postgresql"],
        poll: |database| Box::pin(postgres::open(database)),
        #[cfg(feature = "tailing")]
        tail: Ok(|database| Box::pin(postgres::tailing::open(database))),
        #[cfg(not(feature = "tailing"))]
        tail: Err("this build has no `--features tailing`"),
    },
    #[cfg(feature = "mysql")]
    Kind {
        schemes: &["mysql", "mariadb"],
        poll: |database| Box::pin(mysql::open(database)),
        #[cfg(feature = "binlog")]
        tail: Ok(|database| Box::pin(mysql::open_told(database))),
        #[cfg(not(feature = "binlog"))]
        tail: Err("this build has no `--features binlog`"),
    },
];

/// Those of any build, with the feature that each takes.
const FEATURES: &[(&str, &str)] = &[
    ("sqlite", "sqlite"),
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
];

/// How a database is opened, where this build knows it and can find its rows that way.
fn open_by(database: &Database, mode: Mode) -> Result<Open, String> {
    let scheme = database.url.scheme();
    let kind = KINDS.iter().find(|kind| kind.schemes.contains(&scheme));
    let kind = kind.ok_or_else(|| unknown(scheme))?;
    let reason = match (mode, kind.tail) {
        (Mode::Polling, _) => return Ok(kind.poll),
        (Mode::Tailing, Ok(tail)) => return Ok(tail),
        (Mode::Tailing, Err(reason)) => reason,
    };
    Err(format!(
        "`relay.mode` may not be `tailing`: {reason}; write `polling`, or leave it out"
    ))
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

/// Whether this build knows the database, and can find its rows that way.
pub(crate) fn check(database: &Database, mode: Mode) -> Result<(), Failure> {
    let open = open_by(database, mode);
    open.map(drop).map_err(Failure::Configured)
}

/// Reaches the database once; the tables are not looked at.
pub(crate) async fn open(database: &Database, mode: Mode) -> Opened {
    let unknown = |reason| Error::new(ErrorKind::Unsupported, "connect", reason);
    let open = open_by(database, mode).map_err(unknown)?;
    let opened = open(database).await;
    opened.map_err(|error| error.with("database", &database.url))
}
