//! The work by the SDK of SNS alone, to a topic with a queue subscribed raw: requests of ten messages, several of them under way, as the
//! transport has them. What is received is a queue's, as [`bare_sqs`] does it; replies go to a queue.
use crate::{
    aws, bare_sqs,
    company::{self, company},
    fresh_id,
    watch::{Figures, Watch},
    window::one_at_a_time,
};
use anyhow::{Context, ensure};
use aws_sdk_sns::{
    Client,
    types::{MessageAttributeValue, PublishBatchRequestEntry},
};
use aws_sdk_sqs::types::{Message, MessageAttributeValue as Attribute};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::time::Instant;
use tidings_test_request_reply::{NegatePayload, ResultPayload};

/// A topic, and the queue that is subscribed to it: that which the bare client of queues receives from.
const TOPIC: &str = "samples-bare";
const REQUESTS: &str = "calculator-requests-bare";
const REPLIES: &str = "replies-bare";
/// Most messages of a request, and requests under way.
const TOGETHER: usize = 10;
const SENDING: usize = 8;
/// Seconds that a request waits for messages.
const WAIT: i32 = 1;

/// Clients of both.
#[derive(Clone)]
struct Both {
    topics: Client,
    queues: aws_sdk_sqs::Client,
}

impl Both {
    fn open(url: &str) -> anyhow::Result<Self> {
        let config = aws::config(url)?;
        Ok(Self {
            topics: Client::new(&config),
            queues: aws_sdk_sqs::Client::new(&config),
        })
    }

    async fn queue(&self, name: &str) -> anyhow::Result<String> {
        let made = self.queues.create_queue().queue_name(name).send().await?;
        made.queue_url.context("a queue without an address")
    }

    /// A topic, with a queue of that name, and where both are.
    async fn topic(&self, name: &str) -> anyhow::Result<(String, String)> {
        let queue = self.queue(name).await?;
        let made = self.topics.create_topic().name(name).send().await?;
        let topic = made.topic_arn.context("a topic without a name")?;
        let asking = self.topics.subscribe().topic_arn(&topic).protocol("sqs");
        let asking = asking.endpoint(topic.replace(":sns:", ":sqs:"));
        asking
            .attributes("RawMessageDelivery", "true")
            .send()
            .await?;
        Ok((topic, queue))
    }
}

fn text(value: &str) -> anyhow::Result<MessageAttributeValue> {
    let value = MessageAttributeValue::builder().string_value(value);
    Ok(value.data_type("String").build()?)
}

fn entry(at: usize, number: usize) -> anyhow::Result<PublishBatchRequestEntry> {
    let entry = PublishBatchRequestEntry::builder()
        .id(at.to_string())
        .message(serde_json::to_string(&company(number))?)
        .message_attributes("id", text(&fresh_id())?)
        .message_attributes("name", text(company::NAME)?)
        .message_attributes("contentType", text("application/json")?);
    Ok(entry.build()?)
}

async fn put(client: &Client, topic: &str, numbers: Vec<usize>) -> anyhow::Result<()> {
    let entries = numbers.iter().enumerate();
    let entries = entries.map(|(at, number)| entry(at, *number));
    let asking = client.publish_batch().topic_arn(topic);
    let entries = Some(entries.collect::<Result<_, _>>()?);
    let answer = asking.set_publish_batch_request_entries(entries);
    let answer = answer.send().await?;
    ensure!(answer.failed().is_empty(), "a message was not taken");
    Ok(())
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let both = Both::open(url)?;
    let (topic, _) = both.topic(TOPIC).await?;
    put(&both.topics, &topic, vec![0]).await?;
    let watch = Watch::begin();
    let batches = stream::iter(1..messages).chunks(TOGETHER);
    let timed = async |batch: Vec<usize>| {
        let begun = Instant::now();
        put(&both.topics, &topic, batch).await?;
        anyhow::Ok(begun.elapsed())
    };
    let waits = batches.map(timed).buffered(SENDING).try_collect().await?;
    Ok(watch.stop(messages - 1, waits))
}

