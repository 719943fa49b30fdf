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

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn failed(kind: ErrorKind) -> Error {
        Error::new(kind, "connect", "nobody is there")
    }

    #[tokio::test]
    async fn what_may_come_is_tried_until_it_is_there_less_and_less_often() {
        for kind in [ErrorKind::ConnectionLost, ErrorKind::NotFound] {
            let (begun, mut tries) = (Instant::now(), 0);
            let found = patiently("database", MINUTE, async || {
                tries += 1;
                (tries == 4).then_some(tries).ok_or_else(|| failed(kind))
            });
            assert_eq!(found.await.ok(), Some(4), "{kind}");
            // 100, 200 and 400 ms, each a quarter less at most.
            let took = begun.elapsed();
            assert!(took > Duration::from_millis(500), "{took:?}");
        }
    }

    #[tokio::test]
    async fn what_does_not_come_in_time_is_told_by_its_last_error() {
        let (second, mut tries) = (Duration::from_secs(1), 0);
        let tried = patiently("database", second, async || {
            tries += 1;
            Err::<(), _>(failed(ErrorKind::ConnectionLost))
        });
        let error = tried.await.expect_err("it never comes");
        assert_eq!(error.kind(), ErrorKind::ConnectionLost);
        assert!((2..6).contains(&tries), "{tries}");
    }

    #[tokio::test]
    async fn what_cannot_come_is_tried_once_and_so_is_all_where_nobody_waits() {
        for (kind, most) in [
            (ErrorKind::PermissionDenied, MINUTE),
            (ErrorKind::ConnectionLost, Duration::ZERO),
        ] {
            let mut tries = 0;
            let tried = patiently("database", most, async || {
                tries += 1;
                Err::<(), _>(failed(kind))
            });
            assert_eq!(tried.await.map_err(|error| error.kind()), Err(kind));
            assert_eq!(tries, 1, "{kind}");
        }
    }

    #[test]
    fn who_says_nothing_is_named() {
        let error = silent("broker");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(may_come(&error), "{error}");
        assert!(
            error.to_string().contains("the broker says nothing"),
            "{error}"
        );
    }
}
