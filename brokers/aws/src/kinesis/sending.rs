//! Messages go to a stream, up to 500 in a request, each with an outcome of its own. What was refused for lack of room is sent again
//! while there is time, and nothing behind it meanwhile.
use super::{
    envelope,
    naming::Place,
    streams::{LIMITS, Streams},
};
use crate::{
    fault,
    putting::put,
    waves::{self, Parcel},
};
use aws_sdk_kinesis::{primitives::Blob, types::PutRecordsRequestEntry};
use std::time::Duration;
use tidings::{Channel, Error, ErrorKind, Message, Result};
use tokio::time::{Instant, sleep, timeout_at};

/// How long to wait for room: twice as long each time.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Streams {
    pub(crate) async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let place = Place::of("publish", channel);
        let pack = |message: &Message| match &place {
            Ok(_) => pack(message),
            Err(error) => Err(error.clone()),
        };
        let outcomes = waves::publish(batch, LIMITS, deadline, pack, |parcels| async {
            match &place {
                Ok(place) => Ok(self.insist(&place.name, parcels, deadline).await),
                Err(error) => Err(error.clone()),
            }
        });
        outcomes.await
    }

    /// Sends some; those that there was no room for once more, as long as that may help.
    async fn insist(
        &self,
        name: &str,
        parcels: Vec<Parcel<PutRecordsRequestEntry>>,
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let mut outcomes: Vec<Result<()>> = vec![Ok(()); parcels.len()];
        let mut left: Vec<usize> = (0..parcels.len()).collect();
        let mut pause = PAUSE;
        loop {
            let some = left.iter().map(|at| parcels[*at].clone()).collect();
            let told = timeout_at(deadline, put(self, name, some)).await;
            let told = told.unwrap_or_else(|_| vec![Err(fault::late("publish")); left.len()]);
            for (at, outcome) in left.iter().zip(told) {
                outcomes[*at] = outcome.map_err(|error| error.with("stream", name));
            }
            left.retain(|at| outcomes[*at].as_ref().is_err_and(has_no_room));
            if left.is_empty() || Instant::now() + pause >= deadline {
                return outcomes;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Whether it was refused for now, and certainly.
fn has_no_room(error: &Error) -> bool {
    error.kind() == ErrorKind::Busy && !error.is_ambiguous()
}

/// How many bytes a record is there.
fn size(entry: &PutRecordsRequestEntry) -> usize {
    entry.data().as_ref().len() + entry.partition_key().map_or(0, str::len)
}

fn pack(message: &Message) -> Result<Parcel<PutRecordsRequestEntry>> {
    if message
        .not_before
        .is_some_and(|time| time > std::time::SystemTime::now())
    {
        let reason = "Kinesis holds no message back";
        return Err(Error::new(ErrorKind::Unsupported, "publish", reason));
    }
    let packed = envelope::pack(message)?;
    let entry = PutRecordsRequestEntry::builder().data(Blob::new(packed.data));
    let entry = entry.partition_key(packed.key).build();
    let entry = entry.map_err(|error| fault::unwritten("publish", error))?;
    Ok(Parcel {
        size: size(&entry),
        entry,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::scripted::{SILENT, Scripted},
        *,
    };
    use serde_json::{Value, json};
    use std::sync::Mutex;
    use tidings::BoxError;

    /// Records by their partition keys and bodies, and those of them that are refused, as often as told.
    type Refusals = Vec<(&'static str, usize, &'static str)>;

    async fn sent(
        batch: &[(&'static str, &'static str)],
        refused: Refusals,
        within: Duration,
    ) -> Result<(Vec<String>, Vec<Result<()>>), BoxError> {
        let left = Mutex::new(refused);
        let script = move |_: usize, asked: &(String, Value)| {
            let records = asked.1["Records"].as_array().cloned().unwrap_or_default();
            let mut left = left.lock().expect("no test panics here");
            let outcome = |record: &Value| {
                let found = left
                    .iter_mut()
                    .find(|one| one.0 == body(record) && one.1 > 0);
                match found {
                    Some((_, times, code)) => {
                        *times -= 1;
                        json!({ "ErrorCode": code, "ErrorMessage": "no" })
                    }
                    None => json!({ "SequenceNumber": "1", "ShardId": "shardId-0" }),
                }
            };
            let outcomes: Vec<Value> = records.iter().map(outcome).collect();
            (200, json!({ "FailedRecordCount": 0, "Records": outcomes }))
        };
        let (server, streams) = Scripted::open(script).await?;
        let messages = batch.iter().map(|(key, body)| {
            let mut message = Message::new(*body);
            message.key = Some((*key).into());
            message
        });
        let messages: Vec<Message> = messages.collect();
        let channel = Channel::point_to_point("orders");
        let deadline = Instant::now() + within;
        let outcomes = streams.publish(&channel, &messages, deadline).await;
        let requests = server.asked().into_iter().map(|(_, asked)| {
            let records = asked["Records"].as_array().cloned().unwrap_or_default();
            let bodies: Vec<String> = records.iter().map(body).collect();
            bodies.join(" ")
        });
        Ok((requests.collect(), outcomes))
    }

    fn body(record: &Value) -> String {
        let data = record["Data"].as_str().unwrap_or_default();
        let data = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data);
        let event: Value = serde_json::from_slice(&data.unwrap_or_default()).unwrap_or_default();
        event["data"].to_string()
    }

    const SOON: Duration = Duration::from_secs(5);
    const FULL: &str = "ProvisionedThroughputExceededException";

    #[tokio::test]
    async fn what_there_was_no_room_for_is_sent_again_before_what_is_behind_it()
    -> Result<(), BoxError> {
        let batch = [("k", "1"), ("l", "2"), ("k", "3"), ("l", "4"), ("k", "5")];
        let (requests, outcomes) = sent(&batch, vec![("1", 2, FULL), ("4", 1, FULL)], SOON).await?;
        assert_eq!(requests, ["1 2", "1", "1", "3 4", "4", "5"]);
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        Ok(())
    }

    #[tokio::test]
    async fn behind_one_that_failed_nothing_of_its_key_is_sent() -> Result<(), BoxError> {
        let batch = [("k", "1"), ("l", "2"), ("k", "3"), ("l", "4")];
        let refused = vec![("1", 9, "InternalFailure")];
        let (requests, outcomes) = sent(&batch, refused, SOON).await?;
        assert_eq!(requests, ["1 2", "4"]);
        let kinds = outcomes
            .iter()
            .map(|one| one.as_ref().err().map(Error::kind));
        let expected = [Some(ErrorKind::Busy), None, Some(ErrorKind::Skipped), None];
        assert_eq!(kinds.collect::<Vec<_>>(), expected);
        let is_ambiguous = outcomes[0].as_ref().is_err_and(Error::is_ambiguous);
        assert!(
            is_ambiguous,
            "something broke there: it may be in the stream"
        );
        Ok(())
    }

    #[tokio::test]
    async fn what_was_confirmed_stays_so_where_the_rest_is_late() -> Result<(), BoxError> {
        let script = |count: usize, _: &(String, Value)| match count {
            0 => {
                let told = json!({ "SequenceNumber": "1", "ShardId": "shardId-0" });
                let full = json!({ "ErrorCode": FULL, "ErrorMessage": "no" });
                (
                    200,
                    json!({ "FailedRecordCount": 1, "Records": [told, full] }),
                )
            }
            _ => (SILENT, Value::Null),
        };
        let (server, streams) = Scripted::open(script).await?;
        let channel = Channel::point_to_point("orders");
        let messages = [Message::new("1"), Message::new("2")];
        let deadline = Instant::now() + Duration::from_millis(500);
        let outcomes = streams.publish(&channel, &messages, deadline).await;
        assert!(outcomes[0].is_ok(), "{outcomes:?}");
        assert!(outcomes[1].as_ref().is_err_and(Error::is_ambiguous));
        assert_eq!(server.asked().len(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn without_room_until_the_deadline_it_has_failed_for_certain() -> Result<(), BoxError> {
        let batch = [("k", "1"), ("k", "2")];
        let within = Duration::from_millis(400);
        let (requests, outcomes) = sent(&batch, vec![("1", 99, FULL)], within).await?;
        assert!(
            requests.len() > 1 && requests.iter().all(|one| one == "1"),
            "{requests:?}"
        );
        let told = outcomes[0].as_ref().err().ok_or("it was refused")?;
        assert!(told.is_retryable() && !told.is_ambiguous(), "{told}");
        assert_eq!(
            outcomes[1].as_ref().err().map(Error::kind),
            Some(ErrorKind::Skipped)
        );
        Ok(())
    }
}
