//! Figures about messages, by the `metrics` facade.
use crate::{
    BoxFuture, Channel, Handled, HandlerError, Handling, Layer, Message, Next, Result, SendError,
    clock, memory::INBOX, transport::Verdict,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use std::sync::Arc;
use tokio::time::Instant;

/// Counts and times messages, for whatever recorder the program installs. Labelled by `channel`; replies to reply addresses are
/// all of the channel `(reply)`.
///
/// | metric | what |
/// | --- | --- |
/// | `tidings_published_total` | messages sent, by `outcome`: `ok`, or what kind of error |
/// | `tidings_received_total` | messages that came |
/// | `tidings_settled_total` | what became of them, by `verdict` |
/// | `tidings_retries_total` | runs of a handler beyond the first |
/// | `tidings_in_flight` | messages that are handled now |
/// | `tidings_handler_seconds` | how long a run of a handler takes, by `outcome`: `ok` or `error` |
/// | `tidings_lag_seconds` | how old a message is when its handler begins, where it says when it was made |
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Metrics;

impl Metrics {
    /// Describes the metrics to the recorder that is installed.
    #[must_use]
    pub fn new() -> Self {
        describe_counter!("tidings_published_total", "Messages sent.");
        describe_counter!("tidings_received_total", "Messages that came.");
        describe_counter!("tidings_settled_total", "What became of messages.");
        describe_counter!(
            "tidings_retries_total",
            "Runs of handlers beyond the first."
        );
        describe_gauge!("tidings_in_flight", "Messages that are handled now.");
        let seconds = metrics::Unit::Seconds;
        describe_histogram!("tidings_handler_seconds", seconds, "Time of a run.");
        describe_histogram!("tidings_lag_seconds", seconds, "Age when handled.");
        Self
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Reply addresses are as many as there are clients.
fn label(channel: &Channel) -> String {
    match channel.address.starts_with(INBOX) {
        true => "(reply)".to_owned(),
        false => channel.address.to_string(),
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
        counter!("tidings_published_total", "channel" => label(channel), "outcome" => outcome)
            .increment(1);
    }

    fn incoming(&self, channel: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        counter!("tidings_received_total", "channel" => label(channel)).increment(1);
        Ok(())
    }

    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        Box::pin(async move {
            let channel = label(&next.handling().channel);
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
        let channel = label(&handling.channel);
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
