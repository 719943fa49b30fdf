//! What the in-process transport does beyond the suite that every transport passes: bounds, lifetimes, delays.
use crate::{
    Text, deliveries, listen,
    numbers::{KEYLESS, Num, num, put},
    published, settle,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, Client, ErrorKind, Memory, Message, Received, Router, SubscribeSpec, Verdict,
    memory::{Lifetime, MemorySettings},
    serve,
    transport::{DynTransport, Event, Group, Subscription},
};

fn bounded(change: impl FnOnce(&mut MemorySettings)) -> Memory {
    let mut settings = MemorySettings::default();
    change(&mut settings);
    Memory::with_settings(settings)
}

async fn publish(memory: &Memory, channel: &Channel, body: &'static str) -> Option<ErrorKind> {
    let outcome = published(memory, channel, &[Message::new(body)])
        .await
        .remove(0);
    outcome.err().map(|error| error.kind())
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_makes_publishers_wait_for_a_bounded_time() {
    let memory = bounded(|settings| settings.queue_messages = 2);
    let channel = Channel::point_to_point("a");
    assert_eq!(publish(&memory, &channel, "1").await, None);
    assert_eq!(publish(&memory, &channel, "2").await, None);
    assert_eq!(publish(&memory, &channel, "3").await, Some(ErrorKind::Busy));
    let mut subscription = listen(&memory, &channel).await;
    let (published, ()) = tokio::join!(publish(&memory, &channel, "4"), async {
        let incoming = deliveries(&mut *subscription, 1).await.remove(0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        settle(&mut *subscription, &incoming, Verdict::Ack).await;
    });
    assert_eq!(published, None);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_but_one_message_always_fits() {
    let memory = bounded(|settings| settings.queue_bytes = 3);
    let channel = Channel::point_to_point("a");
    assert_eq!(publish(&memory, &channel, "12345").await, None);
    assert_eq!(publish(&memory, &channel, "1").await, Some(ErrorKind::Busy));
    let mut empty = Message::new("");
    empty.headers = vec![("".into(), "".into()); 1000];
    let memory = bounded(|settings| settings.queue_bytes = 10_000);
    for expected in [true, false] {
        let outcomes = published(&memory, &channel, std::slice::from_ref(&empty)).await;
        assert_eq!(outcomes[0].is_ok(), expected, "headers take memory too");
    }
    let memory = bounded(|settings| settings.message_bytes = 3);
    assert_eq!(
        publish(&memory, &channel, "1234").await,
        Some(ErrorKind::TooLarge)
    );
}

#[tokio::test(start_paused = true)]
async fn publishers_wait_for_a_group_that_is_at_work_and_for_no_other() {
    let settings = MemorySettings::default().with_idle_after(Duration::from_secs(1));
    let memory = Memory::with_settings(settings.with_queue_messages(2));
    let channel = Channel::publish_subscribe("a");
    let group = |group: &str| {
        let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some(group)));
        spec.prefetch(1)
    };
    let mut busy = DynTransport::subscribe(&memory, &group("busy"))
        .await
        .unwrap();
    let mut idle = DynTransport::subscribe(&memory, &group("idle"))
        .await
        .unwrap();
    drop(
        DynTransport::subscribe(&memory, &group("gone"))
            .await
            .unwrap(),
    );
    let reading = async {
        for expected in ["1", "2", "3", "4"] {
            let incoming = deliveries(&mut *busy, 1).await.remove(0);
            assert_eq!(incoming.message.body, expected);
            tokio::time::sleep(Duration::from_millis(900)).await;
            settle(&mut *busy, &incoming, Verdict::Ack).await;
        }
    };
    let publishing = async {
        for body in ["1", "2", "3", "4"] {
            assert_eq!(publish(&memory, &channel, body).await, None);
        }
    };
    tokio::join!(reading, publishing);
    let lost = idle.next(1).await.unwrap();
    assert!(matches!(lost, Event::Lost { count: Some(2) }), "{lost:?}");
    assert_eq!(deliveries(&mut *idle, 9).await[0].message.body, "3");
    assert!(memory.delete_group(&channel, "gone"));
    assert!(!memory.delete_group(&channel, "gone"));
    assert!(memory.delete_group(&channel, "idle"));
    let ended = idle.next(1).await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_takes_its_time_loses_nothing() {
    let memory = bounded(|settings| settings.queue_messages = 2);
    let channel = Channel::publish_subscribe("a");
    let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some("slow")));
    let mut slow = DynTransport::subscribe(&memory, &spec.prefetch(1))
        .await
        .unwrap();
    let reading = async {
        for expected in ["1", "2", "3", "4"] {
            let incoming = deliveries(&mut *slow, 1).await.remove(0);
            assert_eq!(incoming.message.body, expected);
            tokio::time::sleep(Duration::from_secs(15)).await;
            settle(&mut *slow, &incoming, Verdict::Ack).await;
        }
    };
    // As long as a client waits unless told.
    let patience = Duration::from_secs(30);
    let publishing = async {
        for body in ["1", "2", "3", "4"] {
            let deadline = tokio::time::Instant::now() + patience;
            let batch = [Message::new(body)];
            let outcomes = DynTransport::publish(&memory, &channel, &batch, deadline);
            outcomes.await.remove(0).unwrap();
        }
    };
    tokio::join!(reading, publishing);
}

