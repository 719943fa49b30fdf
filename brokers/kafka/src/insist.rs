//! Questions to the cluster that are asked until they are answered, or the time for all of them together is over: a broker that is
//! being started answers late, and at first with less than it will know.
use std::{thread, time::Duration};
use tidings::Result;
use tokio::time::Instant;

/// How long what is busy is left alone.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks, with the time that is left, and again while that can help. It asks once at least.
pub(crate) fn insist<T>(until: Instant, ask: impl Fn(Duration) -> Result<T>) -> Result<T> {
    loop {
        match ask(until.saturating_duration_since(Instant::now())) {
            Err(error) if error.is_retryable() && Instant::now() < until => thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tidings::{Error, ErrorKind};

    #[test]
    fn what_passes_is_asked_again_until_the_time_is_over() {
        let asked = Cell::new(0);
        let ask = |kind| {
            asked.set(asked.get() + 1);
            match asked.get() {
                1 | 2 => Err(Error::new(kind, "subscribe", "")),
                count => Ok(count),
            }
        };
        let soon = Instant::now() + Duration::from_secs(60);
        assert_eq!(insist(soon, |_| ask(ErrorKind::Busy)).ok(), Some(3));
        asked.set(0);
        assert!(insist(soon, |_| ask(ErrorKind::Invalid)).is_err());
        asked.set(0);
        assert!(insist(Instant::now(), |_| ask(ErrorKind::Busy)).is_err());
        assert_eq!(asked.get(), 1);
    }
}
