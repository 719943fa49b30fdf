//! What the in-process transport does beyond the suite that every transport passes: bounds, lifetimes, delays.
use crate::{Text, listen, nothing_comes};
use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, Client, ErrorKind, Memory, Message, SubscribeSpec, Verdict,
    memory::{Lifetime, MemorySettings},
    transport::{DynTransport, Subscription},
};

fn bounded(change: impl FnOnce(&mut MemorySettings)) -> Memory {
    let mut settings = MemorySettings::default();
    change(&mut settings);
    Memory::with_settings(settings)
}

async fn publish(memory: &Memory, channel: &Channel, body: &'static str) -> Option<ErrorKind> {
    let outcome = DynTransport::publish(memory, channel, vec![Message::new(body)])
        .await
        .pop()
        .unwrap();
    outcome.err().map(|error| error.kind())
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_makes_publishers_wait_for_a_bounded_time() {
    let memory = bounded(|settings| settings.queue_messages = 2);
    let channel = Channel::point_to_point("a");
    assert_eq!(publish(&memory, &channel, "1").await, None);
    assert_eq!(publish(&memory, &channel, "2").await, None);
    assert_eq!(
        publish(&memory, &channel, "3").await,
        Some(ErrorKind::Timeout)
    );
    let mut subscription = listen(&memory, &channel).await;
    let (published, ()) = tokio::join!(publish(&memory, &channel, "4"), async {
        let incoming = subscription.next(1).await.unwrap().remove(0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        subscription
            .settle(&[(incoming.token, Verdict::Ack)])
            .await
            .unwrap();
    });
    assert_eq!(published, None);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_but_one_message_always_fits() {
    let memory = bounded(|settings| settings.queue_bytes = 3);
    let channel = Channel::point_to_point("a");
    assert_eq!(publish(&memory, &channel, "12345").await, None);
    assert_eq!(
        publish(&memory, &channel, "1").await,
        Some(ErrorKind::Timeout)
    );
    let mut empty = Message::new("");
    empty.headers = vec![("".into(), "".into()); 1000];
    let memory = bounded(|settings| settings.queue_bytes = 10_000);
    for expected in [true, false] {
        let outcomes = DynTransport::publish(&memory, &channel, vec![empty.clone()]).await;
        assert_eq!(outcomes[0].is_ok(), expected, "headers take memory too");
    }
    let memory = bounded(|settings| settings.message_bytes = 3);
    assert_eq!(
        publish(&memory, &channel, "1234").await,
        Some(ErrorKind::TooLarge)
    );
}

#[tokio::test(start_paused = true)]
async fn a_topic_takes_a_message_for_all_groups_or_for_none() {
    let memory = bounded(|settings| settings.queue_messages = 1);
    let channel = Channel::publish_subscribe("a");
    let group = |group: &str| SubscribeSpec {
        channel: channel.clone(),
        group: Some(group.into()),
        prefetch: 1,
    };
    let mut quick = DynTransport::subscribe(&memory, group("quick"))
        .await
        .unwrap();
    let _slow = DynTransport::subscribe(&memory, group("slow"))
        .await
        .unwrap();
    assert_eq!(publish(&memory, &channel, "1").await, None);
    let incoming = quick.next(1).await.unwrap().remove(0);
    quick
        .settle(&[(incoming.token, Verdict::Ack)])
        .await
        .unwrap();
    assert_eq!(
        publish(&memory, &channel, "2").await,
        Some(ErrorKind::Timeout)
    );
    assert!(nothing_comes(&mut *quick).await);
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
        Some(ErrorKind::Invalid)
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
    let first = subscription.next(1).await.unwrap().remove(0);
    let start = tokio::time::Instant::now();
    let after = Duration::from_secs(60);
    subscription
        .settle(&[(first.token, Verdict::Retry { after })])
        .await
        .unwrap();
    let others = subscription.next(10).await.unwrap();
    assert_eq!(others.len(), 2);
    let again = subscription.next(10).await.unwrap().remove(0);
    assert_eq!((again.message.id, again.attempt), (first.message.id, 2));
    assert!(start.elapsed() >= after);
    drop(subscription);
    let all = listen(&memory, &channel).await.next(10).await.unwrap();
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
    let spec = SubscribeSpec {
        channel: channel.clone(),
        group: Some("g".into()),
        prefetch: 1,
    };
    let lifetime = Lifetime::Linger(Duration::from_secs(60));
    drop(memory.attach(&spec, lifetime).unwrap());
    assert_eq!(publish(&memory, &channel, "kept").await, None);
    tokio::time::advance(Duration::from_secs(59)).await;
    let mut back = memory.attach(&spec, lifetime).unwrap();
    assert_eq!(back.next(1).await.unwrap()[0].message.body, "kept");
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
