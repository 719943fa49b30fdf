//! What is done around messages.
use crate::{
    Text,
    numbers::{Num, num, put},
    text,
    wrap::Wrap,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Client, DynTransport, Handled, HandlerError, Handling, Layer, Layers,
    Message, Next, Policy, Received, Router, SendError, Service, Verdict,
    layers::{CloudEvents, Dedup, DedupStore, TraceContext, Traces},
    serve,
    testing::TestBroker,
};

const SECOND: Duration = Duration::from_secs(1);

fn channel() -> Channel {
    Channel::point_to_point("texts")
}

fn copies() -> Channel {
    Channel::publish_subscribe("copies")
}

/// A service that counts what it handles, and sends each on as a copy.
async fn copying(
    broker: &TestBroker,
    layers: Layers,
    policy: Policy,
) -> (Service, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let mut router = Router::new();
    router.layers(layers).policy(policy);
    router.on(channel(), move |text: Received<Text>| {
        count.fetch_add(1, SeqCst);
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(text.context.send(&copies(), &text.message)?)
        }
    });
    let service = serve(Arc::new(broker.clone()), router).await.unwrap();
    (service, calls)
}

fn client(broker: &TestBroker, layers: Layers) -> Client {
    Client::with_layers(Arc::new(broker.clone()), layers)
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_twice_is_handled_once() {
    let broker = TestBroker::new();
    let layers = Layers::new().with(Dedup::new(100));
    let (_service, calls) = copying(&broker, layers, Policy::new()).await;
    let client = client(&broker, Layers::new());
    broker.duplicate(20);
    for number in 0..20 {
        client
            .send(&channel(), &text(&number.to_string()))
            .await
            .unwrap();
    }
    broker.settled().await;
    assert_eq!(calls.load(SeqCst), 20);
    // The copies say the same with the same ids, so that whoever gets them knows them as well.
    let copies = broker.published("copies");
    let ids: std::collections::HashSet<_> = copies.iter().map(|copy| &copy.id).collect();
    assert_eq!(ids.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_failed_or_is_idempotent_runs_again() {
    let broker = TestBroker::new();
    let layers = Layers::new().with(Dedup::new(100));
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let mut router = Router::new();
    router.layers(layers.clone());
    router.on(channel(), move |_: Received<Text>| {
        let call = count.fetch_add(1, SeqCst);
        async move {
            match call {
                0 => Err(HandlerError::retry("not now")),
                _ => Ok(()),
            }
        }
    });
    let service = serve(Arc::new(broker.clone()), router).await.unwrap();
    client(&broker, Layers::new())
        .send(&channel(), &text("a"))
        .await
        .unwrap();
    broker.settled().await;
    assert_eq!(calls.load(SeqCst), 2);
    service.stop(SECOND).await.unwrap();

    let policy = Policy::new().with_idempotent(true);
    let (_service, calls) = copying(&broker, layers, policy).await;
    broker.duplicate(1);
    client(&broker, Layers::new())
        .send(&channel(), &text("a"))
        .await
        .unwrap();
    broker.settled().await;
    assert_eq!(calls.load(SeqCst), 2);
}

/// The handler has returned, what it sent is not taken, and the message comes again: its handler does not run again, and what
/// it sent goes out.
#[tokio::test(start_paused = true)]
async fn what_was_handled_and_not_sent_is_sent_when_the_message_comes_again() {
    let broker = TestBroker::new();
    let layers = Layers::new().with(Dedup::new(100));
    let (_service, calls) = copying(&broker, layers, Policy::new()).await;
    client(&broker, Layers::new())
        .send(&channel(), &text("a"))
        .await
        .unwrap();
    broker.refuse(1);
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(
        (calls.load(SeqCst), broker.published("copies").len()),
        (1, 0)
    );
    broker.cut();
    tokio::time::sleep(SECOND).await;
    broker.mend();
    broker.settled().await;
    assert_eq!(
        (calls.load(SeqCst), broker.published("copies").len()),
        (1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_is_bounded_and_a_store_remembers_longer() {
    #[derive(Default)]
    struct Store(Mutex<Vec<tidings::MessageId>>);
    impl DedupStore for Store {
        fn is_handled<'a>(
            &'a self,
            _: &'a str,
            id: &'a tidings::MessageId,
        ) -> BoxFuture<'a, Result<bool, tidings::Error>> {
            Box::pin(async { Ok(self.0.lock().unwrap().contains(id)) })
        }
        fn handled<'a>(
            &'a self,
            _: &'a str,
            id: &'a tidings::MessageId,
        ) -> BoxFuture<'a, Result<(), tidings::Error>> {
            Box::pin(async {
                self.0.lock().unwrap().push(id.clone());
                Ok(())
            })
        }
        fn forget<'a>(
            &'a self,
            _: &'a str,
            id: &'a tidings::MessageId,
        ) -> BoxFuture<'a, Result<(), tidings::Error>> {
            Box::pin(async move {
                self.0.lock().unwrap().retain(|other| other != id);
                Ok(())
            })
        }
    }
    for (with_store, calls_expected) in [(false, 12), (true, 11)] {
        let broker = TestBroker::new();
        let mut dedup = Dedup::new(10);
        if with_store {
            dedup = dedup.with_store(Arc::new(Store::default()));
        }
        let (_service, calls) = copying(&broker, Layers::new().with(dedup), Policy::new()).await;
        let transport: Arc<dyn DynTransport> = Arc::new(broker.clone());
        let first = Message::named("Text", "text/plain", "first");
        crate::publish(&*transport, &channel(), first.clone()).await;
        broker.settled().await;
        for _ in 0..10 {
            client(&broker, Layers::new())
                .send(&channel(), &text("b"))
                .await
                .unwrap();
        }
        broker.settled().await;
        crate::publish(&*transport, &channel(), first).await;
        broker.settled().await;
        assert_eq!(
            calls.load(SeqCst),
            calls_expected,
            "with a store: {with_store}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_trace_goes_on_through_client_service_and_what_that_sends() {
    let broker = TestBroker::new();
    let layers = Layers::new().with(Traces::new());
    let (_service, _) = copying(&broker, layers.clone(), Policy::new()).await;
    let begin = TraceContext::begin();
    let client = client(&broker, layers);
    Traces::within(begin.clone(), client.send(&channel(), &text("a")))
        .await
        .unwrap();
    client.send(&channel(), &text("b")).await.unwrap();
    broker.settled().await;
    let places = |address: &str| {
        let published = broker.published(address);
        published
            .iter()
            .map(|message| TraceContext::of(message).unwrap())
            .collect::<Vec<_>>()
    };
    let (sent, copied) = (places("texts"), places("copies"));
    assert_eq!(sent[0].trace_id(), begin.trace_id());
    assert_ne!(
        sent[1].trace_id(),
        begin.trace_id(),
        "it is no part of that"
    );
    for (sent, copied) in sent.iter().zip(&copied) {
        assert_eq!(sent.trace_id(), copied.trace_id());
        assert_ne!(sent.span_id(), copied.span_id());
    }
}

#[tokio::test(start_paused = true)]
async fn messages_travel_as_cloud_events_and_come_back_as_they_were() {
    for structured in [false, true] {
        let broker = TestBroker::new();
        let events = match structured {
            false => CloudEvents::binary("/texts").unwrap(),
            true => CloudEvents::structured("/texts").unwrap(),
        };
        let layers = Layers::new().with(events.with_type_prefix("com.example."));
        let (_service, calls) = copying(&broker, layers.clone(), Policy::new()).await;
        client(&broker, layers)
            .send(&channel(), &text("a \"b\""))
            .await
            .unwrap();
        broker.settled().await;
        assert_eq!(calls.load(SeqCst), 1, "structured: {structured}");
        let sent = broker.published("texts").remove(0);
        let get = |name: &str| -> String {
            if structured {
                let event: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
                event[name].as_str().unwrap().to_owned()
            } else {
                let header = sent.header(&format!("ce_{name}")).unwrap();
                String::from_utf8(header.to_vec()).unwrap()
            }
        };
        assert_eq!(get("specversion"), "1.0");
        assert_eq!(get("type"), "com.example.Text");
        assert_eq!(get("source"), "/texts");
        assert_eq!(get("id"), sent.id.to_string());
        assert!(get("time").ends_with('Z'), "{}", get("time"));
        let copy = broker.published("copies").remove(0);
        assert_eq!(copy.name.as_deref(), Some("Text"));
    }
}

/// By a producer that knows nothing of this runtime: no name, no id, data as JSON.
#[tokio::test(start_paused = true)]
async fn a_foreign_cloud_event_is_read() {
    let broker = TestBroker::new();
    let (seen, told) = (
        Arc::new(Mutex::new(Vec::new())),
        Arc::new(Mutex::new(Vec::new())),
    );
    let mut router = Router::new();
    router.layers(Layers::new().with(CloudEvents::binary("/x").unwrap()));
    let (log, other) = (seen.clone(), told.clone());
    router.on(channel(), move |message: Received<Message>| {
        log.lock().unwrap().push(message.message.clone());
        other.lock().unwrap().push(message.metadata.id.to_string());
        async { Ok(()) }
    });
    let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let transport: Arc<dyn DynTransport> = Arc::new(broker.clone());
    let mut event = Message::new(
        r#"{"specversion": "1.0", "id": "A-1", "source": "/y", "type": "Moved", "partitionkey": "k",
            "time": "2026-01-02T03:04:05Z", "datacontenttype": "application/json", "data": {"to": 1}}"#,
    );
    event.content_type = Some("application/cloudevents+json; charset=utf-8".into());
    crate::publish(&*transport, &channel(), event).await;
    let mut coded = Message::new(
        r#"{"specversion":"1.0","id":"A-2","source":"/y","type":"Blob","data_base64":"AAEC"}"#,
    );
    coded.content_type = Some("application/cloudevents+json".into());
    crate::publish(&*transport, &channel(), coded).await;
    let mut broken = Message::new("{");
    broken.content_type = Some("application/cloudevents+json".into());
    crate::publish(&*transport, &channel(), broken).await;
    broker.settled().await;
    let seen = seen.lock().unwrap();
    assert_eq!(*told.lock().unwrap(), ["A-1", "A-2"]);
    assert_eq!(seen[0].name.as_deref(), Some("Moved"));
    assert_eq!(&seen[0].body[..], br#"{"to": 1}"#);
    assert_eq!(seen[0].key.as_deref(), Some(&b"k"[..]));
    assert_eq!(seen[0].content_type.as_deref(), Some("application/json"));
    assert_eq!(&seen[1].body[..], [0, 1, 2]);
    assert_eq!(broker.published("texts.dead-letters").len(), 1);
}

/// The first is next to the application, on both ends.
#[tokio::test(start_paused = true)]
async fn layers_are_passed_in_their_order() {
    struct Noting(&'static str, Arc<Mutex<Vec<String>>>);
    impl Noting {
        fn note(&self, what: &str) {
            self.1.lock().unwrap().push(format!("{what} {}", self.0));
        }
    }
    impl Layer for Noting {
        fn outgoing(&self, _: &Channel, _: &mut Message) -> Result<(), SendError> {
            self.note("out");
            Ok(())
        }
        fn published(&self, _: &Channel, _: &Message, outcome: &Result<(), tidings::Error>) {
            assert!(outcome.is_ok());
            self.note("sent");
        }
        fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
            self.note("in");
            Ok(())
        }
        fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
            self.note("handle");
            next.run()
        }
        fn settled(&self, _: &tidings::Handling, _: &tidings::Verdict) {
            self.note("settled");
        }
    }
    let broker = TestBroker::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let layers = Layers::new()
        .with(Noting("a", log.clone()))
        .with(Noting("b", log.clone()));
    let mut router = Router::new();
    router.layers(layers.clone());
    router.on(channel(), async |_: Received<Text>| Ok(()));
    let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
    client(&broker, layers)
        .send(&channel(), &text("x"))
        .await
        .unwrap();
    broker.settled().await;
    let expected =
        "out a, out b, sent b, sent a, in b, in a, handle a, handle b, settled b, settled a";
    assert_eq!(log.lock().unwrap().join(", "), expected);
}

/// Counts what came and what was settled.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>, Arc<AtomicUsize>);

impl Layer for Counting {
    fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        self.0.fetch_add(1, SeqCst);
        Ok(())
    }

    fn settled(&self, _: &Handling, _: &Verdict) {
        self.1.fetch_add(1, SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn layers_are_told_of_the_end_of_just_what_they_saw_come() {
    let transport = crate::memory();
    let counting = Counting::default();
    let mut router = Router::new();
    router.layers(Layers::new().with(counting.clone()));
    router.concurrency(2);
    router.on(channel(), async |num: Received<Num>| {
        tokio::time::sleep(SECOND).await;
        match num.number % 3 {
            0 => Err(HandlerError::retry_after(5 * SECOND, "later")),
            _ => Ok(()),
        }
    });
    let service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel(), (0..30).map(|n| num(n % 4, n))).await;
    tokio::time::sleep(SECOND * 7 / 2).await;
    service.stop(10 * SECOND).await.unwrap();
    assert_eq!(counting.0.load(SeqCst), counting.1.load(SeqCst));
}

/// Whoever unpacks a message must not unpack it twice.
#[tokio::test(start_paused = true)]
async fn what_is_tried_again_in_place_is_read_once() {
    let mut wrap = Wrap::new();
    wrap.capabilities.delay = None;
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let counting = Counting::default();
    let tries = Arc::new(AtomicUsize::new(0));
    let tried = tries.clone();
    let mut router = Router::new();
    router.layers(Layers::new().with(counting.clone()));
    router.on(channel(), move |_: Received<Num>| {
        let is_last = tried.fetch_add(1, SeqCst) == 2;
        async move {
            match is_last {
                true => Ok(()),
                false => Err(HandlerError::retry("later")),
            }
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    put(&*transport, &channel(), [num(1, 1)]).await;
    tokio::time::sleep(60 * SECOND).await;
    let came = counting.0.load(SeqCst);
    assert_eq!((tries.load(SeqCst), came), (3, 1));
}

/// Lets nothing in.
struct Closed;

impl Layer for Closed {
    fn incoming(&self, _: &Channel, _: &mut Arc<Message>) -> Result<(), HandlerError> {
        Err(HandlerError::reject("closed"))
    }
}

#[tokio::test(start_paused = true)]
async fn layers_that_never_saw_a_message_are_not_told_of_its_end() {
    for sees in [true, false] {
        let counting = Counting::default();
        let layers = match sees {
            true => Layers::new().with(Closed).with(counting.clone()),
            false => Layers::new().with(counting.clone()).with(Closed),
        };
        let transport = crate::memory();
        let mut router = Router::new();
        router.layers(layers.clone());
        router.on(channel(), async |_: Received<Text>| Ok(()));
        let _service = serve(transport.clone(), router).await.unwrap();
        let asked = Channel::point_to_point("asked");
        let mut router = Router::new();
        router.on_request(asked.clone(), async |text: Received<Text>| Ok(text.message));
        let _asked = serve(transport.clone(), router).await.unwrap();
        let client = Client::with_layers(transport.clone(), layers);
        client.send(&channel(), &text("a")).await.unwrap();
        let reply = client.request::<_, Text>(&asked, &text("a"), SECOND).await;
        assert!(reply.is_err(), "the reply is kept out");
        let events = Channel::publish_subscribe("events");
        let mut subscription = client.subscribe::<Text>(&events, None).await.unwrap();
        client.send(&events, &text("a")).await.unwrap();
        assert!(subscription.next().await.unwrap().is_err());
        tokio::time::sleep(SECOND).await;
        let expected = if sees { (3, 3) } else { (0, 0) };
        let told = (counting.0.load(SeqCst), counting.1.load(SeqCst));
        assert_eq!(told, expected, "{sees}");
    }
}

/// Notes what it is told of the end of messages.
struct Ends(&'static str, Arc<Mutex<Vec<String>>>);

impl Layer for Ends {
    fn given_up<'a>(&'a self, _: &'a Handling) -> BoxFuture<'a, Result<(), tidings::Error>> {
        Box::pin(async {
            tokio::time::sleep(SECOND).await;
            self.1.lock().unwrap().push(format!("given up {}", self.0));
            Ok(())
        })
    }

    fn settled(&self, _: &Handling, verdict: &Verdict) {
        let verdict = match verdict {
            Verdict::Reject { .. } => "rejected",
            _ => "settled",
        };
        self.1.lock().unwrap().push(format!("{verdict} {}", self.0));
    }
}

#[tokio::test(start_paused = true)]
async fn layers_are_told_that_what_they_saw_come_is_given_up_before_it_is_settled() {
    for (is_closed, expected) in [
        (false, "given up b, given up a, rejected b, rejected a"),
        (true, "given up b, rejected b"),
    ] {
        let broker = TestBroker::new();
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut layers = Layers::new().with(Ends("a", log.clone()));
        if is_closed {
            layers = layers.with(Closed);
        }
        let mut router = Router::new();
        router.layers(layers.with(Ends("b", log.clone())));
        router.on(channel(), async |_: Received<Text>| {
            Err(HandlerError::reject("never"))
        });
        let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
        let client = client(&broker, Layers::new());
        client.send(&channel(), &text("x")).await.unwrap();
        broker.settled().await;
        assert_eq!(log.lock().unwrap().join(", "), expected);
        assert_eq!(broker.published("texts.dead-letters").len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_trace_that_cannot_be_read_is_not_carried_on() {
    let broker = TestBroker::new();
    let client = client(&broker, Layers::new().with(Traces::new()));
    let mut foreign = Message::new("a");
    foreign.set_header("traceparent", "not-a-trace");
    foreign.set_header("tracestate", "a=1");
    client.send(&channel(), &foreign).await.unwrap();
    let sent = broker.published("texts").remove(0);
    assert!(TraceContext::of(&sent).is_some());
    assert_eq!(sent.header("tracestate"), None);
}

#[tokio::test(start_paused = true)]
async fn layers_are_told_of_the_end_of_replies() {
    let transport = crate::memory();
    let counting = Counting::default();
    let mut router = Router::new();
    router.on_request(channel(), async |text: Received<Text>| Ok(text.message));
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::with_layers(transport, Layers::new().with(counting.clone()));
    let asked: Text = client
        .request(&channel(), &text("a"), SECOND)
        .await
        .unwrap();
    assert_eq!(asked, text("a"));
    assert_eq!((counting.0.load(SeqCst), counting.1.load(SeqCst)), (1, 1));
}
