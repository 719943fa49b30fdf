//! The work by the SDK of Kinesis alone: requests of 64 records, four of them under way, which are as many messages as wait for their
//! confirmation elsewhere. All shards are read beside each other, and after each answer a table is told how far, as whoever goes on has to
//! know; no shard is shared with anybody, so that nothing is said of leases.
use crate::{
    aws,
    company::{self, company, look_at},
    fresh_id,
    watch::{Figures, Watch},
    window::one_at_a_time,
};
use anyhow::{Context, ensure};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_sdk_kinesis::{
    Client,
    primitives::Blob,
    types::{PutRecordsRequestEntry, Record, ShardIteratorType, StreamStatus},
};
use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use serde::{Deserialize, Serialize};
use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};
use tidings_test_nested::Company;
use tidings_test_request_reply::{NegatePayload, ResultPayload};
use tokio::{
    sync::{Mutex, OnceCell},
    time::{sleep, sleep_until},
};

const STREAM: &str = "samples-bare";
const REQUESTS: &str = "calculator-requests-bare";
const REPLIES: &str = "replies-bare";
/// Shards of the stream of samples; the others have one.
pub(crate) const SHARDS: u16 = 4;
/// Records of a request, and requests under way.
const TOGETHER: usize = 64;
const SENDING: usize = 4;
/// Most records of an answer.
const AT_ONCE: i32 = 1000;
/// How often a shard is asked for records. AWS answers five times a second, which would be all that is measured.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// A message, as it travels.
#[derive(Serialize, Deserialize)]
struct Event<T> {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    datacontenttype: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlationid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replyto: Option<String>,
    keyless: bool,
    data: T,
}

impl<T: Serialize> Event<T> {
    fn new(kind: &str, data: T) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id: fresh_id(),
            source: "/bare".to_owned(),
            kind: kind.to_owned(),
            datacontenttype: "application/json".to_owned(),
            correlationid: None,
            replyto: None,
            keyless: true,
            data,
        }
    }

    fn entry(&self) -> anyhow::Result<PutRecordsRequestEntry> {
        let entry = PutRecordsRequestEntry::builder().partition_key(&self.id);
        let data = Blob::new(serde_json::to_vec(self)?);
        Ok(entry.data(data).build()?)
    }
}

/// Clients of streams, and of the table that says how far they are read.
#[derive(Clone)]
struct Both {
    streams: Client,
    tables: aws_sdk_dynamodb::Client,
}

impl Both {
    fn open(url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            streams: Client::new(&aws::config(url)?),
            tables: aws_sdk_dynamodb::Client::new(&aws::tables(url)?),
        })
    }

    /// Makes a stream and its table, where they are not there yet.
    async fn make(&self, stream: &str, shards: u16) -> anyhow::Result<()> {
        if self.is_active(stream).await {
            return Ok(());
        }
        let asking = self.streams.create_stream().stream_name(stream);
        asking.shard_count(shards.into()).send().await?;
        let key = KeySchemaElement::builder().attribute_name("shardId");
        let kind = AttributeDefinition::builder().attribute_name("shardId");
        let asking = self.tables.create_table().table_name(stream);
        let asking = asking
            .key_schema(key.key_type(KeyType::Hash).build()?)
            .attribute_definitions(kind.attribute_type(ScalarAttributeType::S).build()?)
            .billing_mode(BillingMode::PayPerRequest);
        asking.send().await?;
        while !self.is_active(stream).await {
            sleep(POLL).await;
        }
        Ok(())
    }

    async fn is_active(&self, stream: &str) -> bool {
        let asking = self.streams.describe_stream_summary();
        let told = asking.stream_name(stream).send().await;
        let told = told.ok().and_then(|told| told.stream_description_summary);
        told.is_some_and(|told| *told.stream_status() == StreamStatus::Active)
    }

    async fn put(&self, stream: &str, entries: Vec<PutRecordsRequestEntry>) -> anyhow::Result<()> {
        let asking = self.streams.put_records().stream_name(stream);
        let answer = asking.set_records(Some(entries)).send().await?;
        let taken = |one: &aws_sdk_kinesis::types::PutRecordsResultEntry| {
            one.error_code().is_none() && one.sequence_number().is_some()
        };
        ensure!(answer.records().iter().all(taken), "a record was not taken");
        Ok(())
    }

    /// How far a shard is done with.
    async fn settled(&self, table: &str, shard: &str) -> anyhow::Result<Option<String>> {
        let row = self.tables.get_item().table_name(table);
        let row = row.key("shardId", AttributeValue::S(shard.to_owned()));
        let row = row.send().await?.item.unwrap_or_default();
        let settled = row.get("settledTo").and_then(|value| value.as_s().ok());
        Ok(settled.cloned())
    }

    async fn put_samples(&self, numbers: Vec<usize>) -> anyhow::Result<()> {
        let entries = numbers.into_iter();
        let entries = entries.map(|number| Event::new(company::NAME, company(number)).entry());
        self.put(STREAM, entries.collect::<Result<_, _>>()?).await
    }
}

