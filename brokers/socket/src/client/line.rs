//! The connection of a connecting end, as long as anybody needs it.
use super::{driver, state::Shared};
use crate::{dial::Dial, wire::WINDOW};
use std::sync::{Arc, Mutex};
use tokio::{sync::Semaphore, task::JoinHandle};

/// Keeps the task that holds the connection, as long as anybody needs it.
pub(crate) struct Line {
    pub(super) shared: Arc<Shared>,
    pub(super) driver: Mutex<Option<JoinHandle<()>>>,
    /// Bounds the publishes under way.
    pub(super) window: Semaphore,
}

impl Drop for Line {
    fn drop(&mut self) {
        // The driver says so, and ends by itself.
        self.shared.end(None);
    }
}

impl Line {
    pub(super) fn open(shared: Arc<Shared>, dial: Dial) -> Self {
        let driver = tokio::spawn(driver::drive(shared.clone(), dial));
        Self {
            shared,
            driver: Mutex::new(Some(driver)),
            window: Semaphore::new(WINDOW),
        }
    }
}
