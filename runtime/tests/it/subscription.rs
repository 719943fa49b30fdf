//! Typed subscriptions and their deliveries.
use crate::{
    PATIENCE, Text, deliveries,
    events::{incoming, scripted},
    listen, memory, next, nothing_comes,
    numbers::{KEYLESS, Num, num, put},
    publish, text,
    wrap::Wrap,
};
use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, Client, Delivery, Error, ErrorKind, Message, ReceiveError, Subscription,
    dead_letter::DeadLetterQueue,
    transport::{Event, Part, Settle},
};

async fn take(subscription: &mut Subscription<Text>) -> Result<Delivery<Text>, ReceiveError> {
    tokio::time::timeout(PATIENCE, subscription.next())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn deliveries_are_settled_by_their_holder() {
    let client = Client::new(memory());
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    for body in ["ack", "retry", "reject", "drop"] {
        client.send(&channel, &text(body)).await.unwrap();
    }
    assert_eq!(take(&mut subscription).await.unwrap().0, "ack");
    // The first was dropped unsettled, so it comes again, before or after the others.
    let mut seen = Vec::new();
    while seen.len() < 6 {
        let delivery = take(&mut subscription).await.unwrap();
        let attempt = delivery.metadata().attempt;
        seen.push(format!("{} {attempt}", delivery.0));
        match (&*delivery.0.clone(), attempt) {
            ("retry", 1) => delivery.retry(Duration::from_millis(1)).await.unwrap(),
            ("reject", _) => delivery.reject("no").await.unwrap(),
            ("drop", 1) => drop(delivery),
            _ => delivery.ack().await.unwrap(),
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            "ack 2", "drop 1", "drop 2", "reject 1", "retry 1", "retry 2"
        ]
    );
    drop(subscription);
    assert!(nothing_comes(&mut *listen(&**client.transport(), &channel).await).await);
}

#[tokio::test(start_paused = true)]
async fn what_its_holder_puts_off_comes_again_no_sooner() {
    const MINUTE: Duration = Duration::from_secs(60);
    let client = Client::new(memory());
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    client.send(&channel, &text("a")).await.unwrap();
    let delivery = take(&mut subscription).await.unwrap();
    delivery.retry(MINUTE).await.unwrap();
    let soon = tokio::time::timeout(MINUTE * 9 / 10, subscription.next());
    assert!(soon.await.is_err());
    let again = take(&mut subscription).await.unwrap();
    assert_eq!(again.metadata().attempt, 2);
    again.ack().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_put_off_holds_back_its_key_where_the_transport_holds_keys() {
    const MINUTE: Duration = Duration::from_secs(60);
    let transport = memory();
    let client = Client::new(transport.clone());
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Num>(&channel, None).await.unwrap();
    put(&*transport, &channel, [num(1, 1), num(1, 2)]).await;
    let first = subscription.next().await.unwrap().unwrap();
    let second = subscription.next().await.unwrap().unwrap();
    first.retry(MINUTE).await.unwrap();
    second.ack().await.unwrap();
    put(&*transport, &channel, [num(1, 3), num(2, 1)]).await;
    for expected in [(2, 1), (1, 1), (1, 3)] {
        let delivery = subscription.next().await.unwrap().unwrap();
        assert_eq!((delivery.key, delivery.number), expected);
        delivery.ack().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_invalid_is_told_and_found_among_the_dead_letters() {
    let transport = memory();
    let client = Client::new(transport.clone());
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    publish(&*transport, &channel, Message::named("Text", "", "")).await;
    publish(&*transport, &channel, Message::named("Other", "", "x")).await;
    client.send(&channel, &text("good")).await.unwrap();
    assert!(matches!(
        take(&mut subscription).await,
        Err(ReceiveError::Invalid(_))
    ));
    assert!(matches!(
        take(&mut subscription).await,
        Err(ReceiveError::Invalid(_))
    ));
    take(&mut subscription).await.unwrap().ack().await.unwrap();
    drop(subscription);
    assert!(nothing_comes(&mut *listen(&*transport, &channel).await).await);
    let letters = DeadLetterQueue::beside(transport.clone(), channel.clone());
    let letters = letters.list(10).await.unwrap();
    let told = letters
        .iter()
        .map(|letter| (&*letter.reason, &*letter.message.body));
    let expected: [(_, &[u8]); 2] = [("rejected", b""), ("rejected", b"x")];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn other_messages_of_a_topic_are_passed_over() {
    let transport = memory();
    let client = Client::new(transport.clone());
    let channel = Channel::publish_subscribe("a");
    let mut subscription = client.subscribe::<Text>(&channel, Some("g")).await.unwrap();
    publish(&*transport, &channel, Message::named("Other", "", "x")).await;
    client.send(&channel, &text("mine")).await.unwrap();
    assert_eq!(take(&mut subscription).await.unwrap().0, "mine");
}

#[tokio::test]
async fn what_was_taken_can_be_settled_after_the_subscription_is_dropped() {
    let transport = memory();
    let client = Client::new(transport.clone());
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    for body in ["taken", "waiting"] {
        client.send(&channel, &text(body)).await.unwrap();
    }
    let taken = take(&mut subscription).await.unwrap();
    drop(subscription);
    taken.ack().await.unwrap();
    let mut again = listen(&*transport, &channel).await;
    assert_eq!(next(&mut *again).await.body, "waiting");
    assert!(nothing_comes(&mut *again).await);
}

#[tokio::test]
async fn it_ends_when_the_transport_is_closed() {
    let transport = memory();
    let client = Client::new(transport.clone());
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    client.send(&channel, &text("x")).await.unwrap();
    let taken = take(&mut subscription).await.unwrap();
    let late = transport
        .close(Duration::from_millis(20))
        .await
        .unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Timeout);
    assert!(subscription.next().await.is_none());
    assert_eq!(taken.ack().await.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_a_subscriber_never_took_was_never_tried() {
    let channel = Channel::point_to_point("a");
    let transport = memory();
    let client = Client::new(transport.clone());
    put(&*transport, &channel, (0..10).map(|n| num(KEYLESS, n))).await;
    let mut subscription = client.subscribe::<Num>(&channel, None).await.unwrap();
    let first = subscription.next().await.unwrap().unwrap();
    drop(subscription);
    first.ack().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut again = listen(&*transport, &channel).await;
    for incoming in deliveries(&mut *again, 10).await {
        assert_eq!(incoming.attempt, 1);
    }
}

#[tokio::test]
async fn what_is_dropped_where_no_runtime_is_comes_again_too() {
    let client = Client::new(Arc::new(Wrap::recording(Duration::ZERO).0));
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    client.send(&channel, &text("a")).await.unwrap();
    let delivery = take(&mut subscription).await.unwrap();
    let thread = std::thread::spawn(move || drop(delivery));
    thread.join().unwrap();
    let again = take(&mut subscription).await.unwrap();
    assert_eq!(again.metadata().attempt, 2);
    again.ack().await.unwrap();
}

/// As where its holder has no time left.
#[tokio::test(start_paused = true)]
async fn what_its_holder_does_not_wait_for_is_told_all_the_same() {
    const MINUTE: Duration = Duration::from_secs(60);
    let wrap = Wrap::recording(MINUTE).0;
    let inner = wrap.inner.clone();
    let client = Client::new(Arc::new(wrap));
    let channel = Channel::point_to_point("a");
    let mut subscription = client.subscribe::<Text>(&channel, None).await.unwrap();
    for body in ["done", "put off"] {
        client.send(&channel, &text(body)).await.unwrap();
    }
    let done = take(&mut subscription).await.unwrap();
    let put_off = take(&mut subscription).await.unwrap();
    assert!(tokio::time::timeout(MINUTE / 2, done.ack()).await.is_err());
    let telling = put_off.retry(Duration::ZERO);
    assert!(tokio::time::timeout(MINUTE / 2, telling).await.is_err());
    let again = tokio::time::timeout(10 * MINUTE, subscription.next()).await;
    let again = again.unwrap().unwrap().unwrap();
    assert_eq!((&*again.0, again.metadata().attempt), ("put off", 2));
    again.ack().await.unwrap();
    drop(subscription);
    tokio::time::sleep(MINUTE).await;
    assert!(nothing_comes(&mut *listen(&*inner, &channel).await).await);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_says_how_long_to_wait_is_not_asked_before() {
    const MINUTE: Duration = Duration::from_secs(60);
    let (mut wrap, _) = scripted(|| {
        let both = [1, 2].map(|at| incoming(Part::ONLY, at, KEYLESS));
        let [first, second] = both.map(|one| Ok(Event::Deliveries(vec![one])));
        let busy = Error::new(ErrorKind::Busy, "receive", "not now").retry_after(MINUTE);
        vec![first, Err(busy), second]
    });
    wrap.capabilities.settle = Settle::Auto;
    let client = Client::new(Arc::new(wrap));
    let channel = Channel::publish_subscribe("a");
    let mut subscription = client.subscribe::<Num>(&channel, None).await.unwrap();
    let begun = tokio::time::Instant::now();
    let first = subscription.next().await.unwrap().unwrap();
    first.retry(MINUTE / 2).await.unwrap();
    assert!(subscription.next().await.unwrap().is_err());
    let again = subscription.next().await.unwrap().unwrap();
    assert!(
        again.number == 1 && begun.elapsed() < MINUTE,
        "it is held here"
    );
    again.ack().await.unwrap();
    let second = subscription.next().await.unwrap().unwrap();
    assert!(begun.elapsed() >= MINUTE, "{:?}", begun.elapsed());
    second.ack().await.unwrap();
}

/// As by multicast, where the transport counts nothing.
#[tokio::test(start_paused = true)]
async fn what_is_put_off_is_not_held_without_bound() {
    const HOUR: Duration = Duration::from_secs(3600);
    let (mut wrap, _) = scripted(|| {
        let each = |from: u64| (from..from + 64).map(|at| incoming(Part::ONLY, at, KEYLESS));
        let many = (0..100).map(|batch| Event::Deliveries(each(batch * 64).collect()));
        many.map(Ok).collect()
    });
    wrap.capabilities.settle = Settle::Auto;
    let client = Client::new(Arc::new(wrap));
    let channel = Channel::publish_subscribe("a");
    let mut subscription = client.subscribe::<Num>(&channel, None).await.unwrap();
    let mut taken = 0;
    while let Ok(next) = tokio::time::timeout(HOUR / 2, subscription.next()).await {
        next.unwrap().unwrap().retry(HOUR).await.unwrap();
        taken += 1;
    }
    assert!((4096..=4096 + 64).contains(&taken), "{taken}");
    for _ in 0..taken {
        let again = subscription.next().await.unwrap().unwrap();
        again.ack().await.unwrap();
    }
    let next = subscription.next().await.unwrap().unwrap();
    assert_eq!((next.number, next.metadata().attempt), (taken, 1));
    next.ack().await.unwrap();
}
