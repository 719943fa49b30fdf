//! How long a delivery may stay out, and where those end that are given up.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{body, holds, same, same_set},
    needs::Need,
    offers::Offer,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Channel, HandlerError, Message, Policy, Received, Verdict,
    dead_letter::{BESIDE, DeadLetter, DeadLetterQueue, Decision},
    transport::Order,
};
use tokio::time::{Instant, sleep};

cases! {
    an_expired_lease_gives_it_to_others: [Need::Offer(Offer::ShortLease), Need::Settled, Need::Kept],
    an_extended_lease_keeps_it: [Need::Offer(Offer::ShortLease), Need::Settled, Need::Kept],
    a_slow_handler_keeps_its_lease: [Need::Offer(Offer::ShortLease), Need::Settled, Need::Kept],
    rejected_is_kept_by_the_broker: [Need::NativeDeadLetter, Need::Offer(Offer::DeadLetters), Need::Individual],
    rejected_is_found_among_the_dead_letters: [Need::DeadLetterChannel, Need::Settled],
    a_dead_letter_can_be_sent_again: [Need::DeadLetterChannel, Need::Settled],
    each_dead_letter_is_decided_on: [Need::DeadLetterChannel, Need::Settled],
    attempts_end_among_the_dead_letters: [Need::DeadLetterChannel, Need::Settled],
}

/// Longer than that, a case would take too long.
const SHORT: Duration = Duration::from_secs(2);

fn short(lease: Option<Duration>) -> Outcome<Duration> {
    let short = lease.filter(|lease| *lease <= SHORT);
    short.ok_or_else(|| {
        format!("the harness offers a lease of at most {SHORT:?}, but it is {lease:?}").into()
    })
}

async fn an_expired_lease_gives_it_to_others(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let spec = bench.spec(&channel).prefetch(1);
    let mut first = bench.listen_as(&spec).await?;
    let lease = short(first.subscription.lease())?;
    bench.publish(&channel, &["a"]).await?;
    let held = first.one().await?;
    let mut second = bench.listen_as(&spec).await?;
    second.silent().await?;
    sleep(lease).await;
    let again = second.one().await?;
    same("id", &again.message.id, &held.message.id)?;
    // Too late: it is another's now.
    drop(first.settle(&[held], Verdict::RETRY_NOW).await);
    second.ack(&[again]).await?;
    second.silent().await
}

async fn an_extended_lease_keeps_it(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let spec = bench.spec(&channel).prefetch(1);
    let mut first = bench.listen_as(&spec).await?;
    let lease = short(first.subscription.lease())?;
    bench.publish(&channel, &["a"]).await?;
    let held = first.one().await?;
    let mut second = bench.listen_as(&spec).await?;
    let end = Instant::now() + lease * 2;
    while Instant::now() < end {
        sleep(lease / 3).await;
        let failed = first.settler.extend(&[held.token]).await;
        holds(failed.is_empty(), "the lease could not be extended")?;
        let next = tokio::time::timeout(lease / 10, second.subscription.next(1)).await;
        holds(next.is_err(), "it came to another all the same")?;
    }
    first.ack(&[held]).await?;
    sleep(lease).await;
    second.silent().await
}

async fn a_slow_handler_keeps_its_lease(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let lease = short(bench.listen(&channel).await?.subscription.lease())?;
    let calls = Arc::new(AtomicU32::new(0));
    let mut router = bench.router();
    let count = calls.clone();
    router.on(channel.clone(), move |_: Received<Message>| {
        let count = count.clone();
        async move {
            count.fetch_add(1, SeqCst);
            sleep(lease * 2).await;
            Ok(())
        }
    });
    let service = bench.serve(router).await?;
    bench.publish(&channel, &["a"]).await?;
    sleep(lease * 3).await;
    service.stop(PATIENCE).await?;
    same("calls", &calls.load(SeqCst), &1)
}

async fn rejected_is_kept_by_the_broker(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    bench.publish(&channel, &["bad"]).await?;
    let held = listener.one().await?;
    let id = held.message.id.clone();
    listener
        .settle(&[held], Verdict::reject("not an order"))
        .await?;
    let look = bench
        .setup
        .dead_letters
        .as_ref()
        .ok_or("its setup cannot look at dead letters")?;
    let end = Instant::now() + PATIENCE;
    loop {
        let letters = look(channel.clone()).await?;
        if let Some((message, reason)) = letters.first() {
            same("id", &message.id, &id)?;
            return holds(reason.contains("not an order"), "the reason is not kept");
        }
        holds(Instant::now() < end, "the message is gone")?;
        sleep(Duration::from_millis(20)).await;
    }
}

