//! What a handler is given beside its message.
use crate::{
    Channel, Error, ErrorKind, Outgoing, SendError, TypedMessage, given::Values, outgoing,
};
use std::{
    any::Any,
    fmt,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// Collects what a handler sends. It goes out once the handler has returned without an error; where that fails for the moment
/// it is tried again, without running the handler again. Says, too, how long the handler may take and whether the service is
/// stopping. Cheap to clone; clones collect together.
#[derive(Clone, Default)]
pub struct Context {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    run: Mutex<Run>,
    /// Becomes true when the service stops.
    stopped: Option<watch::Receiver<bool>>,
}

#[derive(Default)]
struct Run {
    collected: Vec<Outgoing>,
    /// Whether the handler has ended.
    is_over: bool,
    timeout: Option<Duration>,
    /// From when it had to wait, or asked before that.
    deadline: Option<Instant>,
    given: Values,
}

impl Run {
    fn deadline(&mut self) -> Option<Instant> {
        if self.deadline.is_none() {
            self.deadline = self.timeout.map(crate::transport::deadline);
        }
        self.deadline
    }
}

impl Context {
    /// That of a handler that may take so long, of a service that stops when this becomes true.
    pub(crate) fn within(stopped: watch::Receiver<bool>, timeout: Option<Duration>) -> Self {
        Self::fresh(Some(stopped), timeout)
    }

    fn fresh(stopped: Option<watch::Receiver<bool>>, timeout: Option<Duration>) -> Self {
        let run = Run {
            timeout,
            ..Run::default()
        };
        let run = Mutex::new(run);
        Self {
            shared: Arc::new(Shared { run, stopped }),
        }
    }

    /// Sends a message when the handler has returned.
    ///
    /// # Errors
    /// When the message is not what the document says, or the handler has ended, as where a task that it began outlives it.
    pub fn send<M: TypedMessage>(&self, channel: &Channel, message: &M) -> Result<(), SendError> {
        self.add(outgoing(channel, message)?)
    }

    /// Sends what was made already, when the handler has returned.
    ///
    /// # Errors
    /// When the handler has ended.
    pub fn add(&self, outgoing: Outgoing) -> Result<(), SendError> {
        let mut run = self.run();
        if run.is_over {
            let reason = "the handler has ended; send before it does, or by a client";
            return Err(Error::new(ErrorKind::Closed, "send", reason).into());
        }
        run.collected.push(outgoing);
        Ok(())
    }

    /// What a layer has [given](crate::Given) the handler, of that type; what keeps the context longer than the handler runs keeps it.
    #[must_use]
    pub fn given<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.run().given.get()
    }

    /// Gives a handler something as a layer would, for tests of handlers.
    pub fn give<T: Any + Send + Sync>(&self, value: Arc<T>) {
        self.run().given.put(value);
    }

    pub(crate) fn give_all(&self, values: Values) {
        self.run().given = values;
    }

    /// When the handler is given up; none where it may take as long as it likes.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.run().deadline()
    }

    /// The handler has to wait: its time begins, if it has not.
    pub(crate) fn begin_time(&self) {
        self.run().deadline();
    }

    /// Whether the service is stopping: a handler that takes long should come to its end, or fail to be run again later.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        let stopped = self.shared.stopped.as_ref();
        stopped.is_some_and(|stopped| *stopped.borrow())
    }

    /// Ends when the service begins to stop; never outside of a service. Cancel-safe.
    pub async fn stopping(&self) {
        let Some(mut stopped) = self.shared.stopped.clone() else {
            return pending().await;
        };
        // An error says that the service is gone.
        stopped.wait_for(|stopped| *stopped).await.ok();
    }

    /// What the handler sends, which has ended. The next run begins with nothing; where somebody has kept the context of this one,
    /// in another.
    #[inline]
    pub(crate) fn end(&mut self) -> Vec<Outgoing> {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            let run = shared.run.get_mut();
            let run = run.unwrap_or_else(PoisonError::into_inner);
            run.deadline = None;
            run.given.clear();
            return std::mem::take(&mut run.collected);
        }
        self.end_kept()
    }

    #[cold]
    fn end_kept(&mut self) -> Vec<Outgoing> {
        let mut run = self.run();
        run.is_over = true;
        let (collected, timeout) = (std::mem::take(&mut run.collected), run.timeout);
        drop(run);
        *self = Self::fresh(self.shared.stopped.clone(), timeout);
        collected
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        let run = self.shared.run.lock();
        run.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("collected", &self.run().collected.len())
            .finish_non_exhaustive()
    }
}
