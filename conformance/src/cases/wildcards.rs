//! Subscriptions to every channel of a template.
use crate::{
    bench::{Bench, Outcome, unused},
    case::{Case, cases},
    check::{body, same},
    needs::Need,
};
use tidings::{
    Channel,
    ChannelKind::{self, PointToPoint, PublishSubscribe},
    Str, SubscribeSpec,
    transport::{Ensure, Wanted},
};

cases! {
    a_wildcard_hears_every_topic: [Need::Topics, Need::Wildcards],
    a_wildcard_takes_from_every_queue: [Need::Queues, Need::Wildcards],
}

async fn a_wildcard_hears_every_topic(bench: Bench) -> Outcome {
    hears_every(&bench, PublishSubscribe).await
}

async fn a_wildcard_takes_from_every_queue(bench: Bench) -> Outcome {
    hears_every(&bench, PointToPoint).await
}

/// What is published to two channels of a template comes, with the address; what is not of the template does not.
async fn hears_every(bench: &Bench, kind: ChannelKind) -> Outcome {
    let stem = unused(kind).address;
    let channel = |name: &str| Channel::new(kind, format!("{stem}.{name}"));
    let (one, two, other) = (channel("one.in"), channel("two.in"), channel("one.out"));
    for channel in [&one, &two, &other] {
        let wanted = Wanted::channel(channel.clone());
        bench
            .setup
            .receiver
            .ensure(&[wanted], Ensure::Create)
            .await?;
    }
    let all = SubscribeSpec::new(Channel::wildcard(kind, format!("{stem}.{{name}}.in")));
    let mut listener = bench.listen_as(&all).await?;
    for (channel, text) in [(&one, "1"), (&other, "x"), (&two, "2")] {
        bench.publish(channel, &[text]).await?;
    }
    let received = listener.receive(2).await?;
    listener.ack(&received).await?;
    let came = received
        .iter()
        .map(|incoming| (body(incoming), incoming.address.clone()));
    let mut came: Vec<(String, Option<Str>)> = came.collect();
    came.sort();
    let expected = vec![
        ("1".to_owned(), Some(one.address)),
        ("2".to_owned(), Some(two.address)),
    ];
    same("what came, and by which address", &came, &expected)?;
    listener.silent().await
}
