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
