//! What transports share that hold connections to a broker: the connections, what is out, and how far they are from their end.
use super::{
    Dial, Line, Purpose, State,
    link::{Link, Phase},
};
use crate::{Channel, Error, ErrorKind, Result};
use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout_at},
};

/// Pause before what a connection ended amid is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// How far a transport is from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It is at work.
    Open,
    /// It takes and delivers nothing more, but settles.
    Closing,
    /// It does nothing more.
    Closed,
}

/// The two connections of a transport, one to publish by and one to receive by: a broker that takes no messages for now must still hear
/// what is settled. Each comes back by itself, with pauses up to a second.
pub struct Connections<D: Dial> {
    /// How they are made.
    pub dial: Arc<D>,
    publishing: Link<D::Line>,
    consuming: Link<D::Line>,
    stage: watch::Sender<Stage>,
    state: Arc<watch::Sender<State>>,
    /// Deliveries that were handed out and are not settled.
    out: AtomicUsize,
    settled: Notify,
}

impl<D: Dial> Connections<D> {
    /// Makes both.
    ///
    /// # Errors
    /// When one is refused, or nobody answers in time.
    pub async fn open(dial: D) -> Result<Self> {
        let dial = Arc::new(dial);
        let (publishing, consuming) = tokio::try_join!(
            Link::open(dial.clone(), Purpose::Publish),
            Link::open(dial.clone(), Purpose::Consume),
        )?;
        let state = Arc::new(watch::Sender::new(State::Connected));
        let phases = [publishing.phase(), consuming.phase()];
        tokio::spawn(follow(phases, Arc::downgrade(&state)));
        Ok(Self {
            dial,
            publishing,
            consuming,
            stage: watch::Sender::new(Stage::Open),
            state,
            out: AtomicUsize::new(0),
            settled: Notify::new(),
        })
    }

    /// An error, with where it was and on what.
    #[must_use]
    pub fn named(&self, error: Error, channel: &Channel) -> Error {
        let error = error.with("channel", &channel.address);
        error.with("server", self.dial.server())
    }

