//! A broker for the tests of whoever uses this crate: in process, with everything that was sent on record and faults to order.
//!
//! With tokio's clock paused, time is virtual: pauses between attempts, timeouts and delays take no time to test, as tokio puts
//! the clock forward whenever nothing else is to be done.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use tidings::{Channel, HandlerError, Message, Received, Router, serve, testing::TestBroker};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
//! # runtime.block_on(async {
//! // In a test: #[tokio::test(start_paused = true)]
//! let broker = TestBroker::new();
//! let orders = Channel::point_to_point("orders");
//! let placed = Channel::publish_subscribe("orders.placed");
//!
//! let mut router = Router::new();
//! let to = placed.clone();
//! router.on(orders.clone(), move |order: Received<Message>| {
//!     let to = to.clone();
//!     async move { Ok(order.context.send(&to, &order.message)?) }
//! });
//! let service = serve(Arc::new(broker.clone()), router).await?;
//!
//! broker.refuse(2); // its first two tries to send fail
//! let client = tidings::Client::new(Arc::new(broker.clone()));
//! while client.send(&orders, &Message::new("1")).await.is_err() {}
//! broker.settled().await;
//! assert_eq!(broker.published("orders.placed").len(), 1);
//! # service.stop(Duration::from_secs(1)).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
mod examples;
mod harness;
mod kept;
mod subscription;

pub use examples::{Example, Examples};
pub use harness::{Harness, run};
pub use subscription::{TestSettler, TestSubscription};

use crate::{
    Channel, Error, ErrorKind, Memory, Message, Outgoing, Result, Str, clock,
    memory::{Lifetime, inbox_address},
    transport::{Capabilities, Ensure, State, SubscribeSpec, Transport, Wanted},
};
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// How often it is looked whether all is settled, on tokio's clock: at first, and at last.
const LOOK: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(1));

/// The broker. Cheap to clone; clones are the same broker.
#[derive(Clone)]
pub struct TestBroker {
    memory: Memory,
    shared: Arc<Shared>,
}

struct Shared {
    log: Mutex<Log>,
    state: watch::Sender<State>,
    /// How often everybody was cut off.
    cuts: AtomicUsize,
    /// How many subscriptions are not back yet.
    cut_off: AtomicUsize,
}

#[derive(Default)]
struct Log {
    published: Vec<Outgoing>,
    faults: VecDeque<Fault>,
}

/// What happens to the next message that is published.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Lost,
    Refused,
    Unconfirmed,
    Twice,
    Late(Duration),
}

impl TestBroker {
    /// An empty one, with the usual bounds of [`Memory`].
    #[must_use]
    pub fn new() -> Self {
        Self::over(Memory::new())
    }

    /// One over those queues.
    #[must_use]
    pub fn over(memory: Memory) -> Self {
        Self {
            memory,
            shared: Arc::new(Shared {
                log: Mutex::default(),
                state: watch::Sender::new(State::Connected),
                cuts: AtomicUsize::new(0),
                cut_off: AtomicUsize::new(0),
            }),
        }
    }

    /// What was published to an address and confirmed, in that order.
    #[must_use]
    pub fn published(&self, address: &str) -> Vec<Message> {
        let log = self.log();
        let there = log.published.iter();
        let there = there.filter(|outgoing| &*outgoing.channel.address == address);
        there.map(|outgoing| outgoing.message.clone()).collect()
    }

    /// Everything that was published and confirmed, in that order; dead letters and replies too.
    #[must_use]
    pub fn all_published(&self) -> Vec<Outgoing> {
        self.log().published.clone()
    }

    /// The next so many messages are confirmed, and lost.
    pub fn lose(&self, messages: usize) {
        self.order(messages, Fault::Lost);
    }

    /// The next so many messages are not taken; trying again helps.
    pub fn refuse(&self, messages: usize) {
        self.order(messages, Fault::Refused);
    }

    /// The next so many messages are taken, but their confirmations are lost: whoever sent them sees an
    /// [ambiguous](Error::is_ambiguous) error.
    pub fn unconfirm(&self, messages: usize) {
        self.order(messages, Fault::Unconfirmed);
    }

    /// The next so many messages are delivered twice.
    pub fn duplicate(&self, messages: usize) {
        self.order(messages, Fault::Twice);
    }

    /// The next so many messages are delivered so much later than the others.
    pub fn delay(&self, messages: usize, by: Duration) {
        self.order(messages, Fault::Late(by));
    }

