//! Publishing and settling all or nothing: what a subscription's consumer commits goes through a producer of its own, so that a
//! consumer that was given up by its group cannot commit any more.
use crate::{
    batch::{Batch, Receipt},
    client::{Cluster, client, milliseconds},
    consumer::{begin, shared::Shared},
    fault,
    producer::{Reports, check, record},
    topic,
};
use rdkafka::{
    consumer::Consumer as _,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{Producer as _, ThreadedProducer},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use tidings::{Error, ErrorKind, Outgoing, Result, Str, Token, Verdict};
use uuid::Uuid;

/// How long a transaction takes at most, unless the library is told otherwise; no message of it may wait longer.
const LONGEST: Duration = Duration::from_secs(60);

/// The transactions of a subscription, one after the other.
pub(crate) struct Transactions {
    cluster: Cluster,
    shared: Arc<Shared>,
    topic: Str,
    is_grouped: bool,
    /// Names its producers at the cluster, which ends what one of them left open when the next begins.
    id: String,
    /// Made for the first, and anew after a failure that it does not get over.
    producer: Mutex<Option<ThreadedProducer<Reports>>>,
}

impl Transactions {
    pub(crate) fn new(cluster: Cluster, shared: Arc<Shared>, topic: Str, is_grouped: bool) -> Self {
        Self {
            cluster,
            shared,
            topic,
            is_grouped,
            id: format!("tidings.{}", Uuid::now_v7()),
            producer: Mutex::new(None),
        }
    }

    /// Commits, from a thread that may wait.
    pub(crate) fn commit(
        &self,
        outgoing: &[Outgoing],
        verdicts: &[(Token, Verdict)],
    ) -> Result<()> {
        let most = self.cluster.settings.max_bytes;
        for Outgoing {
            channel, message, ..
        } in outgoing
        {
            topic::of("commit", channel)?;
            check(channel, message, most)?;
        }
        let acked = verdicts
            .iter()
            .filter(|(_, verdict)| *verdict == Verdict::Ack);
        let acked: Vec<Token> = acked.map(|(token, _)| *token).collect();
        let mut producer = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        // What others settled before counts.
        let offsets = self.shared.offsets(&acked).ok_or_else(gone)?;
        self.within(&mut producer, outgoing, &offsets)?;
        self.shared.settled(verdicts);
        Ok(())
    }

    fn within(
        &self,
        producer: &mut Option<ThreadedProducer<Reports>>,
        outgoing: &[Outgoing],
        offsets: &begin::Offsets,
    ) -> Result<()> {
        let current = match producer.take() {
            Some(current) => current,
            None => self.make()?,
        };
        let begun = current.begin_transaction().map_err(|error| failed(&error));
        let outcome = begun.and_then(|()| self.fill(&current, outgoing, offsets));
        match outcome {
            Ok(()) => *producer = Some(current),
            // What cannot be aborted is fenced by the next one.
            Err(_)
                if current
                    .abort_transaction(self.cluster.settings.wait)
                    .is_ok() =>
            {
                *producer = Some(current);
            }
            Err(_) => {}
        }
        outcome
    }

    fn make(&self) -> Result<ThreadedProducer<Reports>> {
        let mut config = self.cluster.producer();
        let delivery = self.cluster.settings.delivery.min(LONGEST);
        config
            .set("transactional.id", &self.id)
            .set("message.timeout.ms", milliseconds(delivery));
        let reports = Reports::new(self.cluster.link.clone());
        let producer: ThreadedProducer<Reports> = client("commit", &config, reports)?;
        let begun = producer.init_transactions(self.cluster.settings.wait);
        begun.map_err(|error| failed(&error))?;
        Ok(producer)
    }

    fn fill(
        &self,
        producer: &ThreadedProducer<Reports>,
        outgoing: &[Outgoing],
        offsets: &begin::Offsets,
    ) -> Result<()> {
        let batch = Arc::new(Batch::new(outgoing.len()));
        for (
            at,
            Outgoing {
                channel, message, ..
            },
        ) in outgoing.iter().enumerate()
        {
            let topic = topic::of("commit", channel)?.name;
            let receipt = Box::new(Receipt::new(&batch, at));
            let sent = producer.send(record(&topic, message, receipt));
            sent.map_err(|(error, _)| failed(&error).with("channel", &topic))?;
        }
        let wait = self.cluster.settings.wait;
        if self.is_grouped && !offsets.is_empty() {
            let consumer = self.shared.consumer().ok_or_else(gone)?;
            let member = consumer.group_metadata().ok_or_else(gone)?;
            let list = begin::list(&self.topic, offsets)?;
            let sent = producer.send_offsets_to_transaction(&list, &member, wait);
            sent.map_err(|error| failed(&error))?;
        }
        let committed = producer.commit_transaction(wait);
        // A record that was refused says why, which the end of the transaction does not.
        committed.map_err(|error| batch.first_failure().unwrap_or_else(|| failed(&error)))
    }
}

impl Drop for Transactions {
    /// Beside the caller, whom that would hold up.
    fn drop(&mut self) {
        let producer = self
            .producer
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(producer) = producer.take() else {
            return;
        };
        let ends = thread::Builder::new().name("tidings-kafka".to_owned());
        if let Err(error) = ends.spawn(move || drop(producer)) {
            tracing::debug!(%error, "a producer is ended in place");
        }
    }
}

fn gone() -> Error {
    let reason = "what is to be settled was given to another consumer";
    Error::new(ErrorKind::ConnectionLost, "commit", reason)
}

fn failed(error: &KafkaError) -> Error {
    let told = fault::error("commit", error);
    let timed_out = error.rdkafka_error_code() == Some(RDKafkaErrorCode::OperationTimedOut);
    if timed_out { told.ambiguous() } else { told }
}