/// From the queue of the topic, as from any other.
pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    bare_sqs::consume(url, messages).await
}

impl Both {
    /// Asks by the topic, and says where the reply goes.
    async fn ask(&self, topic: &str, body: String, id: &str, to: &str) -> anyhow::Result<()> {
        let asking = self.topics.publish().topic_arn(topic).message(body);
        let asking = asking.message_attributes("id", text(&fresh_id())?);
        let asking = asking.message_attributes("correlationId", text(id)?);
        let asking = asking.message_attributes("replyTo", text(to)?);
        asking.send().await?;
        Ok(())
    }

    async fn reply(&self, to: &str, body: String, id: &str) -> anyhow::Result<()> {
        let asking = self.queues.send_message().queue_url(to).message_body(body);
        let attributes = [("id", &*fresh_id()), ("correlationId", id)];
        let attributes = attributes.map(|(name, value)| {
            let value = Attribute::builder().string_value(value);
            anyhow::Ok((name.to_owned(), value.data_type("String").build()?))
        });
        let attributes = attributes.into_iter().collect::<Result<_, _>>()?;
        let asking = asking.set_message_attributes(Some(attributes));
        asking.send().await?;
        Ok(())
    }

    async fn one(&self, queue: &str) -> anyhow::Result<Message> {
        loop {
            let asking = self.queues.receive_message().queue_url(queue);
            let asking = asking.message_attribute_names("All");
            let answer = asking.wait_time_seconds(WAIT).send().await?;
            if let Some(message) = answer.messages.unwrap_or_default().pop() {
                return Ok(message);
            }
        }
    }

    async fn done(&self, queue: &str, message: &Message) -> anyhow::Result<()> {
        let asking = self.queues.delete_message().queue_url(queue);
        let handle = message.receipt_handle.clone();
        asking.set_receipt_handle(handle).send().await?;
        Ok(())
    }
}

fn body(message: &Message) -> anyhow::Result<&str> {
    message.body().context("a message without a body")
}

fn told<'a>(message: &'a Message, name: &str) -> anyhow::Result<&'a str> {
    let told = message.message_attributes.as_ref();
    let told = told.and_then(|all| all.get(name)?.string_value());
    told.with_context(|| format!("a message without `{name}`"))
}

async fn answer(both: Both, requests: String, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        let request = both.one(&requests).await?;
        let asked: NegatePayload = serde_json::from_str(body(&request)?)?;
        let reply = serde_json::to_string(&ResultPayload::new(-asked.value))?;
        let (to, id) = (told(&request, "replyTo")?, told(&request, "correlationId")?);
        both.reply(to, reply, id).await?;
        both.done(&requests, &request).await?;
    }
    Ok(())
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let both = Both::open(url)?;
    let (topic, requests) = both.topic(REQUESTS).await?;
    let replies = both.queue(REPLIES).await?;
    let service = tokio::spawn(answer(both.clone(), requests, messages));
    let ask = async |value: f64| {
        let (id, asked) = (fresh_id(), NegatePayload::new(value));
        let asked = serde_json::to_string(&asked)?;
        both.ask(&topic, asked, &id, &replies).await?;
        let reply = both.one(&replies).await?;
        ensure!(told(&reply, "correlationId")? == id, "another's reply");
        let answer: ResultPayload = serde_json::from_str(body(&reply)?)?;
        ensure!(answer.value + value == 0.0, "a wrong answer");
        let (settled, replies) = (both.clone(), replies.clone());
        tokio::spawn(async move { settled.done(&replies, &reply).await });
        anyhow::Ok(())
    };
    let figures = one_at_a_time(messages, ask).await?;
    service.await??;
    Ok(figures)
}

/// Removes the topics and queues of all clients.
pub(crate) async fn clear(url: &str) -> anyhow::Result<()> {
    let both = Both::open(url)?;
    let all = both.topics.list_topics().send().await?;
    for topic in all.topics().iter().filter_map(|topic| topic.topic_arn()) {
        both.topics.delete_topic().topic_arn(topic).send().await?;
    }
    bare_sqs::clear(url).await
}
