//! Messages as CloudEvents, byte by byte.
use std::sync::{Arc, Mutex};
use tidings::{
    Channel, Client, Layer, Layers, Message, Received, Router, layers::CloudEvents, serve,
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

/// What a layer makes of a message that comes.
fn read(layer: &CloudEvents, message: Message) -> Message {
    let mut message = Arc::new(message);
    layer.incoming(&texts(), &mut message).unwrap();
    Arc::unwrap_or_clone(message)
}

#[test]
fn a_payload_is_part_of_the_event_where_its_media_type_is_one_of_json() {
    let events = CloudEvents::structured("/x").unwrap();
    for (content_type, is_json) in [
        (None, true),
        (Some("application/json"), true),
        (Some("text/json"), true),
        (Some("application/vnd.example+json"), true),
        (Some("application/json ; charset=utf-8"), true),
        (Some("text/plain"), false),
        (Some("text/plain; of=application/json"), false),
        (Some("application/json-seq"), false),
    ] {
        let mut message = Message::new("1.50");
        message.content_type = content_type.map(Into::into);
        let mut event = message.clone();
        events.outgoing(&texts(), &mut event).unwrap();
        let text = String::from_utf8(event.body.to_vec()).unwrap();
        assert_eq!(text.contains(r#""data":1.50}"#), is_json, "{text}");
        assert_eq!(
            text.contains(r#""data_base64":"MS41MA==""#),
            !is_json,
            "{text}"
        );
        let back = read(&events, event);
        assert_eq!((&back.body, &back.id), (&message.body, &message.id));
        let expected = content_type.unwrap_or("application/json");
        assert_eq!(back.content_type.as_deref(), Some(expected));
        // A text is a JSON text only where it is said to be JSON.
        let of = content_type.map(|it| format!(r#","datacontenttype":"{it}""#));
        let of = of.unwrap_or_default();
        let mut foreign = Message::new(format!(
            r#"{{"specversion":"1.0","id":"1","source":"/","type":"T"{of},"data":"a\n"}}"#
        ));
        foreign.content_type = Some("Application/CloudEvents+JSON".into());
        let expected = if is_json { r#""a\n""# } else { "a\n" };
        assert_eq!(read(&events, foreign).body, expected);
    }
}

#[test]
fn an_event_by_headers_is_read_where_its_version_is_known() {
    let events = CloudEvents::binary("/x").unwrap();
    let events = events
        .with_header_prefix("cloudEvents:")
        .with_type_prefix("org.");
    let foreign = |version: &str| {
        let mut message = Message::new("{}");
        for (name, value) in [
            ("specversion", version),
            ("id", "A-1"),
            ("type", "org.Moved"),
            ("time", "2026-01-02T03:04:05Z"),
            ("partitionkey", "k"),
        ] {
            message.set_header(&format!("cloudEvents:{name}"), value.to_owned());
        }
        message
    };
    let event = read(&events, foreign("1.0"));
    let told = (
        event.id.to_string(),
        event.name.as_deref(),
        event.key.as_deref(),
    );
    assert_eq!(told, ("A-1".to_owned(), Some("Moved"), Some(&b"k"[..])));
    let created = event.created.unwrap().duration_since(std::time::UNIX_EPOCH);
    assert_eq!(created.unwrap().as_secs(), 1_767_323_045);
    let mut keyed = foreign("1.0");
    keyed.key = Some("own".into());
    assert_eq!(read(&events, keyed).key.unwrap(), "own");
    for message in [foreign("0.3"), Message::new("{}")] {
        assert_eq!(read(&events, message.clone()), message);
    }
    // By other headers it is none.
    let other = CloudEvents::binary("/x").unwrap();
    assert_eq!(read(&other, foreign("1.0")).name, None);
}

#[test]
fn a_message_that_is_made_ready_twice_is_one_event() {
    for events in [CloudEvents::binary("/x"), CloudEvents::structured("/x")] {
        let events = events.unwrap();
        let mut message = Message::named("Text", "text/plain", "a");
        message.created = Some(std::time::UNIX_EPOCH);
        events.outgoing(&texts(), &mut message).unwrap();
        let once = message.clone();
        events.outgoing(&texts(), &mut message).unwrap();
        assert_eq!(message, once);
    }
}

#[test]
fn what_is_no_source_is_refused() {
    for source in ["", "a b", " /x", "/x\n"] {
        assert!(CloudEvents::binary(source).is_err(), "{source:?}");
        assert!(CloudEvents::structured(source).is_err(), "{source:?}");
    }
}
