//! The subscriptions of a transport that are there, and how all of them end when it closes.
use crate::{
    client::{Core, closed},
    leaving::Afterwards,
};
use futures_util::future::join_all;
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// How long closing waits at least for what AWS keeps otherwise.
const LEAST: Duration = Duration::from_secs(1);
/// The longest grace that there is.
const DAY: Duration = Duration::from_secs(86_400);

/// What a subscription holds, as closing looks at it.
pub(crate) trait Holds: Send + Sync + 'static {
    /// Where it comes from.
    type Source: Send + Sync;

    /// Nothing more is handed out; what is out can be settled.
    fn close(&self) {}

    /// Told when something was settled.
    fn settled(&self) -> &Notify;

    /// Whether nothing is out, nor being told.
    fn is_settled(&self) -> bool;

    /// How many are out.
    fn out(&self) -> usize;

    /// Nothing comes any more; until what is held is given back.
    fn give_back(
        self: Arc<Self>,
        source: &Self::Source,
        why: Error,
    ) -> impl Future<Output = ()> + Send;

    /// Until nothing more can come.
    fn over(&self) -> impl Future<Output = ()> + Send;
}

/// Those of one transport.
pub(crate) struct Opened<H: Holds>(Mutex<Vec<One<H>>>);

struct One<H: Holds> {
    held: Weak<H>,
    source: H::Source,
    /// What is to be done once it is gone.
    afterwards: Arc<Afterwards>,
}

impl<H: Holds> Opened<H> {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    fn all(&self) -> MutexGuard<'_, Vec<One<H>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more, unless the transport is to close: who does that ends those that are there.
    pub(crate) fn add(
        &self,
        core: &Core,
        held: &Arc<H>,
        source: H::Source,
        afterwards: &Arc<Afterwards>,
    ) -> Result<()> {
        let one = One {
            held: Arc::downgrade(held),
            source,
            afterwards: afterwards.clone(),
        };
        let mut all = self.all();
        all.retain(|one| one.held.strong_count() > 0);
        all.push(one);
        drop(all);
        core.check_open("subscribe")
    }

    /// Lets what is out be settled for that time, gives back the rest, and does what is left to be done.
    pub(crate) async fn close(&self, core: &Core, grace: Duration) -> Result<()> {
        core.0.link.begin_to_close();
        let until = Instant::now() + grace.min(DAY);
        let all = std::mem::take(&mut *self.all());
        let held = all.iter().filter_map(|one| one.held.upgrade());
        held.for_each(|held| held.close());
        let ending = all.into_iter().map(|one| one.end(until));
        let unsettled: usize = join_all(ending).await.into_iter().sum();
        let until = until.max(Instant::now() + LEAST);
        drop(timeout_at(until, core.0.leaving.over()).await);
        core.0.link.close();
        match unsettled {
            0 => Ok(()),
            count => {
                let reason = format!("{count} deliveries were not settled and come again");
                Err(Error::new(ErrorKind::Timeout, "close", reason))
            }
        }
    }
}

impl<H: Holds> One<H> {
    /// How many were not settled.
    async fn end(self, until: Instant) -> usize {
        let Some(held) = self.held.upgrade() else {
            return 0;
        };
        drop(timeout_at(until, is_settled(&*held)).await);
        let unsettled = held.out();
        // Where that takes long, it comes again after its lease.
        let least = until.max(Instant::now() + LEAST);
        let back = held.clone().give_back(&self.source, closed("receive"));
        drop(timeout_at(least, back).await);
        self.afterwards.begin();
        // What it still asks for would be nobody's.
        drop(timeout_at(until, held.over()).await);
        unsettled
    }
}

async fn is_settled<H: Holds>(held: &H) {
    loop {
        let told = held.settled().notified();
        if held.is_settled() {
            return;
        }
        told.await;
    }
}
