//! Subscriptions to every channel of a template.
use crate::{PATIENCE, Text, deliveries, listen, next, nothing_comes, published, settle, text};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel,
    ChannelKind::{PointToPoint, PublishSubscribe},
    Client, DynTransport, ErrorKind, Memory, Message, Received, Router, SubscribeSpec, Verdict,
    memory::MemorySettings,
    transport::{Event, Group, Incoming},
};

async fn publish(memory: &Memory, channel: &Channel, body: String) {
    crate::publish(memory, channel, Message::new(body)).await;
}

fn queue(region: &str) -> Channel {
    Channel::point_to_point(format!("orders/{region}/commands"))
}

fn topic(region: &str) -> Channel {
    Channel::publish_subscribe(format!("orders.{region}.events"))
}

fn queues() -> Channel {
    Channel::wildcard(PointToPoint, "orders/{region}/commands")
}

fn topics() -> Channel {
    Channel::wildcard(PublishSubscribe, "orders.{region}.events")
}

fn shown(incoming: &Incoming) -> (String, String) {
    let body = String::from_utf8(incoming.message.body.to_vec()).unwrap();
    (incoming.address.as_deref().unwrap_or("").to_owned(), body)
}

#[tokio::test(start_paused = true)]
async fn a_wildcard_of_queues_gets_what_waits_and_what_comes() {
    let memory = Memory::new();
    publish(&memory, &queue("eu"), "1".into()).await;
    publish(&memory, &Channel::point_to_point("other"), "x".into()).await;
    let mut all = listen(&memory, &queues()).await;
    publish(&memory, &queue("us"), "2".into()).await;
    publish(
        &memory,
        &Channel::point_to_point("orders/a/b/commands"),
        "x".into(),
    )
    .await;
    let mut found = Vec::new();
    while found.len() < 2 {
        for incoming in deliveries(&mut *all, 5).await {
            settle(&mut *all, &incoming, Verdict::Ack).await;
            found.push(shown(&incoming));
        }
    }
    let expected = [("orders/eu/commands", "1"), ("orders/us/commands", "2")];
    let expected = expected.map(|(address, body)| (address.to_owned(), body.to_owned()));
    assert_eq!(found, expected);
    assert!(nothing_comes(&mut *all).await);
}

