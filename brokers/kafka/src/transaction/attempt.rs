//! One transaction, from its begin to its end.
use crate::{
    consumer::begin::{self, Offsets},
    fault,
    producer::{Reports, record},
    receipt::Receipt,
    topic,
};
use rdkafka::{
    consumer::ConsumerGroupMetadata,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{Producer as _, ThreadedProducer},
};
use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tidings::{Error, ErrorKind, Outgoing, Result};

/// How long a transaction waits for room in the library.
const PAUSE: Duration = Duration::from_millis(2);

pub(super) type Producer = ThreadedProducer<Reports>;

/// What a transaction sends and settles.
pub(super) struct Attempt<'a> {
    pub(super) producer: &'a Producer,
    /// How long any question to the cluster waits for an answer.
    pub(super) wait: Duration,
    pub(super) topic: &'a str,
    pub(super) outgoing: &'a [Outgoing],
    pub(super) offsets: &'a Offsets,
    /// Who settles; nobody where no group does.
    pub(super) member: Option<ConsumerGroupMetadata>,
}

/// Why a transaction failed.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Else it may be done all the same.
    pub(super) is_certain: bool,
    /// Else its producer cannot begin another, and the next producer ends it.
    pub(super) is_aborted: bool,
}

impl Attempt<'_> {
    pub(super) fn make(&self) -> Result<(), Failure> {
        let sent = self.outgoing.iter().map(|_| Receipt::new());
        let sent: Vec<_> = sent.collect();
        let filled = self.fill(&sent);
        let is_filled = filled.is_ok();
        let outcome = filled.and_then(|()| {
            let committed = self.producer.commit_transaction(self.wait);
            committed.map_err(|error| failed(&error))
        });
        let Err(error) = outcome else {
            return Ok(());
        };
        let is_aborted = self.producer.abort_transaction(self.wait).is_ok();
        Err(Failure {
            // A record that was refused says why, which the end of the transaction does not.
            error: refused(&sent, self.outgoing).unwrap_or(error),
            is_certain: is_aborted || !is_filled,
            is_aborted,
        })
    }

    /// Everything of a transaction but its end.
    fn fill(&self, receipts: &[Arc<Receipt>]) -> Result<()> {
        let until = Instant::now() + self.wait;
        let begun = self.producer.begin_transaction();
        begun.map_err(|error| failed(&error))?;
        for (outgoing, receipt) in self.outgoing.iter().zip(receipts) {
            self.send(outgoing, receipt, until)?;
        }
        if let Some(member) = &self.member
            && !self.offsets.is_empty()
        {
            let list = begin::list(self.topic, self.offsets)?;
            let sent = self
                .producer
                .send_offsets_to_transaction(&list, member, self.wait);
            sent.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Hands a record to the library, which has room for it sooner or later.
    fn send(
        &self,
        Outgoing {
            channel, message, ..
        }: &Outgoing,
        receipt: &Arc<Receipt>,
        until: Instant,
    ) -> Result<()> {
        let topic = topic::of("commit", channel)?.name;
        loop {
            let record = record(&topic, message, receipt.clone());
            let Err((error, _)) = self.producer.send(record) else {
                return Ok(());
            };
            let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
            if !is_full || Instant::now() >= until {
                return Err(failed(&error).with("channel", &channel.address));
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Why the first record was refused that was, rather than given up with all others.
fn refused(sent: &[Arc<Receipt>], outgoing: &[Outgoing]) -> Option<Error> {
    let mut failures = sent.iter().map(|receipt| receipt.failure()).zip(outgoing);
    let (error, outgoing) = failures.find_map(|(failure, outgoing)| {
        let error = failure.filter(|error| error.kind() != ErrorKind::Closed)?;
        Some((error, outgoing))
    })?;
    let address = &outgoing.channel.address;
    Some(Error::new(error.kind(), "commit", error.reason()).with("channel", address))
}

pub(super) fn failed(error: &KafkaError) -> Error {
    fault::definite("commit", error)
}
