//! The thread of a subscription: it serves the library, and has partitions taken and given back.
mod entering;
mod giving_back;
mod losing;
mod taking;

use super::{
    joining::{Beginning, Joining},
    placing::Placing,
    shared::Shared,
    watcher::{self, Told, Watcher},
};
use crate::{creation, fault};
use giving_back::Leaving;
use rdkafka::{
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};
use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};
use tidings::{Error, ErrorKind, Result, Str, transport::Event};
use tokio::{sync::oneshot, time::Instant};

/// How long the thread sleeps at most while nobody wakes it.
const NAP: Duration = Duration::from_millis(100);

pub(crate) struct Driver {
    consumer: Arc<BaseConsumer<Watcher>>,
    shared: Arc<Shared>,
    topic: Str,
    drain: Duration,
    placing: Placing,
    /// Whether the group has a place in every partition, whoever its members are.
    is_placed: bool,
    leaving: Option<Leaving>,
    /// When it was asked last whether messages were lost.
    asked: Option<Instant>,
    /// And of which partition.
    asked_last: i32,
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

impl Driver {
    fn drive(mut self, mut joining: Joining, begun: oneshot::Sender<Result<()>>) {
        let mut begun = Some(begun);
        while !self.shared.is_over() {
            self.serve(&mut joining);
            self.begin_late();
            self.give_back();
            self.tell_lost();
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
            let polled = watcher::poll(&self.consumer);
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
}
