//! Streams are made, or compared with what they are to be like.
use super::{
    naming::Place,
    refusals,
    streams::{Streams, missing},
};
use crate::pauses::Pauses;
use aws_sdk_kinesis::types::{StreamDescriptionSummary, StreamStatus};
use std::time::Duration;
use tidings::{Error, ErrorKind, Result, Str};
use tokio::time::{Instant, sleep};

/// How long AWS may take to make a stream or a table.
pub(crate) const MAKING: Duration = Duration::from_secs(120);

impl Streams {
    /// A stream that has to be there; made where it is missing and that is wanted. Gives when it was made, by which it is told from
    /// another of its name that is gone.
    pub(crate) async fn ensure(
        &self,
        operation: &'static str,
        place: &Place,
        create: bool,
        tags: &[(&str, &str)],
    ) -> Result<Option<Str>> {
        let end = Instant::now() + MAKING;
        // AWS tells few a second how a stream is, whoever asks.
        let mut pauses = Pauses::new();
        loop {
            match self.look(operation, &place.name).await {
                Ok(told) if is_usable(&told) => {
                    compare(operation, place, told.open_shard_count())?;
                    let time = told.stream_creation_timestamp().to_millis().ok();
                    return Ok(time.map(|time| time.to_string().into()));
                }
                Ok(_) if Instant::now() < end => sleep(pauses.next()).await,
                Ok(told) => {
                    let status = told.stream_status().as_str();
                    let reason = format!("the stream is still `{status}`");
                    let error = Error::new(ErrorKind::Busy, operation, reason);
                    return Err(error.with("stream", &place.name));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    if !create {
                        return Err(missing(operation, "stream", &place.name));
                    }
                    let pause = match self.create(operation, place, tags).await {
                        Ok(()) => pauses.next(),
                        // AWS makes a few at a time.
                        Err(error) if is_later(&error, end) => pauses.after(&error),
                        Err(error) => return Err(error),
                    };
                    sleep(pause).await;
                }
                Err(error) if is_later(&error, end) => sleep(pauses.after(&error)).await,
                Err(error) => return Err(error.with("stream", &place.name)),
            }
        }
    }

    /// How a stream is.
    async fn look(&self, operation: &'static str, name: &str) -> Result<StreamDescriptionSummary> {
        let asking = self.client.describe_stream_summary().stream_name(name);
        let answer = self.core.ask(operation, asking.send()).await?;
        let told = answer.stream_description_summary;
        told.ok_or_else(|| Error::new(ErrorKind::Unexpected, operation, "nothing is said of it"))
    }

    async fn create(
        &self,
        operation: &'static str,
        place: &Place,
        tags: &[(&str, &str)],
    ) -> Result<()> {
        let count = place.shards.unwrap_or(1);
        let asking = self.client.create_stream().stream_name(&place.name);
        let asking = tags
            .iter()
            .fold(asking.shard_count(count.into()), |asking, (name, value)| {
                asking.tags(*name, *value)
            });
        match self.core.ask(operation, asking.send()).await {
            // Somebody else was quicker.
            Err(error) if refusals::is_there_already(&error) => Ok(()),
            other => other
                .map(drop)
                .map_err(|error| error.with("stream", &place.name)),
        }
    }

    /// Deletes a stream, which may be gone.
    pub(crate) async fn delete(&self, name: &str) -> Result<()> {
        let asking = self.client.delete_stream().stream_name(name);
        let asked = self.core.ask("unsubscribe", asking.send());
        asked.await.map(drop)
    }
}

/// Whether AWS may do later, and in time, what it does not now.
pub(super) fn is_later(error: &Error, end: Instant) -> bool {
    error.kind() == ErrorKind::Busy && error.is_retryable() && Instant::now() < end
}

fn is_usable(told: &StreamDescriptionSummary) -> bool {
    let status = told.stream_status();
    matches!(status, StreamStatus::Active | StreamStatus::Updating)
}

fn compare(operation: &'static str, place: &Place, found: i32) -> Result<()> {
    let wanted = place.shards.map(i32::from);
    if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
        let reason = format!("the stream has {found} open shards, and is to have {wanted}");
        let error = Error::new(ErrorKind::Conflict, operation, reason);
        return Err(error.with("stream", &place.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{scripted::Scripted, table::Table},
        *,
    };
    use serde_json::{Value, json};
    use tidings::BoxError;

    #[tokio::test]
    async fn a_stream_that_is_not_made_for_now_is_asked_for_again() -> Result<(), BoxError> {
        let refused = |code: &str| (400, json!({ "__type": code, "message": "" }));
        let script = move |place: usize, asked: &(String, Value)| match (place, &*asked.0) {
            (0 | 2, _) => refused("LimitExceededException"),
            (_, "CreateStream") => (200, json!({})),
            (1 | 3, _) => refused("ResourceNotFoundException"),
            _ => {
                let told = json!({
                    "StreamName": "orders", "StreamARN": "a", "OpenShardCount": 1, "RetentionPeriodHours": 24,
                    "StreamStatus": "ACTIVE", "StreamCreationTimestamp": 1, "EnhancedMonitoring": [],
                });
                (200, json!({ "StreamDescriptionSummary": told }))
            }
        };
        let (server, streams) = Scripted::open(script).await?;
        let place = Place {
            name: "orders".to_owned(),
            shards: None,
        };
        streams.ensure("ensure", &place, true, &[]).await?;
        let all = server.asked();
        let made = all.iter().filter(|(asked, _)| asked == "CreateStream");
        assert_eq!(made.count(), 2, "{all:?}");
        Ok(())
    }

    #[tokio::test]
    async fn a_table_that_is_not_made_for_now_is_asked_for_again() -> Result<(), BoxError> {
        let refused = |code: &str| (400, json!({ "__type": code, "message": "" }));
        let script = move |place: usize, _: &(String, Value)| match place {
            0 | 2 => refused("ResourceNotFoundException"),
            1 => refused("LimitExceededException"),
            _ => (200, json!({ "Table": { "TableStatus": "ACTIVE" } })),
        };
        let (server, streams) = Scripted::open(script).await?;
        let table = Table::new(&streams, "leases".to_owned());
        table.ensure("ensure", true).await?;
        let asked: Vec<_> = server.asked().into_iter().map(|(asked, _)| asked).collect();
        let both = ["DescribeTable", "CreateTable"];
        assert_eq!(asked, [&both[..], &both, &both[..1]].concat());
        Ok(())
    }

    #[tokio::test]
    async fn a_stream_that_takes_long_to_make_is_asked_for_less_and_less_often()
    -> Result<(), BoxError> {
        let begun = Instant::now();
        let script = move |_: usize, _: &(String, Value)| {
            let is_made = begun.elapsed() > Duration::from_secs(2);
            let told = json!({
                "StreamName": "orders", "StreamARN": "a", "OpenShardCount": 1, "RetentionPeriodHours": 24,
                "StreamStatus": if is_made { "ACTIVE" } else { "CREATING" },
                "StreamCreationTimestamp": 1, "EnhancedMonitoring": [],
            });
            (200, json!({ "StreamDescriptionSummary": told }))
        };
        let minute = Duration::from_secs(60);
        let (server, streams) = Scripted::with(|told| told.timeout = minute, script).await?;
        let place = Place {
            name: "orders".to_owned(),
            shards: None,
        };
        let made = streams.ensure("ensure", &place, true, &[]).await?;
        assert_eq!(made.as_deref(), Some("1000"));
        let asked = server.asked().len();
        assert!(asked < 12, "{asked}");
        Ok(())
    }
}
