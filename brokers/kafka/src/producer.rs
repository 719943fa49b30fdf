//! Publishing: records of a batch under way together, and one outcome for each.
use crate::{
    bindings,
    client::{Cluster, client},
    deadlines::Deadlines,
    fault,
    link::{Link, log},
    receipt::Receipt,
    record as records, topic,
    waves::waves,
};
use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    error::KafkaError,
    message::{DeliveryResult, Message as _},
    producer::{BaseRecord, Producer as _, ProducerContext, PurgeConfig, ThreadedProducer},
    types::RDKafkaErrorCode,
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};
use tidings::{Channel, Error, ErrorKind, Message, Result};
use tokio::time::{Instant, sleep};

/// How long a publish waits before it tries again where the library has no room.
const PAUSE: Duration = Duration::from_millis(2);

/// The idempotent producer of a transport.
pub(crate) struct Producer {
    inner: ThreadedProducer<Reports>,
    link: Arc<Link>,
    deadlines: Deadlines,
    max_bytes: usize,
}

impl Producer {
    pub(crate) fn new(cluster: &Cluster) -> Result<Self> {
        let link = cluster.link.clone();
        let reports = Reports::new(link.clone(), false);
        let waits = link.clone();
        let deadlines = Deadlines::new(move || unconfirmed(&waits)).map_err(|error| {
            let reason = "no thread can be started";
            Error::new(ErrorKind::Unexpected, "connect", reason).because(error)
        })?;
        Ok(Self {
            inner: client("connect", &cluster.producer(), reports)?,
            link,
            deadlines,
            max_bytes: cluster.settings.max_bytes,
        })
    }

    pub(crate) fn client(&self) -> &rdkafka::client::Client<Reports> {
        self.inner.client()
    }

    /// Whether it can send no more: the library gives up a producer whose numbers of records are not those of the cluster any more, as
    /// after a broker's crash amid what was not confirmed.
    pub(crate) fn is_over(&self) -> bool {
        self.inner.context().is_over.load(Relaxed)
    }

    /// Ends it beside the caller, whom that would hold up.
    pub(crate) fn end(self: Arc<Self>) {
        let ends = std::thread::Builder::new().name("tidings-kafka".to_owned());
        if let Err(error) = ends.spawn(move || drop(self)) {
            tracing::debug!(%error, "a producer is ended in place");
        }
    }

    /// Waits until nothing is under way, at most that long, and gives up what still is: whoever waits for that is told so.
    pub(crate) fn flush(&self, grace: Duration) -> Result<()> {
        let flushed = self.inner.flush(grace);
        self.inner.purge(PurgeConfig::default().queue().inflight());
        flushed.map_err(|error| fault::error("close", &error))
    }

    /// One outcome for each message, by the deadline.
    pub(crate) async fn publish(
        &self,
        channel: &Channel,
        messages: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let topic = match topic::of("publish", channel) {
            Ok(topic) => topic.name,
            Err(error) => return messages.iter().map(|_| Err(error.clone())).collect(),
        };
        if let [message] = messages {
            let receipt = self.sent(channel, &topic, message, deadline).await;
            return vec![receipt.outcome().await];
        }
        // Apart, so that what publishes one message is small.
        Box::pin(self.waves(channel, &topic, messages, deadline)).await
    }

    /// Of several messages of a key one after the other.
    async fn waves(
        &self,
        channel: &Channel,
        topic: &str,
        messages: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let mut outcomes: Vec<_> = messages.iter().map(|_| Err(skipped())).collect();
        let mut failed = HashSet::new();
        for mut wave in waves(messages) {
            let key = |at: usize| messages[at].key.as_ref();
            wave.retain(|at| key(*at).is_none_or(|key| !failed.contains(key)));
            let sent = wave.iter().map(|at| &messages[*at]);
            let told = self.wave(channel, topic, sent, deadline).await;
            for (at, outcome) in wave.into_iter().zip(told) {
                failed.extend(key(at).filter(|_| outcome.is_err()));
                outcomes[at] = outcome;
            }
        }
        outcomes
    }

