//! The one task that owns a subscription: hands messages to handlers, a bounded number at a time and one after the other
//! within a key, collects their verdicts and settles them in batches.
use crate::{
    ChannelKind, DynTransport, ErrorKind, HandlerError, Result,
    router::{Handler, Job, Route, Settings},
    transport::{DynSubscription, Incoming, Token, Verdict},
};
use bytes::Bytes;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Semaphore, watch},
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
    route: Route,
    subscription: Box<dyn DynSubscription>,
    settings: WorkerSettings,
    stopped: watch::Receiver<bool>,
    /// One a handler that may run.
    permits: Arc<Semaphore>,
    running: JoinSet<Outcome>,
    tasks: HashMap<task::Id, Task>,
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
}

/// What became of one run of a handler.
enum Outcome {
    Ack,
    Reject,
    Retry(Option<Duration>),
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
            route,
            subscription,
            settings,
            stopped,
            permits: Arc::new(Semaphore::new(settings.limits.concurrency)),
            running: JoinSet::new(),
            tasks: HashMap::new(),
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
            let lane = incoming
                .message
                .key
                .clone()
                .map(|key| self.lanes.entry(key));
            match lane {
                Some(std::collections::hash_map::Entry::Occupied(mut busy)) => {
                    busy.get_mut().push_back(incoming)
                }
                Some(std::collections::hash_map::Entry::Vacant(free)) => {
                    free.insert(VecDeque::new());
                    self.start(incoming, 0, Duration::ZERO);
                }
                None => self.start(incoming, 0, Duration::ZERO),
            }
        }
    }

    fn start(&mut self, incoming: Arc<Incoming>, tried: u32, delay: Duration) {
        let job = Job {
            transport: self.transport.clone(),
            address: self.route.channel.address.clone(),
            incoming: incoming.clone(),
            attempt: incoming.attempt.saturating_add(tried),
        };
        let run = match self.route.find(&incoming.message) {
            Ok(handler) => attempt(
                handler.clone(),
                job,
                delay,
                self.permits.clone(),
                self.stopped.clone(),
            ),
            Err(why) => {
                tracing::warn!(
                    id = %incoming.message.id, name = ?incoming.message.name, address = %job.address,
                    ?why, "no handler takes the message"
                );
                // A topic may carry messages that are for others; in a queue nobody else would ever take it.
                let verdict = match self.route.channel.kind {
                    ChannelKind::PublishSubscribe => Verdict::Ack,
                    ChannelKind::PointToPoint => Verdict::Reject,
                };
                return self.conclude(&incoming, verdict);
            }
        };
        let id = self.running.spawn(run).id();
        self.tasks.insert(id, Task { incoming, tried });
    }

    fn collect(&mut self, done: Result<(task::Id, Outcome), JoinError>) {
        self.finished(done);
        while let Some(done) = self.running.try_join_next_with_id() {
            self.finished(done);
        }
    }

    fn finished(&mut self, done: Result<(task::Id, Outcome), JoinError>) {
        let (id, outcome) = match done {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(address = %self.route.channel.address, %error, "handler panicked, trying again later");
                (error.id(), Outcome::Retry(None))
            }
        };
        let Some(Task { incoming, tried }) = self.tasks.remove(&id) else {
            return;
        };
        match outcome {
            Outcome::Ack => self.conclude(&incoming, Verdict::Ack),
            Outcome::Reject => self.conclude(&incoming, Verdict::Reject),
            Outcome::Retry(after) => {
                let after = after.unwrap_or_else(|| pause(incoming.attempt.saturating_add(tried)));
                if !self.stopping && self.holds_back(&incoming, after) {
                    self.start(incoming, tried.saturating_add(1), after);
                } else {
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
        self.held -= 1;
        self.verdicts.push((incoming.token, verdict));
        let Some(key) = &incoming.message.key else {
            return;
        };
        match self.lanes.get_mut(key).and_then(VecDeque::pop_front) {
            Some(next) => self.start(next, 0, Duration::ZERO),
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
        self.permits.close();
        for follower in std::mem::take(&mut self.lanes).into_values().flatten() {
            self.verdicts.push((follower.token, Verdict::RETRY_NOW));
            self.held -= 1;
        }
        self.settle().await;
        while let Some(done) = self.running.join_next_with_id().await {
            self.collect(done);
            self.settle().await;
        }
    }
}

/// Runs a handler once, after the delay and when its turn comes; gives up both when the worker stops.
async fn attempt(
    handler: Handler,
    job: Job,
    delay: Duration,
    permits: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) -> Outcome {
    if !delay.is_zero() {
        tokio::select! {
            () = sleep(delay) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return Outcome::Retry(Some(delay)),
        }
    }
    let Ok(_permit) = permits.acquire().await else {
        return Outcome::Retry(Some(Duration::ZERO));
    };
    let (id, address) = (job.incoming.message.id, job.address.clone());
    match (handler.run)(job).await {
        Ok(()) => Outcome::Ack,
        Err(HandlerError::Retry { after, source }) => {
            tracing::info!(%id, %address, error = %source, "handler asks to try again");
            Outcome::Retry(after)
        }
        Err(HandlerError::Reject(source)) => {
            tracing::warn!(%id, %address, error = %source, "message rejected");
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
