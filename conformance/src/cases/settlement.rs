//! What becomes of deliveries once they are settled, and how many may be out.
use crate::{
    bench::{Bench, Outcome},
    case::{Case, cases},
    check::{bodies, body, holds, same, same_set},
    listener::Listener,
    needs::Need,
};
use std::time::{Duration, Instant};
use tidings::{Channel, Message, Verdict, transport::Part};

cases! {
    prefetch_bounds_what_is_out: [Need::Settled],
    prefetch_bounds_the_bytes_that_are_out: [Need::Settled],
    one_message_may_be_out_whatever_its_size: [Need::Settled],
    settling_goes_on_beside_next: [Need::Settled],
    settled_one_by_one: [Need::Individual, Need::Kept],
    settling_twice_is_harmless: [Need::Settled],
    another_verdict_afterwards_does_nothing: [Need::Individual],
    unknown_tokens_are_harmless: [Need::Settled],
    many_verdicts_in_one_call: [Need::Individual],
    retry_delivers_again: [Need::Individual],
    retry_counts_the_attempt: [Need::Individual, Need::Counted],
    retry_waits: [Need::Individual, Need::Delay],
    release_delivers_again: [Need::Individual],
    release_counts_no_attempt: [Need::Individual, Need::CountsFailures],
    reject_ends_it: [Need::Individual, Need::Kept],
}

/// A listener with messages of those bodies on their way.
async fn listening(bench: &Bench, bodies: &[&str]) -> Outcome<(Channel, Listener)> {
    let channel = bench.channel().await?;
    let listener = bench.listen(&channel).await?;
    bench.publish(&channel, bodies).await?;
    Ok((channel, listener))
}

async fn prefetch_bounds_what_is_out(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen_as(&bench.spec(&channel).prefetch(2)).await?;
    bench.publish(&channel, &["a", "b", "c"]).await?;
    let held = listener.receive(2).await?;
    listener.silent().await?;
    listener.ack(&held[..1]).await?;
    let mut all = bodies(&held);
    all.push(body(&listener.one().await?));
    same_set(all, &["a", "b", "c"])
}

async fn prefetch_bounds_the_bytes_that_are_out(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let spec = bench.spec(&channel).prefetch(100).prefetch_bytes(2000);
    let mut listener = bench.listen_as(&spec).await?;
    let batch: Vec<Message> = (0..6)
        .map(|number| Message::new(vec![number; 1000]))
        .collect();
    bench.publish_all(&channel, &batch).await?;
    let held = listener.receive(2).await?;
    listener.silent().await?;
    listener.ack(&held).await?;
    same("then", &listener.receive(2).await?.len(), &2)
}

async fn one_message_may_be_out_whatever_its_size(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let spec = bench.spec(&channel).prefetch_bytes(10);
    let mut listener = bench.listen_as(&spec).await?;
    let batch = [Message::new(vec![1; 1000]), Message::new(vec![2; 1000])];
    bench.publish_all(&channel, &batch).await?;
    let first = listener.one().await?;
    listener.silent().await?;
    listener.ack(&[first]).await?;
    same("size", &listener.one().await?.message.body.len(), &1000)
}

