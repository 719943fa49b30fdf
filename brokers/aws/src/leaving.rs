//! What is still to be done for subscriptions that are gone: queues of their own are deleted. Closing waits for it, since AWS keeps them.
use crate::client::Core;
use std::sync::{Mutex, PoisonError};
use tidings::BoxFuture;
use tokio::sync::watch;

/// How much of it is under way.
#[derive(Default)]
pub(crate) struct Leaving(watch::Sender<usize>);

impl Leaving {
    /// Until nothing is.
    pub(crate) async fn over(&self) {
        let mut count = self.0.subscribe();
        drop(count.wait_for(|count| *count == 0).await);
    }
}

/// Some of it, until it is dropped.
pub(crate) struct Left(Core);

impl Left {
    pub(crate) fn of(core: &Core) -> Self {
        core.0.leaving.0.send_modify(|count| *count += 1);
        Self(core.clone())
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        self.0.0.leaving.0.send_modify(|count| *count -= 1);
    }
}

/// What is to be done once, by whoever comes first: who drops the subscription, or who closes its transport.
pub(crate) struct Afterwards(Mutex<Option<BoxFuture<'static, ()>>>);

impl Afterwards {
    pub(crate) fn new(what: Option<BoxFuture<'static, ()>>) -> Self {
        Self(Mutex::new(what))
    }

    pub(crate) fn take(&self) -> Option<BoxFuture<'static, ()>> {
        let mut what = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        what.take()
    }
}
