//! What is done about shards and their leases, at a server that answers as it is told.
use super::*;
use crate::kinesis::{
    lease::Lease,
    scripted::{SILENT, Scripted},
    table::Table,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tidings::{BoxError, Channel, SubscribeSpec};

async fn keeper(
    script: impl Fn(usize, &(String, Value)) -> (u16, Value) + Send + Sync + 'static,
) -> Result<(Scripted, Keeper), BoxError> {
    let (server, streams) = Scripted::open(script).await?;
    Ok((server, of(&streams)))
}

fn of(streams: &Streams) -> Keeper {
    let spec = SubscribeSpec::new(Channel::point_to_point("orders"));
    let held = Arc::new(Held::new(&spec, Duration::from_secs(10)));
    let table = Table::new(streams, "leases".to_owned()).within_leases();
    let group = Group::new(table, "me".into());
    Keeper::new(streams, "orders", held, Some(group), Begin::Oldest)
}

#[tokio::test]
async fn a_shard_that_another_has_is_gone_and_all_goes_on() -> Result<(), BoxError> {
    let script = |_: usize, asked: &(String, Value)| match &*asked.0 {
        "GetItem" => {
            let item = json!({ "heldBy": { "S": "another" }, "beats": { "N": "7" } });
            (200, json!({ "Item": item }))
        }
        _ => (
            400,
            json!({ "__type": "a#ConditionalCheckFailedException" }),
        ),
    };
    let (_server, mut keeper) = keeper(script).await?;
    let table = Table::new(&keeper.streams, "leases".to_owned());
    let now = Instant::now();
    let hold = |shard: &str| {
        let part = keeper.held.hold(shard, true, now);
        let lease = Lease::new(&table, shard, &"me".into(), 4);
        keeper.leases.add(part, lease);
        part
    };
    let (leaving, read) = (hold("shardId-1"), hold("shardId-2"));
    keeper.held.leave(vec![leaving], now);
    keeper.held.ended_at(read);
    keeper.let_go().await?;
    assert!(keeper.held.all().is_empty());
    let is_over = keeper.shards.is_over("shardId-2");
    assert!(!is_over, "another has to say so");
    Ok(())
}

fn listed(range: &Value) -> (u16, Value) {
    let shard = json!({
        "ShardId": "shardId-1", "SequenceNumberRange": range,
        "HashKeyRange": { "StartingHashKey": "0", "EndingHashKey": "9" },
    });
    (200, json!({ "Shards": [shard] }))
}

#[tokio::test]
async fn a_shard_that_is_open_is_not_done_with() -> Result<(), BoxError> {
    let open = json!({ "StartingSequenceNumber": "1" });
    let closed = json!({ "StartingSequenceNumber": "1", "EndingSequenceNumber": "2" });
    for (range, is_readable) in [(open, true), (closed, false)] {
        let (_server, mut keeper) = keeper(move |_, _| listed(&range)).await?;
        keeper.shards.over(["shardId-1".to_owned()]);
        keeper.shards.look(&keeper.streams, &keeper.stream).await?;
        assert_eq!(!keeper.shards.readable().is_empty(), is_readable);
    }
    Ok(())
}

#[tokio::test]
async fn shards_are_looked_for_once_others_are_done_with() -> Result<(), BoxError> {
    let script = |_: usize, _: &(String, Value)| listed(&json!({ "StartingSequenceNumber": "1" }));
    let beat = Duration::from_millis(100);
    let (server, streams) = Scripted::with(|told| told.heartbeat = beat, script).await?;
    let mut keeper = of(&streams);
    for (over, asked) in [(None, 1), (None, 1), (Some("shardId-0"), 2)] {
        keeper.shards.over(over.map(str::to_owned));
        keeper.shards.look(&streams, "orders").await?;
        assert_eq!(server.asked().len(), asked);
        sleep(beat * 2).await;
    }
    Ok(())
}

#[tokio::test]
async fn shards_that_are_not_told_in_time_are_as_they_were() -> Result<(), BoxError> {
    let script = |count: usize, _: &(String, Value)| match count {
        0 => listed(&json!({ "StartingSequenceNumber": "1" })),
        _ => (SILENT, Value::Null),
    };
    let (_server, mut keeper) = keeper(script).await?;
    keeper.shards.look(&keeper.streams, &keeper.stream).await?;
    keeper.shards.over(["shardId-0".to_owned()]);
    keeper.shards.look(&keeper.streams, &keeper.stream).await?;
    assert_eq!(keeper.shards.readable(), ["shardId-1"]);
    Ok(())
}

#[tokio::test]
async fn who_begins_bears_with_a_table_that_is_busy() -> Result<(), BoxError> {
    let busy = json!({ "__type": "a#ProvisionedThroughputExceededException" });
    let is_busy = AtomicUsize::new(2);
    let script = move |_: usize, asked: &(String, Value)| {
        let is_first = || is_busy.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        match &*asked.0 {
            "Scan" if is_first().is_ok() => (400, busy.clone()),
            "ListShards" => listed(&json!({ "StartingSequenceNumber": "1" })),
            _ => (200, json!({})),
        }
    };
    let (_server, keeper) = keeper(script).await?;
    let (begun, begins) = oneshot::channel();
    let keeping = tokio::spawn(keeper.keep(begun));
    begins.await??;
    keeping.abort();
    Ok(())
}

#[tokio::test]
async fn a_table_that_is_slow_costs_no_lease() -> Result<(), BoxError> {
    let script = |_: usize, asked: &(String, Value)| match &*asked.0 {
        "Scan" => (SILENT, Value::Null),
        _ => (200, json!({})),
    };
    let slow = Duration::from_secs(60);
    let (server, streams) = Scripted::with(|settings| settings.timeout = slow, script).await?;
    let keeper = of(&streams);
    // Its lease is to be told again soon, and not at once.
    let told = Instant::now() - Duration::from_millis(3800);
    let part = keeper.held.hold("shardId-1", true, told);
    let table = Table::new(&streams, "leases".to_owned());
    let lease = Lease::new(&table, "shardId-1", &"me".into(), 4);
    keeper.leases.add(part, lease);
    let keeping = tokio::spawn(keeper.keep(oneshot::channel().0));
    let is_renewed = || {
        server
            .asked()
            .iter()
            .any(|(asked, _)| asked == "UpdateItem")
    };
    let renewed = async {
        while !is_renewed() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    // A scan may take a third of a lease.
    let within = timeout(Duration::from_millis(2500), renewed).await;
    assert!(within.is_ok(), "{:?}", server.asked());
    keeping.abort();
    Ok(())
}

#[test]
fn the_table_is_read_no_more_often_than_others_are_to_be_noticed() {
    for seconds in [1, 2, 4, 8, 10, 60] {
        let lease = Duration::from_secs(seconds);
        let often = often(lease);
        assert!(often <= Duration::from_secs(1) && often <= lease / 4);
        assert!(often >= Duration::from_secs(1).min(lease / 10), "{often:?}");
    }
}
