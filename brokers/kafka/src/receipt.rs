//! The outcomes of messages that are published together, told one by one.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidings::{Error, Result};
use tokio::sync::Notify;

/// The outcomes of a batch, as they come.
pub(crate) struct Batch {
    outcomes: Mutex<Outcomes>,
    done: Notify,
}

struct Outcomes {
    all: Vec<Option<Result<()>>>,
    open: usize,
}

impl Batch {
    pub(crate) fn new(count: usize) -> Self {
        let mut all = Vec::new();
        all.resize_with(count, || None);
        Self {
            outcomes: Mutex::new(Outcomes { all, open: count }),
            done: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Outcomes> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, at: usize, outcome: Result<()>) {
        let mut outcomes = self.lock();
        if let Some(slot @ None) = outcomes.all.get_mut(at) {
            *slot = Some(outcome);
            outcomes.open -= 1;
        }
        if outcomes.open == 0 {
            self.done.notify_one();
        }
    }

    /// The first failure that was told and says why, and of which.
    pub(crate) fn first_failure(&self, says: impl Fn(&Error) -> bool) -> Option<(usize, Error)> {
        let outcomes = self.lock();
        let mut all = outcomes.all.iter().enumerate();
        all.find_map(|(at, outcome)| {
            let error = outcome.as_ref()?.as_ref().err()?;
            says(error).then(|| (at, error.clone()))
        })
    }

    /// All that were told, and that one for the rest; nothing that is told later counts.
    pub(crate) fn outcomes(&self, rest: impl Fn() -> Error) -> Vec<Result<()>> {
        let all = std::mem::take(&mut self.lock().all).into_iter();
        all.map(|outcome| outcome.unwrap_or_else(|| Err(rest())))
            .collect()
    }

    /// Ends when every outcome has been told.
    pub(crate) async fn all(&self) {
        if self.lock().open > 0 {
            self.done.notified().await;
        }
    }
}

/// Whose outcome the library tells.
pub(crate) struct Receipt {
    batch: Arc<Batch>,
    at: usize,
}

impl Receipt {
    pub(crate) fn new(batch: &Arc<Batch>, at: usize) -> Self {
        let batch = batch.clone();
        Self { batch, at }
    }

    pub(crate) fn tell(self, outcome: Result<()>) {
        self.batch.tell(self.at, outcome);
    }
}
