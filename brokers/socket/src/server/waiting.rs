//! The publishes of a session that wait for room or for their receivers, and how much of them there may be.
use crate::wire::{WINDOW, share};
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

pub(super) struct Waiting {
    shares: AtomicUsize,
    fewer: Notify,
    all: Arc<All>,
}

/// The bytes of those of all sessions.
#[derive(Default)]
pub(super) struct All(AtomicUsize);

/// The share of one that waits, and its bytes, until this is dropped.
pub(super) struct Held {
    waiting: Arc<Waiting>,
    share: usize,
    bytes: usize,
}

impl Waiting {
    pub(super) fn new(all: Arc<All>) -> Self {
        Self {
            shares: AtomicUsize::new(0),
            fewer: Notify::new(),
            all,
        }
    }

    pub(super) fn hold(self: &Arc<Self>, bytes: usize) -> Held {
        let (waiting, share) = (self.clone(), share(bytes) as usize);
        self.shares.fetch_add(share, SeqCst);
        self.all.0.fetch_add(bytes, SeqCst);
        Held {
            waiting,
            share,
            bytes,
        }
    }

    /// Whether as much waits in all sessions together as may. Reading goes on all the same: what makes room is among it.
    pub(super) fn is_crowded(&self, most: usize) -> bool {
        self.all.0.load(SeqCst) >= most
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
        self.waiting.shares.fetch_sub(self.share, SeqCst);
        self.waiting.all.0.fetch_sub(self.bytes, SeqCst);
        self.waiting.fewer.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        task::{Context, Waker},
    };

    fn is_ready(future: impl Future) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        pin!(future).poll(&mut context).is_ready()
    }

    #[test]
    fn nothing_is_read_while_more_than_two_windows_wait() {
        let waiting = Arc::new(Waiting::new(Arc::default()));
        let held = [WINDOW, WINDOW].map(|bytes| waiting.hold(bytes));
        assert!(is_ready(waiting.has_room()));
        let one_more = waiting.hold(1);
        let mut reads = pin!(waiting.has_room());
        assert!(!is_ready(reads.as_mut()));
        drop(one_more);
        assert!(is_ready(reads));
        assert!(waiting.is_crowded(2 * WINDOW));
        drop(held);
        assert!(!waiting.is_crowded(1));
    }
}
