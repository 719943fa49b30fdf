//! Takes what a relay publishes: at once, or once a broker has confirmed it.
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant as Moment},
};
use tidings::{
    Capabilities, Channel, DynTransport, Memory, Message, Result, Str, SubscribeSpec, Transport,
    transport::{Ensure, State, Wanted},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

#[derive(Clone)]
pub(crate) struct Sink(Arc<Shared>);

struct Shared {
    memory: Memory,
    broker: Option<Arc<dyn DynTransport>>,
    taken: AtomicUsize,
    wanted: AtomicUsize,
    all: Notify,
    /// When each was taken, where that is asked, by the number that its body is.
    times: Mutex<Vec<(usize, Moment)>>,
}

impl Sink {
    pub(crate) fn new(broker: Option<Arc<dyn DynTransport>>) -> Self {
        Self(Arc::new(Shared {
            memory: Memory::new(),
            broker,
            taken: AtomicUsize::new(0),
            wanted: AtomicUsize::new(usize::MAX),
            all: Notify::new(),
            times: Mutex::default(),
        }))
    }

    /// Waits until that many were taken since it was made.
    pub(crate) async fn took(&self, count: usize) {
        self.0.wanted.store(count, SeqCst);
        while self.0.taken.load(SeqCst) < count {
            self.0.all.notified().await;
        }
    }

    pub(crate) fn times(&self) -> Vec<(usize, Moment)> {
        let mut times = self.0.times.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *times)
    }

    fn take(&self, batch: &[Message]) {
        let now = Moment::now();
        let number = |message: &Message| std::str::from_utf8(&message.body).ok()?.parse().ok();
        let numbers = batch.iter().filter_map(number);
        {
            let mut times = self.0.times.lock().unwrap_or_else(PoisonError::into_inner);
            times.extend(numbers.map(|number| (number, now)));
        }
        let taken = self.0.taken.fetch_add(batch.len(), SeqCst) + batch.len();
        if taken >= self.0.wanted.load(SeqCst) {
            self.0.all.notify_one();
        }
    }
}

impl Transport for Sink {
    type Subscription = <Memory as Transport>::Subscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        Transport::capabilities(&self.0.memory, channel)
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let results = match &self.0.broker {
            Some(broker) => broker.publish(channel, batch, deadline).await,
            None => batch.iter().map(|_| Ok(())).collect(),
        };
        if results.iter().all(Result::is_ok) {
            self.take(batch);
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
