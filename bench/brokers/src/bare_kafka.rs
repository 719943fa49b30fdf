//! The work by rdkafka alone: an idempotent producer, and a consumer that commits what it has handled every few milliseconds, with
//! the settings that a transport has.
use crate::{
    AHEAD,
    company::{self, company, look_at},
    fresh_id,
    watch::{Figures, Watch},
    window::put_all,
};
use anyhow::{Context, anyhow, ensure};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    message::{BorrowedMessage, Header, Headers, OwnedHeaders},
    producer::{DeliveryFuture, FutureProducer, FutureRecord},
};
use std::time::{Duration, Instant};
use tidings_test_nested::Company;
use tidings_test_request_reply::{NegatePayload, ResultPayload};

const TOPIC: &str = "samples.bare";
const REQUESTS: &str = "calculator.requests.bare";
/// How often what was handled is committed: about as often as a transport does.
const COMMIT: Duration = Duration::from_millis(5);

fn common(host: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", host);
    config
}

fn producer(host: &str) -> anyhow::Result<FutureProducer> {
    let mut config = common(host);
    config
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "0");
    Ok(config.create()?)
}

fn consumer(host: &str, group: &str) -> anyhow::Result<StreamConsumer> {
    let mut config = common(host);
    config
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("queued.min.messages", (u32::from(AHEAD) * 4).to_string())
        .set("fetch.wait.max.ms", "100")
        .set("fetch.queue.backoff.ms", "10")
        .set("partition.assignment.strategy", "cooperative-sticky");
    Ok(config.create()?)
}

fn admin(host: &str) -> anyhow::Result<AdminClient<DefaultClientContext>> {
    Ok(common(host).create()?)
}

/// Creates a topic of one partition, where it is not there yet.
pub(crate) async fn topic(host: &str, name: &str) -> anyhow::Result<()> {
    let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1));
    let created = admin(host)?
        .create_topics([&topic], &AdminOptions::new())
        .await?;
    for outcome in created {
        use rdkafka::types::RDKafkaErrorCode::TopicAlreadyExists;
        match outcome {
            Ok(_) | Err((_, TopicAlreadyExists)) => {}
            Err((name, code)) => return Err(anyhow!("{name} is not created: {code}")),
        }
    }
    Ok(())
}

fn headers(name: &str) -> OwnedHeaders {
    let id = fresh_id();
    let all = [
        ("message-id", &*id),
        ("message-name", name),
        ("content-type", "application/json"),
    ];
    all.into_iter().fold(OwnedHeaders::new(), with)
}

fn with(headers: OwnedHeaders, (key, value): (&str, &str)) -> OwnedHeaders {
    let value = Some(value);
    headers.insert(Header { key, value })
}

fn send(
    producer: &FutureProducer,
    topic: &str,
    body: &[u8],
    headers: OwnedHeaders,
) -> anyhow::Result<DeliveryFuture> {
    let record = FutureRecord::<(), [u8]>::to(topic)
        .payload(body)
        .headers(headers);
    producer
        .send_result(record)
        .map_err(|(error, _)| error.into())
}

async fn confirmed(sent: DeliveryFuture) -> anyhow::Result<()> {
    sent.await?.map(drop).map_err(|(error, _)| error.into())
}

fn put(producer: &FutureProducer, number: usize) -> anyhow::Result<DeliveryFuture> {
    let body = serde_json::to_vec(&company(number))?;
    send(producer, TOPIC, &body, headers(company::NAME))
}

pub(crate) async fn publish(host: &str, messages: usize) -> anyhow::Result<Figures> {
    topic(host, TOPIC).await?;
    let producer = producer(host)?;
    confirmed(put(&producer, 0)?).await?;
    let watch = Watch::begin();
    let waits = put_all(messages, async |number| {
        confirmed(put(&producer, number)?).await
    })
    .await?;
    Ok(watch.stop(messages - 1, waits))
}

