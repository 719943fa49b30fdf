//! Waiting for what is not there yet.
use std::time::Duration;
use tidings::{Backoff, Error, ErrorKind, Result};
use tokio::time::{Instant, sleep, timeout};

/// How long one attempt may take; transports give up before.
const ATTEMPT: Duration = Duration::from_secs(15);

/// Tries something until it works, at most that long, and at least once; what cannot get better by itself is not tried again.
pub(crate) async fn patiently<T>(
    what: &'static str,
    most: Duration,
    mut attempt: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
    let deadline = Instant::now() + most;
    let mut failures = 0;
    loop {
        let tried = timeout(ATTEMPT, attempt()).await;
        let error = match tried.unwrap_or_else(|_| Err(silent(what))) {
            Ok(found) => return Ok(found),
            Err(error) if !may_come(&error) => return Err(error),
            Err(error) => error,
        };
        if failures == 0 && !most.is_zero() {
            tracing::warn!(%error, "{what} is not there; it is waited for, at most {most:?}");
        }
        failures += 1;
        let pause = backoff.pause(failures);
        if Instant::now() + pause > deadline {
            return Err(error);
        }
        sleep(pause).await;
    }
}

fn silent(what: &str) -> Error {
    let reason = format!("the {what} says nothing");
    Error::new(ErrorKind::Timeout, "connect", reason)
}

fn may_come(error: &Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::NotFound
}
