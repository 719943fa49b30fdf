//! Partitions that go, each once what is out of it is settled, or the time is over; and in the end all of them.
use super::{super::watcher::Told, Driver};
use rdkafka::{TopicPartitionList, consumer::Consumer};
use std::thread::JoinHandle;
use tidings::transport::{Event, Part};
use tokio::time::Instant;

/// Partitions that are on their way back.
pub(super) struct Leaving {
    pub(super) list: TopicPartitionList,
    pub(super) until: Instant,
}

impl Driver {
    /// Partitions are to be given back: at once where nothing is out of them, else when that is settled or the time is over.
    pub(super) fn revoked(&mut self, list: &TopicPartitionList) {
        let list = self.placing.remove(list);
        if self.consumer.assignment_lost() {
            return self.gone(&list);
        }
        let until = Instant::now() + self.drain;
        let mut held = self.shared.lock();
        let mut parts = Vec::new();
        for element in list.elements() {
            if let Some(assigned) = held.parts.get_mut(&element.partition()) {
                assigned.is_leaving = true;
                if !assigned.out.is_empty() {
                    parts.push(assigned.part);
                }
            }
        }
        if !parts.is_empty() {
            held.events.push_back(Ok(Event::Leaving { parts, until }));
        }
        held.is_leaving = true;
        drop(held);
        self.shared.wake();
        self.shared.changed.notify_one();
        self.leaving = Some(Leaving { list, until });
    }

    pub(super) fn give_back(&mut self) {
        let Some(leaving) = &self.leaving else {
            return;
        };
        let is_busy = {
            let held = self.shared.lock();
            let parts = leaving.list.elements();
            let mut parts = parts
                .iter()
                .filter_map(|element| held.parts.get(&element.partition()));
            parts.any(|assigned| !assigned.out.is_empty() || held.is_committing(assigned.part))
        };
        if (!is_busy || Instant::now() >= leaving.until || self.consumer.assignment_lost())
            && let Some(leaving) = self.leaving.take()
        {
            self.shared.lock().is_leaving = false;
            self.gone(&leaving.list);
        }
    }

    fn gone(&self, list: &TopicPartitionList) {
        let mut held = self.shared.lock();
        let elements = list.elements();
        let parts = elements
            .iter()
            .filter_map(|element| held.remove(element.partition()));
        let parts: Vec<Part> = parts.collect();
        if !parts.is_empty() {
            held.events.push_back(Ok(Event::Gone { parts }));
        }
        drop(held);
        if let Err(error) = self.consumer.incremental_unassign(list) {
            tracing::debug!(%error, topic = %self.topic, "partitions were given back before");
        }
        self.shared.changed.notify_one();
    }

    /// Leaves the group; whoever is there next begins behind what was committed.
    pub(super) fn leave(mut self) {
        self.shared.wake();
        // A panic there is nothing that leaving could mend.
        self.committer.take().map(JoinHandle::join);
        let mut held = self.shared.lock();
        let numbers: Vec<i32> = held.parts.keys().copied().collect();
        for number in numbers {
            held.remove(number);
        }
        drop(held);
        self.answer();
    }

    /// The library leaves only once everything that it told is answered.
    fn answer(&mut self) {
        let leaving = self
            .leaving
            .take()
            .map(|leaving| Told::Revoked(leaving.list));
        for told in leaving.into_iter().chain(self.consumer.context().close()) {
            let answered = match &told {
                Told::Assigned(list) => self.consumer.incremental_assign(list),
                Told::Revoked(list) => {
                    let begun = self.placing.remove(list);
                    self.consumer.incremental_unassign(&begun)
                }
            };
            if let Err(error) = answered {
                tracing::debug!(%error, "partitions are given back by leaving the group");
            }
        }
    }
}
