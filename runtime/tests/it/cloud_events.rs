//! Messages as CloudEvents, byte by byte.
use std::sync::{Arc, Mutex};
use tidings::{
    Channel, Client, Layers, Message, Received, Router, layers::CloudEvents, serve,
    testing::TestBroker,
};

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

#[tokio::test(start_paused = true)]
async fn structured_events_carry_json_as_it_is_written() {
    let broker = TestBroker::new();
    let layers = Layers::new().with(CloudEvents::structured("/x").unwrap());
    let bodies = [
        r#"{"n": 123456789012345678901234567890, "f": 1.10, "a": 1, "a": 2}"#,
        "\"text\"",
        "null",
        "no json",
        "",
    ];
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let mut router = Router::new();
    router.layers(layers.clone());
    router.on(texts(), move |message: Received<Message>| {
        let body = String::from_utf8_lossy(&message.message.body).into_owned();
        log.lock()
            .unwrap()
            .push((body, message.message.content_type.clone()));
        async { Ok(()) }
    });
    let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::with_layers(Arc::new(broker.clone()), layers);
    for body in bodies {
        let mut message = Message::new(body);
        message.content_type = Some("application/json".into());
        client.send(&texts(), &message).await.unwrap();
    }
    broker.settled().await;
    let seen = seen.lock().unwrap();
    let got: Vec<_> = seen.iter().map(|(body, _)| &**body).collect();
    assert_eq!(got, bodies);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_sent_on_has_the_key_of_its_own_journey() {
    let broker = TestBroker::new();
    let layers = Layers::new().with(CloudEvents::binary("/x").unwrap());
    let copies = Channel::point_to_point("copies");
    let mut router = Router::new();
    router.layers(layers.clone());
    router.on(texts(), move |mut message: Received<Message>| {
        message.message.key = None;
        let sent = message.context.send(&copies, &message.message);
        async { Ok(sent?) }
    });
    let _service = serve(Arc::new(broker.clone()), router).await.unwrap();
    let client = Client::with_layers(Arc::new(broker.clone()), layers);
    let mut message = Message::new("a");
    message.key = Some("k".into());
    client.send(&texts(), &message).await.unwrap();
    broker.settled().await;
    let sent = [
        broker.published("texts").remove(0),
        broker.published("copies").remove(0),
    ];
    let keys = sent.map(|sent| sent.header("ce_partitionkey").cloned());
    assert_eq!(keys, [Some("k".into()), None]);
}
