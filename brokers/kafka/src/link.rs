//! How the connection is doing, as the client library tells it.
use crate::fault::{self, words_of};
use rdkafka::{
    client::ClientContext, config::RDKafkaLogLevel, error::KafkaError, types::RDKafkaErrorCode,
};
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering::SeqCst},
};
use tidings::{Error, Str, transport::State};
use tokio::{sync::watch, time::Instant};

/// What is known of the connection to a cluster, shared by all clients of a transport.
#[derive(Debug)]
pub(crate) struct Link {
    state: watch::Sender<State>,
    /// What failed last.
    last: Mutex<Option<Failure>>,
    /// Nothing new is begun.
    is_closing: AtomicBool,
}

/// What failed at a connection.
#[derive(Debug, Clone)]
struct Failure {
    code: RDKafkaErrorCode,
    reason: Str,
}

impl Failure {
    /// Whether trying again cannot help: who one is, or the other end, is not what it should be.
    fn is_refusal(&self) -> bool {
        use RDKafkaErrorCode as Code;
        match self.code {
            Code::Authentication | Code::SaslAuthenticationFailed => true,
            Code::SSL => self.reason.contains("certificate"),
            _ => false,
        }
    }
}

impl Link {
    pub(crate) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::Connected),
            last: Mutex::new(None),
            is_closing: AtomicBool::new(false),
        }
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Whether nothing new is begun any more.
    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(SeqCst)
    }

    pub(crate) fn begin_closing(&self) {
        self.is_closing.store(true, SeqCst);
    }

    pub(crate) fn is_lost(&self) -> bool {
        matches!(*self.state.borrow(), State::Reconnecting { .. })
    }

    pub(crate) fn close(&self) {
        self.state.send_replace(State::Closed);
    }

    /// A broker answered.
    pub(crate) fn back(&self) {
        // Looking costs less than writing, which happens for every record.
        if !self.is_lost() {
            return;
        }
        self.state.send_if_modified(|state| {
            let was_lost = matches!(state, State::Reconnecting { .. });
            if was_lost {
                *state = State::Connected;
            }
            was_lost
        });
    }

    fn last(&self) -> MutexGuard<'_, Option<Failure>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the last thing failed that did.
    pub(crate) fn reason(&self) -> Option<Str> {
        self.last().as_ref().map(|failure| failure.reason.clone())
    }

    /// Why no broker lets us in, where trying again cannot help.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let last = self.last();
        let failure = last.as_ref().filter(|failure| failure.is_refusal())?;
        Some(fault::refused("connect", failure.code, &failure.reason))
    }

    /// A client failed at something; no broker at all is a lost connection.
    pub(crate) fn failed(&self, error: &KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "the client of the cluster tells a failure");
        let Some(code) = error.rdkafka_error_code() else {
            return;
        };
        let is_down = code == RDKafkaErrorCode::AllBrokersDown;
        let mut last = self.last();
        // That all are down says less than what was wrong with one of them.
        if !is_down || last.is_none() {
            let reason = words_of(reason).into();
            *last = Some(Failure { code, reason });
        }
        if is_down {
            let reason = last.as_ref().map(|failure| failure.reason.clone());
            drop(last);
            self.lost(reason.unwrap_or_default());
        }
    }

    fn lost(&self, reason: Str) {
        self.state.send_if_modified(|state| {
            let was_up = *state == State::Connected;
            if was_up {
                let since = Instant::now();
                *state = State::Reconnecting { since, reason };
            }
            was_up
        });
    }
}

/// The context of clients that only ask.
pub(crate) struct Asking(pub(crate) std::sync::Arc<Link>);

impl ClientContext for Asking {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.failed(&error, reason);
    }
}

impl rdkafka::consumer::ConsumerContext for Asking {}

/// What the library logs goes to `tracing`; that it connects again is its work and no warning.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    use RDKafkaLogLevel as Level;
    match level {
        Level::Emerg | Level::Alert | Level::Critical => {
            tracing::error!(facility, "{message}");
        }
        _ => tracing::debug!(facility, "{message}"),
    }
}
