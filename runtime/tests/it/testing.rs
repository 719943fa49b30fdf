//! The broker for tests: faults to order.
use crate::{Text, deliveries, listen, nothing_comes, publish, published, settle, text};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, DynTransport, ErrorKind, HandlerError, Memory, Message, Policy,
    PolicySettings, Received, Router, Settings, Verdict,
    dead_letter::ATTEMPTS,
    serve,
    testing::TestBroker,
    transport::{Event, State},
};

fn channel() -> Channel {
    Channel::point_to_point("texts")
}

/// A service that notes what it handles.
async fn noting(broker: &TestBroker) -> (tidings::Service, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let mut router = Router::new();
    router.on(channel(), move |text: Received<Text>| {
        log.lock().unwrap().push(text.0.clone());
        async { Ok(()) }
    });
    let service = serve(Arc::new(broker.clone()), router).await.unwrap();
    (service, seen)
}

#[tokio::test(start_paused = true)]
async fn each_fault_does_what_it_says() {
    let broker = TestBroker::new();
    let (_service, seen) = noting(&broker).await;
    let transport: Arc<dyn DynTransport> = Arc::new(broker.clone());
    let client = Client::new(transport);
    broker.lose(1);
    client.send(&channel(), &text("lost")).await.unwrap();
    broker.duplicate(1);
    client.send(&channel(), &text("twice")).await.unwrap();
    broker.delay(1, Duration::from_secs(3600));
    client.send(&channel(), &text("late")).await.unwrap();
    broker.refuse(1);
    let refused = client.send(&channel(), &text("refused")).await.unwrap_err();
    assert!(refused.is_retryable());
    broker.unconfirm(1);
    let unsure = client.send(&channel(), &text("unsure")).await.unwrap_err();
    let tidings::SendError::Transport(unsure) = unsure else {
        panic!("{unsure}")
    };
    assert!(unsure.is_ambiguous());
    client.send(&channel(), &text("soon")).await.unwrap();
    let begin = tokio::time::Instant::now();
    broker.settled().await;
    assert!(begin.elapsed() >= Duration::from_secs(3600));
    let mut seen = seen.lock().unwrap();
    assert_eq!(*seen, ["twice", "twice", "unsure", "soon", "late"]);
    seen.clear();
}

#[tokio::test(start_paused = true)]
async fn a_cut_delivers_again_what_was_not_settled() {
    let broker = TestBroker::new();
    let (started, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(0)));
    let (begun, count) = (started.clone(), calls.clone());
    let mut router = Router::new();
    router.on(channel(), move |_: Received<Text>| {
        *count.lock().unwrap() += 1;
        begun.store(true, SeqCst);
        async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(())
        }
    });
    let service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::new(Arc::new(broker.clone()));
    client.send(&channel(), &text("a")).await.unwrap();
    while !started.load(SeqCst) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(service.health().is_ready());
    broker.cut();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(client.send(&channel(), &text("b")).await.is_err());
    let health = service.health();
    assert!(health.is_alive() && !health.is_ready());
    broker.mend();
    broker.settled().await;
    assert_eq!(*calls.lock().unwrap(), 2);
}

