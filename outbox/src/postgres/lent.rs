//! A connection of the pool, kept while there is much to do: whenever the pool lends one or gets it back, it asks the database.
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::time::Duration;
use tokio::time::Instant;

/// How long it is kept, since others may wait for one.
const KEPT: Duration = Duration::from_secs(1);

pub(crate) struct Lent {
    pub(crate) pool: PgPool,
    connection: Option<(PoolConnection<Postgres>, Instant)>,
    /// Whether what was begun with it has not ended.
    is_used: bool,
}

impl Lent {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            connection: None,
            is_used: false,
        }
    }

    pub(crate) async fn get(&mut self) -> sqlx::Result<&mut PgConnection> {
        match self.connection.take() {
            // What was given up is not waited for.
            Some((connection, _)) if self.is_used => drop(connection.detach()),
            Some(kept) if kept.1.elapsed() < KEPT => self.connection = Some(kept),
            _ => {}
        }
        let kept = match self.connection.take() {
            Some(kept) => kept,
            None => (self.pool.acquire().await?, Instant::now()),
        };
        self.is_used = true;
        let (connection, _) = self.connection.insert(kept);
        Ok(connection)
    }

    /// There is nothing to do; or something has failed, and the pool is to see whether it still serves.
    pub(crate) fn give_back(&mut self) {
        self.connection = None;
        self.is_used = false;
    }

    /// There is nothing to do for the moment.
    pub(crate) fn rest(&mut self) {
        if self
            .connection
            .as_ref()
            .is_some_and(|(_, since)| since.elapsed() >= KEPT)
        {
            self.give_back();
        }
    }

    /// What was done with it.
    pub(crate) fn done<T>(&mut self, done: sqlx::Result<T>) -> sqlx::Result<T> {
        self.is_used = false;
        if done.is_err() {
            self.give_back();
        }
        done
    }
}
