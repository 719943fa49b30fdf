//! Topics that are created, and removed.
use crate::{
    client::{Cluster, blocking},
    fault,
    insist::insist,
    topic::{self, Topic},
};
use rdkafka::{
    admin::{AdminOptions, NewTopic, TopicReplication},
    types::RDKafkaErrorCode,
};
use std::time::Duration;
use tidings::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

/// How long a topic that brokers do not know yet is not looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Creates a topic, and waits until brokers know it; says how it differs where another was faster.
pub(crate) async fn create(cluster: &Cluster, topic: &Topic) -> Result<()> {
    begin(cluster, topic).await?;
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

/// How many partitions the topic has; none where there is no such topic.
pub(crate) async fn partitions(cluster: &Cluster, topic: &Topic) -> Result<Option<usize>> {
    let (cluster, name) = (cluster.clone(), topic.name.clone());
    blocking("ensure", move || {
        let clients = cluster.clients()?;
        insist(Instant::now() + cluster.settings.wait, |wait| {
            topic::partitions("ensure", &clients.consumer, &name, wait)
        })
    })
    .await
}

/// Of a channel that says nothing of partitions, any number will do.
pub(crate) fn same(topic: &Topic, found: usize) -> Result<()> {
    match topic.partitions {
        Some(wanted) if wanted != found => {
            let reason = format!("the topic has {found} partitions, of {wanted} that are wanted");
            Err(Error::new(ErrorKind::Conflict, "ensure", reason).with("channel", &topic.name))
        }
        _ => Ok(()),
    }
}

/// Creates a topic; one that is there already is left as it is.
async fn begin(cluster: &Cluster, topic: &Topic) -> Result<()> {
    let replicas = topic.replicas.or(cluster.settings.replicas);
    let replicas = TopicReplication::Fixed(replicas.map_or(-1, i32::from));
    let partitions = i32::try_from(topic.partitions.unwrap_or(1)).unwrap_or(i32::MAX);
    let mut wanted = NewTopic::new(&topic.name, partitions, replicas);
    for (name, value) in &topic.properties {
        wanted = wanted.set(name, value);
    }
    let topic = &*topic.name;
    let clients = cluster.clients()?;
    let created = clients
        .admin
        .create_topics([&wanted], &options(cluster))
        .await;
    let created = created.map_err(|error| fault::error("ensure", &error).with("channel", topic))?;
    match created.into_iter().next() {
        None | Some(Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
        Some(Err((_, code))) => Err(fault::of_code("ensure", code).with("channel", topic)),
    }
}

/// Removes a topic, if it is there.
async fn remove(cluster: &Cluster, topic: &str) -> Result<()> {
    let clients = cluster.clients()?;
    let removed = clients
        .admin
        .delete_topics(&[topic], &options(cluster))
        .await;
    let removed = removed.map_err(|error| fault::error("remove", &error).with("channel", topic))?;
    match removed.into_iter().next() {
        None | Some(Ok(_) | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition))) => Ok(()),
        Some(Err((_, code))) => Err(fault::of_code("remove", code).with("channel", topic)),
    }
}

/// Removes a topic from a thread without a runtime; one that stays does no harm but to the list of topics.
pub(crate) fn remove_here(cluster: &Cluster, topic: &str) {
    if let Err(error) = here("remove", remove(cluster, topic)) {
        tracing::warn!(%error, topic, "an inbox's topic could not be removed");
    }
}

/// What a thread without a runtime waits for.
pub(crate) fn here<T>(
    operation: &'static str,
    question: impl Future<Output = Result<T>>,
) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.map_err(|error| {
        let reason = "no runtime can be started";
        Error::new(ErrorKind::Unexpected, operation, reason).because(error)
    })?;
    runtime.block_on(question)
}

fn options(cluster: &Cluster) -> AdminOptions {
    let wait = Some(cluster.settings.wait);
    AdminOptions::new()
        .request_timeout(wait)
        .operation_timeout(wait)
}
