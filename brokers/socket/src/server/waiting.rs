//! The publishes of a session that wait for room or for their receivers, and how much of them there may be.
use crate::wire::WINDOW;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::sync::Notify;

/// Shares of all publishes that wait at a time; more, and nothing is read until some are done. Never so where the other end
/// keeps to the window, or the settlements that make room would not be read either.
const WAITING: usize = 2 * WINDOW;

#[derive(Default)]
pub(super) struct Waiting {
    shares: AtomicUsize,
    fewer: Notify,
}

/// The share of one that waits, until this is dropped.
pub(super) struct Held(Arc<Waiting>, usize);

impl Waiting {
    pub(super) fn hold(self: &Arc<Self>, share: u32) -> Held {
        let share = share as usize;
        self.shares.fetch_add(share, SeqCst);
        Held(self.clone(), share)
    }

    /// Waits until one more may wait.
    pub(super) async fn has_room(&self) {
        while self.shares.load(SeqCst) > WAITING {
            let mut fewer = pin!(self.fewer.notified());
            fewer.as_mut().enable();
            if self.shares.load(SeqCst) <= WAITING {
                return;
            }
            fewer.await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.shares.fetch_sub(self.1, SeqCst);
        self.0.fewer.notify_waiters();
    }
}
