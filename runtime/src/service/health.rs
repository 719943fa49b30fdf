//! How a service is doing, for whoever asks while it runs: what its workers say of themselves, and when they say it.
use crate::{Error, ErrorKind, Str, transport::State};
use std::{collections::BTreeMap, fmt, sync::Arc};
use tokio::sync::watch;

/// How a service is doing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Health {
    /// How its transport is doing.
    pub transport: State,
    /// The addresses that it works on.
    pub served: Vec<Str>,
    /// Why channels are served no more.
    pub failed: Vec<Error>,
}

impl Health {
    /// Whether it works on all of its channels, or would as soon as the broker is reached: one that does not is to be started
    /// anew.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.failed.is_empty() && !self.served.is_empty() && self.transport != State::Closed
    }

    /// Whether messages come through now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_alive() && self.transport == State::Connected
    }
}

/// Tells how a service is doing, wherever probes are answered: beside whoever waits until it [fails](super::Service::failed).
/// Cheap to clone. Of a service that has ended it tells that.
#[derive(Clone)]
pub struct Probe {
    transport: watch::Receiver<State>,
    workers: watch::Receiver<Workers>,
}

impl Probe {
    /// How it is doing now. Never waits.
    #[must_use]
    pub fn health(&self) -> Health {
        let workers = self.workers.borrow();
        Health {
            transport: self.transport.borrow().clone(),
            served: workers.served(),
            failed: workers.failed.iter().map(|(_, it)| it.clone()).collect(),
        }
    }

    /// The first failure behind so many, or none once all workers have ended. Cancel-safe.
    pub(super) async fn failure(&mut self, told: usize) -> Option<Error> {
        let is_news = |workers: &Workers| workers.failed.len() > told || workers.at.is_empty();
        self.workers.wait_for(is_news).await.ok();
        self.untold(told)
    }

    /// The same, where there is one by now.
    pub(super) fn untold(&self, told: usize) -> Option<Error> {
        let workers = self.workers.borrow();
        workers.failed.get(told).map(|(_, error)| error.clone())
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.health().fmt(f)
    }
}

/// What workers say.
#[derive(Default)]
struct Workers {
    /// How many there are of a channel, by its address.
    at: BTreeMap<Str, usize>,
    /// Which channels are served no more, and why.
    failed: Vec<(Str, Error)>,
}

impl Workers {
    fn has_failed(&self, address: &Str) -> bool {
        self.failed.iter().any(|(failed, _)| failed == address)
    }

    fn served(&self) -> Vec<Str> {
        let at = self.at.keys();
        at.filter(|address| !self.has_failed(address))
            .cloned()
            .collect()
    }

    /// The workers of a channel fail together, which is one failure.
    fn fail(&mut self, address: &Str, error: Error) {
        if !self.has_failed(address) {
            let error = error.with("channel", address);
            self.failed.push((address.clone(), error));
        }
    }

    fn end(&mut self, address: &Str) {
        if let Some(count) = self.at.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                self.at.remove(address);
            }
        }
    }
}

/// Where workers say how they are doing.
pub(super) struct Board {
    workers: Arc<watch::Sender<Workers>>,
}

impl Board {
    pub(super) fn new() -> Self {
        let workers = Arc::new(watch::Sender::default());
        Self { workers }
    }

    /// Tells what is said there.
    pub(super) fn probe(&self, transport: watch::Receiver<State>) -> Probe {
        let workers = self.workers.subscribe();
        Probe { transport, workers }
    }

    /// Counts one more worker of a channel.
    pub(super) fn post(&self, address: Str) -> Post {
        let count = |workers: &mut Workers| *workers.at.entry(address.clone()).or_default() += 1;
        self.workers.send_modify(count);
        Post {
            workers: self.workers.clone(),
            address,
            is_over: false,
        }
    }
}

/// That of a worker, which is gone with it.
pub(super) struct Post {
    workers: Arc<watch::Sender<Workers>>,
    address: Str,
    is_over: bool,
}

impl Post {
    /// The channel is served no more.
    pub(super) fn fail(&self, error: Error) {
        let fail = |workers: &mut Workers| workers.fail(&self.address, error);
        self.workers.send_modify(fail);
    }

    /// The worker has come to its end.
    pub(super) fn end(mut self) {
        self.is_over = true;
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        if !self.is_over {
            let reason = "a worker ended early";
            self.fail(Error::new(ErrorKind::Unexpected, "serve", reason));
        }
        let end = |workers: &mut Workers| workers.end(&self.address);
        self.workers.send_modify(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_alive_while_all_is_served_and_ready_while_it_is_connected_too() {
        let reconnecting = State::Reconnecting {
            since: tokio::time::Instant::now(),
            reason: "cut".into(),
        };
        let failure = Error::new(ErrorKind::Unexpected, "receive", "");
        for (transport, served, failed, expected) in [
            (State::Connected, true, false, (true, true)),
            (reconnecting, true, false, (true, false)),
            (State::Closed, true, false, (false, false)),
            (State::Connected, true, true, (false, false)),
            (State::Connected, false, false, (false, false)),
        ] {
            let served = served.then(|| "a".into()).into_iter().collect();
            let failed = failed.then(|| failure.clone()).into_iter().collect();
            let health = Health {
                transport,
                served,
                failed,
            };
            let told = (health.is_alive(), health.is_ready());
            assert_eq!(told, expected, "{health:?}");
        }
    }

    #[test]
    fn a_worker_that_panics_or_is_cut_off_has_failed_and_one_that_ends_has_not() {
        let board = Board::new();
        let probe = board.probe(watch::channel(State::Connected).1);
        let [one, other, third] = ["a", "a", "b"].map(|address| board.post(address.into()));
        assert_eq!(probe.health().served, ["a", "b"].map(Str::from));
        one.end();
        third.end();
        assert!(probe.health().is_alive());
        assert_eq!(probe.health().served, ["a"].map(Str::from));
        drop(other);
        let health = probe.health();
        assert_eq!((health.served.len(), health.failed.len()), (0, 1));
        let expected = "serve: unexpected: a worker ended early, channel `a`";
        assert_eq!(health.failed[0].to_string(), expected);
    }
}
