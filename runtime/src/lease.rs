//! Deliveries that wait for whoever holds them: kept for another lease, and another, until they are settled.
use crate::transport::{DynSettler, Token};
use std::{
    collections::BTreeSet,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// What is out of one subscription. Clones share it.
#[derive(Clone)]
pub(crate) struct Leases {
    out: Arc<Mutex<BTreeSet<Token>>>,
    /// None where deliveries may be out for as long as one likes.
    lease: Option<Duration>,
}

impl Leases {
    pub(crate) fn of(lease: Option<Duration>) -> Self {
        let out = Arc::default();
        Self { out, lease }
    }

    /// A delivery is out until this is dropped.
    pub(crate) fn lease(&self, token: Token) -> Option<Leased> {
        self.lease?;
        self.out().insert(token);
        let leases = self.clone();
        Some(Leased { leases, token })
    }

    /// Keeps what is out, for ever.
    pub(crate) async fn keep(&self, settler: &dyn DynSettler) {
        let Some(lease) = self.lease else {
            return pending().await;
        };
        loop {
            sleep(lease / 3).await;
            let tokens: Vec<_> = self.out().iter().copied().collect();
            if tokens.is_empty() {
                continue;
            }
            // What hangs is begun anew, whatever became of it.
            match timeout(lease / 3, settler.extend(&tokens)).await {
                Ok(failed) => failed.first().into_iter().for_each(|(_, error)| {
                    tracing::debug!(%error, "leases not extended, the messages come again");
                }),
                Err(_) => tracing::debug!("leases not extended in time"),
            }
        }
    }

    fn out(&self) -> MutexGuard<'_, BTreeSet<Token>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery that is out.
pub(crate) struct Leased {
    leases: Leases,
    token: Token,
}

impl Drop for Leased {
    fn drop(&mut self) {
        self.leases.out().remove(&self.token);
    }
}
