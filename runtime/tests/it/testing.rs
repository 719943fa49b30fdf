//! The broker for tests: faults to order.
use crate::{Text, text};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, DynTransport, HandlerError, Policy, PolicySettings, Received, Router,
    Settings, serve, testing::TestBroker,
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
    let mut service = serve(Arc::new(broker.clone()), router).await.unwrap();
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
