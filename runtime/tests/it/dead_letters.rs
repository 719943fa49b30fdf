//! Dead letters: as they came, where they belong, and what becomes of them when they are sent again.
use crate::{
    PATIENCE, Text, dead_letters, listen, memory,
    numbers::{Num, num},
    publish, text,
    wrap::{Scripted, Settled, Wrap},
};
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    BoxFuture, Channel, Client, DeadLetters, DynTransport, Error, ErrorKind, HandlerError, Layer,
    Layers, Memory, Message, MessageId, Policy, Received, Router, Service,
    dead_letter::{ADDRESS, BESIDE, DeadLetter, DeadLetterQueue, Decision, ONLY_GROUP},
    layers::{Dedup, DedupStore},
    memory::MemorySettings,
    serve,
    transport::{Event, Incoming, Part},
};

const SECOND: Duration = Duration::from_secs(1);

fn texts() -> Channel {
    Channel::point_to_point("texts")
}

/// Writes bodies backwards, as one that encrypts would change them.
struct Backwards;

impl Backwards {
    fn turn(message: &mut Message) {
        let turned: Vec<u8> = message.body.iter().rev().copied().collect();
        message.body = turned.into();
    }
}

impl Layer for Backwards {
    fn outgoing(&self, _: &Channel, message: &mut Message) -> Result<(), tidings::SendError> {
        Self::turn(message);
        Ok(())
    }

    fn incoming(&self, _: &Channel, message: &mut Arc<Message>) -> Result<(), HandlerError> {
        Self::turn(Arc::make_mut(message));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_the_message_as_it_came_whatever_layers_made_of_it() {
    let transport = memory();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let layers = Layers::new().with(Backwards);
    let mut router = Router::new();
    router.layers(layers.clone());
    router.on(texts(), move |text: Received<Text>| {
        log.lock().unwrap().push(text.message.0);
        async { Err(HandlerError::reject("never")) }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    let client = Client::with_layers(transport.clone(), layers);
    client.send(&texts(), &text("ab")).await.unwrap();
    tokio::time::sleep(SECOND).await;
    let letters = DeadLetterQueue::beside(transport.clone(), texts());
    letters.sort(9, |_| Decision::Replay).await.unwrap();
    tokio::time::sleep(SECOND).await;
    assert_eq!(*seen.lock().unwrap(), ["ab", "ab"]);
}

/// Remembers until it is told to forget, which fails so often.
#[derive(Default)]
struct Store(Mutex<HashSet<MessageId>>, AtomicUsize);

impl DedupStore for Store {
    fn is_handled<'a>(
        &'a self,
        _: &'a str,
        id: &'a MessageId,
    ) -> BoxFuture<'a, tidings::Result<bool>> {
        Box::pin(async move { Ok(self.0.lock().unwrap().contains(id)) })
    }

    fn handled<'a>(&'a self, _: &'a str, id: &'a MessageId) -> BoxFuture<'a, tidings::Result<()>> {
        Box::pin(async move {
            self.0.lock().unwrap().insert(id.clone());
            Ok(())
        })
    }

    fn forget<'a>(&'a self, _: &'a str, id: &'a MessageId) -> BoxFuture<'a, tidings::Result<()>> {
        let fails = |left: usize| left.checked_sub(1);
        Box::pin(async move {
            tokio::time::sleep(SECOND).await;
            if self.1.fetch_update(SeqCst, SeqCst, fails).is_ok() {
                return Err(Error::new(ErrorKind::ConnectionLost, "forget", "cut"));
            }
            self.0.lock().unwrap().remove(id);
            Ok(())
        })
    }
}

/// A service that sends on what comes, and how often it was called.
async fn copying(transport: &Arc<dyn DynTransport>, dedup: Dedup) -> (Service, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let mut router = Router::new();
    router.layers(Layers::new().with(dedup));
    router.on(texts(), move |text: Received<Text>| {
        count.fetch_add(1, SeqCst);
        let copies = Channel::point_to_point("copies");
        async move { Ok(text.context.send(&copies, &text.message)?) }
    });
    (serve(transport.clone(), router).await.unwrap(), calls)
}

