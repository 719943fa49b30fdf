//! What only a cluster can show of this transport and none of another: its topics, groups and records, seen by a bare client.
#[path = "../conformance/capabilities.rs"]
mod capabilities;
mod faults;
mod lost;
mod mistakes;
mod once;
#[path = "../conformance/proxy.rs"]
mod proxy;

use libtest_mimic::{Arguments, Failed, Trial};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, ResourceSpecifier},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    message::Headers,
};
use serde_json::{Value, json};
use std::{
    env,
    future::Future,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{
    Bindings, BoxError, Channel, ErrorKind, Message, MessageId, Server, SubscribeSpec, Transport,
    Verdict,
    transport::{Ensure, Event, Group, Settler, Start, Subscription, Wanted},
};
use tidings_kafka::{KafkaSettings, KafkaTransport};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// Where the cluster is, as `dev/services env` says.
const VARIABLE: &str = "TIDINGS_TEST_KAFKA";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

type Outcome<T = ()> = Result<T, BoxError>;

fn main() -> ExitCode {
    let mut trials = vec![
        trial("bindings-make-the-topic", bindings_make_the_topic),
        trial(
            "a-groups-name-is-the-documents",
            a_groups_name_is_the_documents,
        ),
        trial("records-are-as-documented", records_are_as_documented),
        trial(
            "a-record-is-as-old-as-its-sending",
            a_record_is_as_old_as_its_sending,
        ),
        trial(
            "an-inbox-goes-with-its-subscription",
            an_inbox_goes_with_its_subscription,
        ),
    ];
    trials.extend(faults::trials());
    trials.extend(lost::trials());
    trials.extend(mistakes::trials());
    trials.extend(once::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test, or what shows that it is left out.
fn trial<F>(name: &str, check: fn(String) -> F) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    trial_within(PATIENCE, name, check)
}

/// The same, where it may take as long as that.
fn trial_within<F>(within: Duration, name: &str, check: fn(String) -> F) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    let url = env::var(VARIABLE).ok();
    let is_absent = url.is_none();
    let trial = Trial::test(name, move || run(within, check(url.unwrap_or_default())));
    match is_absent {
        true => trial
            .with_kind(format!("{VARIABLE} is not set; see `dev/services`"))
            .with_ignored_flag(true),
        false => trial,
    }
}

fn run(within: Duration, check: impl Future<Output = Outcome>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(async { timeout(within, check).await });
    runtime.shutdown_background();
    match outcome {
        Ok(outcome) => outcome.map_err(|error| error.to_string().into()),
        Err(_) => Err(format!("not done within {within:?}").into()),
    }
}

fn servers(url: &str) -> &str {
    url.trim_start_matches("kafka://")
}

fn fresh() -> String {
    format!("cluster.{}", Uuid::now_v7())
}

fn kafka(binding: Value) -> Bindings {
    Bindings::new([("kafka", binding)])
}

fn bare(url: &str, group: &str) -> Outcome<BaseConsumer> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", servers(url))
        .set("group.id", group);
    Ok(config.create()?)
}

async fn publish(transport: &KafkaTransport, channel: &Channel, message: Message) -> Outcome {
    let deadline = Instant::now() + PATIENCE;
    let outcome = transport.publish(channel, &[message], deadline).await.pop();
    Ok(outcome.ok_or("no outcome")??)
}

async fn bindings_make_the_topic(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let (address, topic) = (fresh(), fresh());
    let binding = json!({
        "topic": topic, "partitions": 3, "replicas": 1,
        "topicConfiguration": { "cleanup.policy": ["compact"], "retention.ms": 12345 },
    });
    let channel = Channel::publish_subscribe(&*address).with_bindings(kafka(binding));
    transport
        .ensure(&[Wanted::channel(channel.clone())], Ensure::Create)
        .await?;
    let metadata = bare(&url, "cluster")?.fetch_metadata(Some(&topic), PATIENCE)?;
    let partitions = metadata
        .topics()
        .first()
        .map(|topic| topic.partitions().len());
    assert_eq!(partitions, Some(3));
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", servers(&url))
        .create()?;
    let resource = [ResourceSpecifier::Topic(&topic)];
    let described = admin
        .describe_configs(&resource, &AdminOptions::new())
        .await?;
    let described = described.into_iter().next().ok_or("nothing is described")?;
    let described = described.map_err(|code| code.to_string())?;
    let value = |name| described.get(name).and_then(|entry| entry.value.clone());
    assert_eq!(value("cleanup.policy").as_deref(), Some("compact"));
    assert_eq!(value("retention.ms").as_deref(), Some("12345"));
    // What is there and different is told.
    let other = json!({ "topic": topic, "partitions": 4 });
    let other = Channel::publish_subscribe(&*address).with_bindings(kafka(other));
    let error = transport
        .ensure(&[Wanted::channel(other)], Ensure::Create)
        .await
        .err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Conflict));
    Ok(())
}