    /// Messages that are under way together.
    async fn wave(
        &self,
        channel: &Channel,
        topic: &str,
        messages: impl ExactSizeIterator<Item = &Message>,
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let mut receipts = Vec::with_capacity(messages.len());
        for message in messages {
            receipts.push(self.sent(channel, topic, message, deadline).await);
        }
        let mut outcomes = Vec::with_capacity(receipts.len());
        for receipt in receipts {
            outcomes.push(receipt.outcome().await);
        }
        outcomes
    }

    /// What becomes of a message that is sent, told by the deadline. The library has room for it sooner or later.
    async fn sent(
        &self,
        channel: &Channel,
        topic: &str,
        message: &Message,
        deadline: Instant,
    ) -> Arc<Receipt> {
        let receipt = Receipt::new();
        if let Err(error) = check(channel, message, self.max_bytes) {
            receipt.tell(Err(error));
            return receipt;
        }
        loop {
            match self.hand_over(topic, message, &receipt, deadline) {
                Ok(true) => self.deadlines.add(deadline.into_std(), &receipt),
                Ok(false) => {
                    Box::pin(sleep(PAUSE)).await;
                    continue;
                }
                Err(error) => receipt.tell(Err(error)),
            }
            return receipt;
        }
    }

    /// Hands a record to the library; tells whether that has room for it.
    fn hand_over(
        &self,
        topic: &str,
        message: &Message,
        receipt: &Arc<Receipt>,
        deadline: Instant,
    ) -> Result<bool> {
        if self.link.is_closing() {
            return Err(fault::closed("publish"));
        }
        if Instant::now() >= deadline {
            return Err(late("it was not sent by the deadline"));
        }
        match self.inner.send(record(topic, message, receipt.clone())) {
            Ok(()) => Ok(true),
            Err((error, _)) if is_full(&error) => Ok(false),
            Err((error, _)) if is_final(&error) => {
                self.inner.context().is_over.store(true, Relaxed);
                Err(given_up())
            }
            Err((error, _)) => Err(told(fault::error("publish", &error), topic)),
        }
    }
}

/// The error of what is under way at its deadline, and may still arrive.
fn unconfirmed(link: &Link) -> Error {
    let reason = match (link.is_lost(), link.reason()) {
        (true, Some(reason)) => format!("it was not confirmed by the deadline: {reason}"),
        _ => "it was not confirmed by the deadline".to_owned(),
    };
    late(&reason).ambiguous()
}

/// Whether a message can be a record at all.
pub(crate) fn check(channel: &Channel, message: &Message, most: usize) -> Result<()> {
    let refused = |kind, reason: String| {
        let error = Error::new(kind, "publish", reason);
        Err(error.with("channel", &channel.address))
    };
    bindings::message(channel, message.name.as_deref(), &message.body)?;
    if message.size() > most {
        let reason = format!("{} bytes, of at most {most}", message.size());
        return refused(ErrorKind::TooLarge, reason);
    }
    // What is due already need not be held back.
    if message
        .not_before
        .is_some_and(|time| time > SystemTime::now())
    {
        let reason = "the broker holds no message back; publish it later";
        return refused(ErrorKind::Unsupported, reason.to_owned());
    }
    match message.headers.iter().find(|(name, _)| name.contains('\0')) {
        Some((name, _)) => refused(
            ErrorKind::Invalid,
            format!("a NUL in the header's name {name:?}"),
        ),
        None => Ok(()),
    }
}

/// The record of a message.
pub(crate) fn record<'a>(
    topic: &'a str,
    message: &'a Message,
    receipt: Arc<Receipt>,
) -> BaseRecord<'a, [u8], [u8], Arc<Receipt>> {
    let mut record = BaseRecord::with_opaque_to(topic, receipt)
        .payload(&*message.body)
        .headers(records::headers(message));
    record.key = message.key.as_deref();
    record
}

