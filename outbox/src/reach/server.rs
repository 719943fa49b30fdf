//! Errors with the server that was asked.
use super::why;
use crate::fault;
use sqlx::{Database, Pool};
use tidings::Error;

/// A database that is a server.
pub(crate) trait Server: Database {
    /// Where it is.
    fn place(pool: &Pool<Self>) -> String;
}

/// What went wrong during an operation that a pool was asked for, and at which server.
pub(crate) async fn failed<DB: Server>(
    operation: &'static str,
    pool: &Pool<DB>,
    error: sqlx::Error,
) -> Error {
    let error = why(pool, error).await;
    let is_there = matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::Database(_));
    let failed = fault::of(operation, error);
    match is_there {
        true => failed,
        false => failed.with("server", DB::place(pool)),
    }
}
