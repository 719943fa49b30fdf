//! A shard that is ours, as others know by the table. All that is said of it there goes one after the other, each as the one before left
//! it: who has lost it changes nothing there.
use super::{
    held::Held,
    refusals,
    table::{Change, Row, Table},
};
use std::time::Duration;
use tidings::{Error, ErrorKind, Result, Str, transport::Part};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, sleep_until},
};

/// How soon something is told again that was not.
const AGAIN: Duration = Duration::from_millis(50);

/// How often a mark may be told while a shard is read once.
const MARKS: u32 = 10;

pub(crate) struct Lease {
    table: Table,
    shard: Str,
    me: Str,
    /// How long to wait between two marks: what is settled meanwhile goes together.
    pace: Duration,
    /// How long a mark is tried to be told.
    within: Duration,
    told: Mutex<Told>,
}

/// What the table is known to say.
struct Told {
    beats: u64,
    mark: Option<u64>,
    at: Option<Instant>,
}

impl Lease {
    pub(crate) fn new(table: &Table, shard: &str, me: &Str, beats: u64) -> Self {
        let settings = table.settings();
        Self {
            table: table.clone(),
            shard: shard.into(),
            me: me.clone(),
            pace: settings.poll.min(settings.shard_lease()) / MARKS,
            within: settings.timeout,
            told: Mutex::new(Told {
                beats,
                mark: None,
                at: None,
            }),
        }
    }

    /// It stays ours.
    pub(crate) async fn renew(&self, held: &Held, part: Part) -> Result<()> {
        let mut told = self.told.lock().await;
        self.write(&mut told, held, part, Change::default()).await
    }

    /// Tells how far it is settled: that position at least. Where that fails, the shard is read again from the mark that it has.
    pub(crate) async fn save(&self, held: &Held, part: Part, position: u64) -> Result<()> {
        let saved = self.insist(held, part, position).await;
        saved.inspect_err(|_| drop(held.lose(part)))
    }

    async fn insist(&self, held: &Held, part: Part, position: u64) -> Result<()> {
        let end = Instant::now() + self.within;
        loop {
            let mut told = self.told.lock().await;
            if told.mark.is_some_and(|mark| mark >= position) {
                return Ok(());
            }
            if let Some(at) = told.at {
                sleep_until(at + self.pace).await;
            }
            let Some((mark, sequence)) = held.mark(part) else {
                return Err(self.lost());
            };
            let settled = Some(sequence);
            let change = Change {
                settled,
                ..Change::default()
            };
            let begun = Instant::now();
            match self.write(&mut told, held, part, change).await {
                Ok(()) => {
                    told.mark = Some(mark);
                    told.at = Some(begun);
                    return Ok(());
                }
                Err(error) if refusals::may_pass(&error) && Instant::now() + AGAIN < end => {}
                Err(error) => return Err(error),
            }
            drop(told);
            sleep(AGAIN).await;
        }
    }

    /// It is nobody's any more, and said to be settled as far as it is.
    pub(crate) async fn give_up(&self, held: &Held, part: Part, is_over: bool) -> Result<()> {
        let mut told = self.told.lock().await;
        let mark = held.mark(part);
        let change = Change {
            settled: mark.as_ref().map(|(_, sequence)| sequence.clone()),
            is_over,
            is_free: true,
        };
        self.write(&mut told, held, part, change).await?;
        // Whoever waits for that has it told.
        told.mark = mark.map(|(at, _)| at).or(told.mark);
        Ok(())
    }

    async fn write(&self, told: &mut Told, held: &Held, part: Part, change: Change) -> Result<()> {
        // Once more where an earlier one was done whose answer was lost.
        for _ in 0..2 {
            let begun = Instant::now();
            let (shard, me) = (&self.shard, &self.me);
            let written = self.table.write(shard, me, told.beats, change.clone());
            if written.await? {
                told.beats += 1;
                held.kept(part, begun);
                return Ok(());
            }
            match self.table.row("settle", shard).await? {
                Some(row) if is_given(&row, told.beats, &change) => return Ok(()),
                // Who holds it no longer may have it again already, with a mark further on.
                Some(Row {
                    owner: Some(owner),
                    beats,
                    ..
                }) if *owner == **me && held.holds(part) => told.beats = beats,
                _ => break,
            }
        }
        held.lose(part);
        Err(self.lost())
    }