#[tokio::test(start_paused = true)]
async fn who_does_nothing_holds_up_a_client_once_and_fails_none_of_its_messages() {
    let memory = bounded(|settings| settings.queue_messages = 2);
    let channel = Channel::publish_subscribe("a");
    let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some("idle")));
    let mut idle = DynTransport::subscribe(&memory, &spec).await.unwrap();
    let client = Client::new(Arc::new(memory));
    let begun = tokio::time::Instant::now();
    for body in ["1", "2", "3", "4", "5"] {
        client.send(&channel, &Message::new(body)).await.unwrap();
    }
    assert!(begun.elapsed() < Duration::from_secs(30));
    let lost = idle.next(1).await.unwrap();
    assert!(matches!(lost, Event::Lost { count: Some(3) }), "{lost:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_ends_at_its_deadline_and_nothing_overtakes_what_failed() {
    let memory = bounded(|settings| settings.queue_messages = 2);
    let channel = Channel::point_to_point("a");
    let message = |key: &'static str, body: &'static str| {
        let mut message = Message::new(body);
        message.key = (!key.is_empty()).then(|| key.into());
        message
    };
    assert_eq!(publish(&memory, &channel, "full").await, None);
    let begun = tokio::time::Instant::now();
    let batch = [
        message("a", "1"),
        message("a", "2"),
        message("b", "3"),
        message("a", "4"),
        message("", "5"),
    ];
    let outcomes = published(&memory, &channel, &batch).await;
    let kinds: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            outcome
                .as_ref()
                .err()
                .map(|error| (error.kind(), error.is_retryable()))
        })
        .collect();
    let (busy, skipped) = (
        Some((ErrorKind::Busy, true)),
        Some((ErrorKind::Skipped, true)),
    );
    assert_eq!(kinds, [None, busy, busy, skipped, busy]);
    assert!(begun.elapsed() <= Duration::from_secs(6));
}

#[tokio::test]
async fn a_key_is_held_by_who_has_it_unsettled() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    for (key, body) in [("a", "1"), ("a", "2"), ("b", "3")] {
        let mut message = Message::new(body);
        message.key = Some(key.into());
        published(&memory, &channel, &[message])
            .await
            .remove(0)
            .unwrap();
    }
    let mut one = listen(&memory, &channel).await;
    let mut other = listen(&memory, &channel).await;
    let first = deliveries(&mut *one, 1).await.remove(0);
    let third = deliveries(&mut *other, 9).await;
    assert_eq!((third.len(), &third[0].message.body[..]), (1, &b"3"[..]));
    settle(&mut *one, &first, Verdict::Ack).await;
    assert_eq!(deliveries(&mut *other, 9).await[0].message.body, "2");
}

#[tokio::test(start_paused = true)]
async fn a_message_for_later_comes_later() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    let mut later = Message::new("later");
    later.not_before = Some(std::time::SystemTime::now() + Duration::from_secs(60));
    published(&memory, &channel, &[later])
        .await
        .remove(0)
        .unwrap();
    assert_eq!(publish(&memory, &channel, "now").await, None);
    let mut subscription = listen(&memory, &channel).await;
    assert_eq!(crate::next(&mut *subscription).await.body, "now");
    let begun = tokio::time::Instant::now();
    let Ok(Event::Deliveries(later)) = subscription.next(1).await else {
        panic!("no delivery");
    };
    assert_eq!(later[0].message.body, "later");
    assert!(begun.elapsed() > Duration::from_secs(55));
}

#[tokio::test]
async fn the_number_of_queues_is_bounded() {
    let memory = bounded(|settings| settings.queues = 1);
    assert_eq!(
        publish(&memory, &Channel::point_to_point("a"), "1").await,
        None
    );
    assert_eq!(
        publish(&memory, &Channel::point_to_point("b"), "1").await,
        Some(ErrorKind::Busy)
    );
    // A topic without subscribers needs no queue.
    assert_eq!(
        publish(&memory, &Channel::publish_subscribe("c"), "1").await,
        None
    );
}

