//! Who receives what was published, whole and in order.
use crate::{
    Setup,
    bench::{
        Outcome, body, drain, holds, outcomes, publish, publish_all, queue, receive, receive_one,
        same, settle, silent, subscribe, topic,
    },
};
use bytes::Bytes;
use std::time::Duration;
use tidings::{ErrorKind, Message, Verdict, transport::Event};

pub(crate) async fn delivers_what_was_published(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    let mut full = Message::named("Order Placed/ü", "application/json", r#"{"a":"ü"}"#);
    full.reply_to = Some("replies.here".into());
    full.correlation_id = Some("correlation/1".into());
    full.key = Some(Bytes::from_static(b"key\x01"));
    full.headers = vec![
        ("tenant".into(), "acme".into()),
        ("text".into(), "grüße".into()),
        ("empty".into(), Bytes::new()),
    ];
    let bare = Message::new(Bytes::new());
    let binary = Message::new(Bytes::from((0..=255).collect::<Vec<u8>>()));
    publish_all(
        &*setup.sender,
        &queue,
        &[full.clone(), bare.clone(), binary.clone()],
    )
    .await?;
    for expected in [full, bare, binary] {
        let incoming = receive_one(&mut subscription).await?;
        same("message", &*incoming.message, &expected)?;
        same("attempt", &incoming.attempt, &1)?;
        settle(&mut subscription, &[incoming], Verdict::Ack).await?;
    }
    silent(&mut subscription).await
}

pub(crate) async fn queued_until_somebody_listens(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    publish(&*setup.sender, &queue, &["a", "b"]).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    same(
        "bodies",
        &drain(&mut subscription, 2).await?,
        &vec!["a".into(), "b".into()],
    )
}

pub(crate) async fn order_kept_on_one_channel(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 16).await?;
    let expected: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    let sending = async {
        for chunk in expected.chunks(7) {
            let bodies: Vec<&str> = chunk.iter().map(String::as_str).collect();
            publish(&*setup.sender, &queue, &bodies).await?;
        }
        Outcome::Ok(())
    };
    let (sent, received) = tokio::join!(sending, drain(&mut subscription, expected.len()));
    sent?;
    same("bodies", &received?, &expected)
}

pub(crate) async fn competing_consumers_share(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut first = subscribe(&*setup.receiver, &queue, None, 1).await?;
    let mut second = subscribe(&*setup.receiver, &queue, None, 1).await?;
    publish(&*setup.sender, &queue, &["a", "b"]).await?;
    let one = receive_one(&mut first).await?;
    let other = receive_one(&mut second).await?;
    let mut bodies = [body(&one), body(&other)];
    bodies.sort();
    same("bodies", &bodies, &["a".into(), "b".into()])?;
    settle(&mut first, &[one], Verdict::Ack).await?;
    settle(&mut second, &[other], Verdict::Ack).await?;
    silent(&mut first).await?;
    silent(&mut second).await
}

pub(crate) async fn groups_each_get_all(setup: Setup) -> Outcome {
    let topic = topic(&setup).await?;
    let mut billing = subscribe(&*setup.receiver, &topic, Some("billing"), 10).await?;
    let mut shipping = subscribe(&*setup.receiver, &topic, Some("shipping"), 10).await?;
    publish(&*setup.sender, &topic, &["a", "b"]).await?;
    let expected = vec!["a".to_owned(), "b".to_owned()];
    same("billing", &drain(&mut billing, 2).await?, &expected)?;
    same("shipping", &drain(&mut shipping, 2).await?, &expected)?;
    silent(&mut billing).await
}

pub(crate) async fn members_of_a_group_share(setup: Setup) -> Outcome {
    let topic = topic(&setup).await?;
    let mut first = subscribe(&*setup.receiver, &topic, Some("billing"), 1).await?;
    let mut second = subscribe(&*setup.receiver, &topic, Some("billing"), 1).await?;
    publish(&*setup.sender, &topic, &["a", "b"]).await?;
    let mut bodies = [
        body(&receive_one(&mut first).await?),
        body(&receive_one(&mut second).await?),
    ];
    bodies.sort();
    same("bodies", &bodies, &["a".into(), "b".into()])
}

