//! The work by the SDK of SQS alone: requests of ten messages, several of them under way, as the transport has them.
use crate::{
    company::{self, company, look_at},
    fresh_id,
    watch::{Figures, Watch},
};
use anyhow::{Context, ensure};
use aws_credential_types::Credentials;
use aws_sdk_sqs::{
    Client, Config,
    config::{BehaviorVersion, Region},
    types::{
        DeleteMessageBatchRequestEntry, Message, MessageAttributeValue,
        SendMessageBatchRequestEntry,
    },
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Instant,
};
use tidings_test_nested::Company;
use tidings_test_request_reply::{NegatePayload, ResultPayload};
use tokio::sync::OnceCell;
use url::Url;

const QUEUE: &str = "samples-bare";
const REQUESTS: &str = "calculator-requests-bare";
const REPLIES: &str = "replies-bare";
/// Most messages of a request.
const TOGETHER: i32 = 10;
/// Requests under way: those that send, and those that receive.
const SENDING: usize = 8;
const RECEIVING: usize = 4;
/// Seconds that a request waits for messages.
const WAIT: i32 = 1;

fn open(url: &str) -> anyhow::Result<Client> {
    let url = Url::parse(url)?;
    let host = url.host_str().context("the URL has no host")?;
    let port = url.port().context("the URL has no port")?;
    let secret = url.password().context("the URL has no key")?;
    let region = url.query_pairs().find(|(name, _)| name == "region");
    let (_, region) = region.context("the URL has no region")?;
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.into_owned()))
        .credentials_provider(Credentials::new(url.username(), secret, None, None, "url"))
        .endpoint_url(format!("http://{host}:{port}"))
        .http_client(http);
    Ok(Client::from_conf(config.build()))
}

async fn queue(client: &Client, name: &str) -> anyhow::Result<String> {
    let made = client.create_queue().queue_name(name).send().await?;
    made.queue_url.context("a queue without an address")
}

fn text(value: &str) -> anyhow::Result<MessageAttributeValue> {
    let value = MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value);
    Ok(value.build()?)
}

fn entry(at: usize, number: usize) -> anyhow::Result<SendMessageBatchRequestEntry> {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(at.to_string())
        .message_body(serde_json::to_string(&company(number))?)
        .message_attributes("id", text(&fresh_id())?)
        .message_attributes("name", text(company::NAME)?)
        .message_attributes("contentType", text("application/json")?);
    Ok(entry.build()?)
}

async fn put(client: &Client, queue: &str, numbers: Vec<usize>) -> anyhow::Result<()> {
    let entries = numbers.iter().enumerate();
    let entries = entries.map(|(at, number)| entry(at, *number));
    let asking = client.send_message_batch().queue_url(queue);
    let entries = asking.set_entries(Some(entries.collect::<Result<_, _>>()?));
    let answer = entries.send().await?;
    ensure!(answer.failed().is_empty(), "a message was not taken");
    Ok(())
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let client = open(url)?;
    let queue = queue(&client, QUEUE).await?;
    put(&client, &queue, vec![0]).await?;
    let watch = Watch::begin();
    let batches = stream::iter(1..messages).chunks(TOGETHER.try_into()?);
    let timed = async |batch: Vec<usize>| {
        let begun = Instant::now();
        put(&client, &queue, batch).await?;
        anyhow::Ok(begun.elapsed())
    };
    let waits = batches.map(timed).buffered(SENDING).try_collect().await?;
    Ok(watch.stop(messages - 1, waits))
}

async fn receive(client: &Client, queue: &str, most: i32) -> anyhow::Result<Vec<Message>> {
    let asking = client.receive_message().queue_url(queue);
    let asking = asking.max_number_of_messages(most);
    let asking = asking
        .wait_time_seconds(WAIT)
        .message_attribute_names("All");
    Ok(asking.send().await?.messages.unwrap_or_default())
}

async fn done(client: &Client, queue: &str, all: &[Message]) -> anyhow::Result<()> {
    let entries = all.iter().enumerate().map(|(at, message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
        let entry = entry.set_receipt_handle(message.receipt_handle.clone());
        entry.build()
    });
    let asking = client.delete_message_batch().queue_url(queue);
    let asking = asking.set_entries(Some(entries.collect::<Result<_, _>>()?));
    ensure!(asking.send().await?.failed().is_empty(), "not deleted");
    Ok(())
}

