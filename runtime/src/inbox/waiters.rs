//! Who waits for which replies, and until when.
use super::replies::{Correlation, Replies, Waiter, lock};
use crate::{Error, ErrorKind, Message, Result, Str};
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, hash_map::Entry},
    ptr::fn_addr_eq,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// Pause for each that waits between two looks at all of them, so that these take a small part of the time only.
const PAUSE_EACH: Duration = Duration::from_micros(1);

/// Replies that somebody waits for.
pub(crate) struct Wanted {
    pub(crate) correlation_id: Str,
    /// Reads the correlation id of a reply where that is in a header of the document's.
    pub(crate) correlation: Correlation,
    /// How many, at most.
    pub(crate) limit: usize,
    /// Until when, where whoever waits does not look at the clock.
    pub(crate) deadline: Option<Instant>,
}

#[derive(Clone, Default)]
pub(super) struct Waiters(Arc<Shared>);

#[derive(Default)]
struct Shared {
    table: Mutex<Table>,
    /// Told when one has a deadline before all others.
    sooner: Notify,
}

#[derive(Default)]
struct Table {
    waiters: HashMap<Str, Waiter, RandomState>,
    /// Each way to read the correlation id of a reply that any of them had: a few, of the documents' messages.
    correlations: Vec<Correlation>,
    /// When to look for those that wait no longer: no deadline is much before that.
    due: Option<Instant>,
    /// Nobody ends a wait any more.
    is_over: bool,
}

impl Table {
    /// A reply is read in that way, too.
    fn reads(&mut self, correlation: Correlation) {
        let mut known = self.correlations.iter();
        if !known.any(|known| fn_addr_eq(*known, correlation)) {
            self.correlations.push(correlation);
        }
    }

    /// Whoever waits for a reply.
    fn take_out(&mut self, reply: &Message) -> Option<(Str, Waiter)> {
        let Self {
            waiters,
            correlations,
            ..
        } = self;
        let known = reply.correlation_id.as_ref();
        let known = known.and_then(|id| waiters.remove_entry(id));
        // Peers that know nothing of the broker's correlation property answer in the document's header only.
        known.or_else(|| {
            let mut read = correlations.iter();
            read.find_map(|read| {
                let id = read(reply)?;
                let waiter = waiters.get(&id)?;
                let fits = fn_addr_eq(waiter.correlation, *read);
                fits.then(|| waiters.remove_entry(&id))?
            })
        })
    }
}

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers somebody, who is told the address.
    pub(super) fn add(&self, address: Str, wanted: Wanted) -> Result<Waiting> {
        let Wanted {
            correlation_id: id,
            correlation,
            limit,
            deadline,
        } = wanted;
        let waiter = Waiter::new(correlation, limit, deadline);
        let replies = waiter.replies.clone();
        let mut table = self.lock();
        if table.is_over {
            let reason = "the reply inbox has just ended; another is opened for the next";
            let error = Error::new(ErrorKind::Closed, "publish", reason);
            return Err(error.retryable(true));
        }
        let Entry::Vacant(place) = table.waiters.entry(id.clone()) else {
            let reason = "a request with this correlation id is already waiting; give each its own";
            return Err(
                Error::new(ErrorKind::Invalid, "publish", reason).with("correlation id", id)
            );
        };
        place.insert(waiter);
        table.reads(correlation);
        let is_before = |deadline: &Instant| table.due.is_none_or(|due| *deadline < due);
        if let Some(deadline) = deadline.filter(is_before) {
            table.due = Some(deadline);
            self.0.sooner.notify_one();
        }
        drop(table);
        Ok(Waiting {
            address,
            id,
            replies,
            waiters: self.clone(),
        })
    }

    /// Gives a reply to who waits for it; gives whether anybody does.
    pub(super) fn deliver(&self, message: Arc<Message>) -> bool {
        let table = &mut *self.lock();
        let Some((id, mut waiter)) = table.take_out(&message) else {
            tracing::debug!(id = %message.id, correlation_id = ?message.correlation_id, "late reply dropped");
            return false;
        };
        waiter.take(message);
        if waiter.limit > 1 {
            table.waiters.insert(id, waiter);
        }
        true
    }

    /// That one waits no more; another that has its id by now waits on.
    fn forget(&self, id: &str, replies: &Arc<Mutex<Replies>>) {
        let waiters = &mut self.lock().waiters;
        let waiter = waiters.get(id);
        if waiter.is_some_and(|waiter| Arc::ptr_eq(&waiter.replies, replies)) {
            waiters.remove(id);
        }
    }

    /// Ends every wait, and lets none begin.
    pub(super) fn end(&self) {
        let mut table = self.lock();
        table.is_over = true;
        table.waiters.clear();
    }

    /// Ends waits whose time is over, for ever.
    pub(super) async fn expire(&self) {
        loop {
            let sooner = self.0.sooner.notified();
            let due = self.lock().due;
            let Some(due) = due else {
                sooner.await;
                continue;
            };
            tokio::select! {
                () = sleep_until(due) => self.end_due(),
                () = sooner => {}
            }
        }
    }

    fn end_due(&self) {
        let (mut table, now) = (self.lock(), Instant::now());
        let Table { waiters, due, .. } = &mut *table;
        waiters.retain(|_, waiter| waiter.deadline.is_none_or(|deadline| deadline > now));
        let count = u32::try_from(waiters.len()).unwrap_or(u32::MAX);
        let next = waiters.values().filter_map(|waiter| waiter.deadline).min();
        *due = next.map(|next| next.max(now + PAUSE_EACH * count));
    }
}

