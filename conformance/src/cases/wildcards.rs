//! Subscriptions to every channel of a template.
use crate::{
    Setup,
    bench::{Outcome, body, publish, receive_one, same, settle, silent, subscribe},
};
use tidings::{
    Channel,
    ChannelKind::{self, PointToPoint, PublishSubscribe},
    Str, Verdict,
    transport::{Ensure, Wanted},
};
use uuid::Uuid;

pub(crate) async fn hears_every_topic(setup: Setup) -> Outcome {
    hears_every(setup, PublishSubscribe).await
}

pub(crate) async fn takes_from_every_queue(setup: Setup) -> Outcome {
    hears_every(setup, PointToPoint).await
}

/// What is published to two channels of a template comes, with the address; what is not of the template does not.
async fn hears_every(setup: Setup, kind: ChannelKind) -> Outcome {
    let stem = format!("conformance.{}", Uuid::now_v7());
    let channel = |name: &str| Channel::new(kind, format!("{stem}.{name}"));
    let (one, two, other) = (channel("one.in"), channel("two.in"), channel("one.out"));
    for channel in [&one, &two, &other] {
        let wanted = Wanted::channel(channel.clone());
        setup.receiver.ensure(&[wanted], Ensure::Create).await?;
    }
    let all = Channel::wildcard(kind, format!("{stem}.{{name}}.in"));
    let mut subscription = subscribe(&*setup.receiver, &all, None, 10).await?;
    for (channel, text) in [(&one, "1"), (&other, "x"), (&two, "2")] {
        publish(&*setup.sender, channel, &[text]).await?;
    }
    let mut came: Vec<(Option<Str>, String)> = Vec::new();
    for _ in 0..2 {
        let incoming = receive_one(&mut subscription).await?;
        came.push((incoming.address.clone(), body(&incoming)));
        settle(&mut subscription, &[incoming], Verdict::Ack).await?;
    }
    came.sort_by(|one, other| one.1.cmp(&other.1));
    let expected = vec![
        (Some(one.address), "1".to_owned()),
        (Some(two.address), "2".to_owned()),
    ];
    same("what came, and by which address", &came, &expected)?;
    silent(&mut subscription).await
}