fn is_full(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
}

fn is_purged(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let code = error.rdkafka_error_code();
    matches!(code, Some(Code::PurgeQueue | Code::PurgeInflight))
}

/// Whether the library has given up the producer.
fn is_final(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let code = error.rdkafka_error_code();
    matches!(code, Some(Code::Fatal | Code::OutOfOrderSequenceNumber))
}

fn given_up() -> Error {
    let reason = "the cluster and the producer disagree about what was sent; another producer sends what comes next";
    Error::new(ErrorKind::ConnectionLost, "publish", reason)
}

fn late(reason: &str) -> Error {
    Error::new(ErrorKind::Timeout, "publish", reason)
}

fn skipped() -> Error {
    let reason = "an earlier message of its key failed";
    Error::new(ErrorKind::Skipped, "publish", reason)
}

fn told(error: Error, topic: &str) -> Error {
    error.with("channel", topic)
}

/// What the library tells a producer.
pub(crate) struct Reports {
    link: Arc<Link>,
    /// Of transactions: one that is aborted gives up what it holds.
    aborts: bool,
    /// Nothing can be sent any more.
    is_over: AtomicBool,
}

impl Reports {
    pub(crate) fn new(link: Arc<Link>, aborts: bool) -> Self {
        Self {
            link,
            aborts,
            is_over: AtomicBool::new(false),
        }
    }

    /// Why a record was not taken: what is given up where nobody closes the transport is so with its producer.
    fn failure(&self, error: &KafkaError, topic: &str) -> Error {
        let is_purged = is_purged(error);
        if is_purged && self.link.is_closing() {
            return fault::closed("publish").ambiguous();
        }
        if !self.aborts && (is_purged || is_final(error)) {
            self.is_over.store(true, Relaxed);
            return told(given_up().ambiguous(), topic);
        }
        told(fault::error("publish", error), topic)
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.link.failed(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Arc<Receipt>;

    fn delivery(&self, result: &DeliveryResult<'_>, receipt: Arc<Receipt>) {
        let outcome = match result {
            Ok(_) => Ok(()),
            Err((error, record)) => Err(self.failure(error, record.topic())),
        };
        if outcome.is_ok() {
            self.link.back();
        }
        receipt.tell(outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_producer_that_was_given_up_is_over_and_what_it_held_may_have_arrived() {
        use RDKafkaErrorCode as Code;
        let failure = |code, aborts, closes| {
            let link = Arc::new(Link::new());
            let reports = Reports::new(link.clone(), aborts);
            if closes {
                link.begin_closing();
            }
            let error = reports.failure(&KafkaError::MessageProduction(code), "t");
            (
                error.kind(),
                error.is_ambiguous(),
                reports.is_over.into_inner(),
            )
        };
        let lost = (ErrorKind::ConnectionLost, true, true);
        for code in [
            Code::PurgeInflight,
            Code::Fatal,
            Code::OutOfOrderSequenceNumber,
        ] {
            assert_eq!(failure(code, false, false), lost);
        }
        let closed = failure(Code::PurgeQueue, false, true);
        assert_eq!(closed, (ErrorKind::Closed, true, false));
        assert_eq!(failure(Code::PurgeQueue, true, false).0, ErrorKind::Closed);
        assert!(!failure(Code::MessageTimedOut, false, false).2);
    }

    #[test]
    fn what_is_due_already_is_not_held_back_and_so_sent() {
        let channel = Channel::publish_subscribe("orders");
        let of = |time: SystemTime| {
            let mut message = Message::new("a");
            message.not_before = Some(time);
            check(&channel, &message, 1000)
                .err()
                .map(|error| error.kind())
        };
        let (now, minute) = (SystemTime::now(), Duration::from_secs(60));
        assert_eq!(of(now - minute), None);
        assert_eq!(of(now + minute), Some(ErrorKind::Unsupported));
    }
}