async fn settling_goes_on_beside_next(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen_as(&bench.spec(&channel).prefetch(1)).await?;
    bench.publish(&channel, &["a", "b"]).await?;
    let held = listener.one().await?;
    let beside = listener.settling.clone();
    let waiting = tokio::spawn(async move { listener.one().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    beside.ack(std::slice::from_ref(&held)).await?;
    let next = waiting.await??;
    same_set(bodies(&[held, next]), &["a", "b"])
}

async fn settled_one_by_one(bench: Bench) -> Outcome {
    let (channel, mut listener) = listening(&bench, &["a", "b", "c"]).await?;
    let mut held = listener.receive(3).await?;
    let done = held.remove(1);
    listener.settle(&[done], Verdict::Ack).await?;
    let expected = bodies(&held);
    drop(listener);
    let mut listener = bench.listen(&channel).await?;
    same_set(listener.drain(2).await?, &expected)?;
    listener.silent().await
}

async fn settling_twice_is_harmless(bench: Bench) -> Outcome {
    let (channel, mut listener) = listening(&bench, &["a"]).await?;
    let held = listener.receive(1).await?;
    listener.ack(&held).await?;
    listener.ack(&held).await?;
    listener.silent().await?;
    bench.publish(&channel, &["b"]).await?;
    same_set(listener.drain(1).await?, &["b"])
}

async fn another_verdict_afterwards_does_nothing(bench: Bench) -> Outcome {
    let (_, mut listener) = listening(&bench, &["a"]).await?;
    let held = listener.receive(1).await?;
    listener.ack(&held).await?;
    for verdict in [Verdict::RETRY_NOW, Verdict::Release, Verdict::reject("no")] {
        listener.settle(&held, verdict).await?;
    }
    listener.silent().await
}

async fn unknown_tokens_are_harmless(bench: Bench) -> Outcome {
    let (channel, mut listener) = listening(&bench, &["a"]).await?;
    let unknown = [
        Part::new(4_000_000_000, 77).at(1),
        Part::new(0, u32::MAX).at(u64::MAX),
    ];
    let verdicts = unknown.map(|token| (token, Verdict::Ack));
    let failed = listener.settler.settle(&verdicts).await;
    holds(failed.is_empty(), "a token that is not out is a failure")?;
    same("body", &body(&listener.one().await?), &"a".into())?;
    drop(listener);
    drop(channel);
    Ok(())
}

async fn many_verdicts_in_one_call(bench: Bench) -> Outcome {
    let (_, mut listener) = listening(&bench, &["a", "b", "c", "d"]).await?;
    let held = listener.receive(4).await?;
    let verdicts = [
        Verdict::Ack,
        Verdict::RETRY_NOW,
        Verdict::reject("no"),
        Verdict::Release,
    ];
    let expected = [body(&held[1]), body(&held[3])];
    let verdicts = held.iter().map(|incoming| incoming.token).zip(verdicts);
    let failed = listener.settler.settle(&verdicts.collect::<Vec<_>>()).await;
    holds(failed.is_empty(), "not all were settled")?;
    same_set(listener.drain(2).await?, &expected)?;
    listener.silent().await
}

async fn retry_delivers_again(bench: Bench) -> Outcome {
    let (_, mut listener) = listening(&bench, &["a"]).await?;
    let first = listener.one().await?;
    let id = first.message.id.clone();
    listener.settle(&[first], Verdict::RETRY_NOW).await?;
    let again = listener.one().await?;
    same("id", &again.message.id, &id)?;
    listener.ack(&[again]).await?;
    listener.silent().await
}

async fn retry_counts_the_attempt(bench: Bench) -> Outcome {
    let (_, mut listener) = listening(&bench, &["a"]).await?;
    for attempt in 1..=3 {
        let incoming = listener.one().await?;
        same("attempt", &incoming.attempt, &attempt)?;
        listener.settle(&[incoming], Verdict::RETRY_NOW).await?;
    }
    let last = listener.one().await?;
    same("attempt", &last.attempt, &4)?;
    listener.ack(&[last]).await
}

async fn retry_waits(bench: Bench) -> Outcome {
    // Some brokers count in seconds.
    let after = Duration::from_secs(1);
    let (_, mut listener) = listening(&bench, &["a"]).await?;
    let held = listener.receive(1).await?;
    let begun = Instant::now();
    listener.settle(&held, Verdict::Retry { after }).await?;
    listener.silent().await?;
    same_set(listener.drain(1).await?, &["a"])?;
    let early = Duration::from_millis(50);
    holds(
        begun.elapsed() + early >= after,
        "the message came back too early",
    )
}

async fn release_delivers_again(bench: Bench) -> Outcome {
    let (_, mut listener) = listening(&bench, &["a", "b"]).await?;
    let held = listener.receive(2).await?;
    listener.settle(&held, Verdict::Release).await?;
    same_set(listener.drain(2).await?, &["a", "b"])?;
    listener.silent().await
}

async fn release_counts_no_attempt(bench: Bench) -> Outcome {
    let (_, mut listener) = listening(&bench, &["a"]).await?;
    for _ in 0..3 {
        let incoming = listener.one().await?;
        same("attempt", &incoming.attempt, &1)?;
        listener.settle(&[incoming], Verdict::Release).await?;
    }
    Ok(())
}

async fn reject_ends_it(bench: Bench) -> Outcome {
    let (channel, mut listener) = listening(&bench, &["a", "b"]).await?;
    let mut held = listener.receive(2).await?;
    let kept = held.pop().ok_or("two came")?;
    let expected = [body(&kept)];
    listener.settle(&held, Verdict::reject("no")).await?;
    drop(listener);
    let mut listener = bench.listen(&channel).await?;
    same_set(listener.drain(1).await?, &expected)?;
    listener.silent().await
}
