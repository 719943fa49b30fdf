//! The replies to one message: who takes them in, and what came and was not read.
use crate::{Message, MessageId, Str};
use foldhash::fast::RandomState;
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};
use tokio::time::Instant;

/// Most replies to one message that wait to be read, however many are wanted; later ones are dropped.
const UNREAD: usize = 1 << 16;

/// Reads the correlation id of a reply where the document has it.
pub(super) type Correlation = fn(&Message) -> Option<Str>;

/// Takes in the replies to one message; dropped, it says that there are no more.
pub(super) struct Waiter {
    pub(super) replies: Arc<Mutex<Replies>>,
    pub(super) correlation: Correlation,
    pub(super) limit: usize,
    pub(super) deadline: Option<Instant>,
    /// Ids of the replies so far, where there may be several: one that is delivered again counts once.
    seen: Option<HashSet<MessageId, RandomState>>,
}

impl Waiter {
    /// Of so many replies at most, until that time where it is said.
    #[inline]
    pub(super) fn new(correlation: Correlation, limit: usize, deadline: Option<Instant>) -> Self {
        let replies = Replies {
            room: limit.clamp(1, UNREAD),
            ..Replies::default()
        };
        Self {
            replies: Arc::new(Mutex::new(replies)),
            correlation,
            limit,
            deadline,
            seen: (limit > 1).then(HashSet::default),
        }
    }

    /// Takes one in.
    #[inline]
    pub(super) fn take(&mut self, message: Arc<Message>) {
        let seen = self.seen.as_ref();
        if seen.is_some_and(|seen| seen.contains(&message.id)) {
            tracing::debug!(id = %message.id, "reply came again, dropped");
            return;
        }
        let mut replies = lock(&self.replies);
        // What nobody reads is not kept without bound.
        let unread = usize::from(replies.first.is_some()) + replies.unread.len();
        if unread >= replies.room {
            tracing::warn!(id = %message.id, room = replies.room, "more replies wait than are kept: one is dropped");
            return;
        }
        if let Some(seen) = &mut self.seen {
            seen.insert(message.id.clone());
        }
        match &replies.first {
            None => replies.first = Some(message),
            Some(_) => replies.unread.push_back(message),
        }
        let reader = replies.reader.take();
        drop(replies);
        reader.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut replies = lock(&self.replies);
        replies.is_over = true;
        let reader = replies.reader.take();
        drop(replies);
        reader.into_iter().for_each(Waker::wake);
    }
}

/// What came and was not read.
#[derive(Default)]
pub(super) struct Replies {
    pub(super) first: Option<Arc<Message>>,
    /// Behind the first.
    pub(super) unread: VecDeque<Arc<Message>>,
    room: usize,
    pub(super) reader: Option<Waker>,
    /// No more will come.
    pub(super) is_over: bool,
}

pub(super) fn lock(replies: &Mutex<Replies>) -> MutexGuard<'_, Replies> {
    replies.lock().unwrap_or_else(PoisonError::into_inner)
}
