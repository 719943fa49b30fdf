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
    looks: Looks,
}

struct Looks {
    told: Instant,
    /// How many there were since then.
    done: usize,
}

impl Looks {
    /// Nothing was told.
    fn none() -> Self {
        Self {
            told: Instant::now(),
            done: LOOKS.len(),
        }
    }

    /// When the next is.
    fn due(&self) -> Option<Instant> {
        LOOKS.get(self.done).map(|after| self.told + *after)
    }

    fn told(&mut self) {
        if self.done > 0 {
            self.told = Instant::now();
            self.done = 0;
        }
    }
}

impl News {
    pub(super) fn new(log: Option<Log>) -> Self {
        let looks = Looks::none();
        Self { log, looks }
    }

    /// Ends when it is time to look, and after that time at the latest. Cancel-safe.
    pub(super) async fn wait(&mut self, at_most: Duration) {
        let end = Instant::now() + at_most;
        let Some(log) = &self.log else {
            return sleep_until(end).await;
        };
        loop {
            let due = self.looks.due();
            let until = due.map_or(end, |due| due.min(end));
            if timeout_at(until, log.told()).await.is_err() {
                self.looks.done += usize::from(due == Some(until));
                return;
            }
            self.looks.told();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_told_is_looked_for_four_times_each_later_than_the_one_before() {
        let mut looks = Looks::none();
        assert_eq!(looks.due(), None);
        looks.told();
        let begun = Instant::now();
        // Those that come together are looked for once.
        tokio::time::advance(Duration::from_millis(1)).await;
        looks.told();
        let mut after = Vec::new();
        while let Some(due) = looks.due() {
            after.push((due - begun).as_millis());
            looks.done += 1;
        }
        assert_eq!(after, [2, 10, 50, 250]);
        looks.told();
        assert_eq!(looks.due(), Some(begun + Duration::from_millis(3)));
    }

    #[cfg(feature = "binlog")]
    #[tokio::test(start_paused = true)]
    async fn between_looks_and_after_the_last_it_is_waited() {
        let told = std::sync::Arc::new(tokio::sync::Notify::new());
        let mut news = News::new(Some(Log::by(told.clone())));
        let begun = Instant::now();
        told.notify_one();
        let mut looks = Vec::new();
        for _ in 0..6 {
            news.wait(Duration::from_secs(1)).await;
            looks.push((Instant::now() - begun).as_millis());
        }
        assert_eq!(looks, [2, 10, 50, 250, 1250, 2250]);
        news.wait(Duration::ZERO).await;
        let mut unheard = News::new(None);
        unheard.wait(Duration::from_secs(1)).await;
        assert_eq!((Instant::now() - begun).as_millis(), 3250);
    }
}
