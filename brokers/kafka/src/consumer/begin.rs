//! Where a group begins that has no place in a topic yet.
use crate::{fault, insist::insist, topic};
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext},
    error::KafkaError,
    types::RDKafkaErrorCode,
};
use std::collections::BTreeMap;
use tidings::{Error, Result, transport::Start};
use tokio::time::Instant;

/// Offsets by partition.
pub(crate) type Offsets = BTreeMap<i32, i64>;

/// How many partitions a topic has that must be there.
pub(crate) fn existing<C: ConsumerContext>(
    operation: &'static str,
    consumer: &BaseConsumer<C>,
    topic: &str,
    until: Instant,
) -> Result<usize> {
    let found = insist(until, |wait| {
        topic::partitions(operation, consumer, topic, wait)
    })?;
    found.ok_or_else(|| topic::missing(operation, topic))
}

/// The partitions in which the consumer's group has no place.
pub(crate) fn unplaced<C: ConsumerContext>(
    operation: &'static str,
    consumer: &BaseConsumer<C>,
    topic: &str,
    count: usize,
    until: Instant,
) -> Result<Vec<i32>> {
    let all = 0..i32::try_from(count).unwrap_or(i32::MAX);
    let known = places(operation, consumer, topic, all.clone(), until)?;
    let unplaced = all.filter(|partition| !known.contains_key(partition));
    Ok(unplaced.collect())
}

/// Where the consumer's group stands in those of the partitions that it has a place in.
pub(crate) fn places<C: ConsumerContext>(
    operation: &'static str,
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: impl Iterator<Item = i32>,
    until: Instant,
) -> Result<Offsets> {
    let mut all = TopicPartitionList::new();
    for partition in partitions {
        all.add_partition(topic, partition);
    }
    insist(until, |wait| {
        let known = consumer.committed_offsets(all.clone(), wait);
        let known = known.map_err(|error| told(operation, &error, topic))?;
        let mut places = Offsets::new();
        for element in known.elements() {
            element
                .error()
                .map_err(|error| told(operation, &error, topic))?;
            if let Offset::Offset(offset) = element.offset() {
                places.insert(element.partition(), offset);
            }
        }
        Ok(places)
    })
}

/// Where partitions begin, or end, now.
pub(crate) fn ends<C: ConsumerContext>(
    operation: &'static str,
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: &[i32],
    start: Start,
    until: Instant,
) -> Result<Offsets> {
    let end = |partition: &i32| {
        let (low, high) = insist(until, |wait| {
            let found = consumer.fetch_watermarks(topic, *partition, wait);
            found.map_err(|error| told(operation, &error, topic))
        })?;
        let offset = if start == Start::Oldest { low } else { high };
        Ok((*partition, offset))
    };
    partitions.iter().map(end).collect()
}

/// Places the consumer's group there, which works while it has no members. Tells whether it did.
pub(crate) fn place<C: ConsumerContext>(
    operation: &'static str,
    consumer: &BaseConsumer<C>,
    topic: &str,
    offsets: &Offsets,
) -> Result<bool> {
    if offsets.is_empty() {
        return Ok(true);
    }
    match consumer.commit(&list(topic, offsets)?, CommitMode::Sync) {
        Ok(()) => Ok(true),
        Err(KafkaError::ConsumerCommit(
            RDKafkaErrorCode::UnknownMemberId
            | RDKafkaErrorCode::IllegalGeneration
            | RDKafkaErrorCode::StaleMemberEpoch
            | RDKafkaErrorCode::RebalanceInProgress,
        )) => Ok(false),
        Err(error) => Err(told(operation, &error, topic)),
    }
}

/// Offsets in the library's form.
pub(crate) fn list(topic: &str, offsets: &Offsets) -> Result<TopicPartitionList> {
    let mut all = TopicPartitionList::with_capacity(offsets.len());
    for (partition, offset) in offsets {
        all.add_partition_offset(topic, *partition, Offset::Offset(*offset))
            .map_err(|error| told("settle", &error, topic))?;
    }
    Ok(all)
}

fn told(operation: &'static str, error: &KafkaError, topic: &str) -> Error {
    fault::error(operation, error).with("channel", topic)
}
