//! What is seen of the runtime by whoever debugs a program: which thing it is, and how much it holds.
use crate::{Text, text};
use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Client, DynTransport, Handled, HandlerError, Layer, Layers, Memory, Next,
    Received, Request, Router, SubscribeSpec,
    dead_letter::DeadLetterQueue,
    layers::{Dedup, Validation},
    serve,
    testing::TestBroker,
    transport::{Registry, Subscription, Transport},
};

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
fn check(thing: &impl Debug, begins: &str) {
    let shown = format!("{thing:?}");
    assert!(shown.starts_with(begins), "{shown}");
}

/// Notes how a message at work is shown.
struct Showing(Arc<Mutex<String>>);

impl Layer for Showing {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        *self.0.lock().unwrap() = format!("{next:?}");
        next.run()
    }
}

#[tokio::test(start_paused = true)]
async fn each_thing_says_which_it_is() {
    let (memory, texts) = (Memory::new(), Channel::point_to_point("texts"));
    let broker = TestBroker::over(memory.clone());
    let transport: Arc<dyn DynTransport> = Arc::new(broker.clone());
    let shown = Arc::new(Mutex::new(String::new()));
    let layers = Layers::new().with(Showing(shown.clone()));
    check(&layers, "Layers(1)");
    let mut router = Router::new();
    router.layers(layers);
    router.on_request(texts.clone(), async |text: Received<Text>| {
        check(&text.context, "Context { collected: 0");
        Ok(text.message)
    });
    check(&router, r#"{"texts": ["Text"]}"#);
    let service = serve(transport.clone(), router).await.unwrap();
    check(&service, "Service { workers: 1");
    let client = Client::new(transport.clone());
    check(&client, "Client");
    let request = Request::<_, Text>::new(&client, texts.clone(), text("a"), None);
    check(&request, "Request { channel: ");
    let mut responses = request.gather(1, SECOND).await.unwrap();
    check(&responses, "Responses { remaining: 1");
    assert_eq!(responses.next().await.unwrap().unwrap().message, text("a"));
    assert!(shown.lock().unwrap().starts_with("Next { handling: "));
    check(&broker, "TestBroker { published: 2");
    check(&memory, "Memory { queues: 2, topics: 0");
    let letters = DeadLetterQueue::beside(transport, texts);
    let expected = r#"DeadLetterQueue { channel: "texts", queue: "texts.dead-letters""#;
    check(&letters, expected);
    check(&Dedup::new(5), "Dedup { remembered: 0, most: 5");
    check(&Validation::new(), "[]");
    check(&Registry::new().with(memory), r#"[["memory"]]"#);
}

#[tokio::test]
async fn each_subscription_says_where_it_listens() {
    let (memory, texts) = (Memory::new(), Channel::point_to_point("texts"));
    let broker = TestBroker::over(memory.clone());
    let client = Client::new(Arc::new(memory.clone()));
    let mut subscription = client.subscribe::<Text>(&texts, None).await.unwrap();
    check(&subscription, "Subscription { channel: ");
    client.send(&texts, &text("a")).await.unwrap();
    let delivery = subscription.next().await.unwrap().unwrap();
    check(&delivery, "Delivery(Received { ");
    let spec = SubscribeSpec::new(texts);
    let of_memory = Transport::subscribe(&memory, &spec).await.unwrap();
    check(&of_memory, "MemorySubscription { ");
    check(&Subscription::settler(&of_memory), "MemorySettler");
    let of_broker = Transport::subscribe(&broker, &spec).await.unwrap();
    check(&of_broker, "TestSubscription { channel: ");
    check(&Subscription::settler(&of_broker), "TestSettler");
}
