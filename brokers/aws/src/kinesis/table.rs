//! The table of a group's leases in DynamoDB: a row for each shard, one for each process that reads, and one that says where the group
//! began. A row of a shard is written only as it was known to be: its owner, and how often it was written.
mod beginning;

pub(crate) use beginning::{Begin, now};

use super::{
    creation::{MAKING, is_later},
    refusals,
    streams::{Streams, missing},
};
use crate::{AwsSettings, client::Fault, fault, pauses::Pauses};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType, TableStatus,
};
use aws_sdk_sqs::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    time::Duration,
};
use tidings::{Error, ErrorKind, Result, Str};
use tokio::time::{Instant, sleep};

/// The key of a row.
const SHARD: &str = "shardId";
const OWNER: &str = "heldBy";
/// How often a row was written.
const BEATS: &str = "beats";
/// The sequence number up to which all is settled.
const SETTLED: &str = "settledTo";
/// Whether a shard is read and settled to its end.
const OVER: &str = "isOver";
/// The row that says where the group began.
const GROUP: &str = "group";
/// What the key of a process's row begins with.
const MEMBER: &str = "member ";

/// A shard, as the table has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) owner: Option<String>,
    pub(crate) beats: u64,
    pub(crate) settled: Option<String>,
    pub(crate) is_over: bool,
}

impl Row {
    /// On which condition a row is as this one, and the values that this is about.
    fn as_seen(&self) -> (String, Vec<(&'static str, AttributeValue)>) {
        let beats = (":beats", number(self.beats));
        match &self.owner {
            None => (
                format!("attribute_not_exists({OWNER}) AND {BEATS} = :beats"),
                vec![beats],
            ),
            Some(owner) => (
                format!("{OWNER} = :owner AND {BEATS} = :beats"),
                vec![beats, (":owner", text(owner))],
            ),
        }
    }
}

/// All that it has.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) shards: BTreeMap<String, Row>,
    /// How often each process has written its row.
    pub(crate) members: BTreeMap<String, u64>,
}

/// What is written to the row of a shard that is held.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    pub(crate) settled: Option<Str>,
    pub(crate) is_over: bool,
    /// Nobody holds it from then on.
    pub(crate) is_free: bool,
}

/// The table of that name. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Table {
    streams: Streams,
    name: Str,
    /// How long one request may take.
    within: Duration,
}

type Item = HashMap<String, AttributeValue>;

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

impl Table {
    pub(crate) fn new(streams: &Streams, name: String) -> Self {
        let streams = streams.clone();
        let within = streams.core.0.settings.timeout;
        Self {
            streams,
            name: name.into(),
            within,
        }
    }

    /// The same for who has leases, a few of whose requests have to fit into one.
    pub(crate) fn within_leases(self) -> Self {
        let within = self.within.min(self.settings().shard_lease() / 3);
        Self { within, ..self }
    }

