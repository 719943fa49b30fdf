//! What a consumer receives, and what settles it.
use super::{held::Held, poller, queues::Queues, settling};
use crate::leaving::{Afterwards, Left};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{
    Error, ErrorKind, Result, Str, SubscribeSpec, Token, Verdict,
    transport::{Event, Settler, Subscription},
};
use tokio::runtime::Handle;

/// What comes from one queue.
pub struct SqsSubscription {
    queues: Queues,
    url: Str,
    held: Arc<Held>,
    /// What is done once it is dropped, or its transport closed, and it has given back what it had.
    afterwards: Arc<Afterwards>,
    handle: Handle,
}

/// What settles the deliveries of an [`SqsSubscription`].
#[derive(Clone)]
pub struct SqsSettler {
    queues: Queues,
    url: Str,
    held: Arc<Held>,
}

/// Longest lease unless told: what a process takes to its grave is nobody's for so long, whatever the queue says.
const UNTOLD: Duration = Duration::from_secs(60);

/// A queue to receive from.
pub(crate) struct Source {
    pub(crate) url: Str,
    pub(crate) is_fifo: bool,
    /// How long something is out, as the queue has it.
    pub(crate) lease: Duration,
}

impl SqsSubscription {
    /// Begins to receive; what is told to be done afterwards is done whatever becomes of the subscription.
    pub(crate) fn open(
        queues: Queues,
        source: Source,
        spec: &SubscribeSpec,
        afterwards: Afterwards,
    ) -> Self {
        let lease = source.lease.min(UNTOLD);
        let lease = queues.core.0.settings.lease.unwrap_or(lease);
        let held = Arc::new(Held::new(spec, lease, source.is_fifo));
        let url = source.url;
        let receiving = poller::receive(queues.clone(), url.clone(), held.clone());
        tokio::spawn(receiving);
        tokio::spawn(poller::look_after(
            queues.clone(),
            url.clone(),
            held.clone(),
        ));
        Self {
            queues,
            url,
            held,
            afterwards: Arc::new(afterwards),
            handle: Handle::current(),
        }
    }

    pub(crate) fn held(&self) -> &Arc<Held> {
        &self.held
    }

    pub(crate) fn afterwards(&self) -> &Arc<Afterwards> {
        &self.afterwards
    }

    pub(crate) fn url(&self) -> &Str {
        &self.url
    }
}

impl Subscription for SqsSubscription {
    type Settler = SqsSettler;

    fn settler(&self) -> SqsSettler {
        SqsSettler {
            queues: self.queues.clone(),
            url: self.url.clone(),
            held: self.held.clone(),
        }
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        let asking = Asking(&self.held);
        loop {
            if let Some(event) = asking.0.take(max) {
                return event;
            }
            asking.0.came.notified().await;
        }
    }

    fn lease(&self) -> Option<Duration> {
        Some(self.held.lease)
    }
}

/// Somebody who waits; no longer, once it is dropped.
struct Asking<'a>(&'a Held);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.unasked();
    }
}

impl Drop for SqsSubscription {
    fn drop(&mut self) {
        let reason = "the subscription was dropped";
        let back = self
            .held
            .end(Error::new(ErrorKind::Closed, "receive", reason));
        let (queues, url, held) = (self.queues.clone(), self.url.clone(), self.held.clone());
        let afterwards = self.afterwards.take();
        let left = Left::of(&queues.core);
        self.handle.spawn(async move {
            settling::give_back(&queues, &url, &held, back).await;
            if let Some(afterwards) = afterwards {
                afterwards.await;
            }
            drop(left);
        });
    }
}

impl Settler for SqsSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        settling::settle(&self.queues, &self.url, &self.held, verdicts).await
    }

    async fn extend(&self, tokens: &[Token]) -> Vec<(Token, Error)> {
        settling::extend(&self.queues, &self.url, &self.held, tokens).await
    }
}

impl fmt::Debug for SqsSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqsSubscription")
            .field("queue", &self.url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SqsSettler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqsSettler")
            .field("queue", &self.url)
            .finish_non_exhaustive()
    }
}
