//! Connections that are lost again and again leave nothing behind, at the servers that `dev/services env` tells of: after each, all that was
//! published comes, and neither memory nor open files grow.
use libtest_mimic::{Arguments, Failed, Trial};
use std::{collections::BTreeSet, env, fs, process::ExitCode, sync::Arc, time::Duration};
use tidings::{
    BoxError, Channel, DynTransport, Message, SubscribeSpec, Verdict,
    transport::{DynSubscription, Ensure, Event, Settle, Wanted},
};
use tidings_aws::{AwsSettings, KinesisTransport, SnsTransport};
use tidings_conformance::faults::Forwarder;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

type Outcome<T = ()> = Result<T, BoxError>;

/// How often connections are lost before it is looked what there is, and how often until it is looked again.
const BEFORE: usize = 10;
const TIMES: usize = 50;
/// Messages that go with each, and how many bytes one has.
const MESSAGES: usize = 20;
const SIZE: usize = 20_000;
/// What may be kept of one in the mean: a tenth of its messages.
const KEPT: usize = MESSAGES * SIZE / 10;
/// Files that may be open besides: connections that are made just then.
const OPEN: usize = 8;
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let streams = || async {
        let (links, url) = linked(env::var("TIDINGS_TEST_KINESIS")?).await?;
        let transport = KinesisTransport::connect_with(&url, settings(10)).await?;
        let channel = Channel::point_to_point(format!("reconnects.{}", Uuid::now_v7()));
        keeps_nothing(Arc::new(transport), &SubscribeSpec::new(channel), &links).await
    };
    let topics = || async {
        let (links, url) = linked(env::var("TIDINGS_TEST_SNS")?).await?;
        let transport = SnsTransport::connect_with(&url, settings(3)).await?;
        let channel = Channel::publish_subscribe(format!("reconnects.{}", Uuid::now_v7()));
        keeps_nothing(Arc::new(transport), &SubscribeSpec::new(channel), &links).await
    };
    let all = vec![
        trial("streams-keep-nothing", "TIDINGS_TEST_KINESIS", streams),
        trial("topics-keep-nothing", "TIDINGS_TEST_SNS", topics),
    ];
    // What one keeps is not to be another's.
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, all).exit_code()
}

fn trial<F: Future<Output = Outcome>>(
    name: &str,
    address: &str,
    test: impl FnOnce() -> F + Send + 'static,
) -> Trial {
    let is_absent = env::var(address).is_err() || !cfg!(target_os = "linux");
    let run = move || -> Result<(), Failed> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build()?;
        let limited = async { timeout(Duration::from_secs(600), test()).await };
        runtime
            .block_on(limited)?
            .map_err(|error| error.to_string().into())
    };
    let reason = if is_absent { "no server" } else { "" };
    let trial = Trial::test(name, run);
    trial.with_kind(reason).with_ignored_flag(is_absent)
}

/// With leases of so many seconds: what an answer brought that was lost is out for one.
fn settings(lease: u64) -> AwsSettings {
    let mut settings = AwsSettings::default();
    settings.lease = Some(Duration::from_secs(lease));
    settings.wait = Duration::from_secs(1);
    settings.heartbeat = Duration::from_secs(1);
    settings.poll = Duration::from_millis(50);
    settings
}

/// The same address by links that can be cut: one for each server that it names.
async fn linked(address: String) -> Outcome<(Vec<Forwarder>, String)> {
    let (mut links, mut url) = (Vec::new(), address.clone());
    for part in address.split(['@', '/', '?', '&']) {
        if part.starts_with("127.0.0.1:") && url.contains(part) {
            let link = Forwarder::open(part.to_owned()).await?;
            url = url.replace(part, link.address());
            links.push(link);
        }
    }
    Ok((links, url))
}

async fn keeps_nothing(
    transport: Arc<dyn DynTransport>,
    spec: &SubscribeSpec,
    links: &[Forwarder],
) -> Outcome {
    let wanted = Wanted::channel(spec.channel.clone());
    transport.ensure(&[wanted], Ensure::Create).await?;
    let mut subscription = transport.subscribe(spec).await?;
    for _ in 0..BEFORE {
        once(&*transport, spec, &mut *subscription, links).await?;
    }
    let (memory, open) = (resident()?, open()?);
    let mut all = vec![memory];
    for time in 1..=TIMES {
        once(&*transport, spec, &mut *subscription, links).await?;
        if time.is_multiple_of(10) {
            all.push(resident()?);
        }
    }
    let (now, still) = (resident()?, self::open()?);
    let grown = now.saturating_sub(memory);
    assert!(grown < TIMES * KEPT, "bytes: {all:?}");
    assert!(still <= open + OPEN, "{open} files, then {still}");
    drop(subscription);
    Ok(transport.close(PATIENCE).await?)
}

/// Connections end amid what is published; then all of that comes.
async fn once(
    transport: &dyn DynTransport,
    spec: &SubscribeSpec,
    subscription: &mut dyn DynSubscription,
    links: &[Forwarder],
) -> Outcome {
    let batch: Vec<Message> = (0..MESSAGES)
        .map(|_| Message::new(vec![b'a'; SIZE]))
        .collect();
    let cut = async {
        sleep(Duration::from_millis(10)).await;
        links.iter().for_each(Forwarder::restart);
    };
    tokio::join!(insist(transport, &spec.channel, &batch), cut).0?;
    let mut left: BTreeSet<_> = batch.iter().map(|one| one.id.to_text()).collect();
    let settle = transport.capabilities(&spec.channel).settle;
    let is_cumulative = settle == Settle::Cumulative;
    let taking = async {
        while !left.is_empty() {
            let Event::Deliveries(came) = subscription.next(MESSAGES).await? else {
                continue;
            };
            for one in &came {
                left.remove(&one.message.id.to_text());
            }
            let verdicts = came.iter().map(|one| (one.token, Verdict::Ack));
            let verdicts: Vec<_> = verdicts.collect();
            // Of a shard the last says all. What is not told comes again.
            let from = if is_cumulative { verdicts.len() - 1 } else { 0 };
            drop(subscription.settler().settle(&verdicts[from..]).await);
        }
        Outcome::Ok(())
    };
    timeout(PATIENCE, taking).await?
}

/// Publishes what is not confirmed yet, until all is.
async fn insist(transport: &dyn DynTransport, channel: &Channel, batch: &[Message]) -> Outcome {
    let mut left = batch.to_vec();
    while !left.is_empty() {
        let outcomes = transport
            .publish(channel, &left, Instant::now() + PATIENCE)
            .await;
        let mut outcomes = outcomes.iter();
        left.retain(|_| outcomes.next().is_some_and(Result::is_err));
    }
    Ok(())
}

/// Bytes of memory that the process has.
fn resident() -> Outcome<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("nothing is said of it")?.parse::<usize>()? * 1024)
}

fn open() -> Outcome<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}
