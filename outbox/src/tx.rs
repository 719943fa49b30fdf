//! The transaction of a handler.
use crate::{Transacting, begin::begin, fault};
use sqlx::{Database, Pool, Transaction};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{Context, Error, ErrorKind, HandlerError};
use tokio::{
    runtime::Handle,
    sync::{Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard},
    time::timeout,
};

/// What a handler is given: none once it has ended.
type Slot<DB> = Mutex<Option<Transaction<'static, DB>>>;

/// What a handler has left that has ended, or has not begun.
pub(crate) type Open<'a, DB> = MutexGuard<'a, Option<Transaction<'static, DB>>>;

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
pub struct HandlerTransaction<DB: Transacting> {
    slot: Arc<Slot<DB>>,
    /// Nothing is committed until then.
    is_held: Arc<AtomicBool>,
}

/// How often a session is tried to be restored that was cut off; an operator may step in.
const TRIES: usize = 3;

/// What has a database roll back, or commit, in the middle.
const PASSED_OVER: &str =
    "an error of the database that the handler passed over, or a statement that commits by itself";

impl<DB: Transacting> HandlerTransaction<DB> {
    /// Begins one, as [`Transactional`](crate::Transactional) does unless told otherwise.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(pool: &Pool<DB>) -> sqlx::Result<Self> {
        Self::begin_with(pool, DB::BEGIN).await
    }

    /// Begins one by that statement.
    pub(crate) async fn begin_with(pool: &Pool<DB>, statement: &'static str) -> sqlx::Result<Self> {
        let begun = begin(pool, statement).await?;
        let this = Self {
            slot: Arc::new(Mutex::new(Some(begun))),
            is_held: Arc::new(AtomicBool::new(true)),
        };
        if let Some(transaction) = &mut *this.slot.lock().await {
            DB::hold(transaction, &this.is_held).await?;
            if let Some(mark) = DB::MARK {
                DB::run(transaction, mark).await?;
            }
        }
        Ok(this)
    }

    /// Gives it to the handler that is called with that context.
    pub fn give(&self, context: &Context) {
        context.give(self.slot());
    }

    /// Commits what the handler did, which has ended.
    ///
    /// # Errors
    /// When it, or something that it has begun, still works in it; and when the database does not commit, as where it has rolled back
    /// in the middle because of an error that the handler passed over.
    pub async fn commit(self) -> Result<(), HandlerError> {
        let open = self.open().map_err(HandlerError::retry)?;
        let committed = self.committed(open, false).await;
        committed.map_err(HandlerError::retry)
    }

    /// Commits what is [open](Self::open), of which somebody may know that it is not over. Nobody else gets at it in between.
    pub(crate) async fn committed(
        &self,
        mut open: Open<'_, DB>,
        goes_on: bool,
    ) -> Result<(), Error> {
        self.is_held.store(false, Relaxed);
        let committed = committed(&mut open, goes_on).await;
        committed.map_err(|error| over(fault::of("commit", error)))?;
        // What is left of it is nothing.
        *open = None;
        Ok(())
    }

    /// What is given.
    pub(crate) fn slot(&self) -> Arc<Slot<DB>> {
        self.slot.clone()
    }

    /// What a handler has left that has ended, or has not begun.
    pub(crate) fn open(&self) -> Result<Open<'_, DB>, Error> {
        let left = "something that the handler has begun still works in its transaction; wait for it before you return";
        let slot = self.slot.try_lock().ok().filter(|slot| slot.is_some());
        slot.ok_or_else(|| Error::new(ErrorKind::InUse, "commit", left))
    }

    /// Rolls back what a handler did that has failed; where that fails the connection goes, and the database does it.
    pub(crate) async fn roll_back(self) {
        let Ok(mut slot) = self.open() else {
            return;
        };
        let rolled_back = match (DB::RESTORE, &mut *slot) {
            (Some(restore), Some(transaction)) => DB::run(transaction, restore).await,
            (_, slot) => match slot.take() {
                Some(transaction) => transaction.rollback().await,
                None => Ok(()),
            },
        };
        match rolled_back {
            Ok(()) => *slot = None,
            Err(error) => {
                let error = fault::of("roll back", error);
                tracing::debug!(%error, "a transaction ends with its connection");
            }
        }
    }
}

