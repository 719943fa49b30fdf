//! A connection of the pool, kept while there is much to do: whenever the pool lends one or gets it back, it asks the database.
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::time::Duration;
use tokio::time::Instant;

/// How long it is kept, since others may wait for one.
const KEPT: Duration = Duration::from_secs(1);

pub(crate) struct Lent {
    pub(crate) pool: PgPool,
    connection: Option<(PoolConnection<Postgres>, Instant)>,
}

impl Lent {
    pub(crate) fn new(pool: PgPool) -> Self {
        let connection = None;
        Self { pool, connection }
    }

    pub(crate) async fn get(&mut self) -> sqlx::Result<&mut PgConnection> {
        let kept = self.connection.take();
        let kept = kept.filter(|(_, since)| since.elapsed() < KEPT);
        let kept = match kept {
            Some(kept) => kept,
            None => (self.pool.acquire().await?, Instant::now()),
        };
        let (connection, _) = self.connection.insert(kept);
        Ok(connection)
    }

    /// There is nothing to do; or something has failed, and the pool is to see whether it still serves.
    pub(crate) fn give_back(&mut self) {
        self.connection = None;
    }

    /// What was done with it.
    pub(crate) fn done<T>(&mut self, done: sqlx::Result<T>) -> sqlx::Result<T> {
        if done.is_err() {
            self.give_back();
        }
        done
    }
}
