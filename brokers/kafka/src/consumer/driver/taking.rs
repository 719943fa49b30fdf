//! Partitions that become the subscription's.
use super::Driver;
use rdkafka::{Offset, TopicPartitionList, consumer::Consumer};
use std::sync::Arc;
use tidings::ErrorKind;

impl Driver {
    /// Begins to hold partitions: their messages wait in queues of their own, so that who is full leaves them there, and the
    /// library fetches no more, while everything else goes on.
    pub(super) fn hold(&self, list: &TopicPartitionList) {
        for element in list.elements() {
            let Some(mut queue) = self
                .consumer
                .split_partition_queue(&self.topic, element.partition())
            else {
                continue;
            };
            let shared = Arc::downgrade(&self.shared);
            queue.set_nonempty_callback(move || {
                if let Some(shared) = shared.upgrade() {
                    shared.changed.notify_one();
                }
            });
            let begins = match element.offset() {
                Offset::Offset(offset) => u64::try_from(offset).ok(),
                _ => None,
            };
            self.shared.lock().add(element.partition(), queue, begins);
        }
        self.shared.changed.notify_one();
    }

    /// The library is answered at once, whatever can be begun by then.
    pub(super) fn assigned(&mut self, list: &TopicPartitionList) {
        self.placing.add(list);
        let placed = self.placed();
        self.begin_at(&placed);
    }

    /// Begins what could not be before.
    pub(super) fn begin_late(&mut self) {
        if self.placing.is_over() {
            return;
        }
        let placed = self.placed();
        if placed.count() > 0 {
            self.begin_at(&placed);
        }
    }

    /// What can be begun now.
    fn placed(&mut self) -> TopicPartitionList {
        self.placing.take(&self.consumer).unwrap_or_else(|error| {
            tracing::debug!(%error, topic = %self.topic, "the group's place is not known yet");
            if error.kind() == ErrorKind::PermissionDenied {
                self.shared.end(error);
            }
            TopicPartitionList::new()
        })
    }

    fn begin_at(&self, placed: &TopicPartitionList) {
        self.hold(placed);
        if let Err(error) = self.consumer.incremental_assign(placed) {
            tracing::warn!(%error, topic = %self.topic, "partitions could not be taken");
        }
    }
}
