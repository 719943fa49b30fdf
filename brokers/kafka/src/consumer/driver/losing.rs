//! Messages that the cluster removed before the subscription had them: its place is behind them then, as if they had never been.
use super::Driver;
use rdkafka::consumer::Consumer;
use std::{mem, time::Duration};
use tidings::transport::Event;
use tokio::time::Instant;

/// How long nobody asks again after a question, since topics with transactions have gaps all the time.
const PAUSE: Duration = Duration::from_secs(5);
/// How long an answer may take, which holds up all else.
const ANSWER: Duration = Duration::from_millis(500);

impl Driver {
    /// Tells how much of what was passed over is gone.
    pub(super) fn tell_lost(&mut self) {
        if self.asked.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return;
        }
        let unsure: Vec<i32> = {
            let held = self.shared.lock();
            let parts = held.parts.iter();
            let unsure = parts.filter(|(_, assigned)| !assigned.gaps.is_empty());
            unsure.map(|(number, _)| *number).collect()
        };
        if unsure.is_empty() {
            return;
        }
        self.asked = Some(Instant::now());
        let lost: u64 = unsure.into_iter().map(|number| self.lost(number)).sum();
        if lost > 0 {
            self.tell(Ok(Event::Lost { count: Some(lost) }));
        }
    }

    /// How much of what was passed over in a partition is gone; where nobody answers, that is asked again.
    fn lost(&self, number: i32) -> u64 {
        let mut held = self.shared.lock();
        let Some(assigned) = held.parts.get_mut(&number) else {
            return 0;
        };
        // What is passed over from now on is of the next answer.
        let mut gaps = mem::take(&mut assigned.gaps);
        drop(held);
        match self.consumer.fetch_watermarks(&self.topic, number, ANSWER) {
            Ok((oldest, _)) => gaps.lost(u64::try_from(oldest).unwrap_or_default()),
            Err(error) => {
                tracing::debug!(%error, topic = %self.topic, "whether messages were lost is not known yet");
                if let Some(assigned) = self.shared.lock().parts.get_mut(&number) {
                    assigned.gaps.put_before(gaps);
                }
                0
            }
        }
    }
}