fn body(message: &Message) -> anyhow::Result<&str> {
    message.body().context("a message without a body")
}

pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let client = open(url)?;
    let queue = queue(&client, QUEUE).await?;
    let (left, watch) = (AtomicUsize::new(messages), OnceCell::new());
    let receiver = async || {
        while left.load(Relaxed) > 0 {
            let came = receive(&client, &queue, TOGETHER).await?;
            if came.is_empty() {
                continue;
            }
            for message in &came {
                look_at(&serde_json::from_str::<Company>(body(message)?)?);
                watch.get_or_init(async || Watch::begin()).await;
            }
            done(&client, &queue, &came).await?;
            let less = |left: usize| Some(left.saturating_sub(came.len()));
            let _ = left.fetch_update(Relaxed, Relaxed, less);
        }
        anyhow::Ok(())
    };
    try_join_all((0..RECEIVING).map(|_| receiver())).await?;
    let watch = watch.get().context("nothing came")?;
    Ok(watch.stop(messages - 1, Vec::new()))
}

/// One message, with what it belongs to and where its reply goes.
async fn send(
    client: &Client,
    to: &str,
    body: String,
    id: &str,
    reply: &str,
) -> anyhow::Result<()> {
    let asking = client.send_message().queue_url(to).message_body(body);
    let asking = asking.message_attributes("id", text(&fresh_id())?);
    let asking = asking.message_attributes("correlationId", text(id)?);
    let asking = asking.message_attributes("replyTo", text(reply)?);
    asking.send().await?;
    Ok(())
}

fn told<'a>(message: &'a Message, name: &str) -> anyhow::Result<&'a str> {
    let told = message.message_attributes.as_ref();
    let told = told.and_then(|all| all.get(name)?.string_value());
    told.with_context(|| format!("a message without `{name}`"))
}

/// The next message of a queue, which is deleted when what is made of it is done.
async fn one(client: &Client, queue: &str) -> anyhow::Result<Message> {
    loop {
        if let Some(message) = receive(client, queue, 1).await?.pop() {
            return Ok(message);
        }
    }
}

async fn answer(client: Client, requests: String, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        let request = one(&client, &requests).await?;
        let asked: NegatePayload = serde_json::from_str(body(&request)?)?;
        let reply = serde_json::to_string(&ResultPayload::new(-asked.value))?;
        let to = told(&request, "replyTo")?;
        let id = told(&request, "correlationId")?;
        send(&client, to, reply, id, "none").await?;
        done(&client, &requests, &[request]).await?;
    }
    Ok(())
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let client = open(url)?;
    let (requests, replies) = (
        queue(&client, REQUESTS).await?,
        queue(&client, REPLIES).await?,
    );
    let service = tokio::spawn(answer(client.clone(), requests.clone(), messages));
    let ask = async |value: f64| {
        let (id, asked) = (fresh_id(), NegatePayload::new(value));
        let asked = serde_json::to_string(&asked)?;
        send(&client, &requests, asked, &id, &replies).await?;
        let reply = one(&client, &replies).await?;
        ensure!(told(&reply, "correlationId")? == id, "another's reply");
        let answer: ResultPayload = serde_json::from_str(body(&reply)?)?;
        ensure!(answer.value + value == 0.0, "a wrong answer");
        let settled = client.clone();
        let replies = replies.clone();
        tokio::spawn(async move { done(&settled, &replies, &[reply]).await });
        anyhow::Ok(())
    };
    ask(0.0).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let numbers = std::iter::successors(Some(1.0), |number| Some(number + 1.0));
    for value in numbers.take(messages - 1) {
        let begun = Instant::now();
        ask(value).await?;
        waits.push(begun.elapsed());
    }
    let figures = watch.stop(messages - 1, waits);
    service.await??;
    Ok(figures)
}

/// Removes the queues of all clients.
pub(crate) async fn clear(url: &str) -> anyhow::Result<()> {
    let client = open(url)?;
    let all = client.list_queues().send().await?;
    for queue in all.queue_urls() {
        client.delete_queue().queue_url(queue).send().await?;
    }
    Ok(())
}
