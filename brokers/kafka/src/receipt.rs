//! What becomes of a record that is sent: told once, and waited for by who sent it. One allocation a record is all that it costs, since
//! the library holds the same receipt.
use std::{
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};
use tidings::{Error, Result};

/// The outcome of a record, once there is one.
pub(crate) struct Receipt(Mutex<State>);

enum State {
    /// Nobody has told it; whoever waits is woken by that.
    Open(Option<Waker>),
    Told(Result<()>),
    Taken,
}

impl Receipt {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Open(None))))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first that is told counts.
    pub(crate) fn tell(&self, outcome: Result<()>) {
        let mut state = self.lock();
        let State::Open(waits) = &mut *state else {
            return;
        };
        let waits = waits.take();
        *state = State::Told(outcome);
        drop(state);
        if let Some(waits) = waits {
            waits.wake();
        }
    }

    /// What was told, once it has been. One task waits, once.
    pub(crate) async fn outcome(&self) -> Result<()> {
        poll_fn(|task| self.poll(task)).await
    }

    fn poll(&self, task: &mut Context<'_>) -> Poll<Result<()>> {
        let mut state = self.lock();
        match &mut *state {
            State::Open(Some(waits)) => waits.clone_from(task.waker()),
            State::Open(none) => *none = Some(task.waker().clone()),
            State::Told(_) => {
                if let State::Told(outcome) = mem::replace(&mut *state, State::Taken) {
                    return Poll::Ready(outcome);
                }
            }
            State::Taken => {}
        }
        Poll::Pending
    }

    /// Why it failed, where that was told.
    pub(crate) fn failure(&self) -> Option<Error> {
        match &*self.lock() {
            State::Told(Err(error)) => Some(error.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::pin, task::Wake};
    use tidings::ErrorKind;

    struct Woken(Mutex<usize>);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
    }

    fn error(kind: ErrorKind) -> Error {
        Error::new(kind, "publish", "")
    }

    #[test]
    fn who_waits_is_woken_once_and_the_first_outcome_counts() {
        let (receipt, woken) = (Receipt::new(), Arc::new(Woken(Mutex::new(0))));
        let waker = woken.clone().into();
        let mut task = Context::from_waker(&waker);
        let mut outcome = pin!(receipt.outcome());
        for _ in 0..2 {
            assert!(outcome.as_mut().poll(&mut task).is_pending());
        }
        assert!(receipt.failure().is_none());
        receipt.tell(Err(error(ErrorKind::Busy)));
        receipt.tell(Ok(()));
        let count = *woken.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(count, 1);
        let kind = |error: Option<Error>| error.map(|error| error.kind());
        assert_eq!(kind(receipt.failure()), Some(ErrorKind::Busy));
        let Poll::Ready(outcome) = outcome.as_mut().poll(&mut task) else {
            panic!("it was told");
        };
        assert_eq!(kind(outcome.err()), Some(ErrorKind::Busy));
    }
}
