//! Typed subscribers, as generated code has them: each delivery is settled by its holder, however the transport settles.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{Number, holds, same},
    needs::Need,
};
use std::time::{Duration, Instant};
use tidings::{
    Channel, ChannelKind, Delivery, Message, ReceiveError, Subscription, TypedMessage,
    dead_letter::{DeadLetter, DeadLetterQueue},
    transport::{Attempts, Settle},
};
use tokio::time::{sleep, timeout};

cases! {
    a_subscriber_gets_again_what_it_puts_off: [Need::Settled],
    a_subscriber_gets_again_what_it_drops: [Need::Settled],
    what_a_subscriber_dropped_comes_to_the_next: [Need::Settled, Need::Kept],
    a_later_ack_settles_nothing_before_it: [Need::Settled, Need::Kept],
    what_is_for_others_settles_nothing_before_it: [Need::Groups, Need::Settled],
    a_subscriber_gives_back_what_it_has_not_taken: [Need::Shards, Need::Settled, Need::Kept],
    what_a_subscriber_rejects_is_found_again: [Need::DeadLetterChannel, Need::Settled],
    what_a_subscriber_cannot_read_is_found_again: [Need::DeadLetterChannel, Need::Settled],
}

/// How long nothing comes once all has come.
const SILENCE: Duration = Duration::from_millis(500);

async fn subscribe(bench: &Bench, channel: &Channel) -> Outcome<Subscription<Number>> {
    let shares = channel.kind == ChannelKind::PublishSubscribe && bench.capabilities.groups;
    let group = shares.then(|| bench.readers());
    Ok(bench
        .receiving()
        .subscribe(channel, group.as_deref())
        .await?)
}

/// A subscriber with those numbers on their way.
async fn subscribed(bench: &Bench, numbers: &[u32]) -> Outcome<(Channel, Subscription<Number>)> {
    let channel = bench.channel().await?;
    let subscriber = subscribe(bench, &channel).await?;
    send(bench, &channel, numbers).await?;
    Ok((channel, subscriber))
}

async fn send(bench: &Bench, channel: &Channel, numbers: &[u32]) -> Outcome {
    let batch = numbers.iter().map(|number| Number(*number).encode());
    let batch: Vec<Message> = batch.collect::<Result<_, _>>()?;
    bench.publish_all(channel, &batch).await
}

async fn next(
    subscriber: &mut Subscription<Number>,
) -> Outcome<Result<Delivery<Number>, ReceiveError>> {
    let next = timeout(PATIENCE, subscriber.next()).await;
    let next = next.map_err(|_| format!("nothing came within {PATIENCE:?}"))?;
    Ok(next.ok_or("the subscription has ended")?)
}

async fn take(subscriber: &mut Subscription<Number>) -> Outcome<Delivery<Number>> {
    Ok(next(subscriber).await??)
}

/// Deliveries of those numbers, in their order, whichever came first.
async fn take_all(
    subscriber: &mut Subscription<Number>,
    expected: &[u32],
) -> Outcome<Vec<Delivery<Number>>> {
    let mut taken = Vec::new();
    while taken.len() < expected.len() {
        taken.push(take(subscriber).await?);
    }
    taken.sort_by_key(|delivery| delivery.0);
    let numbers: Vec<u32> = taken.iter().map(|delivery| delivery.0).collect();
    same("numbers", &numbers, &expected.to_vec())?;
    Ok(taken)
}

/// What comes until nothing does for a while, acknowledged.
async fn rest(subscriber: &mut Subscription<Number>) -> Outcome<Vec<u32>> {
    let mut numbers = Vec::new();
    while let Ok(next) = timeout(SILENCE, subscriber.next()).await {
        let delivery = next.ok_or("the subscription has ended")??;
        numbers.push(delivery.0);
        delivery.ack().await?;
    }
    Ok(numbers)
}

/// What comes to who subscribes next: the first at least, and where deliveries are settled one by one nothing else.
async fn next_gets(bench: &Bench, channel: &Channel, first: u32) -> Outcome {
    let mut subscriber = subscribe(bench, channel).await?;
    let delivery = take(&mut subscriber).await?;
    same("what comes first", &delivery.0, &first)?;
    delivery.ack().await?;
    let rest = rest(&mut subscriber).await?;
    let is_alone = bench.capabilities.settle == Settle::Cumulative || rest.is_empty();
    holds(
        is_alone,
        &format!("{rest:?} were settled, and came all the same"),
    )
}

/// What is held back by the runtime is counted by it.
fn again(bench: &Bench) -> u32 {
    let has = &bench.capabilities;
    let is_uncounted = has.settle == Settle::Individual && has.attempts == Attempts::Uncounted;
    if is_uncounted { 1 } else { 2 }
}

async fn a_subscriber_gets_again_what_it_puts_off(bench: Bench) -> Outcome {
    let after = Duration::from_secs(1);
    let (_, mut subscriber) = subscribed(&bench, &[1, 2, 3]).await?;
    let mut taken = take_all(&mut subscriber, &[1, 2, 3]).await?.into_iter();
    let begun = Instant::now();
    taken.next().ok_or("three came")?.retry(after).await?;
    for delivery in taken {
        delivery.ack().await?;
    }
    let delivery = take(&mut subscriber).await?;
    let waits = bench.capabilities.settle != Settle::Individual;
    if waits || bench.capabilities.delay.is_some() {
        let early = Duration::from_millis(50);
        holds(begun.elapsed() + early >= after, "it came back too early")?;
    }
    same("number", &delivery.0, &1)?;
    same("attempt", &delivery.metadata().attempt, &again(&bench))?;
    delivery.ack().await?;
    same("more", &rest(&mut subscriber).await?, &vec![])
}

