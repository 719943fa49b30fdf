//! Order within a key.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{body, holds, in_order, keyed, keyed_batch, same_list},
    listener::Listener,
    needs::Need,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{Channel, HandlerError, Message, Received, Router, Verdict, transport::Event};
use tokio::time::{Instant, sleep, timeout};

cases! {
    order_within_a_key: [Need::KeyOrder],
    order_of_what_comes_again: [Need::KeyOrder, Need::Settled, Need::Kept],
    a_key_is_with_one_consumer_at_a_time: [Need::Affinity, Need::Settled, Need::Kept],
    order_among_competing_consumers: [Need::Affinity, Need::Settled, Need::Kept],
    order_when_a_consumer_goes: [Need::Affinity, Need::Settled, Need::Kept],
    a_retried_message_holds_back_its_key: [Need::Individual, Need::DelaysKeys, Need::Delay, Need::KeyOrder],
    messages_of_a_key_are_handled_one_by_one: [Need::Settled, Need::KeyOrder],
    competing_services_keep_the_order_of_a_key: [Need::Affinity, Need::Settled, Need::Kept],
}

const KEYS: usize = 8;
const EACH: usize = 20;
const SHARDS: u16 = 4;
/// How long nothing more comes where everything has.
const QUIET: Duration = Duration::from_millis(600);

async fn order_within_a_key(bench: Bench) -> Outcome {
    let channel = bench.fresh(bench.kind(), SHARDS).await?;
    let mut listener = bench.listen(&channel).await?;
    bench
        .publish_all(&channel, &keyed_batch(KEYS, EACH))
        .await?;
    in_order(&listener.drain(KEYS * EACH).await?, KEYS, EACH)
}

async fn order_of_what_comes_again(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut leaving = bench.listen(&channel).await?;
    bench.publish_all(&channel, &keyed_batch(2, 4)).await?;
    leaving.receive(8).await?;
    drop(leaving);
    in_order(&bench.listen(&channel).await?.drain(8).await?, 2, 4)
}

/// What the consumers of a case got, in the order they got it, and who holds which key.
#[derive(Default)]
struct Log {
    bodies: Vec<String>,
    different: HashSet<String>,
    latest: Option<Instant>,
    held: HashMap<bytes::Bytes, (usize, usize)>,
}

impl Log {
    fn got(&mut self, consumer: usize, message: &Message) -> Outcome {
        let body = String::from_utf8_lossy(&message.body).into_owned();
        self.different.insert(body.clone());
        self.bodies.push(body);
        self.latest = Some(Instant::now());
        let Some(key) = message.key.clone() else {
            return Err("a message came without its key".into());
        };
        let (holder, count) = self.held.entry(key).or_insert((consumer, 0));
        *count += 1;
        holds(
            *holder == consumer,
            "two consumers hold messages of one key",
        )
    }

    /// Whether nothing more is to come: a broker that is busy may take its time for what has not come yet.
    fn is_over(&mut self) -> bool {
        let quiet = match self.different.len() < KEYS * EACH {
            true => PATIENCE,
            false => QUIET,
        };
        self.latest.get_or_insert_with(Instant::now).elapsed() > quiet
    }

    fn lets_go(&mut self, message: &Message) {
        let Some(key) = &message.key else { return };
        if let Some((_, count)) = self.held.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(key);
            }
        }
    }
}

type Shared = Arc<Mutex<Log>>;

fn log(log: &Shared) -> std::sync::MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a few at a time and settles them a moment later, until nothing comes any more.
async fn consume(mut listener: Listener, consumer: usize, shared: Shared) -> Outcome {
    while !log(&shared).is_over() {
        let Ok(event) = timeout(QUIET / 6, listener.subscription.next(3)).await else {
            continue;
        };
        let Event::Deliveries(deliveries) = event? else {
            continue;
        };
        for incoming in &deliveries {
            log(&shared).got(consumer, &incoming.message)?;
        }
        sleep(Duration::from_millis(1)).await;
        // Before it is told: nobody else can have it before.
        deliveries
            .iter()
            .for_each(|one| log(&shared).lets_go(&one.message));
        listener.ack(&deliveries).await?;
    }
    Ok(())
}

/// Three consumers that are there before anything is published.
async fn consumers(bench: &Bench) -> Outcome<(Channel, Vec<Listener>)> {
    let channel = bench.fresh(bench.kind(), SHARDS).await?;
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(bench.listen_as(&bench.spec(&channel).prefetch(6)).await?);
    }
    for listener in &mut listeners {
        listener.silent().await?;
    }
    Ok((channel, listeners))
}

