//! Many messages, channels, publishers and subscribers at once.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{body, holds, same_set},
    listener::Listener,
    needs::Need,
};
use std::{collections::HashMap, sync::Arc};
use tidings::{
    Channel, Message, Verdict,
    transport::{Event, Group},
};
use tokio::{task::JoinSet, time::Instant};

cases! {
    thousands_over_dozens_of_subscribers: [Need::Confirmed],
    many_publishers_at_once_lose_nothing: [Need::Confirmed],
    many_subscribers_each_get_all: [Need::Topics],
    a_large_batch_arrives: [Need::Confirmed],
    many_rounds_on_fresh_channels: [Need::Confirmed],
    nacks_lose_nothing: [Need::Individual],
}

async fn thousands_over_dozens_of_subscribers(bench: Bench) -> Outcome {
    const EACH: usize = 100;
    let numbers: Vec<usize> = (0..EACH).collect();
    let bench = Arc::new(bench);
    let mut beginning = JoinSet::new();
    for _ in 0..4 {
        beginning.spawn(some_listeners(bench.clone()));
    }
    let mut begun = Vec::new();
    while let Some(some) = beginning.join_next().await {
        begun.extend(some??);
    }
    let mut tasks = JoinSet::new();
    for (channel, mut listener) in begun {
        let (bench, all) = (bench.clone(), numbers.clone());
        tasks.spawn(async move {
            let halves = all.split_at(EACH / 2);
            let sending = async {
                tokio::try_join!(
                    bench.publish(&channel, halves.0),
                    bench.publish(&channel, halves.1)
                )
            };
            let (sent, received) = tokio::join!(sending, listener.drain(EACH));
            sent?;
            same_set(received?, &all)?;
            listener.silent().await
        });
    }
    all(tasks).await
}

/// Six, one after the other; a few of these beside each other, since where each is a dozen requests all of them take longer to begin
/// than what they are for.
async fn some_listeners(bench: Arc<Bench>) -> Outcome<Vec<(Channel, Listener)>> {
    let mut begun = Vec::new();
    for _ in 0..6 {
        let channel = bench.channel().await?;
        let listener = bench.listen(&channel).await?;
        begun.push((channel, listener));
    }
    Ok(begun)
}

async fn all(mut tasks: JoinSet<Outcome>) -> Outcome {
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

async fn many_publishers_at_once_lose_nothing(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let mut publishers = JoinSet::new();
    for publisher in 0..8 {
        let (sender, channel) = (bench.setup.sender.clone(), channel.clone());
        publishers.spawn(async move {
            for number in 0..25 {
                let batch = [Message::new(format!("{publisher} {number}"))];
                let outcomes = sender
                    .publish(&channel, &batch, Instant::now() + PATIENCE)
                    .await;
                outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
            }
            Outcome::Ok(())
        });
    }
    let expected = (0..8).flat_map(|one| (0..25).map(move |number| format!("{one} {number}")));
    let expected: Vec<_> = expected.collect();
    let (sent, received) = tokio::join!(all(publishers), listener.drain(expected.len()));
    sent?;
    same_set(received?, &expected)
}

async fn many_subscribers_each_get_all(bench: Bench) -> Outcome {
    let topic = bench.topic().await?;
    let spec = bench.spec(&topic).group(Group::Alone);
    let numbers: Vec<usize> = (0..30).collect();
    let mut tasks = JoinSet::new();
    for _ in 0..12 {
        let mut listener = bench.listen_as(&spec).await?;
        let numbers = numbers.clone();
        tasks.spawn(async move { same_set(listener.drain(numbers.len()).await?, &numbers) });
    }
    bench.publish(&topic, &numbers).await?;
    all(tasks).await
}

async fn a_large_batch_arrives(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let numbers: Vec<usize> = (0..2000).collect();
    let (sent, received) = tokio::join!(
        bench.publish(&channel, &numbers),
        listener.drain(numbers.len())
    );
    sent?;
    same_set(received?, &numbers)
}

async fn many_rounds_on_fresh_channels(bench: Bench) -> Outcome {
    let bench = Arc::new(bench);
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let bench = bench.clone();
        tasks.spawn(async move {
            for _ in 0..6 {
                let channel = bench.channel().await?;
                let mut listener = bench.listen(&channel).await?;
                bench.publish(&channel, &["a", "b", "c"]).await?;
                same_set(listener.drain(3).await?, &["a", "b", "c"])?;
            }
            Ok(())
        });
    }
    all(tasks).await
}

/// Every third is tried again, every fifth released, some several times.
async fn nacks_lose_nothing(bench: Bench) -> Outcome {
    const COUNT: usize = 120;
    let channel = bench.channel().await?;
    let mut listener = bench.listen_as(&bench.spec(&channel).prefetch(16)).await?;
    let numbers: Vec<usize> = (0..COUNT).collect();
    bench.publish(&channel, &numbers).await?;
    let (mut seen, mut done) = (HashMap::<usize, usize>::new(), Vec::new());
    while done.len() < COUNT {
        let Event::Deliveries(deliveries) = listener.next(5).await? else {
            continue;
        };
        for incoming in deliveries {
            let number: usize = body(&incoming).parse()?;
            let times = seen.entry(number).or_default();
            *times += 1;
            let verdict = match *times {
                1 | 2 if number.is_multiple_of(3) => Verdict::RETRY_NOW,
                1 | 2 if number.is_multiple_of(5) => Verdict::Release,
                _ => Verdict::Ack,
            };
            if verdict == Verdict::Ack {
                done.push(number.to_string());
            }
            listener.settle(&[incoming], verdict).await?;
        }
    }
    same_set(done, &numbers)?;
    holds(
        seen[&0] == 3,
        "what was to be tried again came too often or too seldom",
    )?;
    listener.silent().await
}
