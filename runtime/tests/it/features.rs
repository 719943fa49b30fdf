//! Layers behind features: metrics, OpenTelemetry, whole schemas.
use crate::{Text, text};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, HandlerError, Layer as _, Layers, Received, Router, SendError,
    layers::{Metrics, TraceContext, Traces, Validation},
    serve,
    testing::TestBroker,
};
use tidings_schema::{Dialect, MessageSchemas, Schema};
use tracing::{
    field::{Field, Visit},
    span::Record,
};
use tracing_subscriber::layer::{self, SubscriberExt as _};

fn channel() -> Channel {
    Channel::point_to_point("texts")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

/// Sends one text that fails once and one that is rejected.
async fn exercise(layers: Layers) -> TestBroker {
    let broker = TestBroker::new();
    let calls = AtomicUsize::new(0);
    let mut router = Router::new();
    router.layers(layers.clone());
    router.on(channel(), move |text: Received<Text>| {
        let call = calls.fetch_add(1, SeqCst);
        async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            match (call, &*text.0) {
                (0, _) => Err(HandlerError::retry("not now")),
                (_, "bad") => Err(HandlerError::reject("never")),
                _ => {
                    let copies = Channel::publish_subscribe("copies");
                    Ok(text.context.send(&copies, &text.message)?)
                }
            }
        }
    });
    let service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::with_layers(Arc::new(broker.clone()), layers);
    client.send(&channel(), &text("good")).await.unwrap();
    client.send(&channel(), &text("bad")).await.unwrap();
    broker.settled().await;
    service.stop(Duration::from_secs(1)).await.unwrap();
    broker
}

/// Counters and gauges as text, histograms by how often they were recorded.
fn figures(snapshotter: &Snapshotter) -> BTreeMap<String, String> {
    let all = snapshotter.snapshot().into_vec();
    let all = all.into_iter().map(|(key, _, _, value)| {
        let labels = key.key().labels();
        let labels: Vec<_> = labels.map(|label| label.value().to_owned()).collect();
        let value = match value {
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(value) => value.to_string(),
            DebugValue::Histogram(values) => format!("{} times", values.len()),
        };
        (format!("{} {}", key.key().name(), labels.join(" ")), value)
    });
    all.collect()
}

#[test]
fn everything_is_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        block_on(exercise(Layers::new().with(Metrics::new())))
    });
    let figures = figures(&snapshotter);
    for (name, value) in [
        ("tidings_published_total texts ok", "2"),
        ("tidings_published_total copies ok", "1"),
        ("tidings_received_total texts", "3"),
        ("tidings_retries_total texts", "1"),
        ("tidings_in_flight texts", "0"),
        ("tidings_handler_seconds texts ok", "1 times"),
        ("tidings_handler_seconds texts error", "2 times"),
        ("tidings_lag_seconds texts", "3 times"),
        ("tidings_settled_total texts retry", "1"),
    ] {
        let found = figures.get(name).map(String::as_str);
        assert_eq!(found, Some(value), "{name} in {figures:#?}");
    }
}

/// Whoever asked has gone, and the reply comes.
async fn ask_too_late(layers: Layers) {
    let broker = TestBroker::new();
    let mut router = Router::new();
    router.on_request(channel(), async |text: Received<Text>| {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(text.message)
    });
    let service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::with_layers(Arc::new(broker.clone()), layers);
    let second = Duration::from_secs(1);
    for (timeout, is_answered) in [(second, false), (60 * second, true)] {
        let (channel, text) = (channel(), text("a"));
        let reply = client.request::<_, Text>(&channel, &text, timeout).await;
        assert_eq!(reply.is_ok(), is_answered);
    }
    service.stop(second).await.unwrap();
}

#[test]
fn replies_that_come_too_late_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        block_on(ask_too_late(Layers::new().with(Metrics::new())))
    });
    let figures = figures(&snapshotter);
    for name in ["tidings_late_replies_total", "tidings_received_total"] {
        let figure = figures.get(&format!("{name} (reply)"));
        let expected = if name.contains("late") { "1" } else { "2" };
        assert_eq!(figure.map(String::as_str), Some(expected), "{figures:#?}");
    }
}