/// Settings outdo the document, code outdoes both; each channel has its own.
#[tokio::test(start_paused = true)]
async fn each_channel_has_its_policy() {
    let read = |json: &str| serde_json::from_str::<PolicySettings>(json).unwrap();
    let settings: Settings = serde_json::from_str(
        r#"{"policy": {"first-pause": "1ms"}, "channels": {"b": {"attempts": 4}}}"#,
    )
    .unwrap();
    let broker = TestBroker::new();
    let calls: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut router = Router::new();
    for address in ["a", "b", "c", "d"] {
        let log = calls.clone();
        router.on(
            Channel::point_to_point(address),
            move |_: Received<Text>| {
                log.lock().unwrap().push(address.to_owned());
                async { Err(HandlerError::retry("never")) }
            },
        );
    }
    router
        .policy(Policy::new().with_attempts(2))
        .documented(Channel::point_to_point("b"), read(r#"{"attempts": 7}"#))
        .documented(Channel::point_to_point("c"), read(r#"{"attempts": 3}"#))
        .settings(settings)
        .policy_for(Channel::point_to_point("d"), Policy::new().with_attempts(1));
    let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::new(Arc::new(broker.clone()));
    for address in ["a", "b", "c", "d"] {
        client
            .send(&Channel::point_to_point(address), &text("x"))
            .await
            .unwrap();
    }
    broker.settled().await;
    let calls = calls.lock().unwrap();
    let count = |address: &str| calls.iter().filter(|call| *call == address).count();
    assert_eq!(["a", "b", "c", "d"].map(count), [2, 4, 3, 1]);
    for address in ["a", "b", "c", "d"] {
        assert_eq!(
            broker.published(&format!("{address}.dead-letters")).len(),
            1
        );
    }
}

/// The channel that generated code has, with keys and bindings, or one that is written by hand.
#[tokio::test(start_paused = true)]
async fn a_policy_is_of_the_channel_with_that_address_whatever_else_is_said_of_it() {
    let broker = TestBroker::new();
    let mut router = Router::new();
    router.on(
        channel().with_keys().with_shards(4),
        async |_: Received<Text>| Err(HandlerError::retry("never")),
    );
    router.policy_for(channel(), Policy::new().with_attempts(1));
    let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::new(Arc::new(broker.clone()));
    client.send(&channel(), &text("x")).await.unwrap();
    broker.settled().await;
    let letters = broker.published("texts.dead-letters");
    let attempts = letters[0].header(ATTEMPTS).map(|it| &it[..]);
    assert_eq!(attempts, Some(&b"1"[..]));
}

#[tokio::test]
async fn a_policy_of_a_queue_where_a_topic_is_served_is_refused() {
    let mut router = Router::new();
    router.on(
        Channel::publish_subscribe("texts"),
        async |_: Received<Text>| Ok(()),
    );
    router.policy_for(channel(), Policy::new());
    let error = serve(Arc::new(TestBroker::new()), router).await.map(drop);
    let expected = "serve: invalid: settings of a channel of another kind than the one that has handlers, channel `texts`";
    assert_eq!(error.unwrap_err().to_string(), expected);
}

/// Two workers would compete for it, and each give up what the other takes.
#[tokio::test]
async fn two_channels_of_one_address_are_refused() {
    let mut router = Router::new();
    router.on(channel().with_keys(), async |_: Received<Text>| Ok(()));
    router.on(channel(), async |_: Received<Message>| Ok(()));
    let topic = Channel::publish_subscribe("events");
    router.on(topic.clone(), async |_: Received<Text>| Ok(()));
    router.on(topic.with_keys(), async |_: Received<Message>| Ok(()));
    let error = serve(Arc::new(TestBroker::new()), router).await.map(drop);
    let expected = "serve: invalid: handlers of it are registered with channels that differ in keys, shards or bindings; register all with the same, channel `texts`";
    assert_eq!(error.unwrap_err().to_string(), expected);
}

/// A handler may ask how long it has, and hears that the service stops.
#[tokio::test(start_paused = true)]
async fn a_handler_knows_its_deadline_and_that_the_service_stops() {
    let broker = TestBroker::new();
    let stopped = Arc::new(AtomicBool::new(false));
    let told = stopped.clone();
    let mut router = Router::new();
    router.policy(Policy::new().with_timeout(Duration::from_secs(60)));
    router.on(channel(), move |text: Received<Text>| {
        let told = told.clone();
        async move {
            let left = text.context.deadline().unwrap() - tokio::time::Instant::now();
            assert!(left > Duration::from_secs(59) && !text.context.is_stopping());
            text.context.stopping().await;
            told.store(text.context.is_stopping(), SeqCst);
            Ok(())
        }
    });
    let service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::new(Arc::new(broker.clone()));
    client.send(&channel(), &text("x")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.stop(Duration::from_secs(5)).await.unwrap();
    assert!(stopped.load(SeqCst));
}

/// Messages with these keys, in one batch of which so many are refused; what became of each.
async fn refused(count: usize, keys: &[Option<&'static str>]) -> Vec<Option<ErrorKind>> {
    let broker = TestBroker::new();
    broker.refuse(count);
    let message = |key: &Option<&'static str>| {
        let mut message = Message::new("");
        message.key = key.map(Into::into);
        message
    };
    let batch: Vec<_> = keys.iter().map(message).collect();
    let outcomes = published(&broker, &channel(), &batch).await;
    let kinds = outcomes.into_iter().map(|outcome| outcome.err());
    let kinds: Vec<_> = kinds.map(|it| it.map(|error| error.kind())).collect();
    let sent = kinds.iter().filter(|kind| kind.is_none()).count();
    assert_eq!(broker.all_published().len(), sent);
    kinds
}

#[tokio::test(start_paused = true)]
async fn behind_one_that_is_refused_those_of_its_key_are_skipped() {
    let (busy, skipped) = (Some(ErrorKind::Busy), Some(ErrorKind::Skipped));
    let (a, b) = (Some("a"), Some("b"));
    assert_eq!(
        refused(1, &[a, b, a, None, a]).await,
        [busy, None, skipped, None, skipped]
    );
    assert_eq!(
        refused(2, &[a, a, b, b]).await,
        [busy, skipped, busy, skipped]
    );
    assert_eq!(refused(1, &[None, None, a]).await, [busy, None, None]);
}

#[tokio::test(start_paused = true)]
async fn what_came_before_a_cut_is_settled_by_nobody() {
    let broker = TestBroker::over(Memory::new());
    let mut subscription = listen(&broker, &channel()).await;
    publish(&broker, &channel(), Message::new("a")).await;
    let before = deliveries(&mut *subscription, 1).await.remove(0);
    for _ in 0..2 {
        broker.cut();
        assert!(matches!(
            *DynTransport::state(&broker).borrow(),
            State::Reconnecting { .. }
        ));
        let refused = published(&broker, &channel(), &[Message::new("b")]).await;
        let error = refused[0].as_ref().unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::ConnectionLost, true)
        );
        broker.mend();
        assert_eq!(*DynTransport::state(&broker).borrow(), State::Connected);
        // Told though it was mended at once; until then nothing is settled.
        settle(&mut *subscription, &before, Verdict::Ack).await;
        let event = subscription.next(1).await.unwrap();
        assert!(matches!(event, Event::Gone { parts } if parts.len() == 1));
        let again = deliveries(&mut *subscription, 1).await.remove(0);
        assert_eq!(again.message.body, "a");
        assert_ne!(again.token.part, before.token.part);
        settle(&mut *subscription, &before, Verdict::Ack).await;
    }
    broker.cut();
    broker.mend();
    assert!(matches!(
        subscription.next(1).await.unwrap(),
        Event::Gone { .. }
    ));
    let last = deliveries(&mut *subscription, 1).await.remove(0);
    settle(&mut *subscription, &last, Verdict::Ack).await;
    broker.settled().await;
    assert!(nothing_comes(&mut *subscription).await);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_during_a_cut_is_waited_for_no_more() {
    let broker = TestBroker::new();
    let (gone, back) = (
        listen(&broker, &channel()).await,
        listen(&broker, &channel()).await,
    );
    let mut all = [gone, back];
    broker.cut();
    for subscription in &mut all {
        assert!(matches!(
            subscription.next(1).await.unwrap(),
            Event::Gone { .. }
        ));
    }
    let spec = tidings::SubscribeSpec::new(channel());
    assert!(DynTransport::subscribe(&broker, &spec).await.is_err());
    let [gone, mut back] = all;
    drop(gone);
    let settled = tokio::time::timeout(Duration::from_secs(60), broker.settled());
    assert!(settled.await.is_err(), "one is still to come back");
    broker.mend();
    assert!(nothing_comes(&mut *back).await);
    broker.settled().await;
    DynTransport::close(&broker, Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(*DynTransport::state(&broker).borrow(), State::Closed);
}
