//! Handlers at work: until when, what they hold, and that others get their turn.
use crate::{Text, memory, publish, text, wrap::Wrap};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Client, DeadLetters, DynTransport, Handled, HandlerError, Layer, Layers,
    Message, Next, Policy, Received, Router, serve,
};

const SECOND: Duration = Duration::from_secs(1);

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_when_the_handler_is_cut_off_whenever_it_asks() {
    let transport = memory();
    let left = Arc::new(Mutex::new(Vec::new()));
    let log = left.clone();
    let mut router = Router::new();
    router.policy(Policy::new().with_timeout(30 * SECOND));
    router.on(texts(), move |text: Received<Text>| {
        let log = log.clone();
        async move {
            tokio::time::sleep(20 * SECOND).await;
            let deadline = text.context.deadline().unwrap();
            let left = deadline - tokio::time::Instant::now();
            log.lock().unwrap().push(left);
            Ok(())
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    tokio::time::sleep(25 * SECOND).await;
    let left = left.lock().unwrap();
    assert!(left[0] <= 10 * SECOND, "{left:?}");
}

#[test]
fn a_service_that_feeds_itself_can_be_stopped() {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let transport = memory();
            let mut router = Router::new();
            router.on(texts(), async |text: Received<Text>| {
                Ok(text.context.send(&texts(), &text.message)?)
            });
            let service = serve(transport.clone(), router).await.unwrap();
            let client = Client::new(transport.clone());
            client.send(&texts(), &text("a")).await.unwrap();
            tokio::time::sleep(SECOND / 20).await;
            sender.send(service.stop(SECOND).await.is_ok()).ok();
        });
    });
    assert_eq!(receiver.recv_timeout(5 * SECOND), Ok(true));
}

/// Waits for a handler no longer than a second.
struct Impatient;

impl Layer for Impatient {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        Box::pin(async move {
            let outcome = tokio::time::timeout(SECOND, next.run()).await;
            outcome.unwrap_or_else(|_| Err(HandlerError::reject("too slow")))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_a_layer_gives_up_holds_nothing_any_more() {
    let transport = memory();
    let held = Arc::new(());
    let inside = held.clone();
    let mut router = Router::new();
    router.layers(Layers::new().with(Impatient));
    router.on(texts(), move |_: Received<Text>| {
        let held = inside.clone();
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok(())
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    tokio::time::sleep(SECOND / 2).await;
    assert_eq!(Arc::strong_count(&held), 3);
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(Arc::strong_count(&held), 2);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_not_in_use_holds_no_message() {
    let transport = memory();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let log = sizes.clone();
    let mut router = Router::new();
    router.on_request(texts(), move |message: Received<Message>| {
        log.lock().unwrap().push(message.message.body.clone());
        async { Err::<Message, _>(HandlerError::reject("never")) }
    });
    router.policy(Policy::new().with_dead_letters(DeadLetters::Dropped));
    let _service = serve(transport.clone(), router).await.unwrap();
    publish(&*transport, &texts(), Message::new(vec![0; 1000])).await;
    tokio::time::sleep(SECOND).await;
    let body = sizes.lock().unwrap().remove(0);
    assert!(body.is_unique(), "somebody holds it still");
}

#[tokio::test(start_paused = true)]
async fn what_is_put_off_for_months_is_handled_then_and_what_is_for_ever_is_not() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    // By the worker, and by the transport.
    for delay in [None, Some(Duration::MAX)] {
        let mut wrap = Wrap::new();
        wrap.capabilities.delay = delay;
        let transport: Arc<dyn DynTransport> = Arc::new(wrap);
        let tried = Arc::new(Mutex::new(Vec::new()));
        let log = tried.clone();
        let mut router = Router::new();
        router.on(texts(), move |text: Received<Text>| {
            log.lock().unwrap().push(text.message.0.clone());
            let after = match &*text.message.0 {
                "months" => 100 * DAY,
                _ => Duration::MAX,
            };
            async move { Err(HandlerError::retry_after(after, "later")) }
        });
        let _service = serve(transport.clone(), router).await.unwrap();
        let client = Client::new(transport);
        for body in ["months", "for ever"] {
            client.send(&texts(), &text(body)).await.unwrap();
        }
        tokio::time::sleep(99 * DAY).await;
        assert_eq!(tried.lock().unwrap().len(), 2, "{delay:?}");
        tokio::time::sleep(2 * DAY).await;
        let tried = tried.lock().unwrap().join(", ");
        assert_eq!(tried, "months, for ever, months", "{delay:?}");
    }
}