/// Whether a message whose copy could not be sent, and that is sent again, is handled and copied then; to the same service, or to
/// one that begins.
async fn is_handled_when_sent_again(dedup: impl Fn() -> Dedup, restarts: bool) -> bool {
    let broken = Arc::new(AtomicUsize::new(1));
    let mut wrap = Wrap::new();
    let switch = broken.clone();
    wrap.on_publish = Box::new(move |channel| {
        let fails = &*channel.address == "copies" && switch.load(SeqCst) == 1;
        fails.then(|| Error::new(ErrorKind::TooLarge, "publish", "too large"))
    });
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let (mut service, mut calls) = copying(&transport, dedup()).await;
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(calls.swap(0, SeqCst), 1);
    if restarts {
        service.stop(SECOND).await.unwrap();
        (service, calls) = copying(&transport, dedup()).await;
    }
    broken.store(0, SeqCst);
    let letters = DeadLetterQueue::beside(transport.clone(), texts());
    assert_eq!(letters.sort(9, |_| Decision::Replay).await.unwrap(), 1);
    let copies = Channel::point_to_point("copies");
    let mut there = listen(&*transport, &copies).await;
    let came = tokio::time::timeout(PATIENCE, there.next(1)).await;
    service.stop(SECOND).await.unwrap();
    came.is_ok() && calls.load(SeqCst) == 1
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_handled_when_it_is_sent_again_whatever_dedup_remembers() {
    assert!(is_handled_when_sent_again(|| Dedup::new(100), false).await);
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_handled_when_it_is_sent_again_whatever_a_store_remembers() {
    for (fails, restarts) in [(0, false), (3, false), (0, true), (3, true)] {
        let store = Arc::new(Store(Mutex::default(), AtomicUsize::new(fails)));
        let dedup = || Dedup::new(100).with_store(store.clone());
        let is_handled = is_handled_when_sent_again(dedup, restarts).await;
        assert!(is_handled, "{fails} {restarts}");
    }
}

/// A service that gives up all that comes by these channels, whose dead letters go to one queue.
async fn giving_up(transport: &Arc<dyn DynTransport>, channels: &[Channel]) -> Service {
    let mut router = Router::new();
    let kept = DeadLetters::Channel(Channel::point_to_point("kept"));
    router.policy(Policy::new().with_dead_letters(kept));
    for channel in channels {
        router
            .group("g")
            .on(channel.clone(), async |_: Received<Text>| {
                Err(HandlerError::reject("never"))
            });
    }
    serve(transport.clone(), router).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_sent_again_to_where_it_came_from() {
    let transport = memory();
    let (queue, topic) = (texts(), Channel::publish_subscribe("events"));
    let every = Channel::wildcard(tidings::ChannelKind::PointToPoint, "texts.{of}");
    let service = giving_up(&transport, &[queue.clone(), topic.clone(), every.clone()]).await;
    let client = Client::new(transport.clone());
    let one = Channel::point_to_point("texts.a");
    for channel in [&queue, &topic, &one] {
        client.send(channel, &text(&channel.address)).await.unwrap();
    }
    tokio::time::sleep(SECOND).await;
    service.stop(SECOND).await.unwrap();
    let mut there = Vec::new();
    for channel in [&queue, &topic, &one] {
        there.push(listen(&*transport, channel).await);
    }
    let kept = Channel::point_to_point("kept");
    let letters = DeadLetterQueue::at(transport.clone(), every, kept);
    assert_eq!(letters.sort(9, |_| Decision::Replay).await.unwrap(), 3);
    for (mut there, address) in there.into_iter().zip(["texts", "events", "texts.a"]) {
        let came = crate::next(&mut *there).await;
        assert_eq!(came.body, address);
        // Every group has what is on a topic, and the others pass it over.
        let only = came.header(ONLY_GROUP).map(|group| &group[..]);
        assert_eq!(only, (address == "events").then_some(&b"g"[..]));
        assert_eq!(came.headers.len(), usize::from(only.is_some()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_too_large_for_the_headers_of_a_dead_letter_holds_its_key_up_no_longer() {
    let mut settings = MemorySettings::default();
    settings.message_bytes = 100;
    let transport: Arc<dyn DynTransport> = Arc::new(Memory::with_settings(settings));
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let mut router = Router::new();
    router.on(texts(), move |message: Received<Message>| {
        counted.fetch_add(1, SeqCst);
        async move {
            match message.message.body.len() {
                1 => Ok(()),
                _ => Err(HandlerError::reject("never")),
            }
        }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    for length in [99, 1] {
        let mut message = Message::new(vec![0; length]);
        message.key = Some("k".into());
        publish(&*transport, &texts(), message).await;
    }
    tokio::time::sleep(600 * SECOND).await;
    assert_eq!(calls.load(SeqCst), 2);
    assert_eq!(dead_letters(&*transport, &texts()).await.len(), 1);
}

/// A service that gives up all texts.
async fn giving_up_beside(transport: &Arc<dyn DynTransport>) -> Service {
    let mut router = Router::new();
    router.on(texts(), async |_: Received<Text>| {
        Err(HandlerError::reject("never"))
    });
    serve(transport.clone(), router).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_is_too_large_as_it_came_is_tried_again_after_pauses() {
    const MOST: usize = 500;
    let tries = Arc::new(AtomicUsize::new(0));
    let count = tries.clone();
    let mut wrap = Wrap::new();
    wrap.on_publish = Box::new(move |channel| {
        let is_letter = channel.address.ends_with(BESIDE);
        let fails = is_letter && count.fetch_add(1, SeqCst) < MOST;
        fails.then(|| Error::new(ErrorKind::TooLarge, "publish", "too large"))
    });
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let _service = giving_up_beside(&transport).await;
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    tokio::time::sleep(3600 * SECOND).await;
    let tries = tries.load(SeqCst);
    assert!((100..MOST).contains(&tries), "{tries}");
}

#[tokio::test(start_paused = true)]
async fn a_channel_of_dead_letters_that_is_not_there_is_made_at_once() {
    let is_made = AtomicBool::new(false);
    let mut wrap = Wrap::new();
    wrap.on_publish = Box::new(move |channel| {
        let fails = channel.address.ends_with(BESIDE) && !is_made.swap(true, SeqCst);
        fails.then(|| Error::new(ErrorKind::NotFound, "publish", "no such queue"))
    });
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let _service = giving_up_beside(&transport).await;
    let client = Client::new(transport.clone());
    client.send(&texts(), &text("a")).await.unwrap();
    // No pause is that short.
    tokio::time::sleep(SECOND / 50).await;
    let dead = Channel::point_to_point(format!("texts{BESIDE}"));
    let mut letters = listen(&*transport, &dead).await;
    let came = tokio::time::timeout(SECOND / 50, letters.next(1)).await;
    assert!(came.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_says_by_which_address_it_came() {
    let mut wrap = Wrap::new();
    let log = Settled::default();
    wrap.on_subscribe = Box::new(move |inner, channel| {
        let script = match &*channel.address {
            "texts.*" => {
                let incoming = Incoming::new(num(1, 1), Part::ONLY.at(1)).with_address("texts.a");
                vec![Ok(Event::Deliveries(vec![incoming]))]
            }
            _ => return inner,
        };
        let log = log.clone();
        Box::new(Scripted { inner, script, log })
    });
    let transport: Arc<dyn DynTransport> = Arc::new(wrap);
    let channel = Channel::point_to_point("texts.*");
    let mut router = Router::new();
    router.on(channel.clone(), async |_: Received<Num>| {
        Err(HandlerError::reject("never"))
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    tokio::time::sleep(SECOND).await;
    let dead = Channel::point_to_point("texts.a.dead-letters");
    let letter = crate::next(&mut *listen(&*transport, &dead).await).await;
    assert_eq!(
        letter.header(ADDRESS).map(|it| &it[..]),
        Some(&b"texts.a"[..])
    );
}

#[tokio::test]
async fn dead_letters_that_go_where_they_came_from_are_refused() {
    let mut router = Router::new();
    let set = r#"{"channels": {"texts": {"dead-letters": "texts"}}}"#;
    router.settings(serde_json::from_str(set).unwrap());
    router.on(texts(), async |_: Received<Text>| Ok(()));
    assert!(serve(memory(), router).await.is_err());
}

#[tokio::test]
async fn settings_of_a_channel_that_nobody_serves_are_refused() {
    let set = r#"{"channels": {"text": {"attempts": 1}}}"#;
    for in_code in [true, false] {
        let mut router = Router::new();
        match in_code {
            true => router.policy_for(Channel::point_to_point("text"), Policy::new()),
            false => router.settings(serde_json::from_str(set).unwrap()),
        };
        router.on(texts(), async |_: Received<Text>| Ok(()));
        let error = serve(memory(), router).await.map(drop).unwrap_err();
        let expected = "serve: invalid: settings of a channel that has no handler; those that have are `texts`, channel `text`";
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn each_group_that_gives_an_event_up_has_a_dead_letter_and_gets_it_again_alone() {
    let transport = memory();
    let events = Channel::publish_subscribe("events");
    let handled: [_; 3] = std::array::from_fn(|_| Arc::new(Mutex::new(Vec::new())));
    let mut services = Vec::new();
    for (group, handled) in [Some("a"), Some("b"), None].into_iter().zip(&handled) {
        let handled = handled.clone();
        let mut router = Router::new();
        if let Some(group) = group {
            router.group(group);
        }
        router.on(events.clone(), move |event: Received<Message>| {
            let fails = group.is_some();
            handled.lock().unwrap().push(event.message.clone());
            async move {
                match fails {
                    true => Err(HandlerError::reject("never")),
                    false => Ok(()),
                }
            }
        });
        services.push(serve(transport.clone(), router).await.unwrap());
    }
    let client = Client::new(transport.clone());
    let mut witness = client
        .subscribe::<Message>(&events, Some("witness"))
        .await
        .unwrap();
    let event = Message::new("x");
    publish(&*transport, &events, event.clone()).await;
    tokio::time::sleep(SECOND).await;
    let letters = DeadLetterQueue::beside(transport.clone(), events.clone());
    let mut groups: Vec<_> = letters.list(9).await.unwrap();
    groups.sort_by(|one, other| one.group.cmp(&other.group));
    assert_eq!(groups.len(), 2);
    for (letter, group) in groups.iter().zip(["a", "b"]) {
        assert_eq!(letter.group.as_deref(), Some(group));
        assert_eq!(letter.message, event);
    }
    let of_b = |letter: &DeadLetter| match letter.group.as_deref() {
        Some("b") => Decision::Replay,
        _ => Decision::Keep,
    };
    assert_eq!(letters.sort(9, of_b).await.unwrap(), 1);
    tokio::time::sleep(SECOND).await;
    let counts = handled
        .each_ref()
        .map(|handled| handled.lock().unwrap().len());
    assert_eq!(counts, [1, 2, 1]);
    assert_eq!(
        handled[1].lock().unwrap()[1],
        event,
        "it sees no difference"
    );
    witness.next().await.unwrap().unwrap().ack().await.unwrap();
    assert!(tokio::time::timeout(SECOND, witness.next()).await.is_err());
    assert_eq!(
        letters.list(9).await.unwrap().len(),
        2,
        "given up again, once each"
    );
}

#[tokio::test(start_paused = true)]
async fn large_letters_are_listed_as_many_as_are_asked_for() {
    let settings = MemorySettings::default().with_queue_bytes(1 << 30);
    let transport = Arc::new(Memory::with_settings(settings));
    let body = vec![0; 1 << 20];
    let queue = Channel::point_to_point(format!("texts{BESIDE}"));
    for _ in 0..100 {
        publish(&*transport, &queue, Message::new(body.clone())).await;
    }
    let letters = DeadLetterQueue::beside(transport, texts());
    assert_eq!(letters.list(100).await.unwrap().len(), 100);
}