/// A registration, which ends when this is dropped.
pub(crate) struct Waiting {
    /// Where the replies come.
    pub(crate) address: Str,
    id: Str,
    replies: Arc<Mutex<Replies>>,
    waiters: Waiters,
}

impl Waiting {
    /// The next reply; none when all have come, the time is over, or the inbox has ended.
    pub(crate) fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Option<Arc<Message>>> {
        let mut replies = lock(&self.replies);
        if let Some(reply) = replies.first.take() {
            replies.first = replies.unread.pop_front();
            return Poll::Ready(Some(reply));
        }
        if replies.is_over {
            return Poll::Ready(None);
        }
        replies.reader = Some(task.waker().clone());
        Poll::Pending
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !lock(&self.replies).is_over {
            self.waiters.forget(&self.id, &self.replies);
        }
    }
}

#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::poll_fn,
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
        task::Waker,
    };

    fn wanted(id: &str, deadline: Instant) -> Wanted {
        Wanted {
            correlation_id: id.into(),
            correlation: |_| None,
            limit: 1,
            deadline: Some(deadline),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_ends_when_its_time_is_over_however_many_there_are() {
        let (waiters, begin) = (Waiters::default(), Instant::now());
        let expiring = waiters.clone();
        let task = tokio::spawn(async move { expiring.expire().await });
        let mut all = Vec::new();
        // The later ones sooner, too.
        for number in 0..2000_u64 {
            let after = Duration::from_millis(1 + (number * 7919) % 5000);
            let wanted = wanted(&number.to_string(), begin + after);
            let waiting = waiters
                .add("replies".into(), wanted)
                .expect("it is the first");
            all.push((after, waiting));
        }
        all.sort_by_key(|(after, _)| *after);
        for (after, mut waiting) in all {
            assert_eq!(poll_fn(|task| waiting.poll_next(task)).await, None);
            let late = begin.elapsed().saturating_sub(after);
            assert!(
                late < Duration::from_millis(5),
                "{after:?} was {late:?} late"
            );
        }
        assert_eq!(waiters.lock().due, None);
        task.abort();
    }

    static READ: AtomicUsize = AtomicUsize::new(0);

    fn header(message: &Message) -> Option<Str> {
        READ.fetch_add(1, SeqCst);
        let id = message.header("id")?;
        Some(String::from_utf8_lossy(id).as_ref().into())
    }

    /// By a channel of the document come those of all other clients.
    #[test]
    fn a_reply_of_others_is_read_once_however_many_wait() {
        let waiters = Waiters::default();
        let far = Instant::now() + Duration::from_secs(60);
        let add = |number: usize| {
            let mut wanted = wanted(&number.to_string(), far);
            wanted.correlation = header;
            waiters.add("replies".into(), wanted)
        };
        let waiting: Vec<_> = (0..1000).map(|number| add(number).expect("free")).collect();
        let mut reply = Message::new("");
        reply.correlation_id = Some("theirs".into());
        reply.set_header("id", "theirs");
        assert!(!waiters.deliver(Arc::new(reply.clone())));
        assert_eq!(READ.swap(0, SeqCst), 1);
        reply.set_header("id", "7");
        assert!(waiters.deliver(Arc::new(reply)));
        assert!(lock(&waiting[7].replies).first.is_some());
    }

    /// A reply and a new wait may come while one ends.
    #[test]
    fn one_that_ends_is_not_taken_for_the_next_of_its_id() {
        let waiters = Waiters::default();
        let far = Instant::now() + Duration::from_secs(60);
        let add = || {
            waiters
                .add("replies".into(), wanted("1", far))
                .expect("free")
        };
        let one = add();
        let mut reply = Message::new("");
        reply.correlation_id = Some("1".into());
        assert!(waiters.deliver(Arc::new(reply)));
        let other = add();
        waiters.forget("1", &one.replies);
        assert!(!lock(&other.replies).is_over, "it waits on");
        waiters.forget("1", &other.replies);
        assert!(lock(&other.replies).is_over);
    }

    #[test]
    fn nobody_waits_where_all_waits_have_ended() {
        let waiters = Waiters::default();
        waiters.end();
        let far = Instant::now() + Duration::from_secs(60);
        let waiting = waiters.add("replies".into(), wanted("1", far));
        assert!(waiting.is_err_and(|error| error.is_retryable()));
    }

    #[test]
    fn one_that_has_its_reply_waits_no_more_and_others_go_on() {
        let waiters = Waiters::default();
        let far = Instant::now() + Duration::from_secs(60);
        let add = |id| waiters.add("replies".into(), wanted(id, far));
        let (mut one, other) = (add("1").expect("it is free"), add("2").expect("it is free"));
        assert!(add("1").is_err());
        let mut reply = Message::new("");
        reply.correlation_id = Some("1".into());
        waiters.deliver(Arc::new(reply.clone()));
        waiters.deliver(Arc::new(reply.clone()));
        let mut task = Context::from_waker(Waker::noop());
        assert_eq!(one.poll_next(&mut task), Poll::Ready(Some(Arc::new(reply))));
        assert_eq!(one.poll_next(&mut task), Poll::Ready(None));
        assert_eq!(waiters.lock().waiters.len(), 1);
        drop((one, other));
        assert!(waiters.lock().waiters.is_empty());
    }
}
