//! The time of day, as messages carry it.
use std::time::{Instant, SystemTime};

/// The time of day; where a test has put tokio's clock forward, this one goes with it.
pub(crate) fn now() -> SystemTime {
    let ahead = tokio::time::Instant::now().into_std();
    SystemTime::now() + ahead.saturating_duration_since(Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn it_goes_with_the_clock_of_tests() {
        let before = now();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let passed = now().duration_since(before).unwrap_or_default();
        assert!(passed >= Duration::from_secs(3590), "{passed:?}");
    }
}
