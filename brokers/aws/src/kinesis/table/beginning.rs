//! Where a group began, and of which stream that was: one that was deleted and made again has shards of the same names, of which nothing
//! is known.
use super::{GROUP, Item, Row, SHARD, Table, text, told};
use crate::kinesis::refusals;
use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Error, ErrorKind, Result, transport::Start};

const BEGINS: &str = "begins";
/// When the stream was made, as AWS says.
const MADE: &str = "streamMade";
const OLDEST: &str = "oldest";
/// How much earlier than now a group begins that is new, since clocks differ.
const EARLIER: Duration = Duration::from_secs(1);
/// How often rows are looked at that others write meanwhile.
const LOOKS: usize = 10;

/// Where a group began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    Oldest,
    /// With what came since that time, in milliseconds since 1970.
    At(i64),
}

/// What the table says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Began {
    begin: Begin,
    made: Option<String>,
}

impl Began {
    fn read(item: &Item) -> Option<Self> {
        let begin = told(item, BEGINS)?;
        Some(Self {
            begin: begin.parse().map_or(Begin::Oldest, Begin::At),
            made: told(item, MADE).map(str::to_owned),
        })
    }

    fn item(&self) -> Item {
        let begins = match self.begin {
            Begin::Oldest => OLDEST.to_owned(),
            Begin::At(time) => time.to_string(),
        };
        let mut item = HashMap::from([
            (SHARD.to_owned(), text(GROUP)),
            (BEGINS.to_owned(), text(begins)),
        ]);
        item.extend(self.made.clone().map(|made| (MADE.to_owned(), text(made))));
        item
    }

    /// Whether that was in the stream that was made then, as far as both are known.
    fn is_of(&self, made: Option<&str>) -> bool {
        let both = self.made.as_deref().zip(made);
        both.is_none_or(|(known, made)| known == made)
    }
}

impl Table {
    /// Where the group began in the stream that was made then, and whether that is now.
    pub(crate) async fn begin(
        &self,
        operation: &'static str,
        start: Start,
        made: Option<&str>,
    ) -> Result<(Begin, bool)> {
        match self.began(operation).await? {
            Some(began) if began.is_of(made) => return Ok((began.begin, false)),
            Some(_) => return self.begin_anew(operation, made).await,
            None => {}
        }
        let begin = match start {
            Start::New => Begin::At(now()),
            _ => Begin::Oldest,
        };
        let made = made.map(str::to_owned);
        let condition = format!("attribute_not_exists({SHARD})");
        match self.say(operation, &Began { begin, made }, condition).await {
            Ok(()) => Ok((begin, true)),
            // Somebody else was quicker.
            Err(error) if refusals::is_changed(&error) => {
                let began = self.began(operation).await?;
                Ok((began.map_or(begin, |began| began.begin), false))
            }
            Err(error) => Err(error),
        }
    }

    async fn began(&self, operation: &'static str) -> Result<Option<Began>> {
        let item = self.get(operation, GROUP).await?;
        Ok(item.as_ref().and_then(Began::read))
    }

    async fn say(&self, operation: &'static str, began: &Began, condition: String) -> Result<()> {
        let asking = self.streams.tables.put_item().table_name(&*self.name);
        let asking = asking.set_item(Some(began.item()));
        let asking = asking.condition_expression(condition);
        self.ask(operation, asking.send()).await.map(drop)
    }

    /// Forgets the shards of the stream that was, and has all of the one that is read: the group was there before anything of it.
    async fn begin_anew(
        &self,
        operation: &'static str,
        made: Option<&str>,
    ) -> Result<(Begin, bool)> {
        for _ in 0..LOOKS {
            // Rows that were read while the table still speaks of the other stream are none of this one.
            let rows = self.rows(operation).await?.shards;
            let began = self.began(operation).await?;
            let Some(known) = began.filter(|began| !began.is_of(made)) else {
                return Ok((Begin::Oldest, false));
            };
            let mut is_forgotten = true;
            for (shard, row) in &rows {
                is_forgotten &= self.remove(operation, shard, row).await?;
            }
            let began = Began {
                begin: Begin::Oldest,
                made: made.map(str::to_owned),
            };
            if is_forgotten {
                tracing::warn!(table = %self.name, before = ?known.made, "the stream was made anew, and is read from its beginning");
                let said = self.say(operation, &began, format!("attribute_exists({SHARD})"));
                return said.await.map(|()| (Begin::Oldest, false));
            }
        }
        let reason = "the stream was made anew, and others still write of the one before";
        Err(Error::new(ErrorKind::Busy, operation, reason).with("table", &self.name))
    }

