//! Whether AWS is there: what the last requests said of it. HTTP keeps no connection, so that a transport with nothing else to say asks
//! now and then.
use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tidings::{Error, ErrorKind, Result, transport::State};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// How soon it is asked again while it is not there.
const AGAIN: Duration = Duration::from_millis(500);

pub(crate) struct Link {
    state: watch::Sender<State>,
    closing: watch::Sender<bool>,
    /// When it last answered.
    answered: Mutex<Instant>,
}

impl Link {
    pub(crate) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::Connected),
            closing: watch::Sender::new(false),
            answered: Mutex::new(Instant::now()),
        }
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Takes in what became of a request: an answer of any kind, or none.
    pub(crate) fn note(&self, error: Option<&Error>) {
        let is_lost =
            |error: &&Error| matches!(error.kind(), ErrorKind::ConnectionLost | ErrorKind::Timeout);
        let lost = error.filter(is_lost);
        if lost.is_none() {
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        self.state.send_if_modified(|state| {
            let next = match (&*state, lost) {
                (State::Connected, Some(error)) => State::Reconnecting {
                    since: Instant::now(),
                    reason: error.reason().into(),
                },
                (State::Reconnecting { .. }, None) => State::Connected,
                _ => return false,
            };
            *state = next;
            true
        });
    }

    /// How long it is silent already.
    fn silence(&self) -> Duration {
        let answered = self.answered.lock();
        answered.unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    pub(crate) fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.state.borrow() == State::Closed
    }

    /// From now on nothing new begins.
    pub(crate) fn begin_to_close(&self) {
        self.closing.send_replace(true);
    }

    pub(crate) fn close(&self) {
        self.begin_to_close();
        self.state.send_replace(State::Closed);
    }

    /// How long to wait until it is to be asked whether it is there.
    pub(crate) fn pause(&self, heartbeat: Duration) -> Duration {
        match *self.state.borrow() {
            State::Connected => heartbeat.saturating_sub(self.silence()),
            _ => Duration::ZERO,
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}

/// Asks whenever that is due, until there is nobody to ask for.
pub(crate) async fn beat<F>(
    heartbeat: Duration,
    pause: impl Fn() -> Option<Duration>,
    ask: impl Fn() -> Option<F>,
) where
    F: Future<Output = Result<()>>,
{
    // No sooner than that, whatever became of the last time.
    let least = AGAIN.min(heartbeat);
    while let Some(wait) = pause() {
        if wait.is_zero() {
            let Some(asking) = ask() else { return };
            drop(asking.await);
            sleep(least).await;
        } else {
            sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answers_is_there_whatever_it_says() {
        let link = Link::new();
        let state = link.state();
        let refused = Error::new(ErrorKind::PermissionDenied, "publish", "");
        link.note(Some(&refused));
        assert_eq!(*state.borrow(), State::Connected);
        let lost = Error::new(ErrorKind::ConnectionLost, "publish", "it is away");
        link.note(Some(&lost));
        assert!(
            matches!(&*state.borrow(), State::Reconnecting { reason, .. } if &**reason == "it is away")
        );
        link.note(Some(&refused));
        assert_eq!(*state.borrow(), State::Connected);
        link.close();
        link.note(None);
        assert_eq!(*state.borrow(), State::Closed);
    }
}
