//! Waiting for the outcome of a call.
use super::{
    calls::{Outcomes, Place, closed},
    state::Shared,
};
use crate::wire::Frame;
use tidings::Result;
use tokio::sync::oneshot;

/// A call that waits for its outcome; dropped, it is not sent any more.
pub(super) struct Waiting<'a> {
    shared: &'a Shared,
    request: u64,
    outcome: oneshot::Receiver<Result<Outcomes>>,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        request: u64,
        outcome: oneshot::Receiver<Result<Outcomes>>,
    ) -> Self {
        Self {
            shared,
            request,
            outcome,
        }
    }

    pub(super) async fn outcome(&mut self) -> Result<Outcomes> {
        let outcome = (&mut self.outcome).await;
        outcome.unwrap_or_else(|_| Err(closed("call")))
    }

    /// Gives it up; gives whether it can be known that it was never sent.
    pub(super) fn withdraw(self) -> bool {
        self.forget()
    }

    fn forget(&self) -> bool {
        let mut state = self.shared.state();
        let place = state.calls.forget(self.request);
        let is_unsent = place.is_some_and(|Place { number, was_sent }| {
            let replace = |number| self.shared.outbox.replace(number, Frame::Void.encode());
            number.is_none_or(replace) && !was_sent
        });
        drop(state);
        self.shared.progress.notify_waiters();
        is_unsent
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.forget();
    }
}
