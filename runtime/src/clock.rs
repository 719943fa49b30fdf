//! The time of day, as messages carry it.
use std::{
    cell::Cell,
    time::{Duration, Instant, SystemTime},
};

thread_local! {
    /// What the time of day was at a time of the other clock, which is enough to tell it by for a while.
    static KNOWN: Cell<Option<(Instant, SystemTime)>> = const { Cell::new(None) };
}

/// How long: whoever sets the time of day is followed after that.
const A_WHILE: Duration = Duration::from_millis(100);

/// The time of day; where a test has put tokio's clock forward, this one goes with it.
pub(crate) fn now() -> SystemTime {
    at(tokio::time::Instant::now())
}

/// The time of day at a time of the other clock that has just been looked at.
pub(crate) fn at(now: tokio::time::Instant) -> SystemTime {
    let now = now.into_std();
    if let Some((at, time)) = KNOWN.get()
        && let Some(passed) = now.checked_duration_since(at)
        && passed < A_WHILE
    {
        return time + passed;
    }
    let (here, time) = (Instant::now(), SystemTime::now());
    KNOWN.set(Some((here, time)));
    time + now.saturating_duration_since(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_with_the_clock_of_tests() {
        let before = now();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let passed = now().duration_since(before).unwrap_or_default();
        assert!(passed >= Duration::from_secs(3590), "{passed:?}");
    }

    #[test]
    fn it_is_the_time_of_day() {
        for _ in 0..3 {
            let (before, told, after) = (SystemTime::now(), now(), SystemTime::now());
            let slack = Duration::from_millis(20);
            assert!(before - slack <= told && told <= after + slack, "{told:?}");
            std::thread::sleep(A_WHILE / 2);
        }
    }
}
