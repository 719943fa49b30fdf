//! Requests, their replies, and the inboxes that those come by.
use crate::{
    bench::{Bench, Outcome, PATIENCE},
    case::{Case, cases},
    check::{Number, holds, same, same_set},
    listener::Listener,
    needs::Need,
};
use std::time::{Duration, Instant};
use tidings::{Channel, Client, HandlerError, Received, RequestError, Service};
use tokio::task::JoinSet;

cases! {
    an_inbox_is_a_channel_of_its_own: [Need::Queues],
    inboxes_are_apart: [Need::Queues],
    request_reply_correlates: [Need::Queues, Need::NativeReply],
    a_request_that_nobody_answers_times_out: [Need::Queues, Need::NativeReply],
    a_rejected_request_is_refused: [Need::Queues, Need::NativeReply, Need::Settled],
    gather_ends_at_its_limit: [Need::Topics, Need::NativeReply],
    gather_ends_at_its_deadline: [Need::Topics, Need::NativeReply],
}

async fn inbox(bench: &Bench, replies: &Channel) -> Outcome<(Channel, Listener)> {
    let (address, subscription) = bench.setup.receiver.inbox(Some(replies)).await?;
    let listener = Listener::new(subscription, bench.capabilities.settle);
    Ok((Channel::point_to_point(address), listener))
}

async fn an_inbox_is_a_channel_of_its_own(bench: Bench) -> Outcome {
    let (address, mut listener) = inbox(&bench, &bench.queue().await?).await?;
    bench.publish(&address, &["a", "b"]).await?;
    same_set(listener.drain(2).await?, &["a", "b"])
}

async fn inboxes_are_apart(bench: Bench) -> Outcome {
    let replies = bench.queue().await?;
    let (one, mut at_one) = inbox(&bench, &replies).await?;
    let (other, mut at_other) = inbox(&bench, &replies).await?;
    holds(one != other, "two inboxes have one address")?;
    bench.publish(&one, &["a"]).await?;
    bench.publish(&other, &["b"]).await?;
    same_set(at_one.drain(1).await?, &["a"])?;
    same_set(at_other.drain(1).await?, &["b"])?;
    at_one.silent().await
}

/// Answers with the number times so much; replies come in another order than the requests.
async fn answering(bench: &Bench, channel: &Channel, factor: u32) -> Outcome<Service> {
    let mut router = bench.alone();
    router.on_request(
        channel.clone(),
        move |number: Received<Number>| async move {
            tokio::time::sleep(Duration::from_millis(u64::from(number.0 * 7 % 20))).await;
            Ok(Number(number.0 * factor))
        },
    );
    bench.serve(router).await
}

async fn request_reply_correlates(bench: Bench) -> Outcome {
    let queue = bench.queue().await?;
    let service = answering(&bench, &queue, 2).await?;
    let client = bench.client();
    let mut requests = JoinSet::new();
    for number in 0..200 {
        let (client, queue) = (client.clone(), queue.clone());
        requests.spawn(async move {
            let reply: Result<Number, _> = client.request(&queue, &Number(number), PATIENCE).await;
            (number, reply)
        });
    }
    while let Some(done) = requests.join_next().await {
        let (number, reply) = done?;
        same("reply", &reply?, &Number(number * 2))?;
    }
    Ok(service.stop(PATIENCE).await?)
}

async fn a_request_that_nobody_answers_times_out(bench: Bench) -> Outcome {
    let queue = bench.queue().await?;
    let limit = Duration::from_millis(300);
    let client = bench.client();
    let begun = Instant::now();
    let reply = client.request::<_, Number>(&queue, &Number(1), limit).await;
    let timed_out = matches!(reply, Err(RequestError::Timeout(time)) if time == limit);
    holds(timed_out, "a request that nobody answers must time out")?;
    holds(begun.elapsed() >= limit, "the request timed out too early")?;
    // The late reply to the first request must not become the reply to the next.
    let service = answering(&bench, &queue, 2).await?;
    let reply: Number = client.request(&queue, &Number(2), PATIENCE).await?;
    same("reply", &reply, &Number(4))?;
    Ok(service.stop(PATIENCE).await?)
}

async fn a_rejected_request_is_refused(bench: Bench) -> Outcome {
    let queue = bench.queue().await?;
    let mut router = bench.alone();
    router.on_request(queue.clone(), async |_: Received<Number>| {
        Err::<Number, _>(HandlerError::reject("no such number"))
    });
    let service = bench.serve(router).await?;
    let reply: Result<Number, _> = bench.client().request(&queue, &Number(1), PATIENCE).await;
    let is_refused = matches!(reply, Err(RequestError::Refused(_)));
    holds(is_refused, "a request that was rejected must be answered")?;
    Ok(service.stop(PATIENCE).await?)
}

/// Three services and the replies to one request, of which so many are wanted within that time, with how long they took; it is not
/// the first, for which an inbox is opened.
async fn gathered(bench: &Bench, limit: usize, within: Duration) -> Outcome<(Vec<u32>, Duration)> {
    let topic = bench.topic().await?;
    let mut services = Vec::new();
    for factor in 1..=3 {
        services.push(answering(bench, &topic, factor).await?);
    }
    let client = bench.client();
    replies(&client, &topic, 3, PATIENCE).await?;
    let begun = Instant::now();
    let replies = replies(&client, &topic, limit, within).await?;
    Ok((replies, begun.elapsed()))
}

async fn replies(
    client: &Client,
    topic: &Channel,
    limit: usize,
    within: Duration,
) -> Outcome<Vec<u32>> {
    let responses = client.gather::<_, Number>(topic, &Number(10), limit, within);
    let mut responses = responses.await?;
    let mut replies = Vec::new();
    while let Some(reply) = responses.next().await {
        replies.push(reply?.0);
    }
    replies.sort_unstable();
    Ok(replies)
}

async fn gather_ends_at_its_limit(bench: Bench) -> Outcome {
    let (replies, took) = gathered(&bench, 3, PATIENCE).await?;
    same("replies", &replies, &vec![10, 20, 30])?;
    holds(took < PATIENCE, "it waited after the last reply")
}

async fn gather_ends_at_its_deadline(bench: Bench) -> Outcome {
    let within = Duration::from_millis(400);
    let (replies, took) = gathered(&bench, 4, within).await?;
    same("replies", &replies, &vec![10, 20, 30])?;
    holds(took >= within, "gathering ended before its deadline")
}
