//! Over RabbitMQ: a publisher with confirms, a consumer that acknowledges each message, and requests by direct reply-to, which
//! needs no queue for replies.
use crate::{
    AHEAD, AT_A_TIME, REQUESTS, SAMPLES, Seen, publish_all,
    watch::{Figures, Watch},
};
use anyhow::{Context as _, ensure};
use ruststream::{Broker as _, OutgoingMessage};
use ruststream_lapin::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

fn broker(url: &str) -> LapinBroker {
    LapinBroker::new(url).declare_topology(true)
}

fn queue(name: &str) -> anyhow::Result<RabbitQueue> {
    let ahead = AHEAD.try_into().context("nothing is taken ahead")?;
    Ok(RabbitQueue::new(name).durable(true).prefetch(ahead))
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let connected = broker(url).connect().await?;
    publish_all(
        &connected.publisher(TransactionalPublish::default()),
        messages,
    )
    .await
}

pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let seen = Seen::new(messages);
    let (source, workers) = (queue(SAMPLES)?, AT_A_TIME.try_into().context("no workers")?);
    let app = RustStream::new(AppInfo::new("bench", "0")).with_broker(broker(url), |broker| {
        broker.include(subscriber(source, seen.clone()).workers(workers).build());
    });
    let running = app.start().await?;
    let figures = seen.figures(messages).await?;
    running.shutdown().await?;
    Ok(figures)
}

#[derive(Serialize, Deserialize)]
struct Negate {
    value: f64,
}

#[derive(Serialize, Deserialize, Outgoing)]
struct Negated {
    value: f64,
}

#[subscriber(RabbitQueue::new("calculator.requests.ruststream").durable(true), reply("nowhere"))]
async fn answer(asked: &Negate) -> Negated {
    Negated {
        value: -asked.value,
    }
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let app = RustStream::new(AppInfo::new("bench", "0")).with_broker(broker(url), |broker| {
        broker
            .include(answer)
            .out_reply(TransactionalPublish::default())
            .transform(DirectReplyTo);
    });
    let running = app.start().await?;
    let connected = broker(url).connect().await?;
    let requester = connected.requester(Request::default());
    ask(&requester, 0.0).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let numbers = std::iter::successors(Some(1.0), |number| Some(number + 1.0));
    for value in numbers.take(messages - 1) {
        let begun = Instant::now();
        ask(&requester, value).await?;
        waits.push(begun.elapsed());
    }
    let figures = watch.stop(messages - 1, waits);
    running.shutdown().await?;
    Ok(figures)
}

async fn ask(requester: &impl RequestReply, value: f64) -> anyhow::Result<()> {
    let body = serde_json::to_vec(&Negate { value })?;
    let message = OutgoingMessage::new(REQUESTS, &body);
    let reply = requester.request(message, Duration::from_secs(30)).await;
    let reply = reply.map_err(|error| anyhow::anyhow!("{error}"))?;
    let negated: Negated = serde_json::from_slice(reply.payload())?;
    ensure!(negated.value + value == 0.0, "a wrong answer");
    Ok(())
}
