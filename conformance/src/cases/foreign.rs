//! Messages of producers that know nothing of the runtime.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{body, same, same_set},
    needs::Need,
    offers::Offer,
    setup::Raw,
};
use std::sync::Arc;
use tidings::{Channel, Message, Received};
use tokio::{sync::mpsc, time::timeout};

cases! {
    a_foreign_message_is_delivered: [Need::Offer(Offer::Foreign)],
    a_foreign_message_keeps_its_identity: [Need::Offer(Offer::Foreign), Need::Offer(Offer::Identity), Need::Settled, Need::Kept],
    foreign_headers_that_are_odd_stop_nobody: [Need::Offer(Offer::Foreign)],
    a_foreign_message_is_handled: [Need::Offer(Offer::Foreign)],
}

async fn produce(bench: &Bench, channel: &Channel, raw: Raw) -> Outcome {
    let foreign = bench.setup.foreign.as_ref();
    let foreign = foreign.ok_or("the harness offers a foreign producer, but its setup has none")?;
    foreign(channel.clone(), raw).await
}

fn raw(body: &str) -> Raw {
    Raw {
        headers: Vec::new(),
        body: body.into(),
    }
}

async fn a_foreign_message_is_delivered(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    produce(&bench, &channel, raw("foreign")).await?;
    let incoming = listener.one().await?;
    same("body", &body(&incoming), &"foreign".into())?;
    same("name", &incoming.message.name, &None)?;
    same("attempt", &incoming.attempt, &1)?;
    listener.ack(&[incoming]).await?;
    bench.publish(&channel, &["ours"]).await?;
    same_set(listener.drain(1).await?, &["ours"])
}

/// Nobody can tell that it comes again, otherwise.
async fn a_foreign_message_keeps_its_identity(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    produce(&bench, &channel, raw("same")).await?;
    produce(&bench, &channel, raw("same")).await?;
    let ids = |batch: &[tidings::transport::Incoming]| {
        let mut ids: Vec<_> = batch.iter().map(|one| one.message.id.clone()).collect();
        ids.sort();
        ids
    };
    let first = ids(&listener.receive(2).await?);
    crate::check::holds(first[0] != first[1], "two messages have one id")?;
    drop(listener);
    let again = bench.listen(&channel).await?.receive(2).await?;
    same("ids", &ids(&again), &first)
}

async fn foreign_headers_that_are_odd_stop_nobody(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let odd = [
        ("", &b"no name"[..]),
        ("binary", &[0, 159, 146, 150]),
        ("ü", b""),
        ("content-type", &[0xff]),
        ("id", b"not an id"),
        ("tidings-id", &[0xff, 0xfe]),
        ("twice", b"1"),
        ("twice", b"2"),
    ];
    let headers = odd.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body = b"odd".to_vec();
    produce(
        &bench,
        &channel,
        Raw {
            headers: headers.into(),
            body,
        },
    )
    .await?;
    bench.publish(&channel, &["next"]).await?;
    same_set(listener.drain(2).await?, &["odd", "next"])
}

async fn a_foreign_message_is_handled(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let (told, mut handled) = mpsc::unbounded_channel();
    let told = Arc::new(told);
    let mut router = bench.router();
    router.on(channel.clone(), move |message: Received<Message>| {
        let told = told.clone();
        async move {
            told.send(message.message.body)
                .map_err(tidings::HandlerError::reject)
        }
    });
    let service = bench.serve(router).await?;
    produce(&bench, &channel, raw("foreign")).await?;
    let body = timeout(PATIENCE, handled.recv()).await?;
    same("body", &body.as_deref(), &Some(&b"foreign"[..]))?;
    Ok(service.stop(PATIENCE).await?)
}
