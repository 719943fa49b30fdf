//! Typed subscriptions of transports that are told up to where all is done.
use crate::{
    PATIENCE,
    events::{incoming, scripted},
    numbers::{KEYLESS, Num},
    wrap::Settled,
};
use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, Client, Delivery, Result, Subscription, Token, Verdict,
    transport::{Event, Incoming, Part, Settle},
};
use tokio::time::{Instant, sleep, timeout};

const ONE: Part = Part::new(0, 0);
const OTHER: Part = Part::new(0, 1);
const MINUTE: Duration = Duration::from_secs(60);

fn deliveries(part: Part, positions: impl IntoIterator<Item = u64>) -> Event {
    let one = |position| incoming(part, position, KEYLESS);
    Event::Deliveries(positions.into_iter().map(one).collect::<Vec<Incoming>>())
}

fn leaving(parts: Vec<Part>) -> Event {
    let until = Instant::now() + MINUTE;
    Event::Leaving { parts, until }
}

/// A subscriber that hears of these, one after the other.
async fn subscribed(
    script: impl Fn() -> Vec<Event> + Send + Sync + 'static,
) -> (Subscription<Num>, Settled) {
    let script = move || script().into_iter().map(Result::Ok).collect();
    let (mut wrap, settled) = scripted(script);
    wrap.capabilities.settle = Settle::Cumulative;
    let client = Client::new(Arc::new(wrap));
    let channel = Channel::point_to_point("a");
    let subscription = client.subscribe(&channel, None).await.unwrap();
    (subscription, settled)
}

async fn take(subscription: &mut Subscription<Num>, number: u32) -> Delivery<Num> {
    let next = timeout(PATIENCE, subscription.next()).await;
    let delivery = next.unwrap().unwrap().unwrap();
    assert_eq!(delivery.number, number);
    delivery
}

/// What was told once all has come to rest.
async fn told(settled: &Settled) -> Vec<(Token, Verdict)> {
    sleep(MINUTE / 60).await;
    settled.told()
}

#[tokio::test(start_paused = true)]
async fn what_is_done_behind_another_is_told_with_it() {
    let (mut subscription, settled) = subscribed(|| vec![deliveries(ONE, 1..=3)]).await;
    let first = take(&mut subscription, 1).await;
    take(&mut subscription, 2).await.ack().await.unwrap();
    drop(take(&mut subscription, 3).await);
    assert_eq!(told(&settled).await, []);
    first.ack().await.unwrap();
    assert_eq!(told(&settled).await, [(ONE.at(2), Verdict::Ack)]);
    let again = take(&mut subscription, 3).await;
    assert_eq!(again.metadata().attempt, 2);
    again.ack().await.unwrap();
    assert_eq!(told(&settled).await[1..], [(ONE.at(3), Verdict::Ack)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_put_off_comes_after_its_time_and_others_before() {
    let (mut subscription, settled) = subscribed(|| vec![deliveries(ONE, 1..=2)]).await;
    let begun = Instant::now();
    let first = take(&mut subscription, 1).await;
    first.retry(MINUTE).await.unwrap();
    take(&mut subscription, 2).await.ack().await.unwrap();
    assert!(timeout(MINUTE / 2, subscription.next()).await.is_err());
    let again = subscription.next().await.unwrap().unwrap();
    assert!(begun.elapsed() >= MINUTE);
    again.ack().await.unwrap();
    assert_eq!(told(&settled).await, [(ONE.at(2), Verdict::Ack)]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_of_a_part_that_leaves_is_given_back() {
    let script = || {
        vec![
            deliveries(ONE, 1..=2),
            deliveries(OTHER, [7]),
            leaving(vec![OTHER]),
        ]
    };
    let (mut subscription, settled) = subscribed(script).await;
    let first = take(&mut subscription, 1).await;
    let second = take(&mut subscription, 2).await;
    let released = (OTHER.at(7), Verdict::Release);
    assert_eq!(told(&settled).await, [released], "nobody has taken it");
    first.ack().await.unwrap();
    second.ack().await.unwrap();
    assert!(timeout(MINUTE, subscription.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_is_put_off_is_given_back_with_its_part() {
    let script = || {
        vec![
            deliveries(ONE, [1]),
            deliveries(OTHER, [7]),
            leaving(vec![ONE]),
        ]
    };
    for is_told_before in [true, false] {
        let (mut subscription, settled) = subscribed(script).await;
        let first = take(&mut subscription, 1).await;
        if is_told_before {
            take(&mut subscription, 7).await.ack().await.unwrap();
        }
        first.retry(MINUTE).await.unwrap();
        let released = (ONE.at(1), Verdict::Release);
        assert!(told(&settled).await.contains(&released));
        assert!(!settled.told().contains(&(ONE.at(1), Verdict::Ack)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_neither_handed_out_nor_told() {
    let script = || {
        vec![
            deliveries(ONE, 1..=2),
            deliveries(OTHER, [7]),
            Event::Gone { parts: vec![ONE] },
        ]
    };
    let (mut subscription, settled) = subscribed(script).await;
    let first = take(&mut subscription, 1).await;
    let second = take(&mut subscription, 2).await;
    first.retry(MINUTE).await.unwrap();
    let other = take(&mut subscription, 7).await;
    assert_eq!(told(&settled).await, []);
    second.ack().await.unwrap();
    other.ack().await.unwrap();
    assert_eq!(told(&settled).await, [(OTHER.at(7), Verdict::Ack)]);
    assert!(timeout(2 * MINUTE, subscription.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn no_more_are_in_hands_than_64_whatever_is_told() {
    let (mut subscription, _) =
        subscribed(|| vec![deliveries(ONE, 1..=64), deliveries(ONE, [65])]).await;
    let mut held = Vec::new();
    for number in 1..=64 {
        held.push(take(&mut subscription, number).await);
    }
    assert!(timeout(MINUTE, subscription.next()).await.is_err());
    held.pop().unwrap().ack().await.unwrap();
    take(&mut subscription, 65).await.ack().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_subscribes_no_more_gives_back_what_is_put_off() {
    let (mut subscription, settled) = subscribed(|| vec![deliveries(ONE, 1..=3)]).await;
    let first = take(&mut subscription, 1).await;
    let second = take(&mut subscription, 2).await;
    first.retry(MINUTE).await.unwrap();
    drop(subscription);
    let mut released = told(&settled).await;
    released.sort_by_key(|(token, _)| *token);
    let release = |position| (ONE.at(position), Verdict::Release);
    assert_eq!(released, [release(1), release(3)]);
    second.retry(MINUTE).await.unwrap();
    assert_eq!(told(&settled).await[2..], [release(2)]);
}
