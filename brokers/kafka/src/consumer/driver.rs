//! The thread of a subscription: it serves the library, gives partitions back when what is out of them is settled, and commits.
use super::{
    begin::{self, Offsets},
    committer,
    joining::{Beginning, Joining, Member},
    placing::Placing,
    shared::Shared,
    watcher::{Told, Watcher},
};
use crate::{
    bindings,
    client::{Cluster, client},
    creation, fault,
};
use rdkafka::{
    TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};
use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};
use tidings::{
    Error, ErrorKind, Result, Str,
    transport::{Event, Part, Start},
};
use tokio::{sync::oneshot, time::Instant};

/// How long the thread sleeps at most while nobody wakes it.
const NAP: Duration = Duration::from_millis(100);
/// Partitions that are on their way back.
struct Leaving {
    list: TopicPartitionList,
    until: Instant,
}

pub(crate) struct Driver {
    consumer: Arc<BaseConsumer<Watcher>>,
    shared: Arc<Shared>,
    topic: Str,
    drain: Duration,
    placing: Placing,
    /// Whether the group has a place in every partition, whoever its members are.
    is_placed: bool,
    leaving: Option<Leaving>,
    committer: Option<JoinHandle<()>>,
}

/// Begins a subscription's thread, which ends with the subscription.
pub(crate) fn spawn(beginning: Beginning) -> Result<()> {
    let thread = thread::Builder::new().name("tidings-kafka".to_owned());
    let spawned = thread.spawn(move || run(beginning));
    spawned.map(drop).map_err(no_thread)
}

fn no_thread(error: io::Error) -> Error {
    let reason = "no thread can be started";
    Error::new(ErrorKind::Unexpected, "subscribe", reason).because(error)
}

fn run(beginning: Beginning) {
    let (shared, cluster) = (beginning.shared.clone(), beginning.cluster.clone());
    let inbox = beginning.inbox.clone();
    shared.is_driven_here();
    receive(beginning);
    if let Some(topic) = inbox {
        creation::remove_here(&cluster, &topic.name);
    }
    shared.left();
}

fn receive(beginning: Beginning) {
    let until = Instant::now() + beginning.cluster.settings.wait;
    match Driver::begin(&beginning, until) {
        Ok(driver) => {
            let joining = Joining::new(&beginning, driver.is_placed, until);
            driver.drive(joining, beginning.begun);
        }
        Err(error) => {
            let error = beginning.cluster.unanswered(&beginning.topic, error);
            beginning.shared.end(error.clone());
            // Who has gone needs no answer.
            beginning.begun.send(Err(error)).ok();
        }
    }
}

/// How many partitions the topic has.
fn partitions(cluster: &Cluster, topic: &str, until: Instant) -> Result<usize> {
    let clients = cluster.clients()?;
    begin::existing("subscribe", &clients.consumer, topic, until)
}

