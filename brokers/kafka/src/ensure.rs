//! What has to be at the cluster: topics, and the places of groups in them.
use crate::{
    client::{Cluster, blocking},
    consumer::begin,
    subscription::KafkaSubscription,
    topic::{self, Topic},
};
use std::time::Duration;
use tidings::{
    Channel, ChannelKind, Error, ErrorKind, Result, Str, SubscribeSpec,
    transport::{Ensure, Group, Start, Wanted},
};
use tokio::time::{Instant, sleep};

/// How long a topic that brokers do not know yet is not looked for.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) async fn ensure(cluster: &Cluster, wanted: &Wanted, how: Ensure) -> Result<()> {
    let channel = &wanted.channel;
    let topic = topic::of("ensure", channel)?;
    match (partitions(cluster, &topic).await?, how) {
        (Some(found), _) => same(&topic, found)?,
        (None, Ensure::Create) => create(cluster, &topic).await?,
        (None, _) => return Err(topic::missing("ensure", &topic.name)),
    }
    match &wanted.group {
        Some(group) if channel.kind == ChannelKind::PublishSubscribe => {
            place(cluster, channel, &topic.name, group, how).await
        }
        _ => Ok(()),
    }
}

/// Creates a topic, and waits until brokers know it; says how it differs where another was faster.
pub(crate) async fn create(cluster: &Cluster, topic: &Topic) -> Result<()> {
    topic::create(cluster, topic).await?;
    let until = Instant::now() + cluster.settings.wait;
    loop {
        match partitions(cluster, topic).await? {
            Some(found) => return same(topic, found),
            None if Instant::now() >= until => {
                return Err(topic::missing("ensure", &topic.name).retryable(true));
            }
            None => sleep(LOOK).await,
        }
    }
}

async fn partitions(cluster: &Cluster, topic: &Topic) -> Result<Option<usize>> {
    let (cluster, name) = (cluster.clone(), topic.name.clone());
    blocking("ensure", move || {
        let clients = cluster.clients()?;
        topic::partitions("ensure", &clients.consumer, &name, cluster.settings.wait)
    })
    .await
}

/// Of a channel that says nothing of partitions, any number will do.
fn same(topic: &Topic, found: usize) -> Result<()> {
    match topic.partitions {
        Some(wanted) if wanted != found => {
            let reason = format!("the topic has {found} partitions, of {wanted} that are wanted");
            Err(Error::new(ErrorKind::Conflict, "ensure", reason).with("channel", &topic.name))
        }
        _ => Ok(()),
    }
}

/// A group begins where it is placed: with what is published from now on.
async fn place(
    cluster: &Cluster,
    channel: &Channel,
    topic: &Str,
    group: &Str,
    how: Ensure,
) -> Result<()> {
    let (name, is_check) = (topic.clone(), how == Ensure::Check);
    let placed = cluster.ask("ensure", group, move |consumer, wait| {
        let count = begin::existing("ensure", consumer, &name, wait)?;
        let unplaced = begin::unplaced("ensure", consumer, &name, count, wait)?;
        if is_check || unplaced.is_empty() {
            return Ok(unplaced.is_empty());
        }
        let ends = begin::ends("ensure", consumer, &name, &unplaced, Start::New, wait)?;
        begin::place("ensure", consumer, &name, &ends)
    });
    match placed.await? {
        true => Ok(()),
        false if how == Ensure::Check => {
            let reason =
                "the group has no place in the topic; let `ensure` create it, or subscribe";
            let error = Error::new(ErrorKind::NotFound, "ensure", reason);
            Err(error.with("channel", topic).with("group", group))
        }
        // While it has members, only they may place it: become one for a moment.
        false => {
            let spec = SubscribeSpec::new(channel.clone()).group(Group::Shared(group.clone()));
            KafkaSubscription::open(cluster, &spec, false)
                .await
                .map(drop)
        }
    }
}
