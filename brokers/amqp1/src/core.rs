//! What a transport and its subscriptions share: connections, and whether it was closed.
use crate::{
    dial::{Dial, Purpose},
    dialect::{Dialect, Offer},
    error::closed,
    line::Line,
    link::{Link, Phase},
    scheduler,
};
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Channel, Error, ErrorKind, Result, transport::State};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout, timeout_at},
};

/// Pause before what a connection ended amid is tried again.
const PAUSE: Duration = Duration::from_millis(100);
/// How long subscriptions may take to give back what they have.
const GIVING_BACK: Duration = Duration::from_secs(1);

/// How far a transport is from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Open,
    /// Takes and delivers nothing more, but settles.
    Closing,
    Closed,
}

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) dial: Arc<Dial>,
    pub(crate) offer: Offer,
    publishing: Link,
    consuming: Link,
    stage: watch::Sender<Stage>,
    state: Arc<watch::Sender<State>>,
    /// Deliveries that were handed out and are not settled.
    out: AtomicUsize,
    settled: Notify,
    /// Subscriptions that have not ended.
    subscriptions: watch::Sender<usize>,
}

impl Core {
    pub(crate) async fn open(dial: Dial) -> Result<Self> {
        let dial = Arc::new(dial);
        let (publishing, consuming) = tokio::try_join!(
            Link::open(dial.clone(), Purpose::Publish),
            Link::open(dial.clone(), Purpose::Consume),
        )?;
        let line = consuming
            .line("connect", Instant::now() + dial.settings.connect_within)
            .await?;
        let mut offer = line.offer.clone();
        offer.delays &= offer.dialect == Dialect::Artemis || scheduler::is_there(&line).await;
        let state = Arc::new(watch::Sender::new(State::Connected));
        let phases = [publishing.phase(), consuming.phase()];
        tokio::spawn(follow(phases, Arc::downgrade(&state)));
        Ok(Self {
            dial,
            offer,
            publishing,
            consuming,
            stage: watch::Sender::new(Stage::Open),
            state,
            out: AtomicUsize::new(0),
            settled: Notify::new(),
            subscriptions: watch::Sender::new(0),
        })
    }

    /// An error, with where it was and on what.
    pub(crate) fn named(&self, error: Error, channel: &Channel) -> Error {
        let error = error.with("channel", &channel.address);
        error.with("server", &self.dial.address)
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(crate) fn stage(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    pub(crate) fn check_open(&self, operation: &'static str) -> Result<()> {
        match *self.stage.borrow() {
            Stage::Open => Ok(()),
            Stage::Closing | Stage::Closed => Err(closed(operation)),
        }
    }

    /// The connection to publish by, as soon as there is one.
    pub(crate) async fn publishing(&self, deadline: Instant) -> Result<Arc<Line>> {
        self.publishing.line("publish", deadline).await
    }

    /// The connection to receive by, as soon as there is one.
    pub(crate) async fn consuming(
        &self,
        operation: &'static str,
        deadline: Instant,
    ) -> Result<Arc<Line>> {
        self.consuming.line(operation, deadline).await
    }

    /// When what begins while the broker is away is given up.
    pub(crate) fn patience(&self) -> Instant {
        Instant::now() + self.dial.settings.connect_within
    }

    /// Does what a connection may end amid, and again by the next one until that time.
    pub(crate) async fn patiently<T, F>(
        &self,
        deadline: Instant,
        work: impl Fn() -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        loop {
            match work().await {
                Err(error)
                    if error.kind() == ErrorKind::ConnectionLost && Instant::now() < deadline =>
                {
                    tracing::debug!(%error, "what began with a connection that ended is tried again");
                    sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// So many deliveries were handed out.
    pub(crate) fn handed_out(&self, count: usize) {
        self.out.fetch_add(count, SeqCst);
    }

    /// So many of them are out no more.
    pub(crate) fn came_back(&self, count: usize) {
        self.out.fetch_sub(count, SeqCst);
        self.settled.notify_waiters();
    }

    /// One more subscription, or one less.
    pub(crate) fn subscriptions(&self, change: isize) {
        self.subscriptions
            .send_modify(|count| *count = count.saturating_add_signed(change));
    }

    /// Refuses what is new, waits for what is out, and ends all.
    pub(crate) async fn close(&self, grace: Duration) -> Result<()> {
        self.advance(Stage::Closing);
        let end = Instant::now() + grace;
        let outcome = timeout_at(end, self.all_settled()).await;
        self.advance(Stage::Closed);
        self.state.send_replace(State::Closed);
        let mut left = self.subscriptions.subscribe();
        drop(timeout(GIVING_BACK, left.wait_for(|count| *count == 0)).await);
        tokio::join!(self.publishing.close(), self.consuming.close());
        outcome.map_err(|_| {
            let reason =
                format!("not all that was delivered was settled within {grace:?}; it comes again");
            Error::new(ErrorKind::Timeout, "close", reason)
        })
    }

    fn advance(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let is_later = *stage < to;
            *stage = (*stage).max(to);
            is_later
        });
    }

    async fn all_settled(&self) {
        loop {
            let settled = self.settled.notified();
            if self.out.load(SeqCst) == 0 || *self.stage.borrow() == Stage::Closed {
                return;
            }
            settled.await;
        }
    }
}

/// Tells how the connections are doing, as long as anybody asks.
async fn follow(mut phases: [watch::Receiver<Phase>; 2], told: Weak<watch::Sender<State>>) {
    loop {
        let [one, other] = &mut phases;
        let changed = tokio::select! {
            changed = one.changed() => changed,
            changed = other.changed() => changed,
        };
        let (Ok(()), Some(told)) = (changed, told.upgrade()) else {
            return;
        };
        let next = phases
            .iter_mut()
            .map(|phase| state(&phase.borrow_and_update()));
        let next = next.reduce(|one, other| if one == State::Connected { other } else { one });
        told.send_if_modified(|state| match next {
            Some(next) if *state != State::Closed && *state != next => {
                *state = next;
                true
            }
            _ => false,
        });
    }
}

fn state(phase: &Phase) -> State {
    match phase {
        Phase::Up(_) => State::Connected,
        Phase::Down { since, reason } => State::Reconnecting {
            since: *since,
            reason: reason.clone(),
        },
    }
}
