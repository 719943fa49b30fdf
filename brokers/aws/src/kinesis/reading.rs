//! Reads one shard, from its mark on, as fast as what comes is taken.
use super::{
    envelope::{self, Came},
    held::{Held, Record},
    refusals,
    streams::Streams,
};
use aws_sdk_kinesis::{
    primitives::DateTime,
    types::{Record as Wire, ShardIteratorType},
};
use bytes::Bytes;
use std::{sync::Arc, time::Duration, time::SystemTime};
use tidings::{Error, ErrorKind, Result, Str, transport::Part};
use tokio::time::{Instant, sleep, sleep_until};

/// Most records of one answer, which is at most 10 MiB.
const AT_ONCE: i32 = 1000;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Where reading begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    Oldest,
    /// With what came since that time, in milliseconds since 1970.
    At(i64),
    /// Behind that sequence number.
    After(Str),
}

/// Who reads a shard.
pub(crate) struct Reader {
    pub(crate) streams: Streams,
    pub(crate) stream: Str,
    pub(crate) shard: Str,
    pub(crate) held: Arc<Held>,
    pub(crate) part: Part,
    pub(crate) from: From,
    /// What is read next, where that is known.
    pub(crate) iterator: Option<String>,
}

impl Reader {
    /// Reads until the shard ends, or is held no longer.
    pub(crate) async fn read(mut self) {
        let poll = self.streams.core.0.settings.poll;
        let mut pause = FIRST_PAUSE;
        while self.held.wants(self.part).await {
            // AWS counts how often it is asked: how long it takes to answer is part of the pause.
            let next = Instant::now() + poll;
            match self.step().await {
                Ok(true) => pause = FIRST_PAUSE,
                Ok(false) => return self.held.ended_at(self.part),
                Err(error) if refusals::is_expired(&error) => self.iterator = None,
                Err(error) if refusals::may_pass(&error) => {
                    tracing::debug!(%error, "reading failed, trying again");
                    sleep(error.wait().unwrap_or(pause)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => match self.is_gone(&error).await {
                    true => return self.held.ended_at(self.part),
                    false => return self.held.end(error),
                },
            }
            sleep_until(next).await;
        }
    }

    /// Reads once; `false` at the end of the shard.
    async fn step(&mut self) -> Result<bool> {
        let iterator = match self.iterator.take() {
            Some(iterator) => iterator,
            None => self.begin().await?,
        };
        let asking = self.streams.client.get_records().limit(AT_ONCE);
        let asking = asking.shard_iterator(&iterator);
        let asked = self.streams.core.ask("receive", asking.send()).await;
        let answer = asked.inspect_err(|_| self.iterator = Some(iterator))?;
        self.iterator = answer.next_shard_iterator().map(str::to_owned);
        let records: Vec<Record> = answer
            .records
            .into_iter()
            .map(|wire| self.record(wire))
            .collect();
        if let Some(last) = records.last() {
            self.from = From::After(last.sequence.clone());
            self.held.add(self.part, records);
        }
        let is_over = self.iterator.is_none()
            && (!answer.child_shards.unwrap_or_default().is_empty() || self.is_closed().await?);
        Ok(!is_over)
    }

    /// Whether nothing comes to the shard any more.
    async fn is_closed(&self) -> Result<bool> {
        let shards = self.streams.shards("receive", &self.stream).await?;
        let found = shards.iter().find(|shard| *shard.id == *self.shard);
        Ok(found.is_none_or(|shard| !shard.is_open))
    }

    /// An iterator that begins where reading is.
    async fn begin(&mut self) -> Result<String> {
        let begun = self
            .streams
            .iterator("receive", &self.stream, &self.shard, &self.from);
        match begun.await {
            // By the clock of who began, it is later than at AWS.
            Err(error) if error.kind() == ErrorKind::Invalid && is_time(&self.from) => {
                Err(error.retryable(true))
            }
            // What was removed meanwhile cannot be named any more.
            Err(error) if error.kind() == ErrorKind::Invalid && self.from != From::Oldest => {
                tracing::warn!(%error, "a shard is read from its oldest record, since its mark is gone");
                self.from = From::Oldest;
                self.held.missed();
                let (stream, shard) = (&self.stream, &self.shard);
                let oldest = self.streams.iterator("receive", stream, shard, &self.from);
                oldest.await
            }
            other => other,
        }
    }

    /// Whether the shard is there no more, though its stream is.
    async fn is_gone(&self, error: &Error) -> bool {
        let is_missing = error.kind() == ErrorKind::NotFound;
        let shards = self.streams.shards("receive", &self.stream).await;
        is_missing && shards.is_ok_and(|all| all.iter().all(|shard| *shard.id != *self.shard))
    }

    fn record(&self, wire: Wire) -> Record {
        let arrived = wire.approximate_arrival_timestamp;
        let place = format!("{}/{}/{}", self.stream, self.shard, wire.sequence_number);
        let message = envelope::unpack(Came {
            data: Bytes::from(wire.data.into_inner()),
            key: wire.partition_key.unwrap_or_default(),
            place,
            arrived: arrived.and_then(|time| SystemTime::try_from(time).ok()),
        });
        Record {
            message,
            sequence: wire.sequence_number.into(),
        }
    }
}

fn is_time(from: &From) -> bool {
    matches!(from, From::At(_))
}

impl Streams {
    pub(crate) async fn iterator(
        &self,
        operation: &'static str,
        stream: &str,
        shard: &str,
        from: &From,
    ) -> Result<String> {
        use ShardIteratorType as Type;
        let asking = self.client.get_shard_iterator().stream_name(stream);
        let asking = asking.shard_id(shard);
        let asking = match from {
            From::Oldest => asking.shard_iterator_type(Type::TrimHorizon),
            From::At(time) => asking
                .shard_iterator_type(Type::AtTimestamp)
                .timestamp(DateTime::from_millis(*time)),
            From::After(sequence) => asking
                .shard_iterator_type(Type::AfterSequenceNumber)
                .starting_sequence_number(&**sequence),
        };
        self.iterator_of(operation, asking).await
    }

    /// One that begins with what comes from now on.
    pub(crate) async fn latest(
        &self,
        operation: &'static str,
        stream: &str,
        shard: &str,
    ) -> Result<String> {
        let asking = self.client.get_shard_iterator().stream_name(stream);
        let asking = asking.shard_id(shard);
        let asking = asking.shard_iterator_type(ShardIteratorType::Latest);
        self.iterator_of(operation, asking).await
    }

    async fn iterator_of(
        &self,
        operation: &'static str,
        asking: aws_sdk_kinesis::operation::get_shard_iterator::builders::GetShardIteratorFluentBuilder,
    ) -> Result<String> {
        let answer = self.core.ask(operation, asking.send()).await?;
        let iterator = answer
            .shard_iterator
            .ok_or_else(|| Error::new(ErrorKind::Unexpected, operation, "no iterator came"));
        iterator.map_err(|error| error.retryable(true))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::scripted::Scripted, *};
    use crate::AwsSettings;
    use serde_json::{Value, json};
    use std::sync::Mutex;
    use tidings::{BoxError, Channel, SubscribeSpec, transport::Part};
    use tokio::time::timeout;

    /// Reads for that long from a server that answers so; gives what was held, and what was asked.
    async fn read(
        from: From,
        script: impl Fn(usize, &(String, Value)) -> (u16, Value) + Send + Sync + 'static,
    ) -> Result<(Arc<Held>, Part, Vec<(String, Value)>), BoxError> {
        let (server, streams) = Scripted::open(script).await?;
        let (held, part, reader) = reader(&streams, from);
        drop(timeout(Duration::from_millis(300), reader.read()).await);
        Ok((held, part, server.asked()))
    }

    fn reader(streams: &Streams, from: From) -> (Arc<Held>, Part, Reader) {
        let spec = SubscribeSpec::new(Channel::point_to_point("orders"));
        let held = Arc::new(Held::new(&spec, Duration::from_secs(10)));
        let part = held.hold("shardId-1", false, Instant::now());
        let reader = Reader {
            streams: streams.clone(),
            stream: "orders".into(),
            shard: "shardId-1".into(),
            held: held.clone(),
            part,
            from,
            iterator: None,
        };
        (held, part, reader)
    }

    fn types(asked: &[(String, Value)]) -> Vec<&str> {
        let asked = asked
            .iter()
            .filter_map(|(_, asked)| asked["ShardIteratorType"].as_str());
        asked.collect()
    }

    #[tokio::test]
    async fn how_long_an_answer_takes_is_part_of_the_pause() -> Result<(), BoxError> {
        let (answer, poll) = (Duration::from_millis(150), Duration::from_millis(200));
        let times = Arc::new(Mutex::new(Vec::new()));
        let noted = times.clone();
        let script = move |_: usize, asked: &(String, Value)| match &*asked.0 {
            "GetShardIterator" => (200, json!({ "ShardIterator": "i" })),
            _ => {
                noted
                    .lock()
                    .expect("no test panics here")
                    .push(Instant::now());
                std::thread::sleep(answer);
                (200, json!({ "Records": [], "NextShardIterator": "i" }))
            }
        };
        let change = |told: &mut AwsSettings| (told.poll, told.timeout) = (poll, poll * 100);
        let (_server, streams) = Scripted::with(change, script).await?;
        let (_, _, reader) = reader(&streams, From::Oldest);
        drop(timeout(Duration::from_secs(2), reader.read()).await);
        let times = times.lock().expect("no test panics here");
        let shortest = times.windows(2).map(|two| two[1] - two[0]).min();
        assert!(
            shortest.is_some_and(|gap| gap < answer + poll),
            "{shortest:?}"
        );
        Ok(())
    }

    #[tokio::test]
    async fn a_time_that_is_to_come_is_waited_for() -> Result<(), BoxError> {
        let script = |count: usize, asked: &(String, Value)| match &*asked.0 {
            "GetShardIterator" if count == 0 => {
                (400, json!({ "__type": "InvalidArgumentException" }))
            }
            "GetShardIterator" => (200, json!({ "ShardIterator": "i" })),
            _ => (200, json!({ "Records": [], "NextShardIterator": "i" })),
        };
        let (held, _, asked) = read(From::At(1), script).await?;
        assert_eq!(types(&asked), ["AT_TIMESTAMP", "AT_TIMESTAMP"]);
        assert!(held.take(1).is_none(), "nothing is lost");
        Ok(())
    }

    #[tokio::test]
    async fn a_mark_that_was_removed_is_passed_over() -> Result<(), BoxError> {
        let script = |count: usize, asked: &(String, Value)| match &*asked.0 {
            "GetShardIterator" if count == 0 => {
                (400, json!({ "__type": "InvalidArgumentException" }))
            }
            "GetShardIterator" => (200, json!({ "ShardIterator": "i" })),
            _ => (200, json!({ "Records": [], "NextShardIterator": "i" })),
        };
        let (held, _, asked) = read(From::After("7".into()), script).await?;
        assert_eq!(types(&asked), ["AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON"]);
        assert!(held.take(1).is_some(), "that is told");
        Ok(())
    }

    #[tokio::test]
    async fn a_shard_ends_where_it_is_closed() -> Result<(), BoxError> {
        let child = json!({
            "ShardId": "shardId-2", "ParentShards": ["shardId-1"],
            "HashKeyRange": { "StartingHashKey": "0", "EndingHashKey": "9" },
        });
        let open = json!({ "StartingSequenceNumber": "1" });
        let closed = json!({ "StartingSequenceNumber": "1", "EndingSequenceNumber": "2" });
        for (children, range, is_end) in [
            (json!([]), open.clone(), false),
            (json!([]), closed, true),
            (json!([child]), open, true),
        ] {
            let script = move |_: usize, asked: &(String, Value)| match &*asked.0 {
                "GetShardIterator" => (200, json!({ "ShardIterator": "i" })),
                "ListShards" => {
                    let shard = json!({
                        "ShardId": "shardId-1", "SequenceNumberRange": range,
                        "HashKeyRange": { "StartingHashKey": "0", "EndingHashKey": "9" },
                    });
                    (200, json!({ "Shards": [shard] }))
                }
                _ => (200, json!({ "Records": [], "ChildShards": children })),
            };
            let (held, part, asked) = read(From::Oldest, script).await?;
            assert_eq!(held.finished() == [part], is_end, "{asked:?}");
            let reads = asked.iter().filter(|(what, _)| what == "GetRecords");
            assert_eq!(reads.count() > 1, !is_end, "it is read on");
        }
        Ok(())
    }
}