async fn committed<DB: Transacting>(
    open: &mut Option<Transaction<'static, DB>>,
    goes_on: bool,
) -> sqlx::Result<()> {
    let Some(transaction) = open else {
        return Ok(());
    };
    if let Some(commit) = DB::COMMIT {
        return DB::run(transaction, commit).await;
    }
    if let Some(check) = DB::CHECK.filter(|_| !goes_on) {
        DB::run(transaction, check).await?;
    }
    match open.take() {
        Some(transaction) => transaction.commit().await,
        None => Ok(()),
    }
}

/// The error of a transaction that is another than the one that began.
#[cfg(feature = "postgres")]
pub(crate) fn another() -> Error {
    let reason = "the transaction of the handler is over";
    Error::new(ErrorKind::Conflict, "commit", reason).with("after", PASSED_OVER)
}

/// An error of the end of a transaction, with why where it was over.
pub(crate) fn over(error: Error) -> Error {
    let source = std::error::Error::source(&error);
    match source
        .and_then(|source| source.downcast_ref())
        .is_some_and(was_over)
    {
        true => error.with("after", PASSED_OVER),
        false => error,
    }
}

/// Whether there was no transaction any more, as `PostgreSQL` and `SQLite` say it, or no mark of it, as `MySQL` does; or, in `SQLite`,
/// whether what would have been committed alone was not.
fn was_over(error: &sqlx::Error) -> bool {
    let told = error.as_database_error().and_then(|error| error.code());
    told.is_some_and(|code| ["25P01", "25P02", "42000", "1", "531"].contains(&&*code))
}

impl<DB: Transacting> fmt::Debug for HandlerTransaction<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HandlerTransaction")
            .field(&DB::NAME)
            .finish()
    }
}

impl<DB: Transacting> Drop for HandlerTransaction<DB> {
    fn drop(&mut self) {
        self.is_held.store(false, Relaxed);
        if let Ok(mut slot) = self.slot.try_lock() {
            abandon(slot.take());
        } else if let Ok(runtime) = Handle::try_current() {
            let slot = self.slot.clone();
            runtime.spawn(async move { abandon(slot.lock().await.take()) });
        }
    }
}

/// Rolls back one that was cut off. Its session goes back to the pool as it was.
fn abandon<DB: Transacting>(transaction: Option<Transaction<'static, DB>>) {
    let (Some(mut transaction), Some(restore)) = (transaction, DB::RESTORE) else {
        return;
    };
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    runtime.spawn(async move {
        for _ in 0..TRIES {
            if DB::run(&mut transaction, restore).await.is_ok() {
                return;
            }
        }
    });
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

    #[tokio::test]
    async fn of_a_transaction_that_was_over_it_is_told_what_may_end_one() -> sqlx::Result<()> {
        let pool = SqlitePool::connect("sqlite::memory:").await?;
        let told = |error| over(fault::of("commit", error)).to_string();
        let commit = sqlx::raw_sql("commit").execute(&pool).await;
        let was_over = told(commit.expect_err("there is none"));
        assert!(was_over.contains(PASSED_OVER), "{was_over}");
        sqlx::raw_sql("create table t (id integer primary key); insert into t values (1)")
            .execute(&pool)
            .await?;
        let twice = sqlx::raw_sql("insert into t values (1)")
            .execute(&pool)
            .await;
        for error in [twice.expect_err("it is there"), sqlx::Error::PoolTimedOut] {
            let other = told(error);
            assert!(!other.contains(PASSED_OVER), "{other}");
        }
        Ok(())
    }
}
