//! How the transactions of handlers begin: those of a database that is away, has no connection left or lets nobody in, wait, and so do
//! those of a message that another is handling.
use crate::{
    Bounded, Known, Noting as _, Transacting, fault, pauses::Pauses, reach, tx::HandlerTransaction,
};
use sqlx::Pool;
use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};
use tidings::Error;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The pauses before a database that is away is asked again.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// The pauses before it is asked again whether a message is still handled elsewhere.
const SOON: Duration = Duration::from_millis(5);
const LATER: Duration = Duration::from_millis(250);

/// What is noted of a message: the consumer, and the id.
pub(crate) type Noted<'a> = (&'a str, &'a str);

pub(crate) struct Begins<DB: Transacting> {
    pool: Pool<DB>,
    pub(crate) statement: &'static str,
    /// Where the database has one writer, those of this process take turns, rather than ask again and again.
    turns: Option<Semaphore>,
    is_away: AtomicBool,
    /// How much may wait in the outbox.
    pub(crate) bound: Option<Bounded>,
    is_full: AtomicBool,
}

impl<DB: Transacting> Begins<DB> {
    pub(crate) fn new(pool: Pool<DB>) -> Self {
        Self {
            pool,
            statement: DB::BEGIN,
            turns: DB::ONE_WRITER.then(|| Semaphore::new(1)),
            is_away: AtomicBool::new(false),
            bound: None,
            is_full: AtomicBool::new(false),
        }
    }

    /// Waits for room in the outbox, for as long as the handler may take, which is no attempt at the message.
    pub(crate) async fn room(&self) {
        let Some(bound) = &self.bound else {
            return;
        };
        let mut pauses = Pauses::new(FIRST, LONGEST);
        while let Err(error) = bound.check() {
            if is_first(&self.is_full) {
                tracing::warn!(%error, "handlers wait for room in the outbox");
            }
            pauses.rest().await;
        }
        self.is_full.store(false, Relaxed);
    }

    /// To be held until the transaction has ended.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match &self.turns {
            // It is never closed.
            Some(turns) => turns.acquire().await.ok(),
            None => None,
        }
    }

    /// The transaction of a handler, and when it began, as [`Noting`](crate::Noting) tells that; none where its message was handled.
    /// Where another is handling it that is waited for, without a connection. Nothing is asked of a message that may be handled again.
    pub(crate) async fn begin_new(
        &self,
        noted: Option<Noted<'_>>,
    ) -> Result<Option<(HandlerTransaction<DB>, i64)>, Error> {
        let mut pauses = Pauses::new(SOON, LATER);
        loop {
            let begun = self.begin().await;
            let transaction = begun.map_err(|error| fault::of("begin", error))?;
            let known = known(&transaction, noted).await?;
            if let Known::New(began) = known {
                return Ok(Some((transaction, began)));
            }
            transaction.roll_back().await;
            if known == Known::Handled {
                return Ok(None);
            }
            pauses.rest().await;
        }
    }

    /// Waits for as long as the handler may take, which is no attempt at the message.
    async fn begin(&self) -> sqlx::Result<HandlerTransaction<DB>> {
        let mut pauses = Pauses::new(FIRST, LONGEST);
        loop {
            match HandlerTransaction::begin_with(&self.pool, self.statement).await {
                Err(error) if fault::comes_back(&error) || fault::keeps_out(&error) => {
                    self.away(error).await;
                }
                begun => {
                    self.is_away.store(false, Relaxed);
                    return begun;
                }
            }
            pauses.rest().await;
        }
    }

    async fn away(&self, error: sqlx::Error) {
        if is_first(&self.is_away) {
            let error = fault::words(&reach::why(&self.pool, error).await);
            tracing::warn!(error, "handlers wait for the database");
        }
    }
}

/// Whether that is the first time since it was set back.
fn is_first(was: &AtomicBool) -> bool {
    !was.swap(true, Relaxed)
}

async fn known<DB: Transacting>(
    transaction: &HandlerTransaction<DB>,
    noted: Option<Noted<'_>>,
) -> Result<Known, Error> {
    match (noted, &mut *transaction.open()?) {
        (Some((consumer, id)), Some(open)) => open.note_begun(consumer, id).await,
        _ => Ok(Known::New(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_told_once() {
        let was = AtomicBool::new(false);
        assert_eq!([is_first(&was), is_first(&was)], [true, false]);
    }

    #[cfg(feature = "sqlite")]
    mod database {
        use super::*;
        use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
        use tokio::time::sleep;

        async fn begins(options: SqlitePoolOptions) -> sqlx::Result<Begins<sqlx::Sqlite>> {
            let pool: SqlitePool = options.connect("sqlite::memory:").await?;
            Ok(Begins::new(pool))
        }

        /// As of `with_begin`.
        #[tokio::test]
        async fn a_statement_that_begins_nothing_is_not_tried_again() -> sqlx::Result<()> {
            let mut begins = begins(SqlitePoolOptions::new()).await?;
            begins.statement = "begin nonsense";
            let begun = tokio::time::timeout(Duration::from_secs(10), begins.begin_new(None));
            let error = begun.await.expect("nobody waits for it").err();
            let error = error.expect("it makes no sense").to_string();
            assert!(error.contains("syntax error"), "{error}");
            Ok(())
        }

        #[tokio::test]
        async fn who_finds_no_connection_left_waits_for_one() -> sqlx::Result<()> {
            let one = SqlitePoolOptions::new().max_connections(1);
            let begins = begins(one.acquire_timeout(Duration::from_millis(500))).await?;
            let used = begins.pool.acquire().await?;
            let released = async {
                while !begins.is_away.load(Relaxed) {
                    sleep(Duration::from_millis(10)).await;
                }
                drop(used);
            };
            let (begun, ()) = tokio::join!(begins.begin_new(None), released);
            assert!(begun.is_ok_and(|begun| begun.is_some()));
            assert!(!begins.is_away.load(Relaxed));
            Ok(())
        }
    }
}