/// A service that gives up what it gets, until one is among the dead letters.
async fn giving_up(
    bench: &Bench,
    error: fn() -> HandlerError,
    attempts: u32,
) -> Outcome<(DeadLetterQueue, tidings::Channel, tidings::Service)> {
    let channel = bench.channel().await?;
    let mut router = bench.router();
    let policy = Policy::new().with_attempts(attempts);
    let policy = policy.with_backoff(tidings::Backoff::new(
        Duration::from_millis(5),
        Duration::from_millis(5),
    ));
    router.policy(policy);
    router.on(
        channel.clone(),
        move |message: Received<Message>| async move {
            match &*message.message.body {
                b"bad" => Err(error()),
                _ => Ok(()),
            }
        },
    );
    let service = bench.serve(router).await?;
    bench.publish(&channel, &["bad"]).await?;
    let letters = DeadLetterQueue::beside(bench.setup.receiver.clone(), channel.clone());
    Ok((letters, channel, service))
}

async fn first(letters: &DeadLetterQueue) -> Outcome<DeadLetter> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(letter) = letters.list(1).await?.pop() {
            return Ok(letter);
        }
        holds(Instant::now() < end, "there is no dead letter")?;
    }
}

async fn rejected_is_found_among_the_dead_letters(bench: Bench) -> Outcome {
    let (letters, channel, service) =
        giving_up(&bench, || HandlerError::reject("no order"), 5).await?;
    let letter = first(&letters).await?;
    same("body", &&letter.message.body[..], &&b"bad"[..])?;
    same("address", &letter.address, &channel.address.to_string())?;
    holds(letter.error.contains("no order"), "the error is not kept")?;
    Ok(service.stop(PATIENCE).await?)
}

async fn attempts_end_among_the_dead_letters(bench: Bench) -> Outcome {
    let (letters, _, service) = giving_up(&bench, || HandlerError::retry("not now"), 3).await?;
    let letter = first(&letters).await?;
    same("attempts", &letter.attempts, &3)?;
    Ok(service.stop(PATIENCE).await?)
}

async fn a_dead_letter_can_be_sent_again(bench: Bench) -> Outcome {
    let (letters, channel, service) =
        giving_up(&bench, || HandlerError::reject("no order"), 5).await?;
    first(&letters).await?;
    service.stop(PATIENCE).await?;
    let mut listener = bench.listen(&channel).await?;
    same(
        "sent again",
        &letters.sort(1, |_| Decision::Replay).await?,
        &1,
    )?;
    let again = listener.one().await?;
    same("body", &body(&again), &"bad".into())?;
    listener.ack(&[again]).await?;
    bench.publish(&channel, &["good"]).await?;
    same_set(listener.drain(1).await?, &["good"])
}

/// The first is kept, whatever becomes of those behind it, and none is decided on twice.
async fn each_dead_letter_is_decided_on(bench: Bench) -> Outcome {
    let (letters, channel, service) =
        giving_up(&bench, || HandlerError::reject("no order"), 5).await?;
    bench.publish(&channel, &["bad", "bad"]).await?;
    let end = Instant::now() + PATIENCE;
    let all = loop {
        let all = letters.list(3).await?;
        if all.len() == 3 {
            break all;
        }
        holds(Instant::now() < end, "there are no three dead letters")?;
    };
    service.stop(PATIENCE).await?;
    let mut decisions = [Decision::Keep, Decision::Replay, Decision::Drop].into_iter();
    let mut listener = bench.listen(&channel).await?;
    let mut decided = Vec::new();
    let decide = |letter: &DeadLetter| {
        decided.push(letter.message.id.clone());
        decisions.next().unwrap_or(Decision::Keep)
    };
    same("gone", &letters.sort(3, decide).await?, &2)?;
    let beside = Channel::point_to_point(format!("{}{BESIDE}", channel.address));
    let capabilities = bench.setup.receiver.capabilities(&beside);
    let mut listed: Vec<_> = all.iter().map(|letter| letter.message.id.clone()).collect();
    let mut looked_at = decided.clone();
    if capabilities.order < Order::Channel {
        listed.sort();
        looked_at.sort();
    }
    same("decided on", &looked_at, &listed)?;
    let again = listener.one().await?;
    same("sent again", &again.message.id, &decided[1])?;
    listener.ack(&[again]).await?;
    for _ in 0..2 {
        let left = letters.list(10).await?;
        let ids: Vec<_> = left.iter().map(|letter| &letter.message.id).collect();
        same("left", &ids, &vec![&decided[0]])?;
    }
    Ok(())
}
