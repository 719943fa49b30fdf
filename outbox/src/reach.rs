//! Why a pool gives no connection: it tries again in silence, and then says no more than how long it has waited.
use crate::fault;
use sqlx::{ConnectOptions as _, Connection as _, Database, Pool};
use std::{io, time::Duration};
use tidings::Error;
use tokio::time::timeout;

/// How long a server has for its first word.
const PATIENCE: Duration = Duration::from_secs(5);

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

/// An error, or what a connection beside the pool meets where that has got none.
pub(crate) async fn why<DB: Database>(pool: &Pool<DB>, error: sqlx::Error) -> sqlx::Error {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match timeout(PATIENCE, pool.connect_options().connect()).await {
        // All that it may have are in use.
        Ok(Ok(connection)) => {
            drop(connection.close().await);
            error
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let reason = format!("nobody has answered for {PATIENCE:?}");
            io::Error::new(io::ErrorKind::TimedOut, reason).into()
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use sqlx::sqlite::SqlitePoolOptions;

    #[tokio::test]
    async fn a_pool_whose_connections_are_all_in_use_says_so() -> sqlx::Result<()> {
        let options = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_millis(500));
        let pool = options.connect("sqlite::memory:").await?;
        let _used = pool.acquire().await?;
        let error = pool.acquire().await.expect_err("there is no other");
        let error = why(&pool, error).await;
        assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error}");
        let error = why(&pool, sqlx::Error::PoolClosed).await;
        assert!(matches!(error, sqlx::Error::PoolClosed), "{error}");
        Ok(())
    }
}
