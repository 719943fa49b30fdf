//! Publishing and settling all or nothing: what a subscription's consumer commits goes through a producer of its own, so that a
//! consumer that was given up by its group cannot commit any more.
use crate::{
    batch::{Batch, Receipt},
    client::{Cluster, client},
    consumer::{
        begin::{self, Offsets},
        shared::Shared,
    },
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
    time::{Duration, Instant},
};
use tidings::{Error, ErrorKind, Outgoing, Result, Str, Token, Verdict};
use uuid::Uuid;

/// How long a transaction waits for room in the library.
const PAUSE: Duration = Duration::from_millis(2);

type Producer = ThreadedProducer<Reports>;

/// The transactions of a subscription, one after the other.
pub(crate) struct Transactions {
    cluster: Cluster,
    shared: Arc<Shared>,
    topic: Str,
    is_grouped: bool,
    /// Names its producers at the cluster, which ends what one of them left open when the next begins.
    id: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Made for the first, and anew after a failure that it does not get over.
    producer: Option<Producer>,
    untold: Option<Untold>,
}

/// What a transaction was to settle whose end nobody was told.
struct Untold {
    verdicts: Vec<(Token, Verdict)>,
    offsets: Offsets,
}

/// Why a transaction failed.
enum Failure {
    /// For certain.
    Definite(Error),
    /// It may be done all the same.
    Unknown(Error),
}

impl Transactions {
    pub(crate) fn new(cluster: Cluster, shared: Arc<Shared>, topic: Str, is_grouped: bool) -> Self {
        Self {
            cluster,
            shared,
            topic,
            is_grouped,
            id: format!("tidings.{}", Uuid::now_v7()),
            state: Mutex::default(),
        }
    }

    /// Commits, from a thread that may wait.
    pub(crate) fn commit(
        &self,
        outgoing: &[Outgoing],
        verdicts: &[(Token, Verdict)],
    ) -> Result<()> {
        self.check(outgoing)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.was_done(&mut state, verdicts)? {
            return Ok(());
        }
        // What others settled before counts.
        let offsets = self.shared.offsets(verdicts).ok_or_else(gone)?;
        match self.within(&mut state.producer, outgoing, &offsets) {
            Ok(()) => {
                self.shared.settled(verdicts);
                Ok(())
            }
            Err(Failure::Definite(error)) => Err(error),
            Err(Failure::Unknown(error)) => {
                let verdicts = verdicts.to_vec();
                state.untold = Some(Untold { verdicts, offsets });
                Err(error.ambiguous())
            }
        }
    }

    fn check(&self, outgoing: &[Outgoing]) -> Result<()> {
        if let Some(ended) = self.shared.ended() {
            return Err(ended);
        }
        let most = self.cluster.settings.max_bytes;
        for Outgoing {
            channel, message, ..
        } in outgoing
        {
            topic::of("commit", channel)?;
            check(channel, message, most)?;
        }
        Ok(())
    }

    /// Finds out what became of the transaction before, where nobody was told; says whether it was this one and is done.
    fn was_done(&self, state: &mut State, verdicts: &[(Token, Verdict)]) -> Result<bool> {
        let Some(untold) = state.untold.take() else {
            return Ok(false);
        };
        match self.is_done(&mut state.producer, &untold.offsets) {
            Ok(true) => {
                self.shared.settled(&untold.verdicts);
                Ok(untold.verdicts == verdicts)
            }
            Ok(false) => Ok(false),
            Err(error) => {
                state.untold = Some(untold);
                Err(error.ambiguous())
            }
        }
    }

    /// Whether the group stands there: a new producer ends what the one before it had begun, either way.
    fn is_done(&self, producer: &mut Option<Producer>, offsets: &Offsets) -> Result<bool> {
        if offsets.is_empty() {
            return Ok(false);
        }
        if producer.is_none() {
            *producer = Some(self.make()?);
        }
        let consumer = self.shared.consumer().ok_or_else(gone)?;
        let partitions = offsets.keys().copied();
        let wait = self.cluster.settings.wait;
        let places = begin::places("commit", &*consumer, &self.topic, partitions, wait)?;
        let stands = |(partition, offset): (&i32, &i64)| places.get(partition) >= Some(offset);
        Ok(offsets.iter().all(stands))
    }

