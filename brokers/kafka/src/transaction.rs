//! Publishing and settling all or nothing: what a subscription's consumer commits goes through a producer of its own, so that a
//! consumer that was given up by its group cannot commit any more.
mod attempt;

use crate::{
    client::{Cluster, client},
    consumer::{
        begin::{self, Offsets},
        shared::Shared,
    },
    producer::{Reports, check},
    topic,
};
use attempt::{Attempt, Failure, Producer, failed};
use rdkafka::{
    consumer::{Consumer as _, ConsumerGroupMetadata},
    producer::Producer as _,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tidings::{Error, ErrorKind, Outgoing, Result, Str, Token, Verdict};
use tokio::time::Instant;
use uuid::Uuid;

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
    producer: Option<Arc<Producer>>,
    untold: Option<Untold>,
}

/// What a transaction was to settle whose end nobody was told.
struct Untold {
    verdicts: Vec<(Token, Verdict)>,
    offsets: Offsets,
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
        // First, as it takes its time.
        let producer = self.producer(&mut state)?;
        let member = self.member()?;
        // What others settled before counts.
        let offsets = self.shared.offsets(verdicts).ok_or_else(gone)?;
        let attempt = Attempt {
            producer: &producer,
            wait: self.cluster.settings.wait,
            topic: &self.topic,
            outgoing,
            offsets: &offsets,
            member,
        };
        let Err(failure) = attempt.make() else {
            self.shared.settled(verdicts);
            return Ok(());
        };
        let Failure {
            error,
            is_certain,
            is_aborted,
        } = failure;
        if !is_aborted {
            state.producer = None;
        }
        if is_certain {
            return Err(error);
        }
        let verdicts = verdicts.to_vec();
        state.untold = Some(Untold { verdicts, offsets });
        Err(error.ambiguous())
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
        match self.is_done(state, &untold.offsets) {
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
    fn is_done(&self, state: &mut State, offsets: &Offsets) -> Result<bool> {
        if offsets.is_empty() {
            return Ok(false);
        }
        self.producer(state)?;
        let consumer = self.shared.consumer().ok_or_else(gone)?;
        let partitions = offsets.keys().copied();
        let until = Instant::now() + self.cluster.settings.wait;
        let places = begin::places("commit", &*consumer, &self.topic, partitions, until)?;
        let stands = |(partition, offset): (&i32, &i64)| places.get(partition) >= Some(offset);
        Ok(offsets.iter().all(stands))
    }

    fn producer(&self, state: &mut State) -> Result<Arc<Producer>> {
        if let Some(producer) = &state.producer {
            return Ok(producer.clone());
        }
        let config = self.cluster.transactional(&self.id);
        let reports = Reports::new(self.cluster.link.clone(), true);
        let producer: Producer = client("commit", &config, reports)?;
        let begun = producer.init_transactions(self.cluster.settings.wait);
        begun.map_err(|error| failed(&error))?;
        Ok(state.producer.insert(Arc::new(producer)).clone())
    }

    /// Who the consumer is in its group, where it is of one: asked before it is looked whether what is to be settled is held. What was
    /// held then goes to another only by a change of the group after which this consumer is somebody else in it, or nobody, and the
    /// cluster refuses whoever it was. Asked any later it could be somebody else already, and settle what is another's.
    fn member(&self) -> Result<Option<ConsumerGroupMetadata>> {
        if !self.is_grouped {
            return Ok(None);
        }
        let consumer = self.shared.consumer().ok_or_else(gone)?;
        let member = consumer.group_metadata();
        // Thrown out it is nobody, whom the cluster would not refuse.
        let member = member.filter(|_| !consumer.assignment_lost());
        member.map(Some).ok_or_else(gone)
    }
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