pub(crate) async fn publish(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let both = Both::open(url)?;
    both.make(STREAM, SHARDS).await?;
    both.put_samples(vec![0]).await?;
    let watch = Watch::begin();
    let batches = stream::iter(1..messages).chunks(TOGETHER);
    let timed = async |batch: Vec<usize>| {
        let begun = Instant::now();
        both.put_samples(batch).await?;
        anyhow::Ok(begun.elapsed())
    };
    let waits = batches.map(timed).buffered(SENDING).try_collect().await?;
    Ok(watch.stop(messages - 1, waits))
}

/// A shard that is read from where the table says.
struct Reader<'a> {
    both: &'a Both,
    stream: &'a str,
    shard: String,
    iterator: String,
    next: tokio::time::Instant,
}

impl<'a> Reader<'a> {
    /// All shards of a stream, from where that table says; with what comes from now on, where there is none.
    async fn all(
        both: &'a Both,
        stream: &'a str,
        table: Option<&str>,
    ) -> anyhow::Result<Vec<Self>> {
        let shards = both.streams.list_shards().stream_name(stream).send();
        let shards = shards.await?.shards.unwrap_or_default();
        let readers = shards.into_iter().map(async |shard| {
            Ok::<_, anyhow::Error>(Self {
                both,
                stream,
                iterator: iterator(both, stream, shard.shard_id(), table).await?,
                shard: shard.shard_id,
                next: tokio::time::Instant::now(),
            })
        });
        try_join_all(readers).await
    }

    async fn records(&mut self) -> anyhow::Result<Vec<Record>> {
        sleep_until(self.next).await;
        self.next = tokio::time::Instant::now() + POLL;
        let asking = self.both.streams.get_records().limit(AT_ONCE);
        let answer = asking.shard_iterator(&self.iterator).send().await?;
        self.iterator = answer.next_shard_iterator.context("the shard has ended")?;
        Ok(answer.records)
    }

    /// All up to that record is done.
    async fn done(&self, last: &Record) -> anyhow::Result<()> {
        let asking = self.both.tables.update_item().table_name(self.stream);
        let asking = asking
            .key("shardId", AttributeValue::S(self.shard.clone()))
            .update_expression("SET settledTo = :settled")
            .expression_attribute_values(
                ":settled",
                AttributeValue::S(last.sequence_number.clone()),
            );
        asking.send().await?;
        Ok(())
    }
}

async fn iterator(
    both: &Both,
    stream: &str,
    shard: &str,
    table: Option<&str>,
) -> anyhow::Result<String> {
    use ShardIteratorType as Type;
    let asking = both.streams.get_shard_iterator().stream_name(stream);
    let asking = match table {
        None => asking.shard_iterator_type(Type::Latest),
        Some(table) => match both.settled(table, shard).await? {
            None => asking.shard_iterator_type(Type::TrimHorizon),
            Some(settled) => asking
                .shard_iterator_type(Type::AfterSequenceNumber)
                .starting_sequence_number(settled),
        },
    };
    let answer = asking.shard_id(shard).send().await?;
    answer.shard_iterator.context("no iterator came")
}