    /// How they are doing, and how that changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// How far the transport is from its end, and how that changes.
    #[must_use]
    pub fn stage(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Whether something may begin.
    ///
    /// # Errors
    /// When the transport is being closed.
    pub fn check_open(&self, operation: &'static str) -> Result<()> {
        match *self.stage.borrow() {
            Stage::Open => Ok(()),
            Stage::Closing | Stage::Closed => Err(Error::closed(operation)),
        }
    }

    /// The connection to publish by, as soon as there is one.
    ///
    /// # Errors
    /// When there is none by the deadline.
    pub async fn publishing(&self, deadline: Instant) -> Result<Arc<D::Line>> {
        self.publishing.line("publish", deadline).await
    }

    /// The connection to receive by, as soon as there is one.
    ///
    /// # Errors
    /// When there is none by the deadline.
    pub async fn consuming(
        &self,
        operation: &'static str,
        deadline: Instant,
    ) -> Result<Arc<D::Line>> {
        self.consuming.line(operation, deadline).await
    }

    /// When what begins while the broker is away is given up.
    #[must_use]
    pub fn patience(&self) -> Instant {
        Instant::now() + self.dial.patience()
    }

    /// Does what a connection may end amid, and again by the next one until that time.
    ///
    /// # Errors
    /// Those of the work, and of a connection that was lost once the time is over.
    pub async fn patiently<T, F>(&self, deadline: Instant, work: impl Fn() -> F + Send) -> Result<T>
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
    pub fn handed_out(&self, count: usize) {
        self.out.fetch_add(count, SeqCst);
    }

    /// So many of them are out no more.
    pub fn came_back(&self, count: usize) {
        self.out.fetch_sub(count, SeqCst);
        self.settled.notify_waiters();
    }

    /// Refuses what is new, waits for what is out, and ends all once `last` is done, which begins when nothing more is settled.
    ///
    /// # Errors
    /// When not everything was settled in time.
    pub async fn close(&self, grace: Duration, last: impl Future<Output = ()>) -> Result<()> {
        self.advance(Stage::Closing);
        let end = Instant::now() + grace;
        let outcome = timeout_at(end, self.all_settled()).await;
        self.advance(Stage::Closed);
        self.state.send_replace(State::Closed);
        last.await;
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

impl<D: Dial> fmt::Debug for Connections<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("server", &self.dial.server().to_string())
            .finish_non_exhaustive()
    }
}

/// Tells how the connections are doing, as long as anybody asks.
async fn follow<L: Line>(
    mut phases: [watch::Receiver<Phase<L>>; 2],
    told: Weak<watch::Sender<State>>,
) {
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
            .map(|phase| phase.borrow_and_update().state());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Str;
    use std::sync::atomic::AtomicU32;

    /// A broker that takes connections while it is there.
    #[derive(Default)]
    struct Fake {
        is_away: watch::Sender<bool>,
        tries: AtomicU32,
    }

    struct Wire(u32, watch::Receiver<bool>);

    impl Line for Wire {
        async fn ended(&self) -> Str {
            drop(self.1.clone().wait_for(|is_away| *is_away).await);
            "it is away".into()
        }

        async fn close(&self) {}
    }

    impl Dial for Fake {
        type Line = Wire;

        async fn connect(&self, _: Purpose, number: u32) -> Result<Arc<Wire>> {
            self.tries.fetch_add(1, SeqCst);
            match *self.is_away.borrow() {
                true => Err(Error::new(ErrorKind::ConnectionLost, "connect", "nobody")),
                false => Ok(Arc::new(Wire(number, self.is_away.subscribe()))),
            }
        }

        fn patience(&self) -> Duration {
            Duration::from_secs(10)
        }

        fn server(&self) -> impl fmt::Display {
            "fake"
        }
    }

    async fn tells(state: &mut watch::Receiver<State>, is_connected: bool) -> State {
        let told = state.wait_for(|state| (*state == State::Connected) == is_connected);
        told.await.unwrap().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn connections_come_back_and_are_told_apart() {
        let all = Connections::open(Fake::default()).await.unwrap();
        let mut state = all.state();
        let before = all.publishing(all.patience()).await.unwrap();
        all.dial.is_away.send_replace(true);
        tells(&mut state, false).await;
        let error = all
            .consuming("receive", Instant::now())
            .await
            .err()
            .unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost);
        sleep(Duration::from_secs(100)).await;
        // With a pause of half a second at least, for each of the two.
        assert!(all.dial.tries.load(SeqCst) < 500);
        all.dial.is_away.send_replace(false);
        tells(&mut state, true).await;
        let after = all.publishing(all.patience()).await.unwrap();
        assert_eq!((before.0, after.0), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_out_is_waited_for_and_nothing_more_begins() {
        let all = Arc::new(Connections::open(Fake::default()).await.unwrap());
        all.handed_out(2);
        let closing = all.clone();
        let closing =
            tokio::spawn(async move { closing.close(Duration::from_secs(5), async {}).await });
        let mut stage = all.stage();
        stage
            .wait_for(|stage| *stage == Stage::Closing)
            .await
            .unwrap();
        let error = all.check_open("publish").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        all.came_back(2);
        closing.await.unwrap().unwrap();
        assert_eq!(*all.state().borrow(), State::Closed);
        all.handed_out(1);
        assert!(all.close(Duration::ZERO, async {}).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_settled_in_time_is_told() {
        let all = Connections::open(Fake::default()).await.unwrap();
        all.handed_out(1);
        let error = all
            .close(Duration::from_secs(1), async {})
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }

    #[tokio::test(start_paused = true)]
    async fn a_broker_that_is_away_is_tried_for_as_long_as_may_be() {
        let fake = Fake::default();
        fake.is_away.send_replace(true);
        let begun = Instant::now();
        let error = Connections::open(fake).await.err().unwrap();
        assert_eq!(error.reason(), "nobody");
        let waited = begun.elapsed().as_secs();
        assert_eq!(waited, 10);
    }
}
