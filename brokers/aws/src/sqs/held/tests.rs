//! What is held, for how long and how much of it, with the clock in hand.
use super::{leases::LONGEST, *};
use tidings::{Channel, Message};
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);

fn held(lease: Duration, change: impl FnOnce(&mut SubscribeSpec)) -> Held {
    let mut spec = SubscribeSpec::new(Channel::point_to_point("q").with_keys());
    change(&mut spec);
    Held::new(&spec, lease, true)
}

fn received(key: &'static str, size: usize) -> Received {
    let mut message = Message::new(vec![0; size]);
    message.key = (!key.is_empty()).then(|| key.into());
    Received {
        message,
        handle: key.to_owned(),
        attempt: 1,
    }
}

/// What is taken, by its tokens.
fn taken(held: &Held, max: usize) -> Vec<Token> {
    match held.take(max) {
        Some(Ok(Event::Deliveries(all))) => all.iter().map(|one| one.token).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_told_before_it_comes_anew() {
    let held = held(SECOND * 30, |_| {});
    held.add(Instant::now(), vec![received("k", 1)]);
    assert_eq!(taken(&held, 1).len(), 1);
    advance(SECOND * 59 / 2).await;
    held.add(Instant::now(), vec![received("k", 1)]);
    let next = held.take(1);
    assert!(matches!(next, Some(Ok(Event::Gone { .. }))), "{next:?}");
    assert_eq!(taken(&held, 1).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_begins_when_it_is_asked_for() {
    let held = held(SECOND * 4, |_| {});
    held.add(Instant::now(), vec![received("k", 1)]);
    let tokens = taken(&held, 1);
    let asked = Instant::now();
    let kept = held.leased(&tokens);
    advance(SECOND * 3).await;
    held.extended(asked, kept.iter());
    advance(SECOND).await;
    assert!(held.settle(tokens[0]).is_none(), "it may be another's");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_for_longer_than_may_be() {
    let held = held(LONGEST, |_| {});
    held.add(Instant::now(), vec![received("k", 1)]);
    let tokens = taken(&held, 1);
    assert_eq!(held.leased(&tokens)[0].seconds, LONGEST.as_secs() - 1);
    advance(LONGEST - SECOND * 10).await;
    assert_eq!(held.leased(&tokens)[0].seconds, 9);
    let settled = held.settle(tokens[0]).expect("it is out");
    assert_eq!(settled.left, SECOND * 9, "to be tried again in");
    held.add(Instant::now(), vec![received("k", 1)]);
    let tokens = taken(&held, 1);
    advance(LONGEST - SECOND).await;
    assert!(held.leased(&tokens).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_waits_behind_its_key_counts_in_bytes() {
    let held = held(SECOND * 30, |spec| {
        spec.prefetch_bytes = 100;
        spec.per_key = Some(PerKey::new(1, 100));
    });
    let all = (0..5).map(|_| received("k", 20)).collect();
    held.add(Instant::now(), all);
    assert_eq!(taken(&held, 1).len(), 1);
    drop(held.take(8));
    assert_eq!(held.wanted(), 0, "100 bytes are here");
}

#[tokio::test(start_paused = true)]
async fn no_more_is_asked_for_than_somebody_waits_for() {
    let held = held(SECOND * 30, |_| {});
    assert!(held.take(1).is_none());
    assert_eq!(held.wanted(), 1);
    held.add(Instant::now(), vec![received("k", 1)]);
    assert_eq!(taken(&held, 1).len(), 1);
    assert_eq!(held.wanted(), 0, "nobody asks for a second");
    advance(SECOND * 2).await;
    assert!(held.take(3).is_none());
    assert_eq!(held.wanted(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_asks_again_at_once_gets_some_ahead() {
    let held = held(SECOND * 30, |_| {});
    for _ in 0..2 {
        held.add(Instant::now(), vec![received("k", 1)]);
        assert_eq!(taken(&held, 3).len(), 1);
    }
    assert!(held.take(3).is_none());
    assert_eq!(held.wanted(), 15);
}

#[tokio::test(start_paused = true)]
async fn what_is_being_kept_is_not_let_go_meanwhile() {
    let held = Arc::new(held(SECOND * 30, |_| {}));
    held.add(Instant::now(), vec![received("k", 1)]);
    let kept = held.leased(&taken(&held, 1));
    let handle = kept[0].handle.clone();
    let keeping = held.keeping(kept);
    let handles = [&handle];
    let alone = held.are_left_alone(&handles);
    tokio::pin!(alone);
    let soon = tokio::time::timeout(SECOND, &mut alone).await;
    assert!(soon.is_err());
    drop(keeping);
    alone.await;
}
