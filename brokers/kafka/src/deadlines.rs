//! Ends the wait for what is not confirmed in time, of all records by one thread: a timer for each would cost about as much as all else
//! that is done for it here.
use crate::receipt::Receipt;
use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::Instant,
};
use tidings::Error;

/// So many may wait before it is looked for the first time which do not any more.
const FEW: usize = 1024;

/// The records that wait, each until its deadline.
pub(crate) struct Deadlines(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// The thread is to look sooner than it thought.
    sooner: Condvar,
}

struct State {
    waiting: Vec<(Instant, Weak<Receipt>)>,
    /// With so many it is looked which do not wait any more.
    most: usize,
    /// When the thread looks next, where anything waits.
    next: Option<Instant>,
    is_over: bool,
}

impl Deadlines {
    /// Begins the thread, which ends with this; what it gives up fails so.
    pub(crate) fn new(late: impl Fn() -> Error + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                waiting: Vec::new(),
                most: FEW,
                next: None,
                is_over: false,
            }),
            sooner: Condvar::new(),
        });
        let deadlines = Self(shared.clone());
        let thread = thread::Builder::new().name("tidings-kafka".to_owned());
        thread.spawn(move || shared.keep(late))?;
        Ok(deadlines)
    }

    /// What becomes of it is told by then.
    pub(crate) fn add(&self, deadline: Instant, receipt: &Arc<Receipt>) {
        let mut state = self.0.lock();
        state.waiting.push((deadline, Arc::downgrade(receipt)));
        if state.waiting.len() >= state.most {
            state.waiting.retain(|(_, waits)| waits.strong_count() > 0);
            state.most = FEW.max(2 * state.waiting.len());
        }
        if state.next.is_none_or(|next| deadline < next) {
            state.next = Some(deadline);
            self.0.sooner.notify_one();
        }
    }
}

impl Drop for Deadlines {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.sooner.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, late: impl Fn() -> Error) {
        let mut state = self.lock();
        while !state.is_over {
            let next = state.next;
            let left = next.map(|next| next.saturating_duration_since(Instant::now()));
            state = match left {
                None => self
                    .sooner
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => {
                    let due = state.due(Instant::now());
                    drop(state);
                    due.iter().for_each(|receipt| receipt.tell(Err(late())));
                    self.lock()
                }
                Some(left) => {
                    let woken = self.sooner.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

impl State {
    /// Those whose time is over.
    fn due(&mut self, now: Instant) -> Vec<Arc<Receipt>> {
        let mut due = Vec::new();
        self.waiting.retain(|(deadline, waits)| {
            let waits = waits.upgrade();
            let is_over = *deadline <= now;
            let stays = waits.is_some() && !is_over;
            due.extend(waits.filter(|_| is_over));
            stays
        });
        self.next = self.waiting.iter().map(|(deadline, _)| *deadline).min();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tidings::{ErrorKind, Result};

    fn deadlines() -> Deadlines {
        let late = || Error::new(ErrorKind::Timeout, "publish", "");
        Deadlines::new(late).expect("a thread")
    }

    #[tokio::test]
    async fn each_is_told_by_its_deadline_whichever_comes_first() -> Result<()> {
        let (deadlines, begun) = (deadlines(), Instant::now());
        let after = |milliseconds| begun + Duration::from_millis(milliseconds);
        let [long, late, later, soon] = [3_600_000, 60, 120, 20].map(|milliseconds| {
            let receipt = Receipt::new();
            deadlines.add(after(milliseconds), &receipt);
            receipt
        });
        soon.tell(Ok(()));
        soon.outcome().await?;
        for (receipt, at) in [(&late, after(60)), (&later, after(120))] {
            let error = receipt.outcome().await.err();
            assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Timeout));
            assert!(Instant::now() >= at, "it was given up too early");
        }
        assert!(begun.elapsed() < Duration::from_secs(60));
        long.tell(Ok(()));
        long.outcome().await
    }

    #[test]
    fn what_is_done_takes_no_room() {
        let deadlines = deadlines();
        let far = Instant::now() + Duration::from_secs(3600);
        let waits = Receipt::new();
        deadlines.add(far, &waits);
        for _ in 0..10 * FEW {
            deadlines.add(far, &Receipt::new());
        }
        let state = deadlines.0.lock();
        let mut all = state.waiting.iter();
        assert!(all.len() <= FEW, "{}", all.len());
        assert!(all.any(|(_, kept)| kept.strong_count() == 1));
        drop(state);
        waits.tell(Ok(()));
    }
}