    fn order(&self, messages: usize, fault: Fault) {
        let faults = std::iter::repeat_n(fault, messages);
        self.log().faults.extend(faults);
    }

    /// Cuts everybody off: publishing fails, and what is unsettled is delivered again once the connection is
    /// [mended](Self::mend).
    pub fn cut(&self) {
        self.shared.cuts.fetch_add(1, SeqCst);
        self.shared.state.send_replace(State::Reconnecting {
            since: Instant::now(),
            reason: "cut by the test".into(),
        });
    }

    /// Ends a [cut](Self::cut).
    pub fn mend(&self) {
        self.shared.state.send_replace(State::Connected);
    }

    /// Waits until everything is settled that somebody listens for, and for a [cut](Self::cut) to be mended. With tokio's clock
    /// paused that takes no time.
    pub async fn settled(&self) {
        let mut pause = LOOK.0;
        while self.memory.unsettled() > 0 || self.shared.cut_off.load(SeqCst) > 0 {
            sleep(pause).await;
            pause = (pause * 2).min(LOOK.1);
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.shared
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_cut(&self) -> bool {
        matches!(*self.shared.state.borrow(), State::Reconnecting { .. })
    }

    async fn publish_one(
        &self,
        channel: &Channel,
        message: &Message,
        deadline: Instant,
    ) -> Result<()> {
        if self.is_cut() {
            return Err(cut("publish"));
        }
        let fault = self.log().faults.pop_front();
        let mut message = message.clone();
        match fault {
            Some(Fault::Lost) => {
                self.record(channel, &message);
                return Ok(());
            }
            Some(Fault::Refused) => {
                let reason = "refused by the test";
                return Err(Error::new(ErrorKind::Busy, "publish", reason));
            }
            Some(Fault::Late(by)) => message.not_before = clock::now().checked_add(by),
            Some(Fault::Unconfirmed | Fault::Twice) | None => {}
        }
        let copies = match fault {
            Some(Fault::Twice) => 2,
            _ => 1,
        };
        let batch = vec![message.clone(); copies];
        let outcomes = self.memory.publish(channel, &batch, deadline).await;
        outcomes.into_iter().collect::<Result<Vec<()>>>()?;
        self.record(channel, &message);
        match fault {
            Some(Fault::Unconfirmed) => {
                let reason = "the confirmation was lost by the test";
                Err(Error::new(ErrorKind::ConnectionLost, "publish", reason).ambiguous())
            }
            _ => Ok(()),
        }
    }

    fn record(&self, channel: &Channel, message: &Message) {
        let outgoing = Outgoing::new(channel.clone(), message.clone());
        self.log().published.push(outgoing);
    }
}

fn cut(operation: &'static str) -> Error {
    Error::new(ErrorKind::ConnectionLost, operation, "cut by the test")
}

impl Default for TestBroker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestBroker")
            .field("published", &self.log().published.len())
            .finish_non_exhaustive()
    }
}

impl Transport for TestBroker {
    type Subscription = TestSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        Transport::capabilities(&self.memory, channel)
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let mut outcomes: Vec<Result<()>> = Vec::with_capacity(batch.len());
        for (at, message) in batch.iter().enumerate() {
            let before = batch.iter().zip(&outcomes);
            let mut failed = before.filter(|(_, outcome)| outcome.is_err());
            let is_behind =
                message.key.is_some() && failed.any(|(other, _)| other.key == message.key);
            let outcome = if is_behind {
                let reason = "an earlier message of its key failed";
                Err(Error::new(ErrorKind::Skipped, "publish", reason))
            } else {
                self.publish_one(channel, &batch[at], deadline).await
            };
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<TestSubscription> {
        if self.is_cut() {
            return Err(cut("subscribe"));
        }
        TestSubscription::begin(self.clone(), spec.clone(), Lifetime::Durable)
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, TestSubscription)> {
        let address = inbox_address();
        let spec = SubscribeSpec::new(Channel::point_to_point(address.clone()));
        let lifetime = Lifetime::Linger(Duration::ZERO);
        let subscription = TestSubscription::begin(self.clone(), spec, lifetime)?;
        Ok((address, subscription))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        Transport::ensure(&self.memory, wanted, how).await
    }

    fn state(&self) -> watch::Receiver<State> {
        self.shared.state.subscribe()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        let outcome = Transport::close(&self.memory, grace).await;
        self.shared.state.send_replace(State::Closed);
        outcome
    }
}