    fn lost(&self) -> Error {
        lost().with("shard", &self.shard)
    }
}

/// Whether it is nobody's by that change, whose answer was lost.
fn is_given(row: &Row, beats: u64, change: &Change) -> bool {
    let is_free = change.is_free && row.owner.is_none() && row.beats == beats + 1;
    let settled = change.settled.as_deref();
    let is_settled = settled.is_none() || row.settled.as_deref() == settled;
    is_free && is_settled && row.is_over >= change.is_over
}

pub(super) fn lost() -> Error {
    let reason = "another process has the shard by now";
    Error::new(ErrorKind::Conflict, "settle", reason)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{held::Record, scripted::Scripted},
        *,
    };
    use crate::AwsSettings;
    use serde_json::{Value, json};
    use tidings::{
        BoxError, Channel, Message, SubscribeSpec, Verdict,
        transport::{Event, Incoming},
    };

    /// A shard of which that is out, at a table that refuses the first so many writes, and says that it is somebody's.
    async fn holding(
        refuses: usize,
        owner: &'static str,
    ) -> Result<(Scripted, Held, Part, Lease, Vec<Incoming>), BoxError> {
        let script = move |count: usize, asked: &(String, Value)| match &*asked.0 {
            "GetItem" => {
                let item = json!({ "heldBy": { "S": owner }, "beats": { "N": "7" } });
                (200, json!({ "Item": item }))
            }
            _ if count < refuses => (
                400,
                json!({ "__type": "a#ConditionalCheckFailedException" }),
            ),
            _ => (200, json!({})),
        };
        let (server, streams) = Scripted::open(script).await?;
        let table = Table::new(&streams, "leases".to_owned());
        let lease = Lease::new(&table, "shardId-1", &"me".into(), 4);
        let (held, part, out) = out()?;
        Ok((server, held, part, lease, out))
    }

    /// Three messages of a shard.
    fn out() -> Result<(Held, Part, Vec<Incoming>), BoxError> {
        let spec = SubscribeSpec::new(Channel::point_to_point("orders"));
        let held = Held::new(&spec, Duration::from_secs(10));
        let part = held.hold("shardId-1", true, Instant::now());
        let record = |at: usize| Record {
            message: Message::new("a"),
            sequence: format!("10{at}").into(),
        };
        held.add(part, (0..3).map(record).collect());
        match held.take(3) {
            Some(Ok(Event::Deliveries(out))) => Ok((held, part, out)),
            _ => Err("nothing came".into()),
        }
    }

    fn values(asked: &(String, Value)) -> String {
        let values = &asked.1["ExpressionAttributeValues"];
        let text = |name: &str, kind: &str| values[name][kind].as_str().map(str::to_owned);
        let parts = [
            Some(asked.0.clone()),
            text(":me", "S"),
            text(":beats", "N"),
            text(":settled", "S"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    #[tokio::test]
    async fn a_mark_is_told_as_the_last_one_left_it() -> Result<(), BoxError> {
        let (server, held, part, lease, out) = holding(0, "me").await?;
        for at in [0, 2] {
            held.settle(&[(out[at].token, Verdict::Ack)]);
            lease.save(&held, part, out[at].token.position).await?;
        }
        // What is told already is not told again.
        lease.save(&held, part, out[1].token.position).await?;
        lease.renew(&held, part).await?;
        lease.give_up(&held, part, false).await?;
        let asked: Vec<String> = server.asked().iter().map(values).collect();
        let expected = [
            "UpdateItem me 4 100",
            "UpdateItem me 5 102",
            "UpdateItem me 6",
            "UpdateItem me 7 102",
        ];
        assert_eq!(asked, expected);
        Ok(())
    }

    #[tokio::test]
    async fn how_long_an_answer_takes_is_part_of_the_pause_between_marks() -> Result<(), BoxError> {
        let (answer, poll) = (Duration::from_millis(150), Duration::from_secs(2));
        let script = move |_: usize, _: &(String, Value)| {
            std::thread::sleep(answer);
            (200, json!({}))
        };
        let change = |told: &mut AwsSettings| (told.poll, told.timeout) = (poll, poll * 10);
        let (_server, streams) = Scripted::with(change, script).await?;
        let table = Table::new(&streams, "leases".to_owned());
        let lease = Lease::new(&table, "shardId-1", &"me".into(), 4);
        let (held, part, out) = out()?;
        let mut took = Vec::new();
        for one in &out {
            let begun = Instant::now();
            held.settle(&[(one.token, Verdict::Ack)]);
            lease.save(&held, part, one.token.position).await?;
            took.push(begun.elapsed());
        }
        // The first waits for nothing.
        let shortest = took[1..].iter().min();
        assert!(
            shortest.is_some_and(|took| *took < poll / MARKS + answer),
            "{took:?}"
        );
        Ok(())
    }

    #[tokio::test]
    async fn one_whose_answer_was_lost_is_found_to_be_ours() -> Result<(), BoxError> {
        let (server, held, part, lease, out) = holding(1, "me").await?;
        held.settle(&[(out[0].token, Verdict::Ack)]);
        lease.save(&held, part, 0).await?;
        let asked: Vec<String> = server.asked().iter().map(values).collect();
        assert_eq!(
            asked,
            ["UpdateItem me 4 100", "GetItem", "UpdateItem me 7 100"]
        );
        Ok(())
    }

    #[tokio::test]
    async fn who_has_lost_it_tells_no_mark() -> Result<(), BoxError> {
        let (server, held, part, lease, out) = holding(9, "another").await?;
        held.settle(&[(out[0].token, Verdict::Ack)]);
        let error = lease
            .save(&held, part, 0)
            .await
            .err()
            .ok_or("it was told")?;
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(matches!(held.take(0), Some(Ok(Event::Gone { parts })) if parts == [part]));
        assert_eq!(held.out(), 0);
        let again = lease.save(&held, part, 0).await;
        assert!(again.is_err(), "nor later");
        assert_eq!(server.asked().len(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn who_holds_it_no_longer_tries_nothing_twice() -> Result<(), BoxError> {
        let (server, held, part, lease, _) = holding(1, "me").await?;
        held.lose(part);
        assert!(lease.renew(&held, part).await.is_err());
        let asked: Vec<String> = server.asked().iter().map(values).collect();
        assert_eq!(asked, ["UpdateItem me 4", "GetItem"]);
        Ok(())
    }

    #[tokio::test]
    async fn a_shard_given_up_whose_answer_was_lost_is_given_up() -> Result<(), BoxError> {
        for (beats, settled, is_given) in
            [("5", "100", true), ("6", "100", false), ("5", "99", false)]
        {
            let item = json!({ "beats": { "N": beats }, "settledTo": { "S": settled } });
            let script = move |_: usize, asked: &(String, Value)| match &*asked.0 {
                "GetItem" => (200, json!({ "Item": item })),
                _ => (
                    400,
                    json!({ "__type": "a#ConditionalCheckFailedException" }),
                ),
            };
            let (_server, streams) = Scripted::open(script).await?;
            let table = Table::new(&streams, "leases".to_owned());
            let lease = Lease::new(&table, "shardId-1", &"me".into(), 4);
            let (held, part, out) = out()?;
            held.settle(&[(out[0].token, Verdict::Ack)]);
            let given = lease.give_up(&held, part, false).await;
            assert_eq!(given.is_ok(), is_given, "{beats} {settled}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn what_could_not_be_told_comes_again() -> Result<(), BoxError> {
        let (server, streams) =
            Scripted::open(|_, _| (400, json!({ "__type": "a#AccessDeniedException" }))).await?;
        let table = Table::new(&streams, "leases".to_owned());
        let lease = Lease::new(&table, "shardId-1", &"me".into(), 4);
        let (held, part, out) = out()?;
        held.settle(&[(out[0].token, Verdict::Ack)]);
        assert!(lease.save(&held, part, 0).await.is_err());
        assert!(matches!(held.take(0), Some(Ok(Event::Gone { parts })) if parts == [part]));
        assert_eq!(server.asked().len(), 1);
        Ok(())
    }
}