async fn a_groups_name_is_the_documents(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let (address, group) = (fresh(), fresh());
    let operations =
        json!({ "operations": { "receive": { "kafka": { "groupId": { "const": group } } } } });
    let bindings = Bindings::read(&operations.to_string());
    let queue = Channel::point_to_point(&*address).with_bindings(bindings.clone());
    transport
        .ensure(&[Wanted::channel(queue.clone())], Ensure::Create)
        .await?;
    let mut subscription = transport
        .subscribe(&SubscribeSpec::new(queue.clone()))
        .await?;
    publish(&transport, &queue, Message::new("a")).await?;
    let Event::Deliveries(deliveries) = subscription.next(1).await? else {
        return Err("no delivery".into());
    };
    let verdicts = [(deliveries[0].token, Verdict::Ack)];
    assert!(subscription.settler().settle(&verdicts).await.is_empty());
    let mut all = TopicPartitionList::new();
    all.add_partition(&address, 0);
    let known = bare(&url, &group)?.committed_offsets(all, PATIENCE)?;
    assert_eq!(known.elements()[0].offset(), Offset::Offset(1));
    let topic = Channel::publish_subscribe(&*address).with_bindings(bindings);
    let spec = SubscribeSpec::new(topic).group(Group::Shared("other".into()));
    let error = transport
        .subscribe(&spec)
        .await
        .err()
        .map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains(&group)));
    Ok(())
}

async fn records_are_as_documented(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let channel = Channel::publish_subscribe(fresh());
    transport
        .ensure(&[Wanted::channel(channel.clone())], Ensure::Create)
        .await?;
    let mut message = Message::named("Order", "application/json", "{}");
    message.id = MessageId::Text("7".into());
    message.key = Some("k".into());
    message.reply_to = Some("there".into());
    message.set_header("tenant", "acme");
    publish(&transport, &channel, message).await?;
    let consumer = bare(&url, "cluster")?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(&channel.address, 0, Offset::Beginning)?;
    consumer.assign(&all)?;
    let record = consumer.poll(PATIENCE).ok_or("no record")??;
    assert_eq!(
        (record.key(), record.payload()),
        (Some(&b"k"[..]), Some(&b"{}"[..]))
    );
    let headers = record.headers().ok_or("no headers")?.iter();
    let text =
        |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
    let headers: Vec<_> = headers
        .map(|one| (one.key.to_owned(), text(one.value)))
        .collect();
    let expected = [
        ("message-id", "7"),
        ("message-name", "Order"),
        ("content-type", "application/json"),
        ("reply-to", "there"),
        ("tenant", "acme"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(headers, expected);
    Ok(())
}

/// What a topic keeps goes by that: a dead letter of what is old is not to be deleted before anybody has looked.
async fn a_record_is_as_old_as_its_sending(url: String) -> Outcome {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let transport = KafkaTransport::connect(&url).await?;
    let channel = Channel::publish_subscribe(fresh());
    transport
        .ensure(&[Wanted::channel(channel.clone())], Ensure::Create)
        .await?;
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let created = UNIX_EPOCH + Duration::from_millis(now) - 8 * DAY;
    let mut message = Message::new("made a while ago");
    message.created = Some(created);
    publish(&transport, &channel, message).await?;
    let consumer = bare(&url, "cluster")?;
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(&channel.address, 0, Offset::Beginning)?;
    consumer.assign(&all)?;
    let record = consumer.poll(PATIENCE).ok_or("no record")??;
    let time = record.timestamp().to_millis().ok_or("no time")?;
    let age = u64::try_from(time)?.abs_diff(now);
    assert!(age < 60_000, "it is {age} ms off");
    let spec = SubscribeSpec::new(channel).start(Start::Oldest);
    let mut subscription = transport.subscribe(&spec).await?;
    let Event::Deliveries(deliveries) = subscription.next(1).await? else {
        return Err("no delivery".into());
    };
    assert_eq!(deliveries[0].message.created, Some(created));
    Ok(())
}

async fn an_inbox_goes_with_its_subscription(url: String) -> Outcome {
    let transport = KafkaTransport::connect(&url).await?;
    let (address, subscription) = transport.inbox(None).await?;
    let consumer = bare(&url, "cluster")?;
    let is_there = || {
        let metadata = consumer.fetch_metadata(Some(&address), PATIENCE)?;
        let error = metadata.topics().first().and_then(|topic| topic.error());
        Outcome::Ok(error.is_none())
    };
    assert!(is_there()?);
    drop(subscription);
    while is_there()? {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
