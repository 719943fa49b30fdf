//! What has to be at the cluster: topics, and the places of groups in them.
use crate::{
    client::Cluster,
    consumer::begin,
    creation::{create, partitions, same},
    subscription::KafkaSubscription,
    topic::{self, Topic},
};
use tidings::{
    Channel, ChannelKind, Error, ErrorKind, Result, Str, SubscribeSpec,
    transport::{Ensure, Group, Start, Wanted},
};
use tokio::time::Instant;

pub(crate) async fn ensure(cluster: &Cluster, wanted: &Wanted, how: Ensure) -> Result<()> {
    let topic = topic::of("ensure", &wanted.channel)?;
    let placed = placed(cluster, wanted, &topic, how).await;
    placed.map_err(|error| cluster.unanswered(&topic.name, error))
}

async fn placed(cluster: &Cluster, wanted: &Wanted, topic: &Topic, how: Ensure) -> Result<()> {
    let channel = &wanted.channel;
    match (partitions(cluster, topic).await?, how) {
        (Some(found), _) => same(topic, found)?,
        (None, Ensure::Create) => create(cluster, topic).await?,
        (None, _) => return Err(topic::missing("ensure", &topic.name)),
    }
    match &wanted.group {
        Some(group) if channel.kind == ChannelKind::PublishSubscribe => {
            place(cluster, channel, &topic.name, group, how).await
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
        let until = Instant::now() + wait;
        let count = begin::existing("ensure", consumer, &name, until)?;
        let unplaced = begin::unplaced("ensure", consumer, &name, count, until)?;
        if is_check || unplaced.is_empty() {
            return Ok(unplaced.is_empty());
        }
        let ends = begin::ends("ensure", consumer, &name, &unplaced, Start::New, until)?;
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
            KafkaSubscription::open(cluster, &spec, None)
                .await
                .map(drop)
        }
    }
}
