//! What is still to be done for subscriptions that are gone: queues of their own are deleted. Closing waits for it, since AWS keeps them.
use crate::client::Core;
use std::sync::{Mutex, PoisonError};
use tidings::BoxFuture;
use tokio::{runtime::Handle, sync::watch};

/// What tags what goes with whoever made it, and may be left behind where its process died.
pub(crate) const TAG: &str = "tidings";

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

/// What is to be done once, by whoever comes first: who drops the subscription, who closes its transport, or whoever fails to make it.
pub(crate) struct Afterwards {
    what: Mutex<Option<BoxFuture<'static, ()>>>,
    core: Core,
    handle: Handle,
}

impl Afterwards {
    /// Nothing.
    pub(crate) fn none(core: &Core) -> Self {
        Self::of(core, None)
    }

    /// That, whatever becomes of what it is for. Said before there is anything to be undone.
    pub(crate) fn new(core: &Core, what: BoxFuture<'static, ()>) -> Self {
        Self::of(core, Some(what))
    }

    fn of(core: &Core, what: Option<BoxFuture<'static, ()>>) -> Self {
        Self {
            what: Mutex::new(what),
            core: core.clone(),
            handle: Handle::current(),
        }
    }

    pub(crate) fn take(&self) -> Option<BoxFuture<'static, ()>> {
        let mut what = self.what.lock().unwrap_or_else(PoisonError::into_inner);
        what.take()
    }

    /// Begins to do it.
    pub(crate) fn begin(&self) {
        if let Some(what) = self.take() {
            let left = Left::of(&self.core);
            self.handle.spawn(async move {
                what.await;
                drop(left);
            });
        }
    }
}

impl Drop for Afterwards {
    fn drop(&mut self) {
        self.begin();
    }
}
