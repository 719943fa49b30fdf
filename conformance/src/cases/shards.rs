//! Shards that move from one consumer to another.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{bodies, holds, keyed, keyed_batch, same_set},
    listener::Listener,
    needs::Need,
};
use std::{collections::HashMap, time::Duration};
use tidings::{
    Channel,
    transport::{Event, Part},
};
use tokio::time::{Instant, timeout};

cases! {
    a_key_stays_in_its_shard: [Need::Shards],
    a_consumer_that_comes_gets_shards: [Need::Shards, Need::Settled],
    a_full_consumer_hears_that_shards_leave: [Need::Shards, Need::Settled],
    what_left_can_be_settled_in_time: [Need::Shards, Need::Settled],
    what_is_gone_is_not_settled_by_the_former: [Need::Shards, Need::Settled, Need::Kept],
    shards_of_who_goes_are_taken_over: [Need::Shards, Need::Settled, Need::Kept],
}

const SHARDS: u16 = 4;
const KEYS: usize = 16;

async fn sharded(bench: &Bench) -> Outcome<(Channel, Listener)> {
    let channel = bench.fresh(bench.kind(), SHARDS).await?;
    let listener = bench.listen(&channel).await?;
    Ok((channel, listener))
}

async fn a_key_stays_in_its_shard(bench: Bench) -> Outcome {
    let (channel, mut listener) = sharded(&bench).await?;
    bench.publish_all(&channel, &keyed_batch(KEYS, 3)).await?;
    let received = listener.receive(KEYS * 3).await?;
    let mut shards: HashMap<_, Part> = HashMap::new();
    for incoming in &received {
        let shard = *shards
            .entry(incoming.message.key.clone())
            .or_insert(incoming.token.part);
        holds(shard == incoming.token.part, "a key is in two shards")?;
    }
    let first = received[0].token.part;
    let spread = received.iter().any(|incoming| incoming.token.part != first);
    holds(spread, "all keys are in one shard")
}

/// Hears until parts leave or are gone, and gives all that were told, with nothing that was delivered meanwhile.
async fn hears_leaving(listener: &mut Listener) -> Outcome<Vec<Part>> {
    let end = Instant::now() + PATIENCE;
    while listener.left.is_empty() {
        holds(Instant::now() < end, "nobody told that shards leave")?;
        let next = timeout(PATIENCE, listener.next(0)).await;
        let event = next.map_err(|_| "nobody told that shards leave")??;
        holds(
            !matches!(event, Event::Deliveries(_)),
            "nobody asked for deliveries",
        )?;
    }
    Ok(listener.left.clone())
}

/// Both listeners, until nothing comes any more.
async fn rests(first: Listener, second: Listener) -> Outcome<[Vec<String>; 2]> {
    let rest = |mut listener: Listener| async move {
        // What comes now may be on its way for a moment.
        let mut all = bodies(&listener.rest().await?);
        all.extend(bodies(&listener.rest().await?));
        Outcome::Ok(all)
    };
    let (first, second) = tokio::try_join!(rest(first), rest(second))?;
    Ok([first, second])
}

async fn a_consumer_that_comes_gets_shards(bench: Bench) -> Outcome {
    let (channel, mut first) = sharded(&bench).await?;
    let mut second = bench.listen(&channel).await?;
    first.silent().await?;
    second.silent().await?;
    let batch = keyed_batch(KEYS, 5);
    bench.publish_all(&channel, &batch).await?;
    let [one, other] = rests(first, second).await?;
    holds(
        !one.is_empty() && !other.is_empty(),
        "one consumer got all shards",
    )?;
    let texts: Vec<_> = batch
        .iter()
        .map(|one| String::from_utf8_lossy(&one.body))
        .collect();
    same_set([one, other].concat(), &texts)
}

async fn a_full_consumer_hears_that_shards_leave(bench: Bench) -> Outcome {
    let (channel, mut first) = sharded(&bench).await?;
    bench.publish_all(&channel, &keyed_batch(KEYS, 1)).await?;
    first.receive(KEYS).await?;
    let _second = bench.listen(&channel).await?;
    let left = hears_leaving(&mut first).await?;
    holds(
        left.len() < usize::from(SHARDS) * 2,
        "more left than there was",
    )
}

/// What is settled when its shard is told to leave comes to nobody else.
async fn what_left_can_be_settled_in_time(bench: Bench) -> Outcome {
    let (channel, mut first) = sharded(&bench).await?;
    bench.publish_all(&channel, &keyed_batch(KEYS, 1)).await?;
    let held = first.receive(KEYS).await?;
    let mut second = bench.listen(&channel).await?;
    let mut is_over = Vec::new();
    while first.left.is_empty() {
        match first.next(0).await? {
            Event::Gone { parts } => is_over = parts,
            Event::Leaving { until, .. } => holds(until > Instant::now(), "it left before")?,
            _ => {}
        }
    }
    let (over, mut done): (Vec<_>, Vec<_>) = held
        .into_iter()
        .partition(|one| is_over.contains(&one.token.part));
    done.sort_by_key(|one| one.token);
    first.ack(&done).await?;
    let again = bodies(&second.rest().await?);
    same_set(again, &bodies(&over))
}

async fn what_is_gone_is_not_settled_by_the_former(bench: Bench) -> Outcome {
    let (channel, mut first) = sharded(&bench).await?;
    bench.publish_all(&channel, &keyed_batch(KEYS, 1)).await?;
    let held = first.receive(KEYS).await?;
    let mut second = bench.listen(&channel).await?;
    let mut gone = Vec::new();
    while gone.is_empty() {
        let next = timeout(PATIENCE, first.next(0)).await;
        if let Event::Gone { parts } = next.map_err(|_| "nothing was told to be gone")?? {
            gone = parts;
        }
    }
    let lost: Vec<_> = held
        .into_iter()
        .filter(|one| gone.contains(&one.token.part))
        .collect();
    holds(!lost.is_empty(), "what is gone had nothing out")?;
    // Harmless, and in vain.
    drop(first.ack(&lost).await);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let again = bodies(&second.rest().await?);
    let all = bodies(&lost).iter().all(|body| again.contains(body));
    holds(all, "what was gone did not come to who has it now")
}

async fn shards_of_who_goes_are_taken_over(bench: Bench) -> Outcome {
    let (channel, first) = sharded(&bench).await?;
    let mut second = bench.listen(&channel).await?;
    second.silent().await?;
    let held = keyed_batch(KEYS, 2);
    bench.publish_all(&channel, &held).await?;
    drop(first);
    let batch: Vec<_> = (0..KEYS).map(|key| keyed(key, 2)).collect();
    bench.publish_all(&channel, &batch).await?;
    let mut all = second.drain(KEYS * 3).await?;
    all.extend(bodies(&second.rest().await?));
    crate::check::in_order(&all, KEYS, 3)
}