#[test]
fn addresses_without_number_do_not_grow_the_labels_without_bound() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        block_on(async {
            let broker = TestBroker::new();
            let layers = Layers::new().with(Metrics::new());
            let mut router = Router::new();
            router.layers(layers.clone());
            router.on_request(channel(), async |text: Received<Text>| Ok(text.message));
            let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
            let client = Client::with_layers(Arc::new(broker.clone()), layers);
            for number in 0..2000 {
                // As of another broker, whose reply addresses look like any other.
                let mut request = tidings::Message::named("Text", "text/plain", "a");
                request.reply_to = Some(format!("amq.gen-{number}").into());
                client.send(&channel(), &request).await.unwrap();
                let device = Channel::publish_subscribe(format!("devices.{number}"));
                client.send(&device, &text("a")).await.unwrap();
            }
            broker.settled().await;
        });
    });
    let figures = figures(&snapshotter);
    let published = |label: &str| {
        let figure = figures.get(&format!("tidings_published_total {label} ok"));
        figure.map(String::as_str)
    };
    assert_eq!(published("(reply)"), Some("2000"));
    assert_eq!(published("texts"), Some("2000"));
    assert_eq!(published("devices.1"), Some("1"));
    assert!(published("(other)").is_some());
    let names = figures.keys().map(|name| name.split(' ').next());
    let counts = names.filter(|name| *name == Some("tidings_published_total"));
    assert_eq!(counts.count(), 1000 + 2, "and replies, and all others");
}

#[test]
fn opentelemetry_sees_one_trace() {
    use opentelemetry::trace::TracerProvider as _;
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let broker = tracing::subscriber::with_default(subscriber, || {
        block_on(exercise(Layers::new().with(Traces::new())))
    });
    let spans = exporter.get_finished_spans().unwrap();
    let sent = broker.published("texts");
    let place = TraceContext::of(&sent[0]).unwrap();
    let of_trace: Vec<_> = spans
        .iter()
        .filter(|span| span.span_context.trace_id().to_string() == place.trace_id())
        .collect();
    let names: Vec<_> = of_trace.iter().map(|span| &*span.name).collect();
    assert_eq!(
        names,
        [
            "create texts",
            "process texts",
            "create copies",
            "process texts"
        ]
    );
    let (created, last, copied) = (of_trace[0], of_trace[3], of_trace[2]);
    assert_eq!(created.span_context.span_id().to_string(), place.span_id());
    assert_eq!(last.parent_span_id, created.span_context.span_id());
    assert_eq!(copied.parent_span_id, last.span_context.span_id());
    let copy = TraceContext::of(&broker.published("copies")[0]).unwrap();
    assert_eq!(copy.span_id(), copied.span_context.span_id().to_string());
}

#[test]
fn the_state_of_a_trace_goes_on_where_opentelemetry_sees_it() {
    use opentelemetry::trace::TracerProvider as _;
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(InMemorySpanExporter::default())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    tracing::subscriber::with_default(subscriber, || {
        block_on(async {
            let broker = TestBroker::new();
            let mut router = Router::new();
            router.layers(Layers::new().with(Traces::new()));
            router.on(channel(), async |text: Received<Text>| {
                let copies = Channel::publish_subscribe("copies");
                Ok(text.context.send(&copies, &text.message)?)
            });
            let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
            for state in [None, Some("a=1,b=2")] {
                let mut message = tidings::Message::named("Text", "text/plain", "a");
                message.set_header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
                if let Some(state) = state {
                    message.set_header("tracestate", state);
                }
                crate::publish(&broker, &channel(), message).await;
                broker.settled().await;
                let copy = broker.published("copies").pop().unwrap();
                let told = copy.header("tracestate").map(|it| &it[..]);
                assert_eq!(told, state.map(str::as_bytes));
                assert_eq!(TraceContext::of(&copy).unwrap().trace_id(), trace);
            }
        });
    });
}

