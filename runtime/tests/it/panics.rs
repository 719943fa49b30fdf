//! Panics in what users write, and times without end: they end no channel.
use crate::{
    Text, dead_letters, memory,
    numbers::Num,
    publish, text,
    wrap::{Scripted, Settled, Wrap},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Backoff, BoxFuture, Channel, Client, Error, ErrorKind, Handled, HandlerError, Handling,
    InvalidMessage, Layer, Layers, Message, Next, Policy, Received, Router, TypedMessage, Verdict,
    serve,
};

const SECOND: Duration = Duration::from_secs(1);

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

/// Panics where it is told to, for messages that say `bad`.
struct Clumsy(&'static str);

impl Clumsy {
    fn step(&self, step: &str, message: &Message) {
        assert!(step != self.0 || &message.body[..] != b"bad", "on purpose");
    }
}

impl Layer for Clumsy {
    fn incoming(&self, _: &Channel, message: &mut Arc<Message>) -> Result<(), HandlerError> {
        self.step("incoming", message);
        Ok(())
    }

    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        self.step("handle", &next.handling().message);
        next.run()
    }

    fn published(&self, _: &Channel, message: &Message, _: &tidings::Result<()>) {
        self.step("published", message);
    }

    fn settled(&self, handling: &Handling, _: &Verdict) {
        self.step("settled", &handling.message);
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_panics_ends_no_channel() {
    for step in ["incoming", "handle", "published", "settled"] {
        let transport = memory();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let mut router = Router::new();
        router.layers(Layers::new().with(Clumsy(step)));
        router.policy(Policy::new().with_attempts(2));
        router.on(texts(), move |text: Received<Text>| {
            if text.0 == "good" {
                counted.fetch_add(1, SeqCst);
            }
            async move {
                let copies = Channel::publish_subscribe("copies");
                Ok(text.context.send(&copies, &text.message)?)
            }
        });
        let service = serve(transport.clone(), router).await.unwrap();
        let client = Client::new(transport.clone());
        client.send(&texts(), &text("bad")).await.unwrap();
        tokio::time::sleep(60 * SECOND).await;
        client.send(&texts(), &text("good")).await.unwrap();
        tokio::time::sleep(60 * SECOND).await;
        assert!(service.health().is_alive(), "{step}");
        assert_eq!(calls.load(SeqCst), 1, "{step}");
    }
}

/// A type whose reading panics.
#[derive(Debug)]
struct Fragile;

impl TypedMessage for Fragile {
    const NAMES: &'static [&'static str] = &["Fragile"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        Ok(Message::named("Fragile", "text/plain", ""))
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        assert_ne!(&message.body[..], b"bad", "on purpose");
        Err(InvalidMessage::at("Fragile", "/payload", "is none"))
    }
}

#[tokio::test(start_paused = true)]
async fn reading_that_panics_ends_no_channel() {
    let transport = memory();
    let mut router = Router::new();
    router.policy(Policy::new().with_attempts(2));
    router.on(texts(), async |_: Received<Fragile>| Ok(()));
    router.on(texts(), async |_: Received<Num>| Ok(()));
    let service = serve(transport.clone(), router).await.unwrap();
    publish(&*transport, &texts(), Message::new("bad")).await;
    tokio::time::sleep(60 * SECOND).await;
    assert!(service.health().is_alive());
    assert_eq!(dead_letters(&*transport, &texts()).await.len(), 1);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "on purpose");
    }
}

#[tokio::test(start_paused = true)]
async fn what_panics_when_it_is_dropped_ends_no_channel() {
    let transport = memory();
    let mut router = Router::new();
    router.policy(Policy::new().with_attempts(2).with_timeout(SECOND));
    router.on(texts(), async |_: Received<Text>| {
        let _bomb = Bomb;
        std::future::pending::<()>().await;
        Ok(())
    });
    let service = serve(transport.clone(), router).await.unwrap();
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    tokio::time::sleep(60 * SECOND).await;
    assert!(service.health().is_alive());
    assert_eq!(dead_letters(&*transport, &texts()).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn pauses_without_end_are_no_reason_to_panic() {
    let mut wrap = Wrap::new();
    let log = Settled::default();
    wrap.on_subscribe = Box::new(move |inner, _| {
        Box::new(Scripted {
            inner,
            script: vec![Err(Error::new(ErrorKind::ConnectionLost, "receive", "cut"))],
            log: log.clone(),
        })
    });
    let mut router = Router::new();
    let backoff = Backoff::new(Duration::MAX, Duration::MAX);
    router.policy(Policy::new().with_backoff(backoff));
    router.on(texts(), async |_: Received<Text>| Ok(()));
    let service = serve(Arc::new(wrap), router).await.unwrap();
    tokio::time::sleep(SECOND).await;
    assert!(service.health().is_alive(), "{:?}", service.health());
}
