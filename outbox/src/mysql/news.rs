//! When a relay that leads looks again.
use super::log::Log;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// When to look after the log has told of rows: once for those that come together, and again, since it tells of them a moment before
/// they are to be seen.
const LOOKS: [Duration; 4] = [
    Duration::from_millis(2),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(250),
];

pub(super) struct News {
    log: Option<Log>,
    told: Instant,
    /// How many times it was looked since then.
    looks: usize,
}

impl News {
    pub(super) fn new(log: Option<Log>) -> Self {
        Self {
            log,
            told: Instant::now(),
            looks: LOOKS.len(),
        }
    }

    /// Ends when it is time to look, and after that time at the latest. Cancel-safe.
    pub(super) async fn wait(&mut self, at_most: Duration) {
        let end = Instant::now() + at_most;
        let Some(log) = &self.log else {
            return sleep_until(end).await;
        };
        loop {
            let due = LOOKS.get(self.looks).map(|after| self.told + *after);
            let until = due.map_or(end, |due| due.min(end));
            if timeout_at(until, log.told()).await.is_err() {
                self.looks += usize::from(due == Some(until));
                return;
            }
            if self.looks > 0 {
                self.told = Instant::now();
                self.looks = 0;
            }
        }
    }
}
