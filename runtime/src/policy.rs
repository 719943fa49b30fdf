//! What a service does about messages that could not be handled: how often and when they are tried again, how long a handler
//! may take, and where those end that are given up.
use crate::Channel;
use std::time::Duration;
use uuid::Uuid;

/// The policies of a channel; [`Router::policy`](crate::Router::policy) sets those of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Most attempts at one message, the first included; 20 unless told, which with the usual pauses is about six minutes.
    pub attempts: u32,
    /// The pauses between them.
    pub backoff: Backoff,
    /// How long one run of a handler may take; 30 minutes unless told. One that takes longer is dropped, and has failed.
    pub timeout: Option<Duration>,
    /// Where messages end that are given up or rejected.
    pub dead_letters: DeadLetters,
    /// Whether the sender of a request that is given up or rejected is answered with the reason.
    pub refuse: bool,
    /// Whether handlers may see a message twice without harm, so that nobody need keep track of its id.
    pub idempotent: bool,
    /// Whether what a handler sends, and that its message is done with, are one transaction of the broker: who reads what was
    /// committed sees the outcome of each message once, whatever breaks. Handlers may still run twice, and what they do elsewhere
    /// is not part of it. A service does not start where the transport has no [transactions](crate::Capabilities::transactions),
    /// or consumers have no group whose place these could move.
    pub exactly_once: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 20,
            backoff: Backoff::default(),
            timeout: Some(Duration::from_secs(30 * 60)),
            dead_letters: DeadLetters::Beside,
            refuse: true,
            idempotent: false,
            exactly_once: false,
        }
    }
}

impl Policy {
    /// The usual one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with that many attempts at most; 0 is 1.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        let attempts = attempts.max(1);
        Self { attempts, ..self }
    }

    /// The same, with those pauses.
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// The same, with that time for a run of a handler; none is as long as it likes.
    #[must_use]
    pub fn with_timeout(self, timeout: impl Into<Option<Duration>>) -> Self {
        let timeout = timeout.into();
        Self { timeout, ..self }
    }

    /// The same, with dead letters kept there.
    #[must_use]
    pub fn with_dead_letters(self, dead_letters: DeadLetters) -> Self {
        Self {
            dead_letters,
            ..self
        }
    }

    /// The same, answering requests that are given up, or not.
    #[must_use]
    pub fn with_refuse(self, refuse: bool) -> Self {
        Self { refuse, ..self }
    }

    /// The same, for handlers that may see a message twice without harm.
    #[must_use]
    pub fn with_idempotent(self, idempotent: bool) -> Self {
        Self { idempotent, ..self }
    }

    /// The same, with outcomes that are there once.
    #[must_use]
    pub fn with_exactly_once(self, exactly_once: bool) -> Self {
        Self {
            exactly_once,
            ..self
        }
    }
}

/// Where messages end that are given up or rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadLetters {
    /// In the broker's own dead letters where it has some, else in the queue `ADDRESS.dead-letters`; nowhere on transports without queues.
    Beside,
    /// In that channel.
    Channel(Channel),
    /// Nowhere: a `tracing` event is all that is left of them.
    Dropped,
}

/// Pauses that double, up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backoff {
    /// The first pause.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(30))
    }
}

impl Backoff {
    /// Pauses from the first to the longest.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest }
    }

    /// The pause after that many failures, without jitter.
    #[must_use]
    pub fn full(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }

    /// The pause after that many failures, shortened by up to a quarter at random, so that what failed together is not tried
    /// again together.
    #[must_use]
    pub fn pause(&self, failures: u32) -> Duration {
        let full = self.full(failures);
        let random = Uuid::new_v4().as_bytes()[0];
        full - (full / 4).mul_f64(f64::from(random) / 255.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_differ() {
        let backoff = Backoff::default();
        assert_eq!(backoff.full(1), Duration::from_millis(100));
        assert_eq!(backoff.full(3), Duration::from_millis(400));
        assert_eq!(backoff.full(u32::MAX), backoff.longest);
        let pauses: Vec<_> = (0..100).map(|_| backoff.pause(3)).collect();
        let bounds = Duration::from_millis(300)..=Duration::from_millis(400);
        assert!(pauses.iter().all(|pause| bounds.contains(pause)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        assert_eq!(
            Backoff::new(Duration::ZERO, Duration::ZERO).pause(5),
            Duration::ZERO
        );
    }
}
