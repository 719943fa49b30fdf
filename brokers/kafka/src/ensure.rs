//! What has to be at the cluster: topics, and the places of groups in them.
use crate::{
    client::{Cluster, blocking},
    consumer::begin,
    subscription::KafkaSubscription,
    topic,
};
use tidings::{
    Channel, ChannelKind, Error, ErrorKind, Result, Str, SubscribeSpec,
    transport::{Ensure, Group, Start, Wanted},
};

pub(crate) async fn ensure(cluster: &Cluster, wanted: &Wanted, how: Ensure) -> Result<()> {
    let channel = &wanted.channel;
    topic::check("ensure", channel)?;
    let found = partitions(cluster, channel).await?;
    match (found, how) {
        (Some(found), _) => same(channel, found)?,
        (None, Ensure::Create) => {
            create(cluster, channel, &[]).await?;
        }
        (None, _) => return Err(topic::missing("ensure", &channel.address)),
    }
    match &wanted.group {
        Some(group) if channel.kind == ChannelKind::PublishSubscribe => {
            place(cluster, channel, group, how).await
        }
        _ => Ok(()),
    }
}

/// Creates the topic of a channel, and waits until brokers know it.
pub(crate) async fn create(
    cluster: &Cluster,
    channel: &Channel,
    properties: &[(&str, &str)],
) -> Result<()> {
    let partitions = usize::from(channel.shards);
    topic::create(cluster, &channel.address, partitions, properties).await?;
    await_topic(cluster, channel).await
}

async fn partitions(cluster: &Cluster, channel: &Channel) -> Result<Option<usize>> {
    let (cluster, name) = (cluster.clone(), channel.address.clone());
    blocking("ensure", move || {
        let clients = cluster.asker.clients(&cluster)?;
        topic::partitions("ensure", &clients.consumer, &name, cluster.settings.wait)
    })
    .await
}

/// Of a channel that says nothing of shards, any number will do.
fn same(channel: &Channel, found: usize) -> Result<()> {
    if channel.shards == 1 || usize::from(channel.shards) == found {
        return Ok(());
    }
    let reason = format!(
        "the topic has {found} partitions, of {} that are wanted",
        channel.shards
    );
    Err(Error::new(ErrorKind::Conflict, "ensure", reason).with("channel", &channel.address))
}

/// Waits until brokers know a topic that was created, and says how it differs where another was faster.
async fn await_topic(cluster: &Cluster, channel: &Channel) -> Result<()> {
    let until = tokio::time::Instant::now() + cluster.settings.wait;
    loop {
        match partitions(cluster, channel).await? {
            Some(found) => return same(channel, found),
            None if tokio::time::Instant::now() >= until => {
                return Err(topic::missing("ensure", &channel.address).retryable(true));
            }
            None => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

/// A group begins where it is placed: with what is published from now on.
async fn place(cluster: &Cluster, channel: &Channel, group: &Str, how: Ensure) -> Result<()> {
    let (name, is_check) = (channel.address.clone(), how == Ensure::Check);
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
            Err(error.with("channel", &channel.address).with("group", group))
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