#[tokio::test(start_paused = true)]
async fn what_a_wildcard_leaves_goes_back_to_its_address() {
    let memory = Memory::new();
    for body in ["1", "2", "3"] {
        publish(&memory, &queue("eu"), body.into()).await;
    }
    let mut all = listen(&memory, &queues()).await;
    let taken = deliveries(&mut *all, 2).await;
    let later = Verdict::Retry {
        after: Duration::from_secs(5),
    };
    settle(&mut *all, &taken[0], later).await;
    drop(all);
    publish(&memory, &queue("eu"), "4".into()).await;
    let mut own = listen(&memory, &queue("eu")).await;
    let mut found = Vec::new();
    while found.len() < 4 {
        for incoming in deliveries(&mut *own, 9).await {
            assert_eq!(incoming.address, None);
            found.push((shown(&incoming).1, incoming.attempt));
        }
    }
    let expected = [("2", 2), ("3", 1), ("4", 1), ("1", 2)];
    assert_eq!(
        found,
        expected.map(|(body, attempt)| (body.to_owned(), attempt))
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_wildcard_leaves_is_kept_however_many_addresses_it_came_by() {
    let mut settings = MemorySettings::default();
    settings.queues = 3;
    let memory = Memory::with_settings(settings);
    let all = listen(&memory, &queues()).await;
    for number in 0..10 {
        publish(&memory, &queue(&number.to_string()), number.to_string()).await;
    }
    drop(all);
    let mut one = listen(&memory, &queue("7")).await;
    assert_eq!(next(&mut *one).await.body, "7");
    drop(one);
    let other = SubscribeSpec::new(Channel::point_to_point("other"));
    let refused = DynTransport::subscribe(&memory, &other).await.err();
    assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::Busy));
    let mut all = listen(&memory, &queues()).await;
    assert_eq!(deliveries(&mut *all, 10).await.len(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_listener_of_the_address_itself_goes_first_and_what_it_leaves_is_not_stuck() {
    let memory = Memory::new();
    let mut own = listen(&memory, &queue("eu")).await;
    let mut all = listen(&memory, &queues()).await;
    publish(&memory, &queue("eu"), "1".into()).await;
    assert!(nothing_comes(&mut *all).await);
    assert_eq!(&next(&mut *own).await.body[..], b"1");
    publish(&memory, &queue("eu"), "2".into()).await;
    drop(own);
    assert_eq!(&next(&mut *all).await.body[..], b"2");
}

#[tokio::test(start_paused = true)]
async fn a_wildcard_of_topics_is_a_group_like_any_other() {
    let memory = Memory::new();
    let group = |name| SubscribeSpec::new(topics()).group(Group::named(Some(name)));
    let subscribe =
        async |spec: SubscribeSpec| DynTransport::subscribe(&memory, &spec).await.unwrap();
    let mut first = subscribe(group("a")).await;
    let mut alone = listen(&memory, &topics()).await;
    let mut one = listen(&memory, &topic("eu")).await;
    drop(subscribe(group("b")).await);
    for (region, body) in [("eu", "1"), ("us", "2"), ("eu", "3")] {
        publish(&memory, &topic(region), body.into()).await;
    }
    let mut second = subscribe(group("b")).await;
    for subscription in [&mut first, &mut second, &mut alone] {
        let found = deliveries(&mut **subscription, 9).await;
        let found: Vec<_> = found.iter().map(shown).collect();
        let expected = [("eu", "1"), ("us", "2"), ("eu", "3")];
        let expected =
            expected.map(|(region, body)| (format!("orders.{region}.events"), body.to_owned()));
        assert_eq!(found, expected);
    }
    let found = deliveries(&mut *one, 9).await;
    assert_eq!(
        found
            .iter()
            .map(|incoming| shown(incoming).1)
            .collect::<String>(),
        "13"
    );
    assert!(memory.delete_group(&topics(), "b"));
    assert!(!memory.delete_group(&topics(), "b"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_published_to_a_wildcard() {
    let memory = Memory::new();
    for channel in [queues(), topics()] {
        let outcome = published(&memory, &channel, &[Message::new("")])
            .await
            .remove(0);
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(&*channel.address), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn replies_and_dead_letters_are_no_prey_of_wildcards() {
    let memory = Memory::new();
    let everything = Channel::wildcard(PointToPoint, "{anything}");
    let mut all = listen(&memory, &everything).await;
    let (inbox, mut replies) = DynTransport::inbox(&memory, None).await.unwrap();
    publish(&memory, &Channel::point_to_point(inbox), "reply".into()).await;
    let letters = Channel::point_to_point("a.dead-letters");
    publish(&memory, &letters, "letter".into()).await;
    assert!(nothing_comes(&mut *all).await);
    assert_eq!(&next(&mut *replies).await.body[..], b"reply");
    let mut letters = listen(&memory, &letters).await;
    assert_eq!(&next(&mut *letters).await.body[..], b"letter");
}

#[tokio::test]
async fn a_service_may_serve_a_template_as_a_whole() {
    let memory = Arc::new(Memory::new());
    let mut router = Router::new();
    router.on_request(queues(), async |asked: Received<Text>| {
        Ok(text(&format!("{} at {}", asked.0, asked.metadata.address)))
    });
    let service = tidings::serve(memory.clone(), router).await.unwrap();
    let client = Client::new(memory);
    for region in ["eu", "us"] {
        let reply: Text = client
            .request(&queue(region), &text("hi"), PATIENCE)
            .await
            .unwrap();
        assert_eq!(reply.0, format!("hi at orders/{region}/commands"));
    }
    service.stop(PATIENCE).await.unwrap();
}

#[tokio::test]
async fn what_a_service_of_a_template_gives_up_is_found_beside_its_address() {
    let memory = Arc::new(Memory::new());
    let mut router = Router::new();
    router.on(queues(), async |_: Received<Text>| {
        Err(tidings::HandlerError::reject("no"))
    });
    let service = tidings::serve(memory.clone(), router).await.unwrap();
    Client::new(memory.clone())
        .send(&queue("eu"), &text("a"))
        .await
        .unwrap();
    let letters = crate::dead_letters(&*memory, &queue("eu")).await;
    assert_eq!(letters, [("a".to_owned(), "rejected".to_owned())]);
    service.stop(PATIENCE).await.unwrap();
}

/// Consumers of one address and of all come and go while messages of several keys are published: none is lost, and those of a
/// key are first taken in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn consumers_of_all_kinds_come_and_go_without_loss() {
    const EACH: usize = 150;
    for seed in 0..12_u64 {
        let memory = Memory::new();
        let seen: Arc<Mutex<BTreeMap<String, Vec<usize>>>> = Arc::default();
        let over = Arc::new(AtomicBool::new(false));
        let consumers: Vec<_> = (0..4_u64)
            .map(|who| {
                let random = seed.wrapping_mul(31).wrapping_add(who + 1);
                tokio::spawn(come_and_go(
                    memory.clone(),
                    seen.clone(),
                    over.clone(),
                    random,
                ))
            })
            .collect();
        let publishers: Vec<_> = (0..6)
            .map(|key| tokio::spawn(publish_in_order(memory.clone(), key, EACH)))
            .collect();
        for publisher in publishers {
            publisher.await.unwrap();
        }
        over.store(true, SeqCst);
        for consumer in consumers {
            consumer.await.unwrap();
        }
        let mut rest = listen(&memory, &queues()).await;
        while let Ok(Ok(Event::Deliveries(batch))) =
            tokio::time::timeout(Duration::from_millis(100), rest.next(10)).await
        {
            for incoming in batch {
                note(&seen, &incoming);
                settle(&mut *rest, &incoming, Verdict::Ack).await;
            }
        }
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 6, "seed {seed}");
        for (key, numbers) in &*seen {
            let mut first = numbers.clone();
            first.dedup();
            let expected: Vec<_> = (0..EACH).collect();
            assert_eq!(first, expected, "seed {seed}, key {key}");
        }
    }
}

async fn publish_in_order(memory: Memory, key: usize, count: usize) {
    for number in 0..count {
        let mut message = Message::new(format!("{key} {number}"));
        message.key = Some(key.to_string().into());
        let channel = queue(["eu", "us", "asia"][key % 3]);
        crate::publish(&memory, &channel, message).await;
        if number % 7 == 0 {
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
    }
}

fn note(seen: &Mutex<BTreeMap<String, Vec<usize>>>, incoming: &Incoming) {
    let body = shown(incoming).1;
    let (key, number) = body.split_once(' ').unwrap();
    let mut seen = seen.lock().unwrap();
    seen.entry(key.to_owned())
        .or_default()
        .push(number.parse().unwrap());
}

/// Takes and settles a few at a time, from one address or from all.
async fn come_and_go(
    memory: Memory,
    seen: Arc<Mutex<BTreeMap<String, Vec<usize>>>>,
    over: Arc<AtomicBool>,
    mut state: u64,
) {
    while !over.load(SeqCst) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let channel = match (state >> 33) % 5 {
            0 => queue("eu"),
            1 => queue("us"),
            2 => queue("asia"),
            _ => queues(),
        };
        let mut subscription = listen(&memory, &channel).await;
        for _ in 0..(state >> 40) % 6 {
            let next = tokio::time::timeout(Duration::from_millis(2), subscription.next(3)).await;
            let Ok(Ok(Event::Deliveries(batch))) = next else {
                break;
            };
            for incoming in batch {
                // Before it is settled, so that nobody else has it meanwhile.
                note(&seen, &incoming);
                settle(&mut *subscription, &incoming, Verdict::Ack).await;
            }
        }
    }
}
