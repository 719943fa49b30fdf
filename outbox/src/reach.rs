//! Why a pool gives no connection: it tries again in silence, and then says no more than how long it has waited.
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server;

#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use server::{Server, failed};
use sqlx::{ConnectOptions as _, Connection as _, Database, Pool};
use std::{io, time::Duration};
use tokio::time::timeout;

/// How long a server has for its first word.
const PATIENCE: Duration = Duration::from_secs(5);

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
