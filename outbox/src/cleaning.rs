//! The inbox forgets what is old, as messages come.
use crate::Store;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::Str;
use tokio::time::{Instant, timeout};

/// How often something is forgotten of a consumer, and how long that may take: what is left is forgotten later.
const EVERY: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(50);

pub(crate) struct Cleaning {
    store: Arc<dyn Store>,
    /// None where all is kept.
    pub(crate) keep: Option<Duration>,
    /// When it is time again, by consumer.
    next: Mutex<HashMap<Str, Instant>>,
}

impl Cleaning {
    pub(crate) fn new(store: Arc<dyn Store>, keep: Option<Duration>) -> Self {
        Self {
            store,
            keep,
            next: Mutex::default(),
        }
    }

    /// A consumer has received something: forgets what it received long before, where it is time.
    /// Nobody waits for that.
    pub(crate) fn received(&self, consumer: &Str) {
        if let Some(keep) = self.keep.filter(|_| self.is_due(consumer)) {
            tokio::spawn(forget(self.store.clone(), consumer.clone(), keep));
        }
    }

    fn is_due(&self, consumer: &Str) -> bool {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        match next.get_mut(consumer) {
            Some(next) if *next > now => return false,
            Some(next) => *next = now + EVERY,
            None => drop(next.insert(consumer.clone(), now + EVERY)),
        }
        true
    }
}

async fn forget(store: Arc<dyn Store>, consumer: Str, keep: Duration) {
    match timeout(PATIENCE, store.forget(&consumer, keep)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(count)) => tracing::debug!(%consumer, count, "old messages forgotten"),
        Ok(Err(error)) => {
            tracing::warn!(%consumer, %error, "what was received long ago is not forgotten; the inbox grows");
        }
        Err(_) => tracing::debug!(%consumer, "there is more to forget"),
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::sqlite::SqliteStore;
    use sqlx::SqlitePool;

    #[tokio::test]
    async fn of_each_consumer_something_is_forgotten_once_a_minute() -> sqlx::Result<()> {
        let store = SqliteStore::new(SqlitePool::connect("sqlite::memory:").await?);
        let cleaning = Cleaning::new(Arc::new(store), None);
        tokio::time::pause();
        let are_due = || ["orders", "parcels"].map(|consumer| cleaning.is_due(&consumer.into()));
        for _ in 0..3 {
            assert_eq!(are_due(), [true; 2]);
            assert_eq!(are_due(), [false; 2]);
            tokio::time::advance(EVERY - Duration::from_millis(1)).await;
            assert_eq!(are_due(), [false; 2]);
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        Ok(())
    }
}
