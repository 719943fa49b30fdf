//! Clients and services on top of the transport: replies, timeouts, failing handlers, order within a key.
use crate::{
    Setup,
    bench::{Number, Outcome, drain, holds, publish, publish_all, queue, same, subscribe, topic},
};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tidings::{Client, HandlerError, Message, Received, RequestError, Router, serve};
use tokio::{sync::Notify, task::JoinSet, time::timeout};

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn request_reply_correlates(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let mut router = Router::new();
    router.on_request(queue.clone(), async |number: Received<Number>| {
        // Replies come in another order than the requests.
        tokio::time::sleep(Duration::from_millis(u64::from(number.0 * 7 % 20))).await;
        Ok(Number(number.0 * 2))
    });
    let service = serve(setup.receiver.clone(), router).await?;
    let client = Client::new(setup.sender.clone());
    let mut requests = JoinSet::new();
    for number in 0..200 {
        let (client, queue) = (client.clone(), queue.clone());
        requests.spawn(async move {
            let reply = client
                .request::<_, Number>(&queue, &Number(number), PATIENCE)
                .await;
            (number, reply)
        });
    }
    while let Some(done) = requests.join_next().await {
        let (number, reply) = done?;
        same("reply", &reply?, &Number(number * 2))?;
    }
    Ok(service.stop(PATIENCE).await?)
}

pub(crate) async fn reply_timeout(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let limit = Duration::from_millis(300);
    let client = Client::new(setup.sender.clone());
    let start = Instant::now();
    let reply = client.request::<_, Number>(&queue, &Number(1), limit).await;
    holds(
        matches!(reply, Err(RequestError::Timeout(time)) if time == limit),
        "a request that nobody answers must time out",
    )?;
    holds(start.elapsed() >= limit, "the request timed out too early")?;
    // The late reply to the first request must not become the reply to the next.
    let mut router = Router::new();
    router.on_request(queue.clone(), async |number: Received<Number>| {
        Ok(Number(number.0 * 2))
    });
    let service = serve(setup.receiver.clone(), router).await?;
    let reply: Number = client.request(&queue, &Number(2), PATIENCE).await?;
    same("reply", &reply, &Number(4))?;
    Ok(service.stop(PATIENCE).await?)
}

pub(crate) async fn gather_ends_at_limit_or_deadline(setup: Setup) -> Outcome {
    let topic = topic(&setup).await?;
    let mut services = Vec::new();
    for factor in 1..=3 {
        let mut router = Router::new();
        router.on_request(topic.clone(), move |number: Received<Number>| async move {
            Ok(Number(number.0 * factor))
        });
        services.push(serve(setup.receiver.clone(), router).await?);
    }
    let client = Client::new(setup.sender.clone());
    let mut responses = client
        .gather::<_, Number>(&topic, &Number(10), 3, PATIENCE)
        .await?;
    let mut replies = Vec::new();
    while let Some(reply) = responses.next().await {
        replies.push(reply?.0);
    }
    replies.sort_unstable();
    same("replies", &replies, &vec![10, 20, 30])?;
    let deadline = Duration::from_millis(400);
    let start = Instant::now();
    let mut responses = client
        .gather::<_, Number>(&topic, &Number(10), 4, deadline)
        .await?;
    let mut count = 0;
    while let Some(reply) = responses.next().await {
        reply?;
        count += 1;
    }
    same("replies before the deadline", &count, &3)?;
    holds(
        start.elapsed() >= deadline,
        "gathering ended before its deadline",
    )
}

pub(crate) async fn panic_in_a_handler_redelivers(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let calls = Arc::new(AtomicU32::new(0));
    let handled = Arc::new(Notify::new());
    let mut router = Router::new();
    let (count, done) = (calls.clone(), handled.clone());
    router.on(queue.clone(), move |_: Received<Number>| {
        let (count, done) = (count.clone(), done.clone());
        async move {
            if count.fetch_add(1, SeqCst) == 0 {
                std::panic::resume_unwind(Box::new("on purpose, without the message of a panic"));
            }
            done.notify_one();
            Ok(())
        }
    });
    let service = serve(setup.receiver.clone(), router).await?;
    Client::new(setup.sender.clone())
        .send(&queue, &Number(1))
        .await?;
    timeout(PATIENCE, handled.notified()).await?;
    service.stop(PATIENCE).await?;
    same("calls", &calls.load(SeqCst), &2)?;
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 1).await?;
    crate::bench::silent(&mut subscription).await
}

pub(crate) async fn messages_of_a_key_one_by_one(setup: Setup) -> Outcome {
    const KEYS: u32 = 5;
    const EACH: u32 = 20;
    let queue = queue(&setup).await?;
    let handled = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::new(Notify::new());
    let mut router = Router::new();
    let (log, done) = (handled.clone(), all.clone());
    router.on(queue.clone(), move |number: Received<Number>| {
        let (log, done) = (log.clone(), done.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(u64::from(number.0 * 7 % 5))).await;
            // The first of every key fails once, and must not be overtaken.
            if number.0 / KEYS == 0 && number.metadata.attempt == 1 {
                return Err(HandlerError::retry_after(
                    Duration::from_millis(50),
                    "on purpose",
                ));
            }
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push(number.0);
            if log.len() == (KEYS * EACH) as usize {
                done.notify_one();
            }
            Ok(())
        }
    });
    let service = serve(setup.receiver.clone(), router).await?;
    let message = |number: u32| {
        let mut message = Message::named("Number", "text/plain", number.to_string());
        message.key = Some((number % KEYS).to_string().into());
        message
    };
    publish_all(
        &*setup.sender,
        &queue,
        &(0..KEYS * EACH).map(message).collect::<Vec<_>>(),
    )
    .await?;
    timeout(PATIENCE, all.notified()).await?;
    service.stop(PATIENCE).await?;
    let log = handled.lock().unwrap_or_else(PoisonError::into_inner);
    for key in 0..KEYS {
        let of_key: Vec<u32> = log
            .iter()
            .copied()
            .filter(|number| number % KEYS == key)
            .collect();
        same(
            "order within a key",
            &of_key,
            &(0..EACH).map(|place| place * KEYS + key).collect(),
        )?;
    }
    Ok(())
}

pub(crate) async fn stop_gives_back_what_waits(setup: Setup) -> Outcome {
    let queue = queue(&setup).await?;
    let started = Arc::new(Notify::new());
    let mut router = Router::new();
    let begun = started.clone();
    router
        .concurrency(1)
        .on(queue.clone(), move |_: Received<Number>| {
            let begun = begun.clone();
            async move {
                begun.notify_one();
                tokio::time::sleep(Duration::from_millis(100)).await;
                Ok(())
            }
        });
    let service = serve(setup.receiver.clone(), router).await?;
    publish(&*setup.sender, &queue, &["1", "2", "3"]).await?;
    timeout(PATIENCE, started.notified()).await?;
    service.stop(PATIENCE).await?;
    // The one that ran is done; the ones that waited are there for the next.
    let mut subscription = subscribe(&*setup.receiver, &queue, None, 10).await?;
    same(
        "bodies",
        &drain(&mut subscription, 2).await?,
        &vec!["2".into(), "3".into()],
    )?;
    crate::bench::silent(&mut subscription).await
}
