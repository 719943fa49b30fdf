//! How a subscription's thread begins: as a member of a group, or with all partitions.
use super::{
    super::{
        begin::{self, Offsets},
        committer,
        joining::{Beginning, Member},
        placing::Placing,
        watcher::Watcher,
    },
    Driver, no_thread,
};
use crate::{
    bindings,
    client::{Cluster, client},
    creation, fault,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::sync::Arc;
use tidings::{Result, transport::Start};
use tokio::time::Instant;

impl Driver {
    /// Joins the group, or takes all partitions.
    pub(super) fn begin(beginning: &Beginning, until: Instant) -> Result<Self> {
        let Beginning {
            cluster,
            spec,
            member,
            shared,
            ..
        } = beginning;
        if let Some(topic) = &beginning.inbox {
            creation::here("inbox", creation::create(cluster, topic))?;
        }
        let topic = beginning.topic.clone();
        let group = match member {
            Member::Of(group) => &**group,
            Member::Alone => "tidings.alone",
        };
        let count = match beginning.inbox {
            Some(_) => 1,
            None => partitions(cluster, &topic, until)?,
        };
        // The library fetches so much ahead of each partition.
        let bytes = spec.prefetch_bytes / count.max(1);
        let mut config = cluster.consumer(group, spec.prefetch, bytes);
        if let Some(client) = bindings::client(&spec.channel)? {
            config.set("client.id", &*client);
        }
        let watcher = Watcher::new(cluster.link.clone());
        let mut consumer: BaseConsumer<Watcher> = client("subscribe", &config, watcher)?;
        let woken = shared.clone();
        consumer.set_nonempty_callback(move || woken.wake_driver());
        let mut driver = Self {
            consumer: Arc::new(consumer),
            shared: shared.clone(),
            drain: cluster.settings.drain,
            placing: Placing::new(topic.clone(), Offsets::new()),
            is_placed: true,
            leaving: None,
            asked: None,
            asked_last: -1,
            committer: None,
            topic,
        };
        shared.is_of(&driver.consumer);
        match member {
            Member::Of(_) => driver.join(spec.start, count, until)?,
            Member::Alone if beginning.inbox.is_some() => driver.take(&Offsets::from([(0, 0)]))?,
            Member::Alone => driver.take_all(spec.start, count, until)?,
        }
        Ok(driver)
    }

    fn join(&mut self, start: Start, count: usize, until: Instant) -> Result<()> {
        let unplaced = begin::unplaced("subscribe", &self.consumer, &self.topic, count, until)?;
        let ends = begin::ends(
            "subscribe",
            &self.consumer,
            &self.topic,
            &unplaced,
            start,
            until,
        );
        let begins = ends?;
        self.is_placed = begin::place("subscribe", &self.consumer, &self.topic, &begins)?;
        self.placing = Placing::new(self.topic.clone(), begins);
        let subscribed = self.consumer.subscribe(&[&*self.topic]);
        subscribed.map_err(|error| fault::error("subscribe", &error))?;
        let (consumer, shared) = (self.consumer.clone(), self.shared.clone());
        let committer = committer::spawn(consumer, shared, self.topic.clone());
        self.committer = Some(committer.map_err(no_thread)?);
        Ok(())
    }

    fn take_all(&mut self, start: Start, count: usize, until: Instant) -> Result<()> {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let all: Vec<i32> = (0..count).collect();
        let ends = begin::ends("subscribe", &self.consumer, &self.topic, &all, start, until)?;
        self.take(&ends)
    }

    fn take(&mut self, begins: &Offsets) -> Result<()> {
        let list = begin::list(&self.topic, begins)?;
        self.hold(&list);
        let assigned = self.consumer.assign(&list);
        assigned.map_err(|error| fault::error("subscribe", &error))
    }
}

/// How many partitions the topic has.
fn partitions(cluster: &Cluster, topic: &str, until: Instant) -> Result<usize> {
    let clients = cluster.clients()?;
    begin::existing("subscribe", &clients.consumer, topic, until)
}