    /// It has to be there; made where it is missing and that is wanted.
    pub(crate) async fn ensure(&self, operation: &'static str, create: bool) -> Result<()> {
        let end = Instant::now() + MAKING;
        let mut pauses = Pauses::new();
        loop {
            let asking = self.streams.tables.describe_table().table_name(&*self.name);
            match self.ask(operation, asking.send()).await {
                Ok(answer) => {
                    let told = answer.table().and_then(|table| table.table_status());
                    if told.is_none_or(|status| *status == TableStatus::Active) {
                        return Ok(());
                    }
                    if Instant::now() >= end {
                        let reason = "the table is not there in time";
                        let error = Error::new(ErrorKind::Busy, operation, reason);
                        return Err(error.with("table", &self.name));
                    }
                    sleep(pauses.next()).await;
                }
                Err(error) if error.kind() == ErrorKind::NotFound && create => {
                    let pause = match self.create(operation).await {
                        Ok(()) => pauses.next(),
                        Err(error) if is_later(&error, end) => pauses.after(&error),
                        Err(error) => return Err(error),
                    };
                    sleep(pause).await;
                }
                Err(error) if is_later(&error, end) => sleep(pauses.after(&error)).await,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(missing(operation, "table", &self.name));
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn create(&self, operation: &'static str) -> Result<()> {
        let unwritten = |error| fault::unwritten(operation, error);
        let key = KeySchemaElement::builder().attribute_name(SHARD);
        let key = key.key_type(KeyType::Hash).build().map_err(unwritten)?;
        let kind = AttributeDefinition::builder().attribute_name(SHARD);
        let kind = kind.attribute_type(ScalarAttributeType::S);
        let asking = self.streams.tables.create_table().table_name(&*self.name);
        let asking = asking
            .key_schema(key)
            .attribute_definitions(kind.build().map_err(unwritten)?)
            .billing_mode(BillingMode::PayPerRequest);
        match self.ask(operation, asking.send()).await {
            Err(error) if refusals::is_there_already(&error) => Ok(()),
            other => other.map(drop),
        }
    }

    async fn get(&self, operation: &'static str, key: &str) -> Result<Option<Item>> {
        let asking = self.streams.tables.get_item().table_name(&*self.name);
        let asking = asking.key(SHARD, text(key)).consistent_read(true);
        Ok(self.ask(operation, asking.send()).await?.item)
    }

    /// A shard, as it is now.
    pub(crate) async fn row(&self, operation: &'static str, shard: &str) -> Result<Option<Row>> {
        let item = self.get(operation, shard).await?;
        Ok(item.as_ref().map(row))
    }

    /// All that there is.
    pub(crate) async fn rows(&self, operation: &'static str) -> Result<Rows> {
        let mut all = Rows::default();
        let mut next = None;
        loop {
            let asking = self.streams.tables.scan().table_name(&*self.name);
            let asking = asking.consistent_read(true).set_exclusive_start_key(next);
            let answer = self.ask(operation, asking.send()).await?;
            for item in answer.items() {
                let key = told(item, SHARD).unwrap_or_default();
                match key.strip_prefix(MEMBER) {
                    Some(member) => {
                        all.members.insert(member.to_owned(), row(item).beats);
                    }
                    None if key == GROUP => {}
                    None => {
                        all.shards.insert(key.to_owned(), row(item));
                    }
                }
            }
            next = answer.last_evaluated_key;
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    /// Takes a shard that is as it was seen to be; whether that succeeded.
    pub(crate) async fn take(&self, shard: &str, seen: Option<&Row>, me: &str) -> Result<bool> {
        let next = seen.map_or(1, |row| row.beats + 1);
        let (condition, mut values) = match seen {
            None => (format!("attribute_not_exists({SHARD})"), Vec::new()),
            Some(row) => row.as_seen(),
        };
        values.extend([(":me", text(me)), (":next", number(next))]);
        // Only what is read anew is taken that was done with.
        let change = format!("SET {OWNER} = :me, {BEATS} = :next REMOVE {OVER}");
        self.update(shard, change, condition, values).await
    }

    /// Writes to a shard that is ours, as often as we know it to be written; whether that succeeded.
    pub(crate) async fn write(
        &self,
        shard: &str,
        me: &str,
        beats: u64,
        change: Change,
    ) -> Result<bool> {
        let mut values = vec![
            (":me", text(me)),
            (":beats", number(beats)),
            (":next", number(beats + 1)),
        ];
        let mut set = format!("SET {BEATS} = :next");
        if let Some(settled) = change.settled {
            set.push_str(&format!(", {SETTLED} = :settled"));
            values.push((":settled", text(&*settled)));
        }
        if change.is_over {
            set.push_str(&format!(", {OVER} = :over"));
            values.push((":over", AttributeValue::Bool(true)));
        }
        if change.is_free {
            set.push_str(&format!(" REMOVE {OWNER}"));
        }
        let condition = format!("{OWNER} = :me AND {BEATS} = :beats");
        self.update(shard, set, condition, values).await
    }

    async fn update(
        &self,
        shard: &str,
        change: String,
        condition: String,
        values: Vec<(&'static str, AttributeValue)>,
    ) -> Result<bool> {
        let asking = self.streams.tables.update_item().table_name(&*self.name);
        let asking = asking.key(SHARD, text(shard)).update_expression(change);
        let asking = asking.condition_expression(condition);
        let asking = values.into_iter().fold(asking, |asking, (name, value)| {
            asking.expression_attribute_values(name, value)
        });
        match self.ask("settle", asking.send()).await {
            Ok(_) => Ok(true),
            Err(error) if refusals::is_changed(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A process says that it is there.
    pub(crate) async fn beat(&self, member: &str, beats: u64) -> Result<()> {
        let asking = self.streams.tables.put_item().table_name(&*self.name);
        let asking = asking
            .item(SHARD, text(format!("{MEMBER}{member}")))
            .item(BEATS, number(beats));
        self.ask("receive", asking.send()).await.map(drop)
    }

    /// One that is gone.
    pub(crate) async fn forget(&self, member: &str) -> Result<()> {
        let asking = self.streams.tables.delete_item().table_name(&*self.name);
        let asking = asking.key(SHARD, text(format!("{MEMBER}{member}")));
        self.ask("receive", asking.send()).await.map(drop)
    }

    pub(crate) fn settings(&self) -> &AwsSettings {
        &self.streams.core.0.settings
    }

    async fn ask<T, E: Fault>(
        &self,
        operation: &'static str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T> {
        let core = &self.streams.core;
        let asked = core.ask_within(operation, self.within, request).await;
        asked.map_err(|error| error.with("table", &self.name))
    }
}

fn told<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(|text| &**text)
}

fn row(item: &Item) -> Row {
    let beats = item.get(BEATS).and_then(|value| value.as_n().ok());
    let is_over = item.get(OVER).and_then(|value| value.as_bool().ok());
    Row {
        owner: told(item, OWNER).map(str::to_owned),
        beats: beats.and_then(|text| text.parse().ok()).unwrap_or_default(),
        settled: told(item, SETTLED).map(str::to_owned),
        is_over: is_over.copied().unwrap_or_default(),
    }
}
