//! How one transaction begins.
use sqlx::{Connection as _, Database, Pool, Transaction};
use std::time::Duration;
use tokio::time::sleep;

/// How often connections are looked at that may be confused, and how long one takes to be back in its pool.
const TRIES: usize = 10;
const RETURN: Duration = Duration::from_millis(10);

/// Begins a transaction. Of a connection where the database has ended one by itself, as SQLite does where the disk is full, `sqlx` goes
/// on to think that it has one, and begins no other; such connections are closed.
pub(crate) async fn begin<DB: Database>(
    pool: &Pool<DB>,
    statement: &'static str,
) -> sqlx::Result<Transaction<'static, DB>> {
    for _ in 0..TRIES {
        match pool.begin_with(statement).await {
            Err(sqlx::Error::InvalidSavePointStatement) => close_confused(pool).await,
            begun => return begun,
        }
    }
    pool.begin_with(statement).await
}

async fn close_confused<DB: Database>(pool: &Pool<DB>) {
    // It goes back to the pool by a task of its own.
    sleep(RETURN).await;
    let mut sound = Vec::new();
    while let Some(connection) = pool.try_acquire() {
        match connection.is_in_transaction() {
            true => drop(connection.close().await),
            false => sound.push(connection),
        }
    }
}
