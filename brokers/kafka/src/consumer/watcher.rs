//! What the library tells a consumer, kept until its thread has time for it: a partition that is taken away goes when what is out
//! of it is settled, which nobody could wait for within a callback.
use crate::link::{Link, log};
use rdkafka::{
    ClientContext, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext},
    error::{KafkaError, KafkaResult},
    message::BorrowedMessage,
    types::RDKafkaRespErr,
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

/// What the library has for a consumer, if anything: what it logs comes by the same way, and is nothing.
pub(super) fn poll(consumer: &BaseConsumer<Watcher>) -> Option<KafkaResult<BorrowedMessage<'_>>> {
    loop {
        let polled = consumer.poll(Duration::ZERO);
        if polled.is_some() || !consumer.context().has_logged() {
            return polled;
        }
    }
}

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
    has_logged: AtomicBool,
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
            has_logged: AtomicBool::new(false),
        }
    }

    /// Whether what was taken from the library last was something that it logs.
    fn has_logged(&self) -> bool {
        self.has_logged.swap(false, Relaxed)
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
        self.has_logged.store(true, Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::ClientConfig;
    use std::thread;

    #[test]
    fn what_the_library_logs_is_taken_in_at_once() {
        let mut config = ClientConfig::new();
        config
            .set("group.id", "a")
            .set("debug", "all")
            .set_log_level(RDKafkaLogLevel::Debug);
        let watcher = Watcher::new(Arc::new(Link::new()));
        let consumer: BaseConsumer<Watcher> = config.create_with_context(watcher).unwrap();
        // It has said what it is by then, and has nobody to connect to.
        thread::sleep(Duration::from_millis(500));
        assert!(consumer.poll(Duration::ZERO).is_none());
        assert!(consumer.context().has_logged(), "it logs nothing");
        assert!(poll(&consumer).is_none());
        assert!(consumer.poll(Duration::ZERO).is_none());
        assert!(!consumer.context().has_logged(), "there was more");
    }
}