impl Driver {
    /// Joins the group, or takes all partitions.
    fn begin(beginning: &Beginning, until: Instant) -> Result<Self> {
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
        if let Some(client) = bindings::client(&spec.channel) {
            config.set("client.id", client);
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

    fn drive(mut self, mut joining: Joining, begun: oneshot::Sender<Result<()>>) {
        let mut begun = Some(begun);
        while !self.shared.is_over() {
            self.serve(&mut joining);
            self.begin_late();
            self.give_back();
            if begun.is_some()
                && let Some(outcome) = joining.outcome(&self.shared)
            {
                self.tell_begun(begun.take(), outcome);
            }
            thread::park_timeout(self.nap());
        }
        if let (Some(begun), Some(error)) = (begun, self.shared.ended()) {
            // Who has gone needs no answer.
            begun.send(Err(error)).ok();
        }
        self.leave();
    }

    /// Who does not wait any more wants no subscription either.
    fn tell_begun(&self, begun: Option<oneshot::Sender<Result<()>>>, outcome: Result<()>) {
        let error = outcome.clone().err();
        let is_wanted = begun.is_some_and(|begun| begun.send(outcome).is_ok());
        if let Some(error) = error {
            self.shared.end(error);
        } else if !is_wanted {
            self.shared.end(fault::closed("subscribe"));
        }
    }

    fn nap(&self) -> Duration {
        let until = self.leaving.as_ref().map(|leaving| leaving.until);
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        left.map_or(NAP, |left| left.clamp(Duration::from_millis(1), NAP))
    }

    /// Takes in what the library tells.
    fn serve(&mut self, joining: &mut Joining) {
        loop {
            let polled = self.consumer.poll(Duration::ZERO);
            if let Some(Err(error)) = &polled {
                self.failed(error);
            }
            let is_quiet = polled.is_none();
            match self.consumer.context().next() {
                Some(Told::Assigned(list)) => {
                    joining.joined();
                    self.assigned(&list);
                }
                Some(Told::Revoked(list)) => self.revoked(&list),
                None if is_quiet => return,
                None => {}
            }
        }
    }

    /// What the library gets over by itself is no news.
    fn failed(&self, error: &KafkaError) {
        let told = fault::received(error).with("channel", &self.topic);
        if !told.is_retryable() {
            self.shared.end(told);
        } else if told.kind() == ErrorKind::NotFound {
            self.tell(Err(told));
        }
    }

    fn tell(&self, event: Result<Event>) {
        self.shared.lock().events.push_back(event);
        self.shared.changed.notify_one();
    }

    /// Begins to hold partitions: their messages wait in queues of their own, so that who is full leaves them there, and the
    /// library fetches no more, while everything else goes on.
    fn hold(&self, list: &TopicPartitionList) {
        for element in list.elements() {
            let Some(mut queue) = self
                .consumer
                .split_partition_queue(&self.topic, element.partition())
            else {
                continue;
            };
            let shared = Arc::downgrade(&self.shared);
            queue.set_nonempty_callback(move || {
                if let Some(shared) = shared.upgrade() {
                    shared.changed.notify_one();
                }
            });
            self.shared.lock().add(element.partition(), queue);
        }
        self.shared.changed.notify_one();
    }

    /// The library is answered at once, whatever can be begun by then.
    fn assigned(&mut self, list: &TopicPartitionList) {
        self.placing.add(list);
        let placed = self.placed();
        self.begin_at(&placed);
    }

    /// Begins what could not be before.
    fn begin_late(&mut self) {
        if self.placing.is_over() {
            return;
        }
        let placed = self.placed();
        if placed.count() > 0 {
            self.begin_at(&placed);
        }
    }

    /// What can be begun now.
    fn placed(&mut self) -> TopicPartitionList {
        self.placing.take(&self.consumer).unwrap_or_else(|error| {
            tracing::debug!(%error, topic = %self.topic, "the group's place is not known yet");
            if error.kind() == ErrorKind::PermissionDenied {
                self.shared.end(error);
            }
            TopicPartitionList::new()
        })
    }

    fn begin_at(&self, placed: &TopicPartitionList) {
        self.hold(placed);
        if let Err(error) = self.consumer.incremental_assign(placed) {
            tracing::warn!(%error, topic = %self.topic, "partitions could not be taken");
        }
    }

    /// Partitions are to be given back: at once where nothing is out of them, else when that is settled or the time is over.
    fn revoked(&mut self, list: &TopicPartitionList) {
        let list = self.placing.remove(list);
        if self.consumer.assignment_lost() {
            return self.gone(&list);
        }
        let until = Instant::now() + self.drain;
        let mut held = self.shared.lock();
        let mut parts = Vec::new();
        for element in list.elements() {
            if let Some(assigned) = held.parts.get_mut(&element.partition()) {
                assigned.is_leaving = true;
                if !assigned.out.is_empty() {
                    parts.push(assigned.part);
                }
            }
        }
        if !parts.is_empty() {
            held.events.push_back(Ok(Event::Leaving { parts, until }));
        }
        held.is_leaving = true;
        drop(held);
        self.shared.wake();
        self.shared.changed.notify_one();
        self.leaving = Some(Leaving { list, until });
    }

    fn give_back(&mut self) {
        let Some(leaving) = &self.leaving else {
            return;
        };
        let is_busy = {
            let held = self.shared.lock();
            let parts = leaving.list.elements();
            let mut parts = parts
                .iter()
                .filter_map(|element| held.parts.get(&element.partition()));
            parts.any(|assigned| !assigned.out.is_empty() || held.is_committing(assigned.part))
        };
        if (!is_busy || Instant::now() >= leaving.until || self.consumer.assignment_lost())
            && let Some(leaving) = self.leaving.take()
        {
            self.shared.lock().is_leaving = false;
            self.gone(&leaving.list);
        }
    }

    fn gone(&self, list: &TopicPartitionList) {
        let mut held = self.shared.lock();
        let elements = list.elements();
        let parts = elements
            .iter()
            .filter_map(|element| held.remove(element.partition()));
        let parts: Vec<Part> = parts.collect();
        if !parts.is_empty() {
            held.events.push_back(Ok(Event::Gone { parts }));
        }
        drop(held);
        if let Err(error) = self.consumer.incremental_unassign(list) {
            tracing::debug!(%error, topic = %self.topic, "partitions were given back before");
        }
        self.shared.changed.notify_one();
    }

    /// Leaves the group; whoever is there next begins behind what was committed.
    fn leave(mut self) {
        self.shared.wake();
        // A panic there is nothing that leaving could mend.
        self.committer.take().map(JoinHandle::join);
        let mut held = self.shared.lock();
        let numbers: Vec<i32> = held.parts.keys().copied().collect();
        for number in numbers {
            held.remove(number);
        }
        drop(held);
        self.answer();
    }

    /// The library leaves only once everything that it told is answered.
    fn answer(&mut self) {
        let leaving = self
            .leaving
            .take()
            .map(|leaving| Told::Revoked(leaving.list));
        for told in leaving.into_iter().chain(self.consumer.context().close()) {
            let answered = match &told {
                Told::Assigned(list) => self.consumer.incremental_assign(list),
                Told::Revoked(list) => {
                    let begun = self.placing.remove(list);
                    self.consumer.incremental_unassign(&begun)
                }
            };
            if let Err(error) = answered {
                tracing::debug!(%error, "partitions are given back by leaving the group");
            }
        }
    }
}