pub(crate) async fn group_collects_while_away(setup: Setup) -> Outcome {
    let topic = topic(&setup).await?;
    drop(subscribe(&*setup.receiver, &topic, Some("billing"), 10).await?);
    publish(&*setup.sender, &topic, &["a"]).await?;
    let mut subscription = subscribe(&*setup.receiver, &topic, Some("billing"), 10).await?;
    same(
        "bodies",
        &drain(&mut subscription, 1).await?,
        &vec!["a".into()],
    )
}

pub(crate) async fn fans_out_without_group(setup: Setup) -> Outcome {
    let topic = topic(&setup).await?;
    publish(&*setup.sender, &topic, &["before anybody listens"]).await?;
    let mut first = subscribe(&*setup.receiver, &topic, None, 10).await?;
    let mut second = subscribe(&*setup.sender, &topic, None, 10).await?;
    publish(&*setup.sender, &topic, &["a", "b"]).await?;
    let expected = vec!["a".to_owned(), "b".to_owned()];
    same("first", &drain(&mut first, 2).await?, &expected)?;
    same("second", &drain(&mut second, 2).await?, &expected)?;
    drop(first);
    publish(&*setup.sender, &topic, &["c"]).await?;
    same("second", &drain(&mut second, 1).await?, &vec!["c".into()])
}

pub(crate) async fn batch_outcomes(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    let too_large = vec![0; setup.sender.capabilities(&queue).max_bytes + 1];
    let batch = vec![
        Message::new("a"),
        Message::new(too_large),
        Message::new("b"),
    ];
    let kinds: Vec<Option<ErrorKind>> = outcomes(&*setup.sender, &queue, &batch)
        .await
        .into_iter()
        .map(|outcome| outcome.err().map(|error| error.kind()))
        .collect();
    same(
        "outcomes",
        &kinds,
        &vec![None, Some(ErrorKind::TooLarge), None],
    )?;
    same(
        "bodies",
        &drain(&mut subscription, 2).await?,
        &vec!["a".into(), "b".into()],
    )?;
    same(
        "outcomes of nothing",
        &outcomes(&*setup.sender, &queue, &[]).await.len(),
        &0,
    )
}

pub(crate) async fn large_body(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    let size = setup.sender.capabilities(&queue).max_bytes.min(8 << 20);
    let large = Bytes::from(
        (0..size)
            .map(|index| (index % 251) as u8)
            .collect::<Vec<u8>>(),
    );
    let batch = vec![
        Message::new(large.clone()),
        Message::new("after"),
        Message::new(large.clone()),
    ];
    publish_all(&*setup.sender, &queue, &batch).await?;
    let received = receive(&mut subscription, 3).await?;
    holds(
        received[0].message.body == large,
        "the large body changed on its way",
    )?;
    same("body", &body(&received[1]), &"after".into())?;
    holds(
        received[2].message.body == large,
        "the second large body changed on its way",
    )
}

pub(crate) async fn cancelled_next_loses_nothing(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 1000).await?;
    let expected: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let bodies: Vec<&str> = expected.iter().map(String::as_str).collect();
    let receiving = async {
        let mut received = Vec::new();
        while received.len() < expected.len() {
            // Most of these are cancelled before anything came.
            let next = tokio::time::timeout(Duration::from_micros(50), subscription.next(3));
            match next.await {
                Ok(Ok(Event::Deliveries(deliveries))) => {
                    received.extend(deliveries.iter().map(body));
                }
                Ok(Err(error)) => return Err(error.into()),
                Ok(Ok(_)) | Err(_) => {}
            }
        }
        Outcome::Ok(received)
    };
    let sending = async {
        for body in &bodies {
            publish(&*setup.sender, &queue, &[body]).await?;
        }
        Outcome::Ok(())
    };
    let (sent, received) = tokio::join!(sending, receiving);
    sent?;
    same("bodies", &received?, &expected)
}
