//! The transaction of a handler.
use crate::fault;
use sqlx::{Database, Pool, Transaction};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};
use tidings::{Context, HandlerError};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard},
    time::timeout,
};

/// What a handler is given: none once it has ended.
type Slot<DB> = Mutex<Option<Transaction<'static, DB>>>;

/// How long a handler waits for its own transaction: it may hold it itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The transaction of a handler, for one query after the other. It derefs to the connection; `begin` makes a savepoint. Whoever asks
/// for it meanwhile waits, for ten seconds at most: let go of it before you ask again, as by the end of a statement.
pub struct Tx<DB: Database>(
    OwnedMappedMutexGuard<Option<Transaction<'static, DB>>, Transaction<'static, DB>>,
);

impl<DB: Database> Deref for Tx<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Database> DerefMut for Tx<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<DB: Database> fmt::Debug for Tx<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tx").field(&DB::NAME).finish()
    }
}

/// The transaction of the handler whose context that is: what it writes there is committed with the note that the message was
/// received and with what it sends, or not at all. The module of each database has it as a method, `context.tx()`, by its trait
/// `InTransaction`.
///
/// # Errors
/// When there is none, because the service has no layer [`Transactional`](crate::Transactional) of that database, or the handler has
/// ended.
pub async fn tx<DB: Database>(context: &Context) -> Result<Tx<DB>, HandlerError> {
    let Some(slot) = context.given::<Slot<DB>>() else {
        let name = DB::NAME;
        let missing = format!(
            "the handler has no transaction of {name}: add `tidings_outbox::Transactional::new(pool)` with its pool to the layers of the router"
        );
        return Err(HandlerError::retry(missing));
    };
    let Ok(held) = timeout(PATIENCE, slot.lock_owned()).await else {
        let reason = format!(
            "the transaction was in use for {PATIENCE:?}: let go of what `tx` gave before you ask for it again"
        );
        return Err(HandlerError::retry(reason));
    };
    let held = OwnedMutexGuard::try_map(held, Option::as_mut);
    let ended = "the handler has ended, and its transaction with it; wait for what you begin before you return";
    held.map(Tx).map_err(|_| HandlerError::retry(ended))
}

/// A transaction for a handler: [`Transactional`](crate::Transactional) gives it one, and so may a test that calls a handler itself.
/// Dropping it rolls back, at the latest when a task that the handler has left behind lets go of it.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # mod run {
/// use sqlx::SqlitePool;
/// use tidings::{HandlerError, Message, Received};
/// use tidings_outbox::{HandlerTransaction, sqlite::InTransaction as _};
///
/// async fn count(order: Received<Message>) -> Result<(), HandlerError> {
///     let query = sqlx::query("update orders set count = count + 1");
///     query.execute(&mut *order.context.tx().await?).await.map_err(HandlerError::retry)?;
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = SqlitePool::connect("sqlite::memory:").await?;
/// sqlx::raw_sql("create table orders (count integer); insert into orders values (0)").execute(&pool).await?;
/// let order = Received::new(Message::new("an order"));
/// let transaction = HandlerTransaction::begin(&pool).await?;
/// transaction.give(&order.context);
/// count(order).await?;
/// transaction.commit().await?;
/// # let count: i64 = sqlx::query_scalar("select count from orders").fetch_one(&pool).await?;
/// # assert_eq!(count, 1);
/// # Ok(())
/// # }
/// # }
/// # #[cfg(feature = "sqlite")]
/// # run::main().unwrap();
/// ```
pub struct HandlerTransaction<DB: Database>(Arc<Slot<DB>>);

impl<DB: Database> HandlerTransaction<DB> {
    pub(crate) fn new(transaction: Transaction<'static, DB>) -> Self {
        Self(Arc::new(Mutex::new(Some(transaction))))
    }

    /// Begins one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(pool: &Pool<DB>) -> sqlx::Result<Self> {
        Ok(Self::new(pool.begin().await?))
    }

    /// Gives it to the handler that is called with that context.
    pub fn give(&self, context: &Context) {
        context.give(self.slot());
    }

    /// Commits what the handler did, which has ended.
    ///
    /// # Errors
    /// When it, or something that it has begun, still works in it; and when the database does not commit.
    pub async fn commit(self) -> Result<(), HandlerError> {
        let transaction = self.take()?;
        transaction.commit().await.map_err(HandlerError::retry)
    }

    /// What is given.
    pub(crate) fn slot(&self) -> Arc<Slot<DB>> {
        self.0.clone()
    }

    /// Takes it back from a handler that has ended.
    pub(crate) fn take(&self) -> Result<Transaction<'static, DB>, HandlerError> {
        let left = "something that the handler has begun still works in its transaction; wait for it before you return";
        let slot = self.0.try_lock();
        let transaction = slot.ok().and_then(|mut slot| slot.take());
        transaction.ok_or_else(|| HandlerError::retry(left))
    }

    /// Rolls back what a handler did that has failed.
    pub(crate) async fn roll_back(self) {
        if let Ok(transaction) = self.take() {
            roll_back(transaction).await;
        }
    }
}

impl<DB: Database> fmt::Debug for HandlerTransaction<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HandlerTransaction")
            .field(&DB::NAME)
            .finish()
    }
}

impl<DB: Database> Drop for HandlerTransaction<DB> {
    fn drop(&mut self) {
        if let Ok(mut slot) = self.0.try_lock() {
            *slot = None;
        } else if let Ok(runtime) = Handle::try_current() {
            let slot = self.0.clone();
            runtime.spawn(async move { *slot.lock().await = None });
        }
    }
}

/// Rolls back now; where that fails the connection goes, and the database does it.
pub(crate) async fn roll_back<DB: Database>(transaction: Transaction<'static, DB>) {
    if let Err(error) = transaction.rollback().await {
        let error = fault::of("roll back", error);
        tracing::debug!(%error, "a transaction ends with its connection");
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use sqlx::{Sqlite, SqlitePool};

    #[tokio::test]
    async fn a_handler_that_holds_its_transaction_and_asks_again_is_told()
    -> Result<(), Box<dyn std::error::Error>> {
        let pool = SqlitePool::connect("sqlite::memory:").await?;
        let (context, transaction) = (Context::default(), HandlerTransaction::begin(&pool).await?);
        transaction.give(&context);
        let held = tx::<Sqlite>(&context).await?;
        // Waiting takes no time.
        tokio::time::pause();
        let error = tx::<Sqlite>(&context).await.expect_err("it is held");
        assert!(error.to_string().contains("let go"), "{error}");
        drop(held);
        tx::<Sqlite>(&context).await?;
        transaction.commit().await?;
        let error = tx::<Sqlite>(&context).await.expect_err("it has ended");
        assert!(error.to_string().contains("has ended"), "{error}");
        Ok(())
    }
}
