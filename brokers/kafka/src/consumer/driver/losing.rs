//! Messages that the cluster removed before the subscription had them: its place is behind them then, as if they had never been.
use super::Driver;
use rdkafka::consumer::Consumer;
use std::{mem, time::Duration};
use tidings::transport::Event;
use tokio::time::Instant;

/// How long nobody asks again after a question, since topics with transactions have gaps all the time.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the answers for all partitions may take, which holds up all else.
const ANSWER: Duration = Duration::from_millis(500);

impl Driver {
    /// Tells how much of what was passed over is gone.
    pub(super) fn tell_lost(&mut self) {
        if self.asked.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return;
        }
        let unsure = self.unsure();
        if unsure.is_empty() {
            return;
        }
        let begun = Instant::now();
        self.asked = Some(begun);
        let mut lost = 0;
        for number in unsure {
            let left = ANSWER.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            self.asked_last = number;
            lost += self.lost(number, left);
        }
        if lost > 0 {
            self.tell(Ok(Event::Lost { count: Some(lost) }));
        }
    }

    /// The partitions of which something was passed over, from behind the last that was asked of: one of which nobody answers holds up no
    /// other for ever.
    fn unsure(&self) -> Vec<i32> {
        let held = self.shared.lock();
        let parts = held.parts.iter();
        let unsure = parts.filter(|(_, assigned)| !assigned.gaps.is_empty());
        let mut unsure: Vec<i32> = unsure.map(|(number, _)| *number).collect();
        let behind = unsure.partition_point(|number| *number <= self.asked_last);
        unsure.rotate_left(behind);
        unsure
    }

    /// How much of what was passed over in a partition is gone; where nobody answers, that is asked again.
    fn lost(&self, number: i32, wait: Duration) -> u64 {
        let mut held = self.shared.lock();
        let Some(assigned) = held.parts.get_mut(&number) else {
            return 0;
        };
        // What is passed over from now on is of the next answer.
        let mut gaps = mem::take(&mut assigned.gaps);
        drop(held);
        match self.consumer.fetch_watermarks(&self.topic, number, wait) {
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