    /// Forgets a shard that is as it was seen to be; whether that succeeded.
    async fn remove(&self, operation: &'static str, shard: &str, seen: &Row) -> Result<bool> {
        let (condition, values) = seen.as_seen();
        let asking = self.streams.tables.delete_item().table_name(&*self.name);
        let asking = asking
            .key(SHARD, text(shard))
            .condition_expression(condition);
        let asking = values.into_iter().fold(asking, |asking, (name, value)| {
            asking.expression_attribute_values(name, value)
        });
        match self.ask(operation, asking.send()).await {
            Ok(_) => Ok(true),
            Err(error) if refusals::is_changed(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Where a group begins that is new.
pub(crate) fn now() -> i64 {
    let time = SystemTime::now() - EARLIER;
    let time = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(time.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{super::super::scripted::Scripted, *};
    use serde_json::{Value, json};
    use tidings::BoxError;

    /// A table whose group began in a stream that was made at 1, with one shard.
    fn table(asked: &(String, Value)) -> (u16, Value) {
        match &*asked.0 {
            "GetItem" => {
                let item = json!({ "begins": { "S": "5" }, "streamMade": { "S": "1" } });
                (200, json!({ "Item": item }))
            }
            "Scan" => {
                let shard = json!({
                    "shardId": { "S": "shardId-1" }, "beats": { "N": "7" },
                    "heldBy": { "S": "another" }, "settledTo": { "S": "9" },
                });
                (200, json!({ "Items": [shard] }))
            }
            _ => (200, json!({})),
        }
    }

    #[tokio::test]
    async fn a_stream_that_was_made_anew_is_begun_anew() -> Result<(), BoxError> {
        let (server, streams) = Scripted::open(|_, asked| table(asked)).await?;
        let leases = Table::new(&streams, "leases".to_owned());
        let known = leases.begin("subscribe", Start::New, Some("1")).await?;
        assert_eq!(known, (Begin::At(5), false));
        let unknown = leases.begin("subscribe", Start::New, None).await?;
        assert_eq!(unknown, (Begin::At(5), false));
        let anew = leases.begin("subscribe", Start::New, Some("2")).await?;
        assert_eq!(anew, (Begin::Oldest, false));
        let asked = server.asked();
        let find = |what: &str| asked.iter().position(|(asked, _)| asked == what);
        let (removed, said) = (find("DeleteItem"), find("PutItem"));
        let (removed, said) = removed.zip(said).ok_or("it was not begun anew")?;
        assert!(
            removed < said,
            "whoever dies in between is followed by another"
        );
        let values = &asked[removed].1["ExpressionAttributeValues"];
        assert_eq!(values[":owner"]["S"], "another");
        assert_eq!(values[":beats"]["N"], "7");
        assert_eq!(asked[said].1["Item"]["streamMade"]["S"], "2");
        Ok(())
    }

    #[tokio::test]
    async fn what_others_write_meanwhile_is_not_forgotten() -> Result<(), BoxError> {
        let refuse = json!({ "__type": "a#ConditionalCheckFailedException" });
        let script = move |_: usize, asked: &(String, Value)| match &*asked.0 {
            "DeleteItem" => (400, refuse.clone()),
            _ => table(asked),
        };
        let (server, streams) = Scripted::open(script).await?;
        let leases = Table::new(&streams, "leases".to_owned());
        let error = leases.begin("subscribe", Start::New, Some("2")).await.err();
        assert!(error.is_some_and(|error| error.is_retryable()));
        assert!(server.asked().iter().all(|(asked, _)| asked != "PutItem"));
        Ok(())
    }
}
