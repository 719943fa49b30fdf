//! The connection of a connecting end, as long as anybody needs it.
use super::{driver, state::Shared};
use crate::wire::WINDOW;
use std::sync::{Arc, Mutex, PoisonError};
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
        let driver = self
            .driver
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        driver.inspect(JoinHandle::abort);
    }
}

impl Line {
    pub(super) fn open(shared: Arc<Shared>) -> Self {
        let driver = tokio::spawn(driver::drive(shared.clone()));
        Self {
            shared,
            driver: Mutex::new(Some(driver)),
            window: Semaphore::new(WINDOW),
        }
    }
}
