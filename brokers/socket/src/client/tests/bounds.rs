//! How many subscriptions a session may have, and how long the reasons are that travel.
use super::*;
use crate::wire::MAX_FRAME;

#[tokio::test]
async fn a_session_has_many_subscriptions_and_says_where_they_end() {
    let (_folder, path) = folder();
    let _listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let spec = SubscribeSpec::new(Channel::point_to_point("a"));
    let mut held = Vec::new();
    let error = loop {
        match Transport::subscribe(&client, &spec).await {
            Ok(subscription) => held.push(subscription),
            Err(error) => break error,
        }
    };
    assert_eq!(held.len(), 4096);
    assert_eq!(
        error.to_string(),
        "subscribe: invalid: a session has 4096 subscriptions at most; a service takes one for each of its channels and threads: give it several connections"
    );
    held.pop();
    Transport::subscribe(&client, &spec).await.unwrap();
}

#[tokio::test]
async fn a_listening_end_that_is_full_says_so_until_it_has_room() {
    let (_folder, path) = folder();
    let settings = settings().with_connections(2);
    let address = Address::Unix(path);
    let listening = SocketTransport::listen_with(address.clone(), settings.clone());
    let _listening = listening.await.unwrap();
    let connect = |wait| {
        let settings = settings
            .clone()
            .with_connect_wait(Duration::from_millis(wait));
        SocketTransport::connect_with(address.clone(), settings)
    };
    let first = connect(5000).await.unwrap();
    let second = connect(5000).await.unwrap();
    let error = connect(200).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Busy, true)
    );
    assert_eq!(
        error.to_string(),
        format!(
            "connect: busy: the listening end has 2 connections, as many as it takes, address `{address}`"
        )
    );
    let (third, ()) = tokio::join!(connect(5000), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(first);
    });
    let channel = Channel::point_to_point("a");
    for client in [second, third.unwrap()] {
        publish(&client, &channel, "1").await.unwrap();
    }
}

#[tokio::test]
async fn what_would_wait_beyond_what_all_may_fails_at_once() {
    let (_folder, path) = folder();
    let settings = settings().with_waiting_bytes(15_000).with_memory(tight());
    let address = Address::Unix(path);
    let listening = SocketTransport::listen_with(address.clone(), settings.clone());
    let listening = listening.await.unwrap();
    let connect = || SocketTransport::connect_with(address.clone(), settings.clone());
    let [one, other] = [connect().await.unwrap(), connect().await.unwrap()];
    let channel = Channel::point_to_point("a");
    for _ in 0..2 {
        publish(&one, &channel, "there").await.unwrap();
    }
    let body = || Message::new(vec![b'x'; 8000]);
    let waits = |transport: &SocketTransport| {
        let (transport, channel) = (transport.confirm_settled(), channel.clone());
        tokio::spawn(async move {
            let deadline = Instant::now() + Duration::from_secs(20);
            let mut outcomes = Transport::publish(&transport, &channel, &[body()], deadline).await;
            outcomes.pop().unwrap()
        })
    };
    let waiting = [waits(&one), waits(&other)];
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    for transport in [&one, &other] {
        let error = publish_within(transport, &channel, "1", Duration::from_secs(20)).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_ambiguous()),
            (ErrorKind::Busy, false)
        );
        let free = Channel::point_to_point("b");
        publish(transport, &free, "need not wait").await.unwrap();
        let (settled, other) = (transport.confirm_settled(), Channel::point_to_point("c"));
        let error = publish_within(&settled, &other, "1", Duration::from_secs(20)).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_ambiguous()),
            (ErrorKind::Busy, false)
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
    let mut subscription = subscribe(&listening, &channel).await;
    bodies(&mut subscription, 4).await;
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
    publish(&one, &channel, "again").await.unwrap();
    publish(&other, &channel, "again").await.unwrap();
    let waits = waits(&one);
    assert_eq!(bodies(&mut subscription, 3).await.len(), 3);
    waits.await.unwrap().unwrap();
}

/// Publishes until it is settled, and has it rejected for that reason; gives what the publisher is told.
async fn rejected(publisher: &SocketTransport, receiver: &SocketTransport, reason: &str) -> String {
    let channel = Channel::point_to_point("a");
    let mut subscription = subscribe(receiver, &channel).await;
    let publisher = publisher.confirm_settled();
    let publishing = publish_within(&publisher, &channel, "1", Duration::from_secs(9));
    let (told, ()) = tokio::join!(publishing, async {
        let incoming = deliveries(&mut subscription).await.remove(0);
        let verdicts = [(incoming.token, Verdict::reject(reason))];
        assert!(subscription.settler().settle(&verdicts).await.is_empty());
    });
    let error = told.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{}", error.kind());
    error.reason().to_owned()
}

#[tokio::test]
async fn a_reason_of_any_length_is_told_in_short_and_ends_nothing() {
    let (_folder, path) = folder();
    let listening = host(&path, &Memory::new()).await;
    let client = SocketTransport::connect(Address::Unix(path)).await.unwrap();
    let reason = "ü".repeat(MAX_FRAME / 2 + 1);
    for (receiver, is_remote) in [(&client, true), (&listening, false)] {
        let told = timeout(Duration::from_secs(9), rejected(&client, receiver, &reason)).await;
        let told = told.unwrap();
        assert_eq!(told, format!("{}…", "ü".repeat(510)), "{is_remote}");
    }
    assert_eq!(rejected(&client, &client, "blue").await, "blue");
}

#[tokio::test]
async fn verdicts_of_any_number_fit_into_frames() {
    let shared = Shared::new(Address::Unix("nowhere".into()), settings());
    shared.install(None).unwrap();
    let subscribe = |subscription| Frame::Unsubscribe { subscription };
    let opened = shared.open_subscription(MAX_PREFETCH, subscribe).unwrap();
    let deliveries = (0..MAX_PREFETCH as u64).map(|position| crate::wire::Delivery {
        position,
        attempt: 1,
        address: None,
        message: Arc::new(Message::new("")),
    });
    let frame = Frame::Deliver {
        subscription: opened.id,
        deliveries: deliveries.collect(),
    };
    shared.receive(frame, 1).unwrap();
    let Ok(Event::Deliveries(mut deliveries)) = opened.arrivals.next(MAX_PREFETCH).await else {
        panic!("no deliveries")
    };
    shared.hand_out(opened.id, &mut deliveries);
    let reject = Verdict::reject("x".repeat(2000));
    let verdicts = deliveries
        .iter()
        .map(|incoming| (incoming.token, reject.clone()));
    let verdicts: Vec<_> = verdicts.collect();
    assert!(shared.settle(opened.id, &verdicts).is_empty());
    assert!(shared.outbox.largest() <= MAX_FRAME + 4);
    assert!(shared.outbox.count() > 60);
}