async fn competing(bench: &Bench) -> Outcome<Vec<String>> {
    let (channel, listeners) = consumers(bench).await?;
    let shared = Shared::default();
    let listeners = listeners.into_iter().enumerate();
    let tasks = listeners.map(|(number, one)| tokio::spawn(consume(one, number, shared.clone())));
    let tasks: Vec<_> = tasks.collect();
    bench
        .publish_all(&channel, &keyed_batch(KEYS, EACH))
        .await?;
    for task in tasks {
        task.await??;
    }
    Ok(std::mem::take(&mut log(&shared).bodies))
}

async fn a_key_is_with_one_consumer_at_a_time(bench: Bench) -> Outcome {
    let all = competing(&bench).await?;
    holds(
        all.len() == KEYS * EACH,
        "messages were lost, or came twice",
    )
}

async fn order_among_competing_consumers(bench: Bench) -> Outcome {
    in_order(&competing(&bench).await?, KEYS, EACH)
}

/// One takes some and goes; the others have them before what is behind.
async fn order_when_a_consumer_goes(bench: Bench) -> Outcome {
    let (channel, mut listeners) = consumers(&bench).await?;
    bench
        .publish_all(&channel, &keyed_batch(KEYS, EACH))
        .await?;
    let mut leaving = listeners.pop().ok_or("there are three")?;
    // The others may have all keys.
    drop(timeout(Duration::from_millis(300), leaving.subscription.next(6)).await);
    let shared = Shared::default();
    let staying = listeners.into_iter().enumerate();
    let tasks = staying.map(|(number, one)| tokio::spawn(consume(one, number, shared.clone())));
    let tasks: Vec<_> = tasks.collect();
    sleep(Duration::from_millis(30)).await;
    drop(leaving);
    for task in tasks {
        // Parts may be taken away while something of them is out.
        drop(task.await?);
    }
    in_order(&log(&shared).bodies, KEYS, EACH)
}

async fn a_retried_message_holds_back_its_key(bench: Bench) -> Outcome {
    let channel = bench.channel().await?;
    let mut listener = bench.listen(&channel).await?;
    let batch = [keyed(0, 0), keyed(0, 1), keyed(1, 0)];
    bench.publish_all(&channel, &batch).await?;
    let mut held = listener.receive(3).await?;
    held.sort_by_key(body);
    let after = Duration::from_secs(1);
    listener
        .settle(&held[..1], Verdict::Retry { after })
        .await?;
    listener.settle(&held[1..], Verdict::Release).await?;
    same_list(listener.drain(3).await?, &["1 0", "0 0", "0 1"])
}

/// Handles messages a little out of step; the first of every key fails once.
fn handler(bench: &Bench, channel: &Channel, shared: &Shared) -> Router {
    let mut router = bench.router();
    let shared = shared.clone();
    router.on(channel.clone(), move |message: Received<Message>| {
        let shared = shared.clone();
        async move {
            let text = String::from_utf8_lossy(&message.body).into_owned();
            sleep(Duration::from_millis(text.len() as u64 % 3)).await;
            if text.ends_with(" 0") && message.metadata.attempt == 1 {
                let error = HandlerError::retry_after(Duration::from_millis(20), "on purpose");
                return Err(error);
            }
            log(&shared).bodies.push(text);
            Ok(())
        }
    });
    router
}

async fn handled_in_order(bench: &Bench, services: usize) -> Outcome {
    let channel = bench.fresh(bench.kind(), SHARDS).await?;
    let shared = Shared::default();
    let mut running = Vec::new();
    for _ in 0..services {
        running.push(bench.serve(handler(bench, &channel, &shared)).await?);
    }
    bench
        .publish_all(&channel, &keyed_batch(KEYS, EACH))
        .await?;
    let end = Instant::now() + PATIENCE;
    while log(&shared).bodies.len() < KEYS * EACH {
        holds(Instant::now() < end, "not all were handled")?;
        sleep(Duration::from_millis(10)).await;
    }
    for service in running {
        service.stop(PATIENCE).await?;
    }
    in_order(&log(&shared).bodies, KEYS, EACH)
}

async fn messages_of_a_key_are_handled_one_by_one(bench: Bench) -> Outcome {
    handled_in_order(&bench, 1).await
}

async fn competing_services_keep_the_order_of_a_key(bench: Bench) -> Outcome {
    handled_in_order(&bench, 3).await
}
