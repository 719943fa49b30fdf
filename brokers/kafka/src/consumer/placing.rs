//! Where assigned partitions begin. That is asked here, and not left to the library: while a transaction of the group is open there,
//! and the assignment changes, it takes an answer that is none yet for a group without a place, and begins with the oldest message.
use super::begin::{self, Offsets};
use crate::fault;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext},
};
use std::{collections::BTreeSet, time::Duration};
use tidings::{Result, Str};
use tokio::time::Instant;

/// How long the first question waits for an answer, and how long any: all else waits meanwhile.
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(2);

/// The partitions that are assigned and not begun.
pub(super) struct Placing {
    topic: Str,
    /// Where partitions begin that the group has no place in.
    begins: Offsets,
    late: BTreeSet<i32>,
    wait: Duration,
}

impl Placing {
    pub(super) fn new(topic: Str, begins: Offsets) -> Self {
        Self {
            topic,
            begins,
            late: BTreeSet::new(),
            wait: SHORTEST,
        }
    }

    pub(super) fn add(&mut self, list: &TopicPartitionList) {
        let elements = list.elements();
        let partitions = elements.iter().map(|element| element.partition());
        self.late.extend(partitions);
        self.wait = SHORTEST;
    }

    pub(super) fn is_over(&self) -> bool {
        self.late.is_empty()
    }

    /// Begins none of these any more; gives those that were begun.
    pub(super) fn remove(&mut self, list: &TopicPartitionList) -> TopicPartitionList {
        let mut begun = TopicPartitionList::new();
        for element in list.elements() {
            if !self.late.remove(&element.partition()) {
                begun.add_partition(&self.topic, element.partition());
            }
        }
        begun
    }

    /// All of them with where they begin, which is committed too where the group had no place; none yet where that is not known.
    pub(super) fn take<C: ConsumerContext>(
        &mut self,
        consumer: &BaseConsumer<C>,
    ) -> Result<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        if self.late.is_empty() {
            return Ok(list);
        }
        let wait = self.wait;
        self.wait = (2 * wait).min(LONGEST);
        let late = self.late.iter().copied();
        let places = begin::places(
            "subscribe",
            consumer,
            &self.topic,
            late,
            Instant::now() + wait,
        )?;
        let unplaced = self.late.iter().filter(|it| !places.contains_key(it));
        let begins = unplaced.filter_map(|it| Some((*it, *self.begins.get(it)?)));
        let begins: Offsets = begins.collect();
        if !begins.is_empty() {
            let committed = consumer.commit(&begin::list(&self.topic, &begins)?, CommitMode::Sync);
            committed.map_err(|error| fault::error("subscribe", &error))?;
        }
        for partition in &self.late {
            let known = places.get(partition).or_else(|| begins.get(partition));
            let offset = known.map_or(Offset::Beginning, |offset| Offset::Offset(*offset));
            list.add_partition_offset(&self.topic, *partition, offset)
                .map_err(|error| fault::error("subscribe", &error))?;
        }
        self.late.clear();
        Ok(list)
    }
}