pub(crate) async fn consume(host: &str, messages: usize) -> anyhow::Result<Figures> {
    topic(host, TOPIC).await?;
    let consumer = consumer(host, TOPIC)?;
    consumer.subscribe(&[TOPIC])?;
    let mut watch = None;
    let mut committed = Instant::now();
    for left in (0..messages).rev() {
        let record = consumer.recv().await?;
        let body = record.payload().context("a record without a payload")?;
        // What it is, and which, is what any service looks at first.
        let is_known = header(&record, "message-name") == Some(company::NAME)
            && header(&record, "content-type") == Some("application/json")
            && header(&record, "message-id").is_some();
        ensure!(is_known, "another message");
        look_at(&serde_json::from_slice::<Company>(body)?);
        watch.get_or_insert_with(Watch::begin);
        if left == 0 {
            consumer.commit_message(&record, CommitMode::Sync)?;
        } else if committed.elapsed() >= COMMIT {
            consumer.commit_message(&record, CommitMode::Async)?;
            committed = Instant::now();
        }
    }
    let watch = watch.context("nothing came")?;
    Ok(watch.stop(messages - 1, Vec::new()))
}

fn header<'a>(record: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a str> {
    let headers = record.headers()?;
    let found = headers.iter().find(|header| header.key == name)?;
    str::from_utf8(found.value?).ok()
}

/// Answers so many requests with what asks for it, and commits each once its answer is confirmed: one that was left behind would be
/// answered in the next run, to nobody.
async fn answer(host: String, count: usize) -> anyhow::Result<()> {
    let (producer, consumer) = (producer(&host)?, consumer(&host, REQUESTS)?);
    consumer.subscribe(&[REQUESTS])?;
    for left in (0..count).rev() {
        let request = consumer.recv().await?;
        let body = request.payload().context("a request without a payload")?;
        let asked: NegatePayload = serde_json::from_slice(body)?;
        let reply = serde_json::to_vec(&ResultPayload::new(-asked.value))?;
        let to = header(&request, "reply-to");
        let to = to.context("who asks says not where the answer goes")?;
        let id = header(&request, "correlation-id").unwrap_or_default();
        let headers = with(headers("result"), ("correlation-id", id));
        confirmed(send(&producer, to, &reply, headers)?).await?;
        let mode = match left {
            0 => CommitMode::Sync,
            _ => CommitMode::Async,
        };
        consumer.commit_message(&request, mode)?;
    }
    Ok(())
}

/// Receives all of the replies' topic.
async fn replies(host: &str, inbox: &str) -> anyhow::Result<StreamConsumer> {
    topic(host, inbox).await?;
    let replies = consumer(host, "bare.alone")?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(inbox, 0, Offset::Beginning)?;
    replies.assign(&all)?;
    Ok(replies)
}

pub(crate) async fn request(host: &str, messages: usize) -> anyhow::Result<Figures> {
    let inbox = format!("replies.bare.{}", fresh_id());
    topic(host, REQUESTS).await?;
    let replies = replies(host, &inbox).await?;
    let service = tokio::spawn(answer(host.to_owned(), messages));
    let producer = producer(host)?;
    ask(&producer, &replies, &inbox, 0.0).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let numbers = std::iter::successors(Some(1.0), |number| Some(number + 1.0));
    for value in numbers.take(messages - 1) {
        let begun = Instant::now();
        ask(&producer, &replies, &inbox, value).await?;
        waits.push(begun.elapsed());
    }
    let figures = watch.stop(messages - 1, waits);
    service.await??;
    let removed = AdminOptions::new();
    admin(host)?.delete_topics(&[&inbox], &removed).await?;
    Ok(figures)
}

/// The reply says that the request has arrived, whose confirmation nobody waits for then.
async fn ask(
    producer: &FutureProducer,
    replies: &StreamConsumer,
    inbox: &str,
    value: f64,
) -> anyhow::Result<()> {
    let body = serde_json::to_vec(&NegatePayload::new(value))?;
    let id = fresh_id();
    let headers = with(headers("negate"), ("correlation-id", &id));
    let headers = with(headers, ("reply-to", inbox));
    let sent = send(producer, REQUESTS, &body, headers)?;
    let reply = replies.recv().await?;
    ensure!(
        header(&reply, "correlation-id") == Some(&id),
        "another's reply"
    );
    let body = reply.payload().context("a reply without a payload")?;
    let answer: ResultPayload = serde_json::from_slice(body)?;
    ensure!(answer.value + value == 0.0, "a wrong answer");
    drop(sent);
    Ok(())
}

/// Removes the topics of all clients.
pub(crate) async fn clear(host: &str) -> anyhow::Result<()> {
    let admin = admin(host)?;
    for base in ["samples", "calculator.requests"] {
        for client in ["", ".bare", ".ruststream"] {
            let name = format!("{base}{client}");
            // One that is not there is as good.
            admin.delete_topics(&[&name], &AdminOptions::new()).await?;
        }
    }
    Ok(())
}