    /// A transaction; its producer is kept where it can go on.
    fn within(
        &self,
        producer: &mut Option<Producer>,
        outgoing: &[Outgoing],
        offsets: &Offsets,
    ) -> Result<(), Failure> {
        let current = match producer.take() {
            Some(current) => current,
            None => self.make().map_err(Failure::Definite)?,
        };
        let batch = Arc::new(Batch::new(outgoing.len()));
        let filled = self.fill(&current, outgoing, offsets, &batch);
        let mut is_certain = filled.is_err();
        let outcome = filled.and_then(|()| {
            let committed = current.commit_transaction(self.cluster.settings.wait);
            committed.map_err(|error| failed(&error))
        });
        let Err(error) = outcome else {
            *producer = Some(current);
            return Ok(());
        };
        // What cannot be aborted is ended by the next one.
        if current
            .abort_transaction(self.cluster.settings.wait)
            .is_ok()
        {
            *producer = Some(current);
            is_certain = true;
        }
        // A record that was refused says why, which the end of the transaction does not.
        let error = refused(&batch, outgoing).unwrap_or(error);
        Err(match is_certain {
            true => Failure::Definite(error),
            false => Failure::Unknown(error),
        })
    }

    fn make(&self) -> Result<Producer> {
        let config = self.cluster.transactional(&self.id);
        let reports = Reports::new(self.cluster.link.clone());
        let producer: Producer = client("commit", &config, reports)?;
        let begun = producer.init_transactions(self.cluster.settings.wait);
        begun.map_err(|error| failed(&error))?;
        Ok(producer)
    }

    /// Everything of a transaction but its end.
    fn fill(
        &self,
        producer: &Producer,
        outgoing: &[Outgoing],
        offsets: &Offsets,
        batch: &Arc<Batch>,
    ) -> Result<()> {
        let wait = self.cluster.settings.wait;
        let until = Instant::now() + wait;
        producer
            .begin_transaction()
            .map_err(|error| failed(&error))?;
        for (at, outgoing) in outgoing.iter().enumerate() {
            send(producer, outgoing, batch, at, until)?;
        }
        if self.is_grouped && !offsets.is_empty() {
            let consumer = self.shared.consumer().ok_or_else(gone)?;
            let member = consumer.group_metadata().ok_or_else(gone)?;
            let list = begin::list(&self.topic, offsets)?;
            let sent = producer.send_offsets_to_transaction(&list, &member, wait);
            sent.map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

/// Hands a record to the library, which has room for it sooner or later.
fn send(
    producer: &Producer,
    Outgoing {
        channel, message, ..
    }: &Outgoing,
    batch: &Arc<Batch>,
    at: usize,
    until: Instant,
) -> Result<()> {
    let topic = topic::of("commit", channel)?.name;
    loop {
        let receipt = Box::new(Receipt::new(batch, at));
        let Err((error, _)) = producer.send(record(&topic, message, receipt)) else {
            return Ok(());
        };
        let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
        if !is_full || Instant::now() >= until {
            return Err(failed(&error).with("channel", &channel.address));
        }
        thread::sleep(PAUSE);
    }
}

/// Why the first record was refused that was, rather than given up with all others.
fn refused(batch: &Batch, outgoing: &[Outgoing]) -> Option<Error> {
    let (at, error) = batch.first_failure(|error| error.kind() != ErrorKind::Closed)?;
    let address = &outgoing.get(at)?.channel.address;
    Some(Error::new(error.kind(), "commit", error.reason()).with("channel", address))
}

impl Drop for Transactions {
    /// Beside the caller, whom that would hold up.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(producer) = state.producer.take() else {
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
    fault::definite("commit", error)
}
