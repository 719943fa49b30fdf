//! The work by lapin alone: confirms pipelined, persistent messages in durable queues, acknowledgements of what is there together.
use crate::{
    AHEAD,
    company::{self, company, look_at},
    fresh_id,
    watch::{Figures, Watch},
    window::put_all,
};
use anyhow::{Context, ensure};
use futures_util::{FutureExt, StreamExt};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, Consumer, PublisherConfirm,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use std::time::Instant;
use tidings_test_nested::Company;
use tidings_test_request_reply::{NegatePayload, ResultPayload};

const QUEUE: &str = "samples.bare";
const REQUESTS: &str = "calculator.requests.bare";
/// Most messages that are acknowledged together, as many as the runtime takes at once.
const TOGETHER: usize = 64;

async fn open(url: &str) -> anyhow::Result<(Connection, Channel)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}

/// A channel whose messages are confirmed.
async fn confirming(connection: &Connection) -> anyhow::Result<Channel> {
    let channel = connection.create_channel().await?;
    let confirms = ConfirmSelectOptions::default();
    channel.confirm_select(confirms).await?;
    Ok(channel)
}

async fn queue(channel: &Channel, name: &str, arguments: FieldTable) -> anyhow::Result<()> {
    let options = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .queue_declare(name.into(), options, arguments)
        .await?;
    Ok(())
}

async fn receive(channel: &Channel, queue: &str) -> anyhow::Result<Consumer> {
    let bounds = BasicQosOptions::default();
    channel.basic_qos(AHEAD, bounds).await?;
    let options = BasicConsumeOptions::default();
    let consumer = channel
        .basic_consume(
            queue.into(),
            ShortString::default(),
            options,
            FieldTable::default(),
        )
        .await?;
    Ok(consumer)
}

/// Of a persistent message.
fn properties(name: &str) -> BasicProperties {
    BasicProperties::default()
        .with_message_id(fresh_id().into())
        .with_type(name.into())
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
}

async fn send(
    channel: &Channel,
    queue: &str,
    body: &[u8],
    properties: BasicProperties,
) -> anyhow::Result<PublisherConfirm> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..Default::default()
    };
    let confirm = channel
        .basic_publish(
            ShortString::default(),
            queue.into(),
            options,
            body,
            properties,
        )
        .await?;
    Ok(confirm)
}

async fn confirmed(confirm: PublisherConfirm) -> anyhow::Result<()> {
    let confirmation = confirm.await?;
    let is_taken = confirmation.is_ack() && confirmation.take_message().is_none();
    ensure!(is_taken, "a message was not taken");
    Ok(())
}

async fn put(channel: &Channel, number: usize) -> anyhow::Result<PublisherConfirm> {
    let body = serde_json::to_vec(&company(number))?;
    send(channel, QUEUE, &body, properties(company::NAME)).await
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let (connection, channel) = open(url).await?;
    queue(&channel, QUEUE, FieldTable::default()).await?;
    let channel = confirming(&connection).await?;
    confirmed(put(&channel, 0).await?).await?;
    let watch = Watch::begin();
    let waits = put_all(messages, async |number| {
        confirmed(put(&channel, number).await?).await
    })
    .await?;
    let figures = watch.stop(messages - 1, waits);
    connection.close(200, "done".into()).await?;
    Ok(figures)
}

pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let (connection, channel) = open(url).await?;
    queue(&channel, QUEUE, FieldTable::default()).await?;
    let mut consumer = receive(&channel, QUEUE).await?;
    let mut watch = None;
    let mut left = messages;
    while left > 0 {
        let mut next = consumer.next().await;
        let (mut together, mut last) = (0, 0);
        while let Some(delivery) = next {
            let delivery = delivery?;
            look_at(&serde_json::from_slice::<Company>(&delivery.data)?);
            watch.get_or_insert_with(Watch::begin);
            (together, last) = (together + 1, delivery.delivery_tag);
            let is_full = together == TOGETHER.min(left);
            next = match is_full {
                true => None,
                false => consumer.next().now_or_never().flatten(),
            };
        }
        let all = BasicAckOptions { multiple: true };
        channel.basic_ack(last, all).await?;
        left -= together;
    }
    // The broker answers behind the acknowledgements.
    let bounds = BasicQosOptions::default();
    channel.basic_qos(AHEAD, bounds).await?;
    let figures = watch
        .context("nothing came")?
        .stop(messages - 1, Vec::new());
    connection.close(200, "done".into()).await?;
    Ok(figures)
}