pub(crate) async fn consume(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let both = Both::open(url)?;
    let (left, watch) = (AtomicUsize::new(messages), OnceCell::new());
    let receiver = async |mut reader: Reader<'_>| {
        while left.load(Relaxed) > 0 {
            let came = reader.records().await?;
            let Some(last) = came.last() else { continue };
            for record in &came {
                let event: Event<Company> = serde_json::from_slice(record.data().as_ref())?;
                look_at(&event.data);
                watch.get_or_init(async || Watch::begin()).await;
            }
            reader.done(last).await?;
            let less = |left: usize| Some(left.saturating_sub(came.len()));
            let _ = left.fetch_update(Relaxed, Relaxed, less);
        }
        anyhow::Ok(())
    };
    let readers = Reader::all(&both, STREAM, Some(STREAM)).await?;
    try_join_all(readers.into_iter().map(receiver)).await?;
    let watch = watch.get().context("nothing came")?;
    Ok(watch.stop(messages - 1, Vec::new()))
}

/// The next messages of a stream of one shard.
async fn some<T: for<'de> Deserialize<'de>>(
    reader: &mut Reader<'_>,
) -> anyhow::Result<(Vec<Event<T>>, Record)> {
    loop {
        let mut came = reader.records().await?;
        let events = came.iter();
        let events = events.map(|record| serde_json::from_slice(record.data().as_ref()));
        let events = events.collect::<Result<_, _>>()?;
        if let Some(last) = came.pop() {
            return Ok((events, last));
        }
    }
}

async fn answer(both: Both, count: usize) -> anyhow::Result<()> {
    let mut readers = Reader::all(&both, REQUESTS, Some(REQUESTS)).await?;
    let reader = readers.first_mut().context("a stream without shards")?;
    let mut left = count;
    while left > 0 {
        let (asked, last) = some::<NegatePayload>(reader).await?;
        for request in &asked {
            let reply = ResultPayload::new(-request.data.value);
            let mut reply = Event::new("result", reply);
            reply.correlationid = request.correlationid.clone();
            let to = request.replyto.as_deref().context("no address")?;
            both.put(to, vec![reply.entry()?]).await?;
        }
        reader.done(&last).await?;
        left = left.saturating_sub(asked.len());
    }
    Ok(())
}

pub(crate) async fn request(url: &str, messages: usize) -> anyhow::Result<Figures> {
    let both = Both::open(url)?;
    both.make(REQUESTS, 1).await?;
    both.make(REPLIES, 1).await?;
    let service = tokio::spawn(answer(both.clone(), messages));
    let replies = Reader::all(&both, REPLIES, None).await?;
    let replies = Mutex::new(replies.into_iter().next().context("no shards")?);
    let ask = async |value: f64| {
        let mut asked = Event::new("negate", NegatePayload::new(value));
        asked.correlationid = Some(asked.id.clone());
        asked.replyto = Some(REPLIES.to_owned());
        both.put(REQUESTS, vec![asked.entry()?]).await?;
        let (replies, _) = some::<ResultPayload>(&mut *replies.lock().await).await?;
        let reply = replies.first().context("no reply")?;
        ensure!(
            reply.correlationid == asked.correlationid,
            "another's reply"
        );
        ensure!(reply.data.value + value == 0.0, "a wrong answer");
        anyhow::Ok(())
    };
    let figures = one_at_a_time(messages, ask).await?;
    service.await??;
    Ok(figures)
}

/// Removes the streams and tables of all clients.
pub(crate) async fn clear(url: &str) -> anyhow::Result<()> {
    let both = Both::open(url)?;
    let all = both.tables.list_tables().send().await?;
    for table in all.table_names() {
        both.tables.delete_table().table_name(table).send().await?;
    }
    loop {
        let all = both.streams.list_streams().send().await?;
        if all.stream_names().is_empty() {
            return Ok(());
        }
        for stream in all.stream_names() {
            // One may be on its way out.
            drop(
                both.streams
                    .delete_stream()
                    .stream_name(stream)
                    .send()
                    .await,
            );
        }
        sleep(POLL).await;
    }
}
