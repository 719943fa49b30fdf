//! Shards that are split and merged, and leases of those who are gone, at the servers that `dev/services env` tells of.
mod at;
mod taking;

use at::{LEASE, absent, address, by, client, connect, servers};
use aws_sdk_kinesis::types::{Shard, StreamStatus};
use libtest_mimic::{Arguments, Failed, Trial};
use std::{collections::BTreeSet, future::Future, process::ExitCode, sync::Arc, time::Duration};
use taking::{Taking, bodies, in_order, keyed, publish};
use tidings::{
    BoxError, Channel, DynTransport,
    transport::{Affinity, Ensure, Event, Order, Wanted},
};
use tidings_codegen::Broker;
use tidings_conformance::faults::{Forwarder, Passing};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

type Outcome = Result<(), BoxError>;

fn main() -> ExitCode {
    let all = vec![
        trial("what-a-shard-is-split-into-waits-for-it", split),
        trial("what-shards-are-merged-into-waits-for-them", merge),
        trial("shards-of-who-is-gone-are-taken-over-in-time", take_over),
        trial("who-has-lost-a-shard-settles-nothing", fenced),
        trial("shards-are-shared-evenly", even),
        trial("a-shard-that-ended-is-not-read-again", ended),
        trial(
            "a-stream-that-was-made-anew-is-read-from-its-beginning",
            made_anew,
        ),
        trial("the-table-of-brokers-is-what-it-says", table),
    ];
    libtest_mimic::run(&Arguments::from_args(), all).exit_code()
}

fn trial<F: Future<Output = Outcome>>(
    name: &str,
    test: impl FnOnce() -> F + Send + 'static,
) -> Trial {
    let is_absent = address().is_empty();
    let run = move || -> Result<(), Failed> {
        let runtime = tokio::runtime::Runtime::new()?;
        let limited = async { timeout(Duration::from_secs(60), test()).await };
        let outcome = runtime.block_on(limited)?;
        outcome.map_err(|error| error.to_string().into())
    };
    let trial = Trial::test(name, run);
    let reason = if is_absent { absent() } else { String::new() };
    trial.with_kind(reason).with_ignored_flag(is_absent)
}

/// A stream that no other test has.
async fn fresh(shards: u16) -> Result<Channel, BoxError> {
    let channel = Channel::point_to_point(format!("shards.{}", Uuid::now_v7()));
    let channel = channel.with_shards(shards);
    let wanted = Wanted::channel(channel.clone());
    let transport = connect(address()).await?;
    transport.ensure(&[wanted], Ensure::Create).await?;
    // It is divided later.
    Ok(channel.with_shards(1))
}

async fn shards(stream: &str) -> Result<Vec<Shard>, BoxError> {
    let listed = client()?.list_shards().stream_name(stream).send().await?;
    Ok(listed.shards().to_vec())
}

