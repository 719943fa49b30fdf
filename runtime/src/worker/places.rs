//! How many handlers may run at a time: of one worker, or of all that compete for a channel together.
use std::{future::pending, sync::Arc};
use tokio::sync::Semaphore;

/// The places of a worker.
#[derive(Debug)]
pub(crate) enum Places {
    /// So many.
    Own(usize),
    /// Those that it has of all; one more than runs, while something is begun.
    Shared { free: Arc<Semaphore>, held: usize },
}

impl Places {
    /// Those of so many workers, which have that many together: what one has taken never waits for a place while another has
    /// one that it does not need.
    pub(crate) fn of(all: usize, workers: usize) -> Vec<Self> {
        let free = Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS)));
        let place = |_| match workers {
            1 => Self::Own(all),
            _ => Self::Shared {
                free: free.clone(),
                held: 0,
            },
        };
        (0..workers).map(place).collect()
    }

    /// Whether one more may begin, where so many run.
    #[inline]
    pub(super) fn take(&mut self, running: usize) -> bool {
        match self {
            Self::Own(all) => running < *all,
            Self::Shared { held, .. } if *held > running => true,
            Self::Shared { free, held } => {
                let permit = free.try_acquire().map(|permit| permit.forget());
                *held += usize::from(permit.is_ok());
                permit.is_ok()
            }
        }
    }

    /// Ends once one more may begin. Cancel-safe.
    pub(super) async fn taken(&mut self, running: usize) {
        if self.take(running) {
            return;
        }
        let Self::Shared { free, held } = self else {
            return pending().await;
        };
        if let Ok(permit) = free.acquire().await {
            permit.forget();
            *held += 1;
        }
    }

    /// Leaves what is not needed to others, those that wait first.
    #[inline]
    pub(super) fn leave(&mut self, running: usize) {
        if let Self::Shared { free, held } = self
            && *held > running
        {
            free.add_permits(*held - running);
            *held = running;
        }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        self.leave(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_place_that_one_leaves_is_for_whoever_waits() {
        let mut all = Places::of(2, 2);
        let (mut one, mut other) = (all.remove(0), all.remove(0));
        assert!(one.take(0) && one.take(0), "it has one to begin with");
        assert!(one.take(1), "and another");
        assert!(!other.take(0), "there is no third");
        let mut waits = Box::pin(other.taken(0));
        assert!(waits.as_mut().now_or_never().is_none());
        one.leave(1);
        assert!(!one.take(1), "it is the other's");
        assert!(waits.now_or_never().is_some());
        drop(one);
        assert!(other.take(1), "those of one that is gone are free");
    }
}
