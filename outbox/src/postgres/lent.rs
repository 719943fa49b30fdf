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
        let kept = self.connection.take();
        let kept = kept.and_then(|(connection, since)| match Fate::of(self.is_used, since) {
            // It is not waited for.
            Fate::GivenUp => {
                drop(connection.detach());
                None
            }
            Fate::Kept => Some((connection, since)),
            Fate::GivenBack => None,
        });
        let kept = match kept {
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
        let since = self.connection.as_ref().map(|(_, since)| *since);
        if since.map(|since| Fate::of(false, since)) == Some(Fate::GivenBack) {
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

/// What becomes of a connection.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// What was begun with it is under way still.
    GivenUp,
    Kept,
    GivenBack,
}

impl Fate {
    fn of(is_used: bool, since: Instant) -> Self {
        match (is_used, since.elapsed() < KEPT) {
            (true, _) => Self::GivenUp,
            (false, true) => Self::Kept,
            (false, false) => Self::GivenBack,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_kept_for_a_second_unless_something_is_under_way_on_it() {
        let since = Instant::now();
        assert_eq!(Fate::of(false, since), Fate::Kept);
        assert_eq!(Fate::of(true, since), Fate::GivenUp);
        tokio::time::advance(KEPT).await;
        assert_eq!(Fate::of(false, since), Fate::GivenBack);
        assert_eq!(Fate::of(true, since), Fate::GivenUp);
    }
}
