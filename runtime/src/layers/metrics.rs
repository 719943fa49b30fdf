//! Figures about messages, by the `metrics` facade.
use crate::{
    BoxFuture, Channel, Handled, HandlerError, Handling, Layer, Message, Next, Result, SendError,
    Str, clock, transport::Verdict,
};
use foldhash::fast::RandomState;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::time::Instant;

/// Most channels that are told apart, so that addresses with parameters do not grow a recorder without bound.
const CHANNELS: usize = 1000;

/// Counts and times messages, for whatever recorder the program installs. Labelled by `channel`; replies to reply addresses are
/// all of the channel `(reply)`, and after the first 1,000 channels all others are `(other)`.
///
/// | metric | what |
/// | --- | --- |
/// | `tidings_published_total` | messages sent, by `outcome`: `ok`, or what kind of error |
/// | `tidings_received_total` | messages that came |
/// | `tidings_late_replies_total` | replies that nobody waited for any more; by a reply channel of the document, those to other clients too |
/// | `tidings_settled_total` | what became of them, by `verdict` |
/// | `tidings_retries_total` | runs of a handler beyond the first |
/// | `tidings_in_flight` | messages that are handled now |
/// | `tidings_handler_seconds` | how long a run of a handler takes, by `outcome`: `ok` or `error` |
/// | `tidings_lag_seconds` | how old a message is when its handler begins, where it says when it was made |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Metrics {
    /// Those that are told apart. Clones share it.
    channels: Arc<RwLock<HashSet<Str, RandomState>>>,
}

impl Metrics {
    /// Describes the metrics to the recorder that is installed.
    #[must_use]
    pub fn new() -> Self {
        describe_counter!("tidings_published_total", "Messages sent.");
        describe_counter!("tidings_received_total", "Messages that came.");
        describe_counter!(
            "tidings_late_replies_total",
            "Replies that nobody waited for any more."
        );
        describe_counter!("tidings_settled_total", "What became of messages.");
        describe_counter!(
            "tidings_retries_total",
            "Runs of handlers beyond the first."
        );
        describe_gauge!("tidings_in_flight", "Messages that are handled now.");
        let seconds = metrics::Unit::Seconds;
        describe_histogram!("tidings_handler_seconds", seconds, "Time of a run.");
        describe_histogram!("tidings_lag_seconds", seconds, "Age when handled.");
        let channels = Arc::default();
        Self { channels }
    }

    /// Reply addresses are as many as there are clients, and others may be as many as there are parameters.
    fn label(&self, channel: &Channel) -> String {
        let label = match &*channel.address {
            _ if channel.for_replies => "(reply)",
            address if self.is_known(&channel.address) => address,
            _ => "(other)",
        };
        label.to_owned()
    }

    fn is_known(&self, address: &Str) -> bool {
        let channels = self.channels.read();
        if channels
            .unwrap_or_else(PoisonError::into_inner)
            .contains(address)
        {
            return true;
        }
        let channels = self.channels.write();
        let mut channels = channels.unwrap_or_else(PoisonError::into_inner);
        let is_known = channels.len() < CHANNELS;
        if is_known {
            channels.insert(address.clone());
        }
        is_known
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Layer for Metrics {
    fn outgoing(&self, _: &Channel, message: &mut Message) -> Result<(), SendError> {
        message.created.get_or_insert_with(clock::now);
        Ok(())
    }

    fn published(&self, channel: &Channel, _: &Message, outcome: &Result<()>) {
        let outcome = match outcome {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.kind().to_string(),
        };
        counter!("tidings_published_total", "channel" => self.label(channel), "outcome" => outcome)
            .increment(1);
    }

    fn incoming(&self, channel: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        counter!("tidings_received_total", "channel" => self.label(channel)).increment(1);
        Ok(())
    }

    fn late(&self, channel: &Channel, _: &Message) {
        counter!("tidings_late_replies_total", "channel" => self.label(channel)).increment(1);
    }

    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        Box::pin(async move {
            let channel = self.label(&next.handling().channel);
            let Handling {
                message, attempt, ..
            } = next.handling();
            if *attempt > 1 {
                counter!("tidings_retries_total", "channel" => channel.clone()).increment(1);
            }
            let age = message
                .created
                .and_then(|made| clock::now().duration_since(made).ok());
            if let Some(age) = age {
                histogram!("tidings_lag_seconds", "channel" => channel.clone()).record(age);
            }
            let _flight = InFlight::begin(&channel);
            let begin = Instant::now();
            let outcome = next.run().await;
            let word = if outcome.is_ok() { "ok" } else { "error" };
            histogram!("tidings_handler_seconds", "channel" => channel, "outcome" => word)
                .record(begin.elapsed());
            outcome
        })
    }

    fn settled(&self, handling: &Handling, verdict: &Verdict) {
        let verdict = match verdict {
            Verdict::Ack => "ack",
            Verdict::Retry { .. } => "retry",
            Verdict::Release => "release",
            Verdict::Reject { .. } => "reject",
        };
        let channel = self.label(&handling.channel);
        counter!("tidings_settled_total", "channel" => channel, "verdict" => verdict).increment(1);
    }
}

/// A handler that is cut off is in flight no more.
struct InFlight(metrics::Gauge);

impl InFlight {
    fn begin(channel: &str) -> Self {
        let flight = gauge!("tidings_in_flight", "channel" => channel.to_owned());
        flight.increment(1.0);
        Self(flight)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
