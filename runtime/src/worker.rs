//! The one task that owns a subscription: hands messages to handlers, a bounded number at a time and one after the other
//! within a key, collects their verdicts and settles them in batches.
use crate::{
    ChannelKind, DynTransport, ErrorKind, HandlerError, Message, Result,
    router::{Job, Route, Settings},
    transport::{DynSubscription, Incoming, Token, Verdict},
};
use bytes::Bytes;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{self, JoinError, JoinSet},
    time::{Instant, sleep, sleep_until},
};

/// Most deliveries taken at a time.
const BATCH: usize = 64;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkerSettings {
    pub(crate) limits: Settings,
    /// Whether there is anything to settle at all.
    pub(crate) settles: bool,
    /// Longest delay that the transport can hold a retried message back for.
    pub(crate) delay: Option<Duration>,
}

pub(crate) struct Worker {
    transport: Arc<dyn DynTransport>,
    route: Arc<Route>,
    subscription: Box<dyn DynSubscription>,
    settings: WorkerSettings,
    stopped: watch::Receiver<bool>,
    /// Handlers at work, and retries that wait for their time.
    running: JoinSet<Outcome>,
    tasks: HashMap<task::Id, Task>,
    /// How many of the tasks are handlers.
    handlers: usize,
    /// Messages that may be handled as soon as there is a place, first come first served.
    waiting: VecDeque<Task>,
    /// Keys at work, each with the messages that wait behind it.
    lanes: HashMap<Bytes, VecDeque<Arc<Incoming>>>,
    /// Deliveries that have no verdict yet.
    held: usize,
    verdicts: Vec<(Token, Verdict)>,
    stopping: bool,
}

/// A message at work, and how often this worker has tried it already.
struct Task {
    incoming: Arc<Incoming>,
    tried: u32,
    /// Whether it only waits to be tried again.
    parked: bool,
}

/// What became of one run of a handler, or of the wait for it.
enum Outcome {
    Ack,
    Reject,
    Retry(Option<Duration>),
    Due,
}

enum Event {
    Stopped,
    Finished(Result<(task::Id, Outcome), JoinError>),
    Received(Result<Vec<Incoming>>),
}

impl Worker {
    pub(crate) fn new(
        transport: Arc<dyn DynTransport>,
        route: Route,
        subscription: Box<dyn DynSubscription>,
        settings: WorkerSettings,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self {
            transport,
            route: Arc::new(route),
            subscription,
            settings,
            stopped,
            running: JoinSet::new(),
            tasks: HashMap::new(),
            handlers: 0,
            waiting: VecDeque::new(),
            lanes: HashMap::new(),
            held: 0,
            verdicts: Vec::new(),
            stopping: false,
        }
    }

    /// Works until it is stopped or the subscription ends, then finishes what is at work.
    pub(crate) async fn run(mut self) -> Result<()> {
        let outcome = self.work().await;
        self.finish().await;
        outcome
    }

    async fn work(&mut self) -> Result<()> {
        let mut failures = 0;
        let mut resume = Instant::now();
        loop {
            match self.event(resume).await {
                Event::Stopped => return Ok(()),
                Event::Finished(done) => self.collect(done),
                Event::Received(Ok(batch)) => {
                    failures = 0;
                    self.take(batch);
                }
                Event::Received(Err(error)) if error.is_retryable() => {
                    failures += 1;
                    tracing::warn!(address = %self.route.channel.address, %error, failures, "receiving failed, trying again");
                    resume = Instant::now() + pause(failures);
                }
                Event::Received(Err(error)) if error.kind() == ErrorKind::Closed => return Ok(()),
                Event::Received(Err(error)) => return Err(error),
            }
            self.settle().await;
        }
    }

    async fn event(&mut self, resume: Instant) -> Event {
        let room = self
            .settings
            .limits
            .prefetch
            .saturating_sub(self.held)
            .min(BATCH);
        let next = async {
            sleep_until(resume).await;
            self.subscription.next(room).await
        };
        tokio::select! {
            biased;
            _ = self.stopped.wait_for(|stopped| *stopped) => Event::Stopped,
            Some(done) = self.running.join_next_with_id() => Event::Finished(done),
            received = next, if room > 0 => Event::Received(received),
        }
    }

    fn take(&mut self, batch: Vec<Incoming>) {
        self.held += batch.len();
        for incoming in batch.into_iter().map(Arc::new) {
            if let Some(key) = incoming.message.key.clone() {
                if let Some(lane) = self.lanes.get_mut(&key) {
                    lane.push_back(incoming);
                    continue;
                }
                self.lanes.insert(key, VecDeque::new());
            }
            self.enqueue(incoming);
        }
        self.start_waiting();
    }

    fn enqueue(&mut self, incoming: Arc<Incoming>) {
        self.waiting.push_back(Task {
            incoming,
            tried: 0,
            parked: false,
        });
    }

    fn start_waiting(&mut self) {
        while self.handlers < self.settings.limits.concurrency {
            let Some(task) = self.waiting.pop_front() else {
                return;
            };
            self.start(task);
        }
    }

    fn start(&mut self, task: Task) {
        let Task {
            incoming, tried, ..
        } = &task;
        let job = Job {
            transport: self.transport.clone(),
            address: self.route.channel.address.clone(),
            incoming: incoming.clone(),
            attempt: incoming.attempt.saturating_add(*tried),
        };
        let id = self.running.spawn(handle(self.route.clone(), job)).id();
        self.handlers += 1;
        self.tasks.insert(id, task);
    }

