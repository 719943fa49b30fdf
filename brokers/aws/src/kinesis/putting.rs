//! Requests to a stream, each with an outcome for each record.
use super::{collecting::Load, streams::Streams};
use crate::fault;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry as Entry, PutRecordsResultEntry};
use futures_util::future::join_all;
use tidings::{Error, ErrorKind, Result, Str};
use tokio::sync::oneshot;

impl Streams {
    /// Sends some, with what else goes to that stream; an outcome for each.
    pub(crate) async fn send(&self, name: &str, entries: Vec<Entry>) -> Vec<Result<()>> {
        let (told, outcomes) = oneshot::channel();
        let (name, count) = (Str::from(name), entries.len());
        if let Some(load) = self.collecting.add(&name, Load::new(entries, told)) {
            let requests = Requests {
                streams: self.clone(),
                name,
                is_done: false,
            };
            tokio::spawn(requests.go_on(vec![load]));
        }
        outcomes.await.unwrap_or_else(|_| vec![Err(lost()); count])
    }

    async fn put(&self, name: &str, entries: Vec<Entry>) -> Result<Vec<Result<()>>> {
        self.core.check_open("publish")?;
        let count = entries.len();
        let asking = self.client.put_records().stream_name(name);
        let asking = asking.set_records(Some(entries)).send();
        let answer = self.core.ask("publish", asking).await?;
        let mut outcomes: Vec<Result<()>> = answer.records().iter().map(outcome).collect();
        // What nothing is said of.
        outcomes.resize_with(count, || Err(fault::late("publish")));
        Ok(outcomes)
    }
}

/// Makes requests as long as something waits.
struct Requests {
    streams: Streams,
    name: Str,
    is_done: bool,
}

impl Requests {
    async fn go_on(mut self, mut loads: Vec<Load>) {
        while !loads.is_empty() {
            self.one(loads).await;
            loads = self.streams.collecting.next(&self.name);
        }
        self.is_done = true;
    }

    /// Makes one, unless nobody waits for its outcomes any more: it would be in the way of others.
    async fn one(&self, loads: Vec<Load>) {
        let mut told = Vec::new();
        let mut entries = Vec::new();
        for load in loads {
            told.push((load.entries.len(), load.told));
            entries.extend(load.entries);
        }
        let count = entries.len();
        let are_gone = join_all(told.iter_mut().map(|(_, told)| told.closed()));
        let outcomes = tokio::select! {
            outcomes = self.streams.put(&self.name, entries) => outcomes,
            _ = are_gone => return,
        };
        let outcomes = outcomes.unwrap_or_else(|error| vec![Err(error); count]);
        let mut outcomes = outcomes.into_iter();
        for (count, told) in told {
            drop(told.send(outcomes.by_ref().take(count).collect()));
        }
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        if !self.is_done {
            self.streams.collecting.abandoned(&self.name);
        }
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

/// What it went with ended in the middle.
fn lost() -> Error {
    let reason = "whoever sent it has ended";
    Error::new(ErrorKind::ConnectionLost, "publish", reason).ambiguous()
}

#[cfg(test)]
mod tests {
    use super::{
        super::scripted::{SILENT, Scripted},
        *,
    };
    use aws_sdk_kinesis::primitives::Blob;
    use serde_json::{Value, json};
    use std::time::Duration;
    use tidings::BoxError;
    use tokio::time::timeout;

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
            async move { streams.send("orders", vec![entry(key)]).await }
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
        assert!(streams.collecting.is_empty(), "nothing stays behind");
        Ok(())
    }

    #[tokio::test]
    async fn requests_that_nobody_waits_for_are_in_nobody_s_way() -> Result<(), BoxError> {
        let script = |count: usize, asked: &(String, Value)| match count {
            0..4 => (SILENT, Value::Null),
            _ => taken(asked, ""),
        };
        let (_server, streams) = Scripted::with(|told| told.timeout = MINUTE, script).await?;
        let send = |key: usize| streams.send("orders", vec![entry(key)]);
        let late = timeout(Duration::from_millis(300), join_all((0..9).map(send))).await;
        assert!(late.is_err(), "nothing was answered");
        let outcomes = timeout(MINUTE / 2, send(9)).await?;
        assert!(outcomes[0].is_ok());
        assert!(streams.collecting.is_empty());
        Ok(())
    }

    fn entry(key: usize) -> Entry {
        let entry = Entry::builder().partition_key(key.to_string());
        let entry = entry.data(Blob::new("a")).build();
        entry.expect("it is whole")
    }
}
