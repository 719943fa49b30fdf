//! Over Kafka: an idempotent producer, and a consumer that commits what its handlers have settled.
use crate::{AT_A_TIME, SAMPLES, Seen, publish_all, watch::Figures};
use anyhow::Context as _;
use ruststream::Broker as _;
use ruststream_rdkafka::prelude::*;

fn broker(host: &str) -> KafkaBroker {
    KafkaBroker::new([host])
        .producer_config("acks", "all")
        .producer_config("enable.idempotence", "true")
        .producer_config("linger.ms", "0")
}

pub(crate) async fn publish(host: &str, messages: usize) -> anyhow::Result<Figures> {
    let connected = broker(host).connect().await?;
    publish_all(&connected.publisher(Publish::default()), messages).await
}

pub(crate) async fn consume(host: &str, messages: usize) -> anyhow::Result<Figures> {
    let seen = Seen::new(messages);
    let source = KafkaTopic::new(SAMPLES)
        .group(SAMPLES)
        .commit(Commit::Tracked)
        .start(StartOffset::Earliest)
        .config("queued.min.messages", "100000")
        .config("fetch.wait.max.ms", "100");
    let workers = AT_A_TIME.try_into().context("no workers")?;
    let app = RustStream::new(AppInfo::new("bench", "0")).with_broker(broker(host), |broker| {
        broker.include(subscriber(source, seen.clone()).workers(workers).build());
    });
    let running = app.start().await?;
    let figures = seen.figures(messages).await?;
    running.shutdown().await?;
    Ok(figures)
}
