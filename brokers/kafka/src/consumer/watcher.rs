//! What the library tells a consumer, kept until its thread has time for it: a partition that is taken away goes when what is out
//! of it is settled, which nobody could wait for within a callback.
use crate::link::{Link, log};
use rdkafka::{
    ClientContext, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext},
    error::KafkaError,
    types::RDKafkaRespErr,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What happened to a consumer.
pub(crate) enum Told {
    /// Partitions are its own now.
    Assigned(TopicPartitionList),
    /// Partitions are to be given back.
    Revoked(TopicPartitionList),
}

pub(crate) struct Watcher {
    link: Arc<Link>,
    told: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    waiting: VecDeque<Told>,
    /// Nobody looks any more: partitions go back at once.
    is_closing: bool,
}

impl Watcher {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self {
            link,
            told: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was told first.
    pub(crate) fn next(&self) -> Option<Told> {
        self.lock().waiting.pop_front()
    }

    /// From now on partitions go back at once; gives what was told and not answered.
    pub(crate) fn close(&self) -> VecDeque<Told> {
        let mut kept = self.lock();
        kept.is_closing = true;
        std::mem::take(&mut kept.waiting)
    }
}

impl ClientContext for Watcher {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.link.failed(&error, reason);
    }
}

impl ConsumerContext for Watcher {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        parts: &mut TopicPartitionList,
    ) {
        let is_assigned = what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let mut kept = self.lock();
        if !kept.is_closing {
            let parts = parts.clone();
            kept.waiting.push_back(match is_assigned {
                true => Told::Assigned(parts),
                false => Told::Revoked(parts),
            });
            return;
        }
        drop(kept);
        let done = match is_assigned {
            true => consumer.incremental_assign(parts),
            false => consumer.incremental_unassign(parts),
        };
        if let Err(error) = done {
            tracing::debug!(%error, "partitions are given back by leaving the group");
        }
    }
}
