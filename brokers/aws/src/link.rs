//! Whether AWS is there: what the last requests said of it. HTTP keeps no connection, so that a transport with nothing else to say asks
//! now and then.
use std::{
    collections::BTreeSet,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{Error, ErrorKind, Result, transport::State};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// How soon it is asked again while it is not there.
const AGAIN: Duration = Duration::from_millis(500);

/// What answers for itself: one may be away while the other is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    /// Queues, or whatever a transport has alone.
    Main,
    #[cfg(feature = "sns")]
    Topics,
}

pub(crate) struct Link {
    state: watch::Sender<State>,
    away: Mutex<BTreeSet<Service>>,
    closing: watch::Sender<bool>,
    /// When it last answered.
    answered: Mutex<Instant>,
}

impl Link {
    pub(crate) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::Connected),
            away: Mutex::default(),
            closing: watch::Sender::new(false),
            answered: Mutex::new(Instant::now()),
        }
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    fn away(&self) -> MutexGuard<'_, BTreeSet<Service>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last that was asked of it had no answer.
    #[cfg(feature = "sns")]
    pub(crate) fn is_away(&self, service: Service) -> bool {
        self.away().contains(&service)
    }

    /// Takes in what became of a request: an answer of any kind, or none.
    pub(crate) fn note(&self, service: Service, error: Option<&Error>) {
        let is_lost =
            |error: &&Error| matches!(error.kind(), ErrorKind::ConnectionLost | ErrorKind::Timeout);
        let lost = error.filter(is_lost);
        let mut away = self.away();
        match lost {
            Some(_) => away.insert(service),
            None => away.remove(&service),
        };
        let is_all_there = away.is_empty();
        drop(away);
        if lost.is_none() {
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        self.state.send_if_modified(|state| {
            let next = match (&*state, lost) {
                (State::Connected, Some(error)) => State::Reconnecting {
                    since: Instant::now(),
                    reason: error.reason().into(),
                },
                (State::Reconnecting { .. }, None) if is_all_there => State::Connected,
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
        link.note(Service::Main, Some(&refused));
        assert_eq!(*state.borrow(), State::Connected);
        let lost = Error::new(ErrorKind::ConnectionLost, "publish", "it is away");
        link.note(Service::Main, Some(&lost));
        assert!(
            matches!(&*state.borrow(), State::Reconnecting { reason, .. } if &**reason == "it is away")
        );
        link.note(Service::Main, Some(&refused));
        assert_eq!(*state.borrow(), State::Connected);
        link.close();
        link.note(Service::Main, None);
        assert_eq!(*state.borrow(), State::Closed);
    }

    #[cfg(feature = "sns")]
    #[test]
    fn one_that_is_away_is_not_there_because_another_is() {
        let link = Link::new();
        let lost = Error::new(ErrorKind::Timeout, "publish", "it is away");
        link.note(Service::Topics, Some(&lost));
        link.note(Service::Main, None);
        assert!(matches!(
            &*link.state().borrow(),
            State::Reconnecting { .. }
        ));
        assert!(link.is_away(Service::Topics) && !link.is_away(Service::Main));
        link.note(Service::Topics, None);
        assert_eq!(*link.state().borrow(), State::Connected);
    }
}