/// What was recorded of spans after they began, one line each.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl Visit for Recorded {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        let line = format!("{} {}", field.name(), value.trim_matches('"'));
        self.0.lock().unwrap().push(line);
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Recorded {
    fn on_record(&self, _: &tracing::span::Id, values: &Record<'_>, _: layer::Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

#[test]
fn spans_say_where_they_stand_and_that_a_handler_failed() {
    let recorded = Recorded::default();
    let subscriber = tracing_subscriber::registry().with(recorded.clone());
    let broker = tracing::subscriber::with_default(subscriber, || {
        block_on(exercise(Layers::new().with(Traces::new())))
    });
    let lines = recorded.0.lock().unwrap();
    for address in ["texts", "copies"] {
        for message in broker.published(address) {
            let place = TraceContext::of(&message).unwrap();
            assert!(lines.contains(&format!("trace_id {}", place.trace_id())));
            assert!(lines.contains(&format!("span_id {}", place.span_id())));
        }
    }
    let failed = lines
        .iter()
        .filter(|line| *line == "otel.status_code ERROR");
    assert_eq!(failed.count(), 2);
}

#[test]
fn headers_are_checked_too_as_json_where_they_are() {
    let schema = |schema| Some(Schema::new(schema, Dialect::Draft7));
    let schemas = MessageSchemas {
        payload: schema(serde_json::json!({"type": "integer"})),
        headers: schema(serde_json::json!({"properties": {
            "count": {"type": "integer"}, "unit": {"enum": ["kg", "42"]},
        }})),
    };
    let validation = Validation::new().with_message("Text", &schemas).unwrap();
    let check = |name: Option<&str>, payload: &str, headers: [&str; 2]| {
        let mut message = tidings::Message::new(payload.to_owned());
        message.name = name.map(Into::into);
        for (name, value) in ["count", "unit"].iter().zip(headers) {
            message.set_header(name, value.to_owned());
        }
        match validation.outgoing(&channel(), &mut message) {
            Err(SendError::Invalid(invalid)) => invalid
                .violations()
                .iter()
                .map(|violation| violation.pointer.to_string())
                .collect::<Vec<_>>()
                .join(" "),
            other => format!("{other:?}"),
        }
    };
    let text = Some("Text");
    assert_eq!(check(text, "1", ["2", "kg"]), "Ok(())");
    // A text that could be a number is the text that its schema takes.
    assert_eq!(check(text, "1", ["2", "42"]), "Ok(())");
    assert_eq!(check(text, "1", ["two", "\"kg\""]), "/headers/count");
    assert_eq!(check(text, "1.5", ["2", "g"]), "/payload /headers/unit");
    assert_eq!(check(text, "no json", ["2", "kg"]), "/payload");
    for name in [None, Some("Other")] {
        assert_eq!(check(name, "no json", ["two", "g"]), "Ok(())");
    }
}

/// As programs send that know nothing of names.
#[test]
fn a_message_without_a_name_is_one_of_those_of_its_channel() {
    let schemas = |schema| MessageSchemas {
        payload: Some(Schema::new(schema, Dialect::Draft7)),
        ..MessageSchemas::default()
    };
    let (number, flag) = (
        schemas(json!({"type": "integer"})),
        schemas(json!({"type": "boolean"})),
    );
    let validation = Validation::new()
        .with_message("Number", &number)
        .and_then(|it| it.with_message("Flag", &flag))
        .unwrap()
        .with_channel("numbers", ["Number"])
        .with_channel("both", ["Number", "Flag"])
        .with_channel("unknown", ["Number", "Other"]);
    let check = |address: &'static str, payload: &'static str| {
        let mut message = Arc::new(tidings::Message::new(payload));
        let checked = validation.incoming(&Channel::point_to_point(address), &mut message);
        checked.map_err(|error| error.to_string())
    };
    assert_eq!(check("numbers", "1"), Ok(()));
    assert!(check("numbers", "true").unwrap_err().contains("Number"));
    assert_eq!(
        (check("both", "1"), check("both", "true")),
        (Ok(()), Ok(()))
    );
    let neither = check("both", "\"a\"").unwrap_err();
    assert!(neither.contains("none of `Number`, `Flag`"), "{neither}");
    // It may be the one that nothing is known of.
    assert_eq!(check("unknown", "\"a\""), Ok(()));
    assert_eq!(check("elsewhere", "\"a\""), Ok(()));
}

#[test]
fn messages_are_checked_against_the_whole_of_their_schemas() {
    let schema = serde_json::json!({"not": {"const": "bad"}});
    let schemas = MessageSchemas {
        payload: Some(Schema::new(schema, Dialect::Draft7)),
        ..MessageSchemas::default()
    };
    let validation = Validation::new().with_message("Text", &schemas).unwrap();
    let layers = Layers::new().with(validation);
    block_on(async {
        let broker = TestBroker::new();
        let client = Client::with_layers(Arc::new(broker.clone()), layers.clone());
        let mut router = Router::new();
        router.layers(layers);
        router.on(channel(), async |_: Received<Text>| Ok(()));
        let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
        let refused = client.send(&channel(), &text("\"bad\"")).await.unwrap_err();
        let SendError::Invalid(invalid) = refused else {
            panic!("{refused}")
        };
        assert_eq!(invalid.violations()[0].pointer, "/payload");
        client.send(&channel(), &text("\"good\"")).await.unwrap();
        let bare = Client::new(Arc::new(broker.clone()));
        bare.send(&channel(), &text("\"bad\"")).await.unwrap();
        broker.settled().await;
        let dead = broker.published("texts.dead-letters");
        assert_eq!(dead.len(), 1);
        assert_eq!(&dead[0].body[..], b"\"bad\"");
    });
}
