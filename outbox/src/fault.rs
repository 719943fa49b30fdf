//! Errors of a database as those of the runtime.
use tidings::{Error, ErrorKind};

/// What went wrong during an operation, on what.
pub(crate) fn of(operation: &'static str, error: sqlx::Error) -> Error {
    let missing = match &error {
        sqlx::Error::Database(told) => is_missing(told.message()),
        _ => false,
    };
    if missing {
        let reason =
            format!("{error}; make the tables by what `tidings outbox schema --db NAME` prints");
        return Error::new(ErrorKind::NotFound, operation, reason).because(error);
    }
    let kind = match &error {
        sqlx::Error::Database(told) if is_denied(told.message()) => ErrorKind::PermissionDenied,
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => ErrorKind::ConnectionLost,
        sqlx::Error::PoolClosed => ErrorKind::Closed,
        _ => ErrorKind::Unexpected,
    };
    Error::new(kind, operation, error.to_string()).because(error)
}

/// Whether a database says that a table of ours is not there: SQLite, PostgreSQL, MySQL.
fn is_missing(message: &str) -> bool {
    ["tidings_outbox", "tidings_received"]
        .iter()
        .any(|table| message.contains(table))
        && ["no such table", "does not exist", "doesn't exist"]
            .iter()
            .any(|words| message.contains(words))
}

/// Whether a database says that its user may not do that: MySQL, PostgreSQL.
fn is_denied(message: &str) -> bool {
    let told = ["command denied", "Access denied", "permission denied"];
    told.iter().any(|words| message.contains(words))
}

/// What is found in the place of the version that this crate works with.
pub(crate) fn version(found: Option<i32>) -> tidings::Result<()> {
    if found == Some(crate::VERSION) {
        return Ok(());
    }
    let found = found.map_or_else(|| "none".to_owned(), |found| found.to_string());
    let reason = format!(
        "the tables are of version {found}, this relay works with version {}; `tidings outbox schema --db NAME` prints that",
        crate::VERSION
    );
    Err(Error::new(ErrorKind::Conflict, "check", reason))
}
