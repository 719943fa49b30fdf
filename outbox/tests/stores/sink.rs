//! A broker that keeps what it is sent, and fails as it is told.
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{
    Capabilities, Channel, Error, ErrorKind, Memory, Message, Result, Str, SubscribeSpec,
    Transport,
    transport::{Ensure, State, Wanted},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

/// What is decided of a message: confirmed with none, else failed.
type Decide = dyn Fn(&Channel, &Message) -> Option<Error> + Send + Sync;

#[derive(Clone)]
pub(crate) struct Sink(Arc<Shared>);

struct Shared {
    memory: Memory,
    taken: Mutex<Vec<(String, Message)>>,
    decide: Mutex<Box<Decide>>,
    slow: Mutex<HashMap<String, Duration>>,
    begun: AtomicUsize,
    asked: AtomicUsize,
    delays: AtomicBool,
}

impl Sink {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            memory: Memory::new(),
            taken: Mutex::default(),
            decide: Mutex::new(Box::new(|_, _| None)),
            slow: Mutex::default(),
            begun: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            delays: AtomicBool::new(true),
        }))
    }

    pub(crate) fn decide(
        &self,
        decide: impl Fn(&Channel, &Message) -> Option<Error> + Send + Sync + 'static,
    ) {
        *self.0.decide.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(decide);
    }

    /// Each batch for that address takes that long; `Duration::MAX` has no end, whatever the deadline.
    pub(crate) fn slow(&self, address: &str, by: Duration) {
        self.0
            .slow
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(address.to_owned(), by);
    }

    /// It holds back no message until its time has come.
    pub(crate) fn without_delays(&self) {
        self.0.delays.store(false, SeqCst);
    }

    /// How many batches were begun.
    pub(crate) fn begun(&self) -> usize {
        self.0.begun.load(SeqCst)
    }

    /// How often it was asked what it can do.
    pub(crate) fn asked(&self) -> usize {
        self.0.asked.load(SeqCst)
    }

    /// The bodies of what was taken for an address, in order.
    pub(crate) fn bodies(&self, address: &str) -> Vec<String> {
        let text = |message: &Message| String::from_utf8_lossy(&message.body).into_owned();
        let taken = self.taken(address);
        taken.iter().map(text).collect()
    }

    pub(crate) fn taken(&self, address: &str) -> Vec<Message> {
        let taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let there = taken.iter().filter(|(channel, _)| channel == address);
        there.map(|(_, message)| message.clone()).collect()
    }

    fn take(&self, channel: &Channel, message: &Message) -> Result<()> {
        let error =
            (self.0.decide.lock().unwrap_or_else(PoisonError::into_inner))(channel, message);
        let is_taken = error.as_ref().is_none_or(Error::is_ambiguous);
        if is_taken {
            let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.push((channel.address.to_string(), message.clone()));
        }
        error.map_or(Ok(()), Err)
    }
}

impl Transport for Sink {
    type Subscription = <Memory as Transport>::Subscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        self.0.asked.fetch_add(1, SeqCst);
        let mut all = Transport::capabilities(&self.0.memory, channel);
        all.delay = all.delay.filter(|_| self.0.delays.load(SeqCst));
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        self.0.begun.fetch_add(1, SeqCst);
        let slow = self
            .0
            .slow
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&*channel.address)
            .copied();
        if slow == Some(Duration::MAX) {
            std::future::pending::<()>().await;
        }
        let until = Instant::now() + slow.unwrap_or_default();
        if timeout_at(deadline, sleep_until(until)).await.is_err() {
            let late = || Err(Error::new(ErrorKind::Timeout, "publish", "slow"));
            return batch.iter().map(|_| late()).collect();
        }
        let mut failed = Vec::new();
        let mut results = Vec::new();
        for message in batch {
            let skipped = message.key.as_ref().is_some_and(|key| failed.contains(key));
            let result = match skipped {
                true => Err(Error::new(ErrorKind::Skipped, "publish", "")),
                false => self.take(channel, message),
            };
            if result.is_err() {
                failed.extend(message.key.clone());
            }
            results.push(result);
        }
        results
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<Self::Subscription> {
        Transport::subscribe(&self.0.memory, spec).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, Self::Subscription)> {
        Transport::inbox(&self.0.memory, replies).await
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        Transport::ensure(&self.0.memory, wanted, how).await
    }

    fn state(&self) -> watch::Receiver<State> {
        Transport::state(&self.0.memory)
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        Transport::close(&self.0.memory, grace).await
    }
}
