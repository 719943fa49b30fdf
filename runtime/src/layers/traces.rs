//! Spans around messages, and the trace that they belong to.
use super::trace_context::{TRACEPARENT, TraceContext};
use crate::{
    BoxFuture, Channel, Handled, HandlerError, Handling, Layer, Message, Next, Result, SendError,
};
use std::future::Future;
use tracing::{Instrument, Span, field::Empty, info_span};

tokio::task_local! {
    /// Where what runs now stands.
    static HERE: TraceContext;
}

/// Makes a `tracing` span for every message that is sent or handled, by OpenTelemetry's conventions for messaging, and carries
/// the trace on in the W3C headers `traceparent` and `tracestate`: what a handler sends, by its context or a client, belongs to
/// the trace of the message that it handles.
///
/// With the feature `opentelemetry` the trace is that of OpenTelemetry's layer of `tracing`, wherever one is installed, so that
/// its exporters see one trace over all services.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Traces;

impl Traces {
    /// Spans for everything.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// Runs something within a trace that came by other means.
    pub async fn within<F: Future>(place: TraceContext, future: F) -> F::Output {
        HERE.scope(place, future).await
    }
}

impl Layer for Traces {
    fn outgoing(&self, channel: &Channel, message: &mut Message) -> Result<(), SendError> {
        let here = HERE.try_with(TraceContext::child).ok();
        // Made ready before, and kept until now; what a handler passes on is its own message all the same.
        if here.is_none() && message.header(TRACEPARENT).is_some() {
            return Ok(());
        }
        let span = info_span!(
            "create",
            otel.name = %format_args!("create {}", channel.address),
            otel.kind = "producer",
            messaging.system = "tidings",
            messaging.operation.type = "create",
            messaging.destination.name = %channel.address,
            messaging.message.id = %message.id,
            trace_id = Empty,
            span_id = Empty,
        );
        let place = exported::place(&span).or(here);
        let place = place.unwrap_or_else(TraceContext::begin);
        note(&span, &place);
        place.write(message);
        Ok(())
    }

    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        let Handling {
            message,
            address,
            attempt,
            consumer,
            ..
        } = next.handling();
        let span = info_span!(
            "process",
            otel.name = %format_args!("process {address}"),
            otel.kind = "consumer",
            otel.status_code = Empty,
            messaging.system = "tidings",
            messaging.operation.type = "process",
            messaging.destination.name = %address,
            messaging.consumer.group.name = %consumer,
            messaging.message.id = %message.id,
            attempt,
            trace_id = Empty,
            span_id = Empty,
        );
        let parent = TraceContext::of(message);
        if let Some(parent) = &parent {
            exported::follow(&span, parent);
        }
        let place = exported::place(&span)
            .unwrap_or_else(|| parent.map_or_else(TraceContext::begin, |parent| parent.child()));
        note(&span, &place);
        let told = span.clone();
        let run = async move {
            let outcome = next.run().await;
            if outcome.is_err() {
                told.record("otel.status_code", "ERROR");
            }
            outcome
        };
        Box::pin(HERE.scope(place, run.instrument(span)))
    }
}

fn note(span: &Span, place: &TraceContext) {
    if !span.is_disabled() {
        span.record("trace_id", place.trace_id());
        span.record("span_id", place.span_id());
    }
}

/// The trace that an exporter sees.
#[cfg(not(feature = "opentelemetry"))]
mod exported {
    use super::{Span, TraceContext};

    pub(super) fn place(_: &Span) -> Option<TraceContext> {
        None
    }

    pub(super) fn follow(_: &Span, _: &TraceContext) {}
}

/// The trace that an exporter sees.
#[cfg(feature = "opentelemetry")]
mod exported {
    use super::{Span, TraceContext};
    use opentelemetry::trace::TraceContextExt as _;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    /// Where a span stands, if anybody exports it.
    pub(super) fn place(span: &Span) -> Option<TraceContext> {
        let context = span.context();
        let span = context.span();
        let context = span.span_context();
        context.is_valid().then(|| TraceContext::exported(context))
    }

    pub(super) fn follow(span: &Span, parent: &TraceContext) {
        let context = opentelemetry::Context::new().with_remote_span_context(parent.exportable());
        // Without an exporter there is nothing that could follow.
        span.set_parent(context).ok();
    }
}