async fn a_subscriber_gets_again_what_it_drops(bench: Bench) -> Outcome {
    let (_, mut subscriber) = subscribed(&bench, &[1, 2]).await?;
    let mut taken = take_all(&mut subscriber, &[1, 2]).await?.into_iter();
    drop(taken.next());
    taken.next().ok_or("two came")?.ack().await?;
    same("again", &rest(&mut subscriber).await?, &vec![1])
}

async fn what_a_subscriber_dropped_comes_to_the_next(bench: Bench) -> Outcome {
    let (channel, mut subscriber) = subscribed(&bench, &[1, 2, 3]).await?;
    let mut taken = take_all(&mut subscriber, &[1, 2, 3]).await?.into_iter();
    drop(taken.next());
    for delivery in taken {
        delivery.ack().await?;
    }
    drop(subscriber);
    next_gets(&bench, &channel, 1).await
}

/// The first is still at work when its holder ends.
async fn a_later_ack_settles_nothing_before_it(bench: Bench) -> Outcome {
    let (channel, mut subscriber) = subscribed(&bench, &[1, 2]).await?;
    let mut taken = take_all(&mut subscriber, &[1, 2]).await?;
    taken.pop().ok_or("two came")?.ack().await?;
    drop(subscriber);
    drop(taken);
    next_gets(&bench, &channel, 1).await
}

async fn what_is_for_others_settles_nothing_before_it(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let mut subscriber = subscribe(&bench, &topic).await?;
    send(&bench, &topic, &[1]).await?;
    let other = Message::named("Other", "text/plain", "for others");
    bench.publish_all(&topic, &[other]).await?;
    send(&bench, &topic, &[2]).await?;
    let taken = take_all(&mut subscriber, &[1, 2]).await?;
    sleep(SILENCE).await;
    drop(subscriber);
    drop(taken);
    let mut subscriber = subscribe(&bench, &topic).await?;
    let first = take(&mut subscriber).await?;
    let mut numbers = vec![first.0];
    first.ack().await?;
    numbers.extend(rest(&mut subscriber).await?);
    numbers.sort_unstable();
    same("again, sorted", &numbers, &vec![1, 2])
}

/// What waits of the shards that go to another comes to that one, and to nobody else.
async fn a_subscriber_gives_back_what_it_has_not_taken(bench: Bench) -> Outcome {
    const COUNT: u32 = 32;
    let channel = bench.fresh(bench.kind(), 4).await?;
    let mut first = subscribe(&bench, &channel).await?;
    let keyed = (0..COUNT).map(|number| {
        let mut message = Number(number).encode()?;
        message.key = Some(number.to_string().into());
        Ok::<_, tidings::InvalidMessage>(message)
    });
    let batch: Vec<Message> = keyed.collect::<Result<_, _>>()?;
    bench.publish_all(&channel, &batch).await?;
    let held = take(&mut first).await?;
    let mut numbers = vec![held.0];
    held.ack().await?;
    let mut second = subscribe(&bench, &channel).await?;
    let delivery = take(&mut second).await?;
    numbers.push(delivery.0);
    delivery.ack().await?;
    numbers.extend(rest(&mut second).await?);
    numbers.extend(rest(&mut first).await?);
    numbers.sort_unstable();
    same("numbers", &numbers, &(0..COUNT).collect())
}

async fn letter(bench: &Bench, channel: &Channel) -> Outcome<DeadLetter> {
    let letters = DeadLetterQueue::beside(bench.setup.receiver.clone(), channel.clone());
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(letter) = letters.list(1).await?.pop() {
            return Ok(letter);
        }
        holds(Instant::now() < end, "there is no dead letter")?;
    }
}

async fn what_a_subscriber_rejects_is_found_again(bench: Bench) -> Outcome {
    let (channel, mut subscriber) = subscribed(&bench, &[1, 2]).await?;
    let rejected = take(&mut subscriber).await?;
    let number = rejected.0.to_string();
    rejected.reject("too small a number").await?;
    take(&mut subscriber).await?.ack().await?;
    let letter = letter(&bench, &channel).await?;
    same("body", &&letter.message.body[..], &number.as_bytes())?;
    same("reason", &&*letter.reason, &"rejected")?;
    same("error", &&*letter.error, &"too small a number")?;
    same("address", &letter.address, &channel.address.to_string())?;
    same("attempts", &letter.attempts, &1)?;
    drop(subscriber);
    let mut next = subscribe(&bench, &channel).await?;
    same("again", &rest(&mut next).await?, &vec![])
}

async fn what_a_subscriber_cannot_read_is_found_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut subscriber = subscribe(&bench, &channel).await?;
    let unreadable = Message::named("Number", "text/plain", "one");
    bench.publish_all(&channel, &[unreadable]).await?;
    let told = next(&mut subscriber).await?.err();
    holds(
        matches!(told, Some(ReceiveError::Invalid(_))),
        &format!("what is no number is told as {told:?}"),
    )?;
    let letter = letter(&bench, &channel).await?;
    same("body", &&letter.message.body[..], &&b"one"[..])?;
    holds(
        letter.error.contains("is not a number"),
        &format!("the error is `{}`", letter.error),
    )?;
    drop(subscriber);
    let mut next = subscribe(&bench, &channel).await?;
    same("again", &rest(&mut next).await?, &vec![])
}
