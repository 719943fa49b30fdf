//! Requests to a stream, each with an outcome for each record.
use super::streams::{LIMITS, Streams};
use crate::{collecting::Collecting, fault, putting::Put, sending::within, waves::Limits};
use aws_sdk_kinesis::types::{PutRecordsRequestEntry as Entry, PutRecordsResultEntry};
use tidings::Result;

impl Put for Streams {
    type Entry = Entry;
    const LIMITS: Limits = LIMITS;

    fn collecting(&self) -> &Collecting<Entry> {
        &self.collecting
    }

    async fn put(&self, name: &str, entries: Vec<Entry>, bytes: usize) -> Result<Vec<Result<()>>> {
        self.core.check_open("publish")?;
        let count = entries.len();
        let asking = self.client.put_records().stream_name(name);
        let asking = asking.set_records(Some(entries)).send();
        let within = within(&self.core, LIMITS, bytes);
        let answer = self.core.ask_within("publish", within, asking).await?;
        let mut outcomes: Vec<Result<()>> = answer.records().iter().map(outcome).collect();
        // What nothing is said of.
        outcomes.resize_with(count, || Err(fault::late("publish")));
        Ok(outcomes)
    }
}

/// What became of one. Where something broke there, it may have been done all the same.
fn outcome(told: &PutRecordsResultEntry) -> Result<()> {
    match (told.error_code(), told.sequence_number()) {
        (Some(code), _) => Err(fault::entry("publish", false, code, told.error_message())),
        (None, Some(_)) => Ok(()),
        (None, None) => Err(fault::late("publish")),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::scripted::{SILENT, Scripted},
        *,
    };
    use crate::{putting::put, waves::Parcel};
    use aws_sdk_kinesis::primitives::Blob;
    use futures_util::future::join_all;
    use serde_json::{Value, json};
    use std::time::Duration;
    use tidings::BoxError;
    use tokio::time::{sleep, timeout};

    const MINUTE: Duration = Duration::from_secs(60);

    /// Takes all but records of that key.
    fn taken(asked: &(String, Value), refused: &str) -> (u16, Value) {
        let outcome = |record: &Value| match record["PartitionKey"] == refused {
            true => json!({ "ErrorCode": "InternalFailure", "ErrorMessage": "no" }),
            false => json!({ "SequenceNumber": "1", "ShardId": "shardId-0" }),
        };
        let records = asked.1["Records"].as_array();
        let all: Vec<Value> = records.into_iter().flatten().map(outcome).collect();
        (200, json!({ "Records": all }))
    }

    #[tokio::test]
    async fn what_is_published_at_once_goes_together() -> Result<(), BoxError> {
        let script = |_: usize, asked: &(String, Value)| taken(asked, "7");
        let (server, streams) = Scripted::with(|told| told.timeout = MINUTE, script).await?;
        let send = |key: usize| {
            let streams = &streams;
            async move { put(streams, "orders", vec![entry(key)]).await }
        };
        let outcomes = join_all((0..200).map(send)).await;
        for (key, outcomes) in outcomes.iter().enumerate() {
            assert_eq!(outcomes.len(), 1);
            assert_eq!(outcomes[0].is_ok(), key != 7, "each has its own");
        }
        let asked = server.asked();
        assert!(asked.len() <= 8, "{} requests", asked.len());
        let records = |asked: &(String, Value)| asked.1["Records"].as_array().map_or(0, Vec::len);
        assert_eq!(asked.iter().map(records).sum::<usize>(), 200);
        emptied(&streams).await?;
        Ok(())
    }

    #[tokio::test]
    async fn requests_that_nobody_waits_for_are_in_nobody_s_way() -> Result<(), BoxError> {
        let script = |count: usize, asked: &(String, Value)| match count {
            0..4 => (SILENT, Value::Null),
            _ => taken(asked, ""),
        };
        let (_server, streams) = Scripted::with(|told| told.timeout = MINUTE, script).await?;
        let send = async |key: usize| {
            // Each of the first takes a request for itself.
            sleep(Duration::from_millis(20) * u32::try_from(key % 9).unwrap_or(0)).await;
            put(&streams, "orders", vec![entry(key)]).await
        };
        let late = timeout(Duration::from_millis(300), join_all((0..9).map(send))).await;
        assert!(late.is_err(), "nothing was answered");
        let outcomes = timeout(MINUTE / 2, send(9)).await?;
        assert!(outcomes[0].is_ok());
        emptied(&streams).await?;
        Ok(())
    }

    /// Nothing stays behind.
    async fn emptied(streams: &Streams) -> Result<(), BoxError> {
        let emptied = async {
            while !streams.collecting.is_empty() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        Ok(timeout(MINUTE, emptied).await?)
    }

    fn entry(key: usize) -> Parcel<Entry> {
        let entry = Entry::builder().partition_key(key.to_string());
        let entry = entry.data(Blob::new("a")).build();
        Parcel {
            entry: entry.expect("it is whole"),
            size: 2,
        }
    }
}
