//! A bound on what waits: who writes more than is published is told, before the disk is full.
use crate::{Store, Writer, append};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{Error, ErrorKind, Outgoing, Result};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

/// How long the first count may take, and each one after it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Counting takes at most one part in so many of the time.
const RARELY: u32 = 20;

/// Appends as long as fewer rows wait than a bound, and refuses where more do. Clones share what they know.
///
/// Appending asks the database nothing: the rows are counted beside it, by a connection of the store's own, not further than the
/// bound, and at most once in the time that is told, and so that counting
/// takes no more than a twentieth of all time; not at all while there is room and nothing is appended. So the bound is a soft one: what is
/// written within that time goes beyond it. Where the rows cannot be counted, the last count stands.
#[derive(Debug, Clone)]
pub struct Bounded(Arc<Counting>);

#[derive(Debug)]
struct Counting {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    bound: u64,
    rows: AtomicU64,
    /// Something was, or was to be, appended since the last count.
    appended: Notify,
}

impl Bounded {
    /// Begins with a count; later ones are at least `every` apart, for which a second is good.
    ///
    /// # Errors
    /// When the rows cannot be counted now.
    pub async fn start(store: Arc<dyn Store>, bound: u64, every: Duration) -> Result<Self> {
        let rows = count(&*store, bound).await?;
        let shared = Arc::new(Shared {
            bound,
            rows: AtomicU64::new(rows),
            appended: Notify::new(),
        });
        let task = tokio::spawn(keep_counting(store, shared.clone(), every));
        Ok(Self(Arc::new(Counting { shared, task })))
    }

    /// The same as [`append`], unless too many rows wait.
    ///
    /// # Errors
    /// Of the kind [`Busy`](ErrorKind::Busy), which may be tried again, when too many rows wait: the transaction is then to be rolled
    /// back, and whoever asked for it be told to come back later. Else as of [`append`].
    pub async fn append<W: Writer + ?Sized>(
        &self,
        writer: &mut W,
        outgoing: impl IntoIterator<Item = Outgoing>,
    ) -> Result<()> {
        self.check()?;
        append(writer, outgoing).await
    }

    /// Whether more may be appended, for who would rather know before a transaction begins.
    ///
    /// # Errors
    /// When too many rows wait, as of [`append`](Self::append).
    pub fn check(&self) -> Result<()> {
        self.0.shared.appended.notify_one();
        self.0.shared.check()
    }
}

impl Shared {
    fn check(&self) -> Result<()> {
        match self.rows.load(Relaxed) < self.bound {
            true => Ok(()),
            false => Err(full(self.bound)),
        }
    }
}

/// With the last of its clones, nobody asks any more.
impl Drop for Counting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn full(bound: u64) -> Error {
    let reason = format!(
        "{bound} rows or more wait in the outbox, which is its bound; see that a relay runs and its broker takes messages \
         (`tidings_outbox_failures_total`), or raise the bound"
    );
    Error::new(ErrorKind::Busy, "append", reason)
}

async fn count(store: &dyn Store, bound: u64) -> Result<u64> {
    let counted = timeout(PATIENCE, store.waiting(bound)).await;
    let late = || Error::new(ErrorKind::Timeout, "append", "the outbox cannot be counted");
    counted.map_err(|_| late())?.map(|waiting| waiting.rows)
}

async fn keep_counting(store: Arc<dyn Store>, shared: Arc<Shared>, every: Duration) {
    let mut took = Duration::ZERO;
    loop {
        sleep(every.max(took * RARELY)).await;
        // Whoever was refused is not to be refused again because nobody asked meanwhile.
        if shared.check().is_ok() {
            shared.appended.notified().await;
        }
        let begun = Instant::now();
        let counted = count(&*store, shared.bound).await;
        took = begun.elapsed();
        match counted {
            Ok(rows) => shared.rows.store(rows, Relaxed),
            Err(error) => tracing::debug!(%error, "the outbox cannot be counted"),
        }
    }
}