    /// Lets a message wait here until it is tried again.
    fn park(&mut self, incoming: Arc<Incoming>, tried: u32, delay: Duration) {
        let id = self.running.spawn(wait(delay, self.stopped.clone())).id();
        self.tasks.insert(
            id,
            Task {
                incoming,
                tried,
                parked: true,
            },
        );
    }

    fn collect(&mut self, done: Result<(task::Id, Outcome), JoinError>) {
        self.finished(done);
        while let Some(done) = self.running.try_join_next_with_id() {
            self.finished(done);
        }
        if !self.stopping {
            self.start_waiting();
        }
    }

    fn finished(&mut self, done: Result<(task::Id, Outcome), JoinError>) {
        let (id, outcome) = match done {
            Ok(done) => done,
            Err(error) => {
                let address = &self.route.channel.address;
                tracing::error!(%address, %error, "handler panicked, trying again later");
                (error.id(), Outcome::Retry(None))
            }
        };
        let Some(Task {
            incoming,
            tried,
            parked,
        }) = self.tasks.remove(&id)
        else {
            return;
        };
        self.handlers = self.handlers.saturating_sub(usize::from(!parked));
        match outcome {
            Outcome::Ack => self.conclude(&incoming, Verdict::Ack),
            Outcome::Reject => self.conclude(&incoming, Verdict::Reject),
            Outcome::Due if self.stopping => self.conclude(&incoming, Verdict::RETRY_NOW),
            Outcome::Due => self.waiting.push_back(Task {
                incoming,
                tried,
                parked: false,
            }),
            Outcome::Retry(after) => {
                let attempts = incoming.attempt.saturating_add(tried);
                let after = after.unwrap_or_else(|| pause(attempts));
                if !self.stopping && self.holds_back(&incoming, after) {
                    self.park(incoming, tried.saturating_add(1), after);
                } else {
                    // A message with a key gets here only on the way out, and must not fall behind others of its key.
                    let after = if incoming.message.key.is_some() {
                        Duration::ZERO
                    } else {
                        after
                    };
                    self.conclude(&incoming, Verdict::Retry { after });
                }
            }
        }
    }

    /// Whether a retry stays here: a message with a key holds up the ones behind it, and some transports cannot wait.
    fn holds_back(&self, incoming: &Incoming, after: Duration) -> bool {
        incoming.message.key.is_some() || self.settings.delay.is_none_or(|longest| after > longest)
    }

    fn conclude(&mut self, incoming: &Incoming, verdict: Verdict) {
        self.held = self.held.saturating_sub(1);
        self.verdicts.push((incoming.token, verdict));
        let Some(key) = &incoming.message.key else {
            return;
        };
        if self.stopping {
            // Not before the message in front of them is settled, or another consumer would overtake it.
            let behind = self.lanes.remove(key).unwrap_or_default();
            self.verdicts.extend(
                behind
                    .iter()
                    .map(|incoming| (incoming.token, Verdict::RETRY_NOW)),
            );
            return;
        }
        match self.lanes.get_mut(key).and_then(VecDeque::pop_front) {
            Some(next) => self.enqueue(next),
            None => drop(self.lanes.remove(key)),
        }
    }

    async fn settle(&mut self) {
        let verdicts = std::mem::take(&mut self.verdicts);
        if verdicts.is_empty() || !self.settings.settles {
            return;
        }
        if let Err(error) = self.subscription.settle(&verdicts).await {
            tracing::warn!(
                address = %self.route.channel.address, %error, messages = verdicts.len(),
                "not settled, the messages come again"
            );
        }
    }

    /// Gives back what waits, lets what runs come to its end, and settles all.
    async fn finish(&mut self) {
        self.stopping = true;
        for task in std::mem::take(&mut self.waiting) {
            self.conclude(&task.incoming, Verdict::RETRY_NOW);
        }
        self.settle().await;
        while let Some(done) = self.running.join_next_with_id().await {
            self.collect(done);
            self.settle().await;
        }
    }
}

/// Waits until a message is tried again; gives it back when the worker stops before.
async fn wait(delay: Duration, mut stopped: watch::Receiver<bool>) -> Outcome {
    tokio::select! {
        () = sleep(delay) => Outcome::Due,
        _ = stopped.wait_for(|stopped| *stopped) => Outcome::Retry(Some(delay)),
    }
}

/// Finds the handler and runs it; both may panic, which ends this task only.
async fn handle(route: Arc<Route>, job: Job) -> Outcome {
    let Message { id, name, .. } = job.incoming.message.clone();
    let address = job.address.clone();
    let handler = match route.find(&job.incoming.message) {
        Ok(handler) => handler,
        Err(why) => {
            tracing::warn!(%id, ?name, %address, ?why, "no handler takes the message");
            // A topic may carry messages that are for others; in a queue nobody else would ever take it.
            return match route.channel.kind {
                ChannelKind::PublishSubscribe => Outcome::Ack,
                ChannelKind::PointToPoint => Outcome::Reject,
            };
        }
    };
    match (handler.run)(job).await {
        Ok(()) => Outcome::Ack,
        Err(HandlerError::Retry { after, source }) => {
            tracing::info!(%id, ?name, %address, error = %source, "handler asks to try again");
            Outcome::Retry(after)
        }
        Err(HandlerError::Reject(source)) => {
            tracing::warn!(%id, ?name, %address, error = %source, "message rejected");
            Outcome::Reject
        }
    }
}

/// Doubles with every failure, up to a bound.
fn pause(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        assert_eq!(pause(1), Duration::from_millis(100));
        assert_eq!(pause(3), Duration::from_millis(400));
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }
}