async fn active(stream: &str) -> Outcome {
    loop {
        let asking = client()?.describe_stream_summary().stream_name(stream);
        let told = asking.send().await?;
        let told = told.stream_description_summary();
        if told.is_some_and(|told| *told.stream_status() == StreamStatus::Active) {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Splits the first shard in the middle.
async fn split_first(stream: &str) -> Outcome {
    let first = shards(stream).await?.remove(0);
    let range = first.hash_key_range().ok_or("no range")?;
    let from: u128 = range.starting_hash_key().parse()?;
    let to: u128 = range.ending_hash_key().parse()?;
    let asking = client()?.split_shard().stream_name(stream);
    let asking = asking.shard_to_split(first.shard_id());
    let middle = (from / 2 + to / 2 + 1).to_string();
    asking.new_starting_hash_key(middle).send().await?;
    active(stream).await
}

async fn merge_both(stream: &str) -> Outcome {
    let all = shards(stream).await?;
    let asking = client()?.merge_shards().stream_name(stream);
    let asking = asking.shard_to_merge(all[0].shard_id());
    let asking = asking.adjacent_shard_to_merge(all[1].shard_id());
    asking.send().await?;
    active(stream).await
}

const KEYS: usize = 8;

/// What was there before comes first, and what comes afterwards not before that is settled.
async fn divided<F: Future<Output = Outcome>>(
    before: u16,
    divide: impl FnOnce(String) -> F,
    parts: usize,
) -> Outcome {
    let channel = fresh(before).await?;
    let transport = connect(address()).await?;
    let mut taking = Taking::open(&*transport, &channel).await?;
    publish(&*transport, &channel, &keyed(KEYS, 0..3)).await?;
    let first = taking.receive(KEYS * 3).await?;
    divide(channel.address.to_string()).await?;
    publish(&*transport, &channel, &keyed(KEYS, 3..6)).await?;
    taking.silent(Duration::from_millis(1500)).await?;
    taking.ack(&first).await?;
    let second = taking.receive(KEYS * 3).await?;
    let used: BTreeSet<_> = second.iter().map(|one| one.token.part).collect();
    assert_eq!(used.len(), parts, "{used:?}");
    taking.ack(&second).await?;
    in_order(&[bodies(&first), bodies(&second)].concat(), KEYS, 6)
}

async fn split() -> Outcome {
    divided(1, |stream| async move { split_first(&stream).await }, 2).await
}

async fn merge() -> Outcome {
    divided(2, |stream| async move { merge_both(&stream).await }, 1).await
}

async fn ended() -> Outcome {
    let channel = fresh(1).await?;
    let transport = connect(address()).await?;
    let mut taking = Taking::open(&*transport, &channel).await?;
    publish(&*transport, &channel, &keyed(1, 0..2)).await?;
    let first = taking.receive(2).await?;
    taking.ack(&first).await?;
    split_first(&channel.address).await?;
    publish(&*transport, &channel, &keyed(1, 2..3)).await?;
    let second = taking.receive(1).await?;
    drop(taking);
    let mut again = Taking::open(&*transport, &channel).await?;
    assert_eq!(bodies(&again.receive(1).await?), bodies(&second));
    again.silent(Duration::from_millis(500)).await
}

/// Transports of which one reaches the servers over links that can fail.
struct Two {
    links: [Forwarder; 2],
    failing: Arc<dyn DynTransport>,
    other: Arc<dyn DynTransport>,
}

async fn two() -> Result<Two, BoxError> {
    let [streams, tables] = servers()?;
    let links = [
        Forwarder::open(streams).await?,
        Forwarder::open(tables).await?,
    ];
    let url = by([links[0].address(), links[1].address()])?;
    Ok(Two {
        failing: connect(url).await?,
        other: connect(address()).await?,
        links,
    })
}

impl Two {
    fn pass(&self, passing: Passing) {
        self.links.iter().for_each(|link| link.pass(passing));
    }
}

async fn take_over() -> Outcome {
    let (two, channel) = (two().await?, fresh(2).await?);
    let mut first = Taking::open(&*two.failing, &channel).await?;
    publish(&*two.other, &channel, &keyed(KEYS, 0..1)).await?;
    first.receive(KEYS).await?;
    let mut second = Taking::open(&*two.other, &channel).await?;
    two.pass(Passing::Cut);
    let begun = Instant::now();
    second.receive(KEYS).await?;
    let took = begun.elapsed();
    // Servers of tests may take long to answer.
    assert!(took < 3 * LEASE, "{took:?}");
    Ok(())
}

async fn fenced() -> Outcome {
    let (two, channel) = (two().await?, fresh(1).await?);
    let mut first = Taking::open(&*two.failing, &channel).await?;
    publish(&*two.other, &channel, &keyed(1, 0..3)).await?;
    let held = first.receive(3).await?;
    two.pass(Passing::Stalled);
    let mut second = Taking::open(&*two.other, &channel).await?;
    let again = second.receive(3).await?;
    // It knows by itself that it has the shard no longer.
    let told = timeout(Duration::from_secs(1), first.next(0)).await??;
    assert!(matches!(told, Event::Gone { .. }), "{told:?}");
    two.pass(Passing::All);
    first.ack(&held).await?;
    second.ack(&again[..1]).await?;
    drop((first, second));
    let mut third = Taking::open(&*two.other, &channel).await?;
    assert_eq!(bodies(&third.receive(2).await?), ["0 1", "0 2"]);
    third.silent(Duration::from_millis(300)).await
}

async fn even() -> Outcome {
    let channel = fresh(6).await?;
    let (mut transports, mut all) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        transports.push(connect(address()).await?);
    }
    for transport in &transports {
        all.push(Taking::open(&**transport, &channel).await?);
    }
    for taking in &mut all {
        taking.silent(Duration::from_secs(1)).await?;
    }
    publish(&*transports[0], &channel, &keyed(60, 0..1)).await?;
    let mut total = 0;
    for taking in &mut all {
        let came = taking.rest(Duration::from_millis(600)).await?;
        let parts: BTreeSet<_> = came.iter().map(|one| one.token.part).collect();
        assert_eq!(parts.len(), 2, "{parts:?}");
        total += came.len();
    }
    assert_eq!(total, 60);
    Ok(())
}

/// Under the name of another, whose leases and marks are still there.
async fn made_anew() -> Outcome {
    let channel = fresh(1).await?;
    let transport = connect(address()).await?;
    let mut taking = Taking::open(&*transport, &channel).await?;
    publish(&*transport, &channel, &keyed(1, 0..3)).await?;
    let first = taking.receive(3).await?;
    taking.ack(&first).await?;
    transport.close(Duration::from_secs(1)).await?;
    let stream = &*channel.address;
    client()?.delete_stream().stream_name(stream).send().await?;
    while shards(stream).await.is_ok() {
        sleep(Duration::from_millis(20)).await;
    }
    let transport = connect(address()).await?;
    let wanted = Wanted::channel(channel.clone());
    transport.ensure(&[wanted], Ensure::Create).await?;
    publish(&*transport, &channel, &keyed(1, 3..6)).await?;
    let mut taking = Taking::open(&*transport, &channel).await?;
    let came = taking.receive(3).await?;
    assert_eq!(bodies(&came), ["0 3", "0 4", "0 5"]);
    Ok(())
}

/// What `tidings generate rust --broker kinesis --check` goes by.
async fn table() -> Outcome {
    let transport = connect(address()).await?;
    let has = transport.capabilities(&Channel::point_to_point("a"));
    let told = Broker {
        name: "kinesis",
        point_to_point: has.point_to_point,
        publish_subscribe: has.publish_subscribe,
        groups: has.groups,
        key_order: has.affinity != Affinity::None && has.order >= Order::Key,
        native_reply: has.native_reply,
        wildcards: has.wildcards,
        wildcard_queues: has.wildcards,
        delay_seconds: has.delay.unwrap_or_default().as_secs(),
        header_bytes: has.max_bytes,
        message_bytes: has.max_bytes,
    };
    assert_eq!(Broker::named("kinesis"), Some(&told));
    Ok(())
}
