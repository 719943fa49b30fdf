//! The transaction of a handler.
use crate::fault;
use sqlx::{Database, Transaction};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};
use tidings::{Context, HandlerError};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard},
};

/// What a handler is given: none once it has ended.
type Slot<DB> = Mutex<Option<Transaction<'static, DB>>>;

/// The transaction of a handler, for one query after the other. It derefs to the connection; `begin` makes a savepoint. Whoever asks
/// for it meanwhile waits: let go of it before you ask again, as by the end of a statement.
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
    let held = OwnedMutexGuard::try_map(slot.lock_owned().await, Option::as_mut);
    let ended = "the handler has ended, and its transaction with it; wait for what you begin before you return";
    held.map(Tx).map_err(|_| HandlerError::retry(ended))
}

/// A transaction that a handler is given. Dropping it rolls back, at the latest when a task that the handler has left behind lets go
/// of it.
pub(crate) struct Open<DB: Database>(Arc<Slot<DB>>);

impl<DB: Database> Open<DB> {
    pub(crate) fn new(transaction: Transaction<'static, DB>) -> Self {
        Self(Arc::new(Mutex::new(Some(transaction))))
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

impl<DB: Database> Drop for Open<DB> {
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