/// Answers so many requests with what asks for it, and acknowledges each once its answer is confirmed: one that was left behind
/// would be answered in the next run, to nobody.
async fn answer(connection: Connection, ready: Channel, count: usize) -> anyhow::Result<()> {
    let channel = confirming(&connection).await?;
    let mut requests = receive(&ready, REQUESTS).await?;
    for _ in 0..count {
        let request = requests.next().await.context("no request")?;
        let request: Delivery = request?;
        let asked: NegatePayload = serde_json::from_slice(&request.data)?;
        let body = serde_json::to_vec(&ResultPayload::new(-asked.value))?;
        let to = request.properties.reply_to().clone();
        let mut reply = properties("result");
        if let Some(id) = request.properties.correlation_id() {
            reply = reply.with_correlation_id(id.clone());
        }
        let to = to.context("who asks says not where the answer goes")?;
        confirmed(send(&channel, to.as_str(), &body, reply).await?).await?;
        request.ack(BasicAckOptions::default()).await?;
    }
    connection.close(200, "done".into()).await?;
    Ok(())
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let (connection, channel) = open(url).await?;
    queue(&channel, REQUESTS, FieldTable::default()).await?;
    let (service, ready) = open(url).await?;
    let service = tokio::spawn(answer(service, ready, messages));
    // A queue for replies that outlives a lost connection for a while, as a transport's.
    let inbox = format!("replies.bare.{}", fresh_id());
    let mut arguments = FieldTable::default();
    arguments.insert("x-expires".into(), AMQPValue::LongLongInt(60_000));
    queue(&channel, &inbox, arguments).await?;
    let mut replies = receive(&channel, &inbox).await?;
    let publishing = confirming(&connection).await?;
    ask(&publishing, &mut replies, &inbox, 0.0).await?;
    let watch = Watch::begin();
    let mut waits = Vec::with_capacity(messages);
    let numbers = std::iter::successors(Some(1.0), |number| Some(number + 1.0));
    for value in numbers.take(messages - 1) {
        let begun = Instant::now();
        ask(&publishing, &mut replies, &inbox, value).await?;
        waits.push(begun.elapsed());
    }
    let figures = watch.stop(messages - 1, waits);
    service.await??;
    let all = QueueDeleteOptions::default();
    channel.queue_delete(inbox.into(), all).await?;
    connection.close(200, "done".into()).await?;
    Ok(figures)
}

/// The reply says that the request has arrived, whose confirmation nobody waits for then.
async fn ask(
    channel: &Channel,
    replies: &mut Consumer,
    inbox: &str,
    value: f64,
) -> anyhow::Result<()> {
    let body = serde_json::to_vec(&NegatePayload::new(value))?;
    let id: ShortString = fresh_id().into();
    let request = properties("negate")
        .with_reply_to(inbox.into())
        .with_correlation_id(id.clone())
        .with_expiration("30000".into());
    let confirm = send(channel, REQUESTS, &body, request).await?;
    let reply = replies.next().await.context("no reply")??;
    ensure!(
        reply.properties.correlation_id() == &Some(id),
        "another's reply"
    );
    let answer: ResultPayload = serde_json::from_slice(&reply.data)?;
    reply.ack(BasicAckOptions::default()).await?;
    ensure!(answer.value + value == 0.0, "a wrong answer");
    drop(confirm);
    Ok(())
}

/// Makes a queue, where it is not there yet.
pub(crate) async fn place(url: &str, name: &str) -> anyhow::Result<()> {
    let (connection, channel) = open(url).await?;
    queue(&channel, name, FieldTable::default()).await?;
    connection.close(200, "done".into()).await?;
    Ok(())
}

/// Removes the queues of all clients.
pub(crate) async fn clear(url: &str) -> anyhow::Result<()> {
    let (connection, channel) = open(url).await?;
    for base in ["samples", "calculator.requests"] {
        for client in ["", ".bare", ".ruststream"] {
            let name = format!("{base}{client}");
            let all = QueueDeleteOptions::default();
            channel.queue_delete(name.into(), all).await?;
        }
    }
    connection.close(200, "done".into()).await?;
    Ok(())
}
