//! Pauses that grow with failures.
use std::time::Duration;
use tidings::Backoff;
use tokio::time::sleep;

pub(crate) struct Pauses {
    backoff: Backoff,
    failures: u32,
}

impl Pauses {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        let backoff = Backoff::new(first, longest);
        let failures = 0;
        Self { backoff, failures }
    }

    /// Something has failed once more.
    pub(crate) async fn rest(&mut self) {
        self.failures = self.failures.saturating_add(1);
        sleep(self.backoff.pause(self.failures)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn each_is_longer_than_the_one_before_up_to_the_longest() {
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(4));
        for longest in [1, 2, 4, 4] {
            let begun = Instant::now();
            pauses.rest().await;
            let took = begun.elapsed();
            let longest = Duration::from_secs(longest);
            assert!(took > longest / 2 && took <= longest, "{took:?}");
        }
    }
}