#[tokio::test(start_paused = true)]
async fn a_retried_message_waits_and_then_takes_its_old_place() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    for body in ["1", "2", "3"] {
        assert_eq!(publish(&memory, &channel, body).await, None);
    }
    let mut subscription = listen(&memory, &channel).await;
    let first = deliveries(&mut *subscription, 1).await.remove(0);
    let start = tokio::time::Instant::now();
    let after = Duration::from_secs(60);
    settle(&mut *subscription, &first, Verdict::Retry { after }).await;
    assert_eq!(deliveries(&mut *subscription, 10).await.len(), 2);
    let Ok(Event::Deliveries(again)) = subscription.next(10).await else {
        panic!("no delivery");
    };
    assert_eq!(
        (&again[0].message.id, again[0].attempt),
        (&first.message.id, 2)
    );
    assert!(start.elapsed() >= after);
    drop(subscription);
    let all = deliveries(&mut *listen(&memory, &channel).await, 10).await;
    let bodies: Vec<_> = all
        .iter()
        .map(|incoming| &incoming.message.body[..])
        .collect();
    assert_eq!(bodies, [b"1", b"2", b"3"]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_lingers_keeps_collecting_until_its_time_is_over() {
    let memory = Memory::new();
    let channel = Channel::publish_subscribe("a");
    let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some("g")));
    let lifetime = Lifetime::Linger(Duration::from_secs(60));
    drop(memory.attach(&spec, lifetime).unwrap());
    assert_eq!(publish(&memory, &channel, "kept").await, None);
    tokio::time::advance(Duration::from_secs(59)).await;
    let mut back = memory.attach(&spec, lifetime).unwrap();
    assert_eq!(deliveries(&mut back, 1).await[0].message.body, "kept");
    drop(back);
    tokio::time::advance(Duration::from_secs(61)).await;
    let mut late = memory.attach(&spec, lifetime).unwrap();
    assert!(
        tokio::time::timeout(Duration::from_secs(1), late.next(1))
            .await
            .is_err()
    );
    assert_eq!(publish(&memory, &channel, "gone").await, None);
    late.end();
    let mut fresh = memory.attach(&spec, lifetime).unwrap();
    assert!(
        tokio::time::timeout(Duration::from_secs(1), fresh.next(1))
            .await
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_lingers_stays_with_the_last_that_listens() {
    let memory = Memory::new();
    let channel = Channel::publish_subscribe("a");
    let spec = SubscribeSpec::new(channel.clone()).group(Group::named(Some("g")));
    let lifetime = Lifetime::Linger(Duration::from_secs(60));
    let mut stays = memory.attach(&spec, lifetime).unwrap();
    let [ends, leaves] = [(); 2].map(|()| memory.attach(&spec, lifetime).unwrap());
    ends.end();
    drop(leaves);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(publish(&memory, &channel, "kept").await, None);
    assert_eq!(deliveries(&mut stays, 1).await[0].message.body, "kept");
}

#[tokio::test]
async fn closing_delivers_what_is_queued_to_who_listens() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    let client = Client::new(Arc::new(memory.clone()));
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    for _ in 0..200 {
        client.send(&channel, &crate::text("x")).await.unwrap();
    }
    let closing =
        tokio::spawn(async move { DynTransport::close(&memory, Duration::from_secs(10)).await });
    let mut count = 0;
    while let Some(delivery) = subscription.next().await {
        delivery.unwrap().ack().await.unwrap();
        count += 1;
    }
    assert_eq!(count, 200);
    closing.await.unwrap().unwrap();
}

#[tokio::test]
async fn closing_tells_of_messages_that_are_gone_with_it() {
    let memory = Memory::new();
    let channel = Channel::point_to_point("a");
    assert_eq!(publish(&memory, &channel, "1").await, None);
    let closed = DynTransport::close(&memory, Duration::from_secs(1)).await;
    assert_eq!(
        closed.unwrap_err().to_string(),
        "close: unexpected: 1 queued messages that nobody listened for are gone"
    );
    DynTransport::close(&memory, Duration::ZERO).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_burst_after_a_quiet_time_loses_nothing_of_a_group_that_listens() {
    let memory = Memory::with_settings(MemorySettings::default().with_queue_messages(10));
    let transport: Arc<dyn DynTransport> = Arc::new(memory);
    let topic = Channel::publish_subscribe("topic");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let mut router = Router::new();
    router.group("g");
    router.on(topic.clone(), move |_: Received<Num>| {
        counted.fetch_add(1, SeqCst);
        async { Ok(()) }
    });
    let _service = serve(transport.clone(), router).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    put(&*transport, &topic, (0..50).map(|n| num(KEYLESS, n))).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(calls.load(SeqCst), 50);
}

#[tokio::test(start_paused = true)]
async fn an_idle_group_keeps_the_newest_of_a_key_that_it_holds() {
    let settings = MemorySettings::default().with_idle_after(Duration::from_secs(1));
    let memory = Memory::with_settings(settings.with_queue_messages(4));
    let topic = Channel::publish_subscribe("topic");
    let spec = SubscribeSpec::new(topic.clone()).group(Group::named(Some("g")));
    let mut subscription = DynTransport::subscribe(&memory, &spec).await.unwrap();
    put(&memory, &topic, (0..4).map(|n| num(1, n))).await;
    let first = deliveries(&mut *subscription, 1).await.remove(0);
    tokio::time::sleep(Duration::from_secs(60)).await;
    put(&memory, &topic, (4..6).map(|n| num(1, n))).await;
    settle(&mut *subscription, &first, Verdict::Ack).await;
    let lost = subscription.next(10).await.unwrap();
    assert!(matches!(lost, Event::Lost { count: Some(2) }), "{lost:?}");
    let kept = deliveries(&mut *subscription, 10).await;
    let kept: Vec<_> = kept.iter().map(|it| it.message.body.clone()).collect();
    assert_eq!(kept, ["1 3", "1 4", "1 5"]);
}
