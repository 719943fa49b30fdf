//! What a handler is given beside its message.
use crate::{Channel, Outgoing, SendError, TypedMessage, outgoing};
use std::{
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
    timeout: Option<Duration>,
    /// From when it was first asked for, which is when the handler began or soon after.
    deadline: Option<Instant>,
}

impl Context {
    /// That of the handlers of a service that stops when this becomes true.
    pub(crate) fn within(stopped: watch::Receiver<bool>) -> Self {
        Self {
            shared: Arc::new(Shared {
                run: Mutex::default(),
                stopped: Some(stopped),
            }),
        }
    }

    /// That of another run, which may take so long; the same where nobody has kept it.
    pub(crate) fn renew(&mut self, timeout: Option<Duration>) -> Self {
        let run = Run {
            timeout,
            ..Run::default()
        };
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            *shared.run.get_mut().unwrap_or_else(PoisonError::into_inner) = run;
        } else {
            self.shared = Arc::new(Shared {
                run: Mutex::new(run),
                stopped: self.shared.stopped.clone(),
            });
        }
        self.clone()
    }

    /// Sends a message when the handler has returned.
    ///
    /// # Errors
    /// When the message is not what the document says.
    pub fn send<M: TypedMessage>(&self, channel: &Channel, message: &M) -> Result<(), SendError> {
        self.add(outgoing(channel, message)?);
        Ok(())
    }

    /// Sends what was made already, when the handler has returned.
    pub fn add(&self, outgoing: Outgoing) {
        self.run().collected.push(outgoing);
    }

    /// When the handler is given up; none where it may take as long as it likes.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let mut run = self.run();
        if run.deadline.is_none() {
            run.deadline = run.timeout.map(crate::transport::deadline);
        }
        run.deadline
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

    /// What was collected so far.
    pub(crate) fn take(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.run().collected)
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
