//! What of a message travels: all of it, or nothing.
use crate::{
    bench::{Bench, Outcome},
    case::{Case, cases},
    check::{body, holds, same, same_set},
    needs::Need,
};
use bytes::Bytes;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tidings::{ErrorKind, Message, MessageId, transport::HeaderSupport};

cases! {
    delivers_what_was_published: [],
    properties_travel: [],
    foreign_ids_travel: [],
    repeated_headers_travel: [],
    odd_headers_travel: [],
    an_empty_body_is_a_body: [],
    bodies_of_every_size_travel: [],
    the_largest_body_travels: [],
    too_large_is_refused: [Need::Bounded],
    headers_beyond_the_limit_are_refused: [Need::HeaderLimit],
    headers_up_to_the_limit_travel: [Need::HeaderLimit],
    published_for_later_waits: [Need::Delay],
    a_message_is_the_same_when_it_comes_again: [Need::Settled, Need::Kept],
}

/// Publishes a message, and gives what came of it.
async fn sent(bench: &Bench, message: Message) -> Outcome<Message> {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish_all(&channel, &[message]).await?;
    let incoming = listener.one().await?;
    same("attempt", &incoming.attempt, &1)?;
    listener.ack(std::slice::from_ref(&incoming)).await?;
    listener.silent().await?;
    Ok((*incoming.message).clone())
}

async fn travels(bench: &Bench, message: Message) -> Outcome {
    let came = sent(bench, message.clone()).await?;
    same("message", &came, &message)
}

/// That many milliseconds after the epoch: what brokers keep of a time.
fn milliseconds(time: SystemTime) -> Outcome<SystemTime> {
    let since = time.duration_since(UNIX_EPOCH)?;
    Ok(UNIX_EPOCH + Duration::from_millis(u64::try_from(since.as_millis())?))
}

fn full() -> Message {
    let mut full = Message::named("Order Placed/ü", "application/json", r#"{"a":"ü"}"#);
    full.reply_to = Some("replies.here".into());
    full.correlation_id = Some("correlation/1".into());
    full.key = Some(Bytes::from_static(b"key\x01"));
    full.headers = vec![
        ("tenant".into(), "acme".into()),
        ("text".into(), "grüße".into()),
    ];
    full
}

async fn delivers_what_was_published(bench: Bench) -> Outcome {
    travels(&bench, full()).await?;
    travels(&bench, Message::new("bare")).await
}

async fn properties_travel(bench: Bench) -> Outcome {
    let now = milliseconds(SystemTime::now())?;
    let mut message = Message::new("a");
    message.created = Some(now - Duration::from_secs(60));
    message.expires = Some(now + Duration::from_secs(3600));
    travels(&bench, message).await
}

async fn foreign_ids_travel(bench: Bench) -> Outcome {
    for id in ["order-17/ü", "1", "01890a5d-ac96-774b-bcce-b302099a8057 "] {
        let mut message = Message::new("a");
        message.id = MessageId::Text(id.into());
        travels(&bench, message).await?;
    }
    Ok(())
}

async fn repeated_headers_travel(bench: Bench) -> Outcome {
    let mut message = Message::new("a");
    let headers = [
        ("via", "one"),
        ("tenant", "acme"),
        ("via", "two"),
        ("via", "one"),
    ];
    message.headers = headers
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    travels(&bench, message).await
}

async fn odd_headers_travel(bench: Bench) -> Outcome {
    let mut message = Message::new("a");
    message.headers = vec![
        ("empty".into(), Bytes::new()),
        (
            "Binary-And-Case".into(),
            Bytes::from_static(&[0, 255, 10, 13, 128]),
        ),
        ("with space/ü:".into(), "name".into()),
        ("long".into(), "x".repeat(512).into()),
    ];
    travels(&bench, message).await
}

async fn an_empty_body_is_a_body(bench: Bench) -> Outcome {
    travels(&bench, Message::new(Bytes::new())).await
}

/// Bytes that differ from place to place.
fn filler(size: usize) -> Bytes {
    (0..size)
        .map(|at| (at % 251) as u8)
        .collect::<Vec<u8>>()
        .into()
}

async fn bodies_of_every_size_travel(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let around = |power: u32| [(1 << power) - 1, 1_usize << power, (1 << power) + 1];
    let sizes = (1..=16).flat_map(around);
    for size in sizes.filter(|size| *size <= bench.capabilities.max_bytes) {
        bench
            .publish_all(&channel, &[Message::new(filler(size))])
            .await?;
        let incoming = listener.one().await?;
        let is_whole = incoming.message.body == filler(size);
        holds(
            is_whole,
            &format!("a body of {size} bytes changed on its way"),
        )?;
        listener.ack(&[incoming]).await?;
    }
    Ok(())
}

async fn the_largest_body_travels(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let large = filler(bench.capabilities.max_bytes.min(8 << 20));
    for message in [Message::new(large.clone()), Message::new("after")] {
        bench
            .publish_all(&channel, std::slice::from_ref(&message))
            .await?;
        let incoming = listener.one().await?;
        let is_whole = incoming.message.body == message.body;
        holds(
            is_whole,
            &format!("a body of {} bytes changed on its way", message.body.len()),
        )?;
        listener.ack(&[incoming]).await?;
    }
    Ok(())
}

async fn refused(bench: &Bench, message: Message) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let outcome = bench.outcomes(&channel, &[message]).await.pop();
    let error = outcome.and_then(Result::err).ok_or("it was taken")?;
    same("error", &error.kind(), &ErrorKind::TooLarge)?;
    holds(!error.is_retryable(), "trying again cannot help")?;
    bench.publish(&channel, &["next"]).await?;
    same_set(listener.drain(1).await?, &["next"])
}

