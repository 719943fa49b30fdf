//! The two clients of a transport that ask and create, made when the first question comes and kept, since a connection takes longer
//! than most answers.
use crate::link::Asking;
use rdkafka::{admin::AdminClient, consumer::BaseConsumer};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::Result;

/// What asks about topics, and what creates and removes them. It belongs to no group.
pub(crate) struct Clients {
    pub(crate) consumer: BaseConsumer<Asking>,
    pub(crate) admin: AdminClient<Asking>,
}

/// Them, once there are any.
#[derive(Clone, Default)]
pub(crate) struct Asker(Arc<Mutex<Option<Arc<Clients>>>>);

impl Asker {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Clients>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clients(&self, make: impl FnOnce() -> Result<Clients>) -> Result<Arc<Clients>> {
        let mut clients = self.lock();
        if let Some(clients) = &*clients {
            // What they are told meanwhile is of no use.
            drop(clients.consumer.poll(Duration::ZERO));
            return Ok(clients.clone());
        }
        let made = Arc::new(make()?);
        *clients = Some(made.clone());
        Ok(made)
    }

    /// Gives them up beside the caller, whom that would hold up.
    pub(crate) fn end(&self) {
        let Some(clients) = self.lock().take() else {
            return;
        };
        let ends = std::thread::Builder::new().name("tidings-kafka".to_owned());
        if let Err(error) = ends.spawn(move || drop(clients)) {
            tracing::debug!(%error, "clients are ended in place");
        }
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker").finish_non_exhaustive()
    }
}