async fn too_large_is_refused(bench: Bench) -> Outcome {
    let size = bench.capabilities.max_bytes + 1;
    refused(&bench, Message::new(vec![0; size])).await
}

/// A message whose headers are that long together.
fn with_headers(bench: &Bench, more: usize) -> Outcome<Message> {
    let HeaderSupport::Native {
        max_bytes: Some(most),
    } = bench.capabilities.headers
    else {
        return Err("there is no limit".into());
    };
    let mut message = Message::new("a");
    message.set_header("h", vec![b'x'; most / 2 + more]);
    Ok(message)
}

async fn headers_beyond_the_limit_are_refused(bench: Bench) -> Outcome {
    let HeaderSupport::Native {
        max_bytes: Some(most),
    } = bench.capabilities.headers
    else {
        return Err("there is no limit".into());
    };
    let message = with_headers(&bench, most)?;
    refused(&bench, message).await
}

/// Half of the limit, which the transport's own headers share.
async fn headers_up_to_the_limit_travel(bench: Bench) -> Outcome {
    let message = with_headers(&bench, 0)?;
    travels(&bench, message).await
}

async fn published_for_later_waits(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    // Some brokers count in seconds.
    let wait = Duration::from_millis(1100);
    let mut later = Message::new("later");
    later.not_before = Some(SystemTime::now() + wait);
    let begun = Instant::now();
    bench
        .publish_all(&channel, &[later, Message::new("now")])
        .await?;
    let first = listener.one().await?;
    same("body", &body(&first), &"now".into())?;
    listener.ack(&[first]).await?;
    same_set(listener.drain(1).await?, &["later"])?;
    let early = Duration::from_millis(100);
    holds(
        begun.elapsed() + early >= wait,
        "the message came too early",
    )
}

async fn a_message_is_the_same_when_it_comes_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish_all(&channel, &[full()]).await?;
    let first = listener.one().await?;
    drop(listener);
    let again = bench.listen(&channel).await?.one().await?;
    same("message", &*again.message, &*first.message)
}
