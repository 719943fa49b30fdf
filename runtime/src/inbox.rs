//! The reply inbox of a client: one subscription, whose messages go to whoever waits for their correlation id.
use crate::{
    Channel, DynTransport, Error, ErrorKind, Handling, Layers, Message, MessageId, Result, Str,
    router::check_channel,
    transport::{DynSubscription, Event, Incoming, SubscribeSpec, Verdict},
};
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::task::JoinHandle;

/// Replies taken at a time.
const BATCH: usize = 64;
/// Pause after a failure that may pass.
const PAUSE: Duration = Duration::from_millis(100);
/// Most replies to one message that wait to be read; later ones are dropped.
const UNREAD: usize = 1024;

pub(crate) type Correlation = fn(&Message) -> Option<Str>;

/// An open inbox. Its task ends when this is dropped.
pub(crate) struct Inbox {
    address: Str,
    waiters: Waiters,
    task: JoinHandle<()>,
}

impl Inbox {
    /// By a reply channel of a document, which others may hear too, or at an address of its own.
    pub(crate) async fn open(
        transport: &dyn DynTransport,
        replies: Option<&Channel>,
        layers: Layers,
    ) -> Result<Self> {
        let (address, subscription) = match replies {
            Some(channel) => (channel.address.clone(), listen(transport, channel).await?),
            None => transport.inbox(None).await?,
        };
        let waiters = Waiters::default();
        let channel = replies.cloned();
        let channel = channel.unwrap_or_else(|| Channel::replies(address.clone()));
        let task = tokio::spawn(run(subscription, waiters.clone(), channel, layers));
        Ok(Self {
            address,
            waiters,
            task,
        })
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.task.is_finished()
    }

    /// Registers for at most `limit` replies with that correlation id; `correlation` reads it where it is in a header of the
    /// document's.
    pub(crate) fn wait_for(
        &self,
        id: Str,
        correlation: Correlation,
        limit: usize,
    ) -> Result<Waiting> {
        let replies = Arc::new(Mutex::new(Replies {
            room: limit.clamp(1, UNREAD),
            ..Replies::default()
        }));
        match self.waiters.lock().entry(id.clone()) {
            Entry::Occupied(_) => {
                let reason =
                    "a request with this correlation id is already waiting; give each its own";
                return Err(
                    Error::new(ErrorKind::Invalid, "publish", reason).with("correlation id", id)
                );
            }
            Entry::Vacant(place) => {
                place.insert(Waiter {
                    replies: replies.clone(),
                    correlation,
                    limit,
                    seen: HashSet::default(),
                });
            }
        }
        Ok(Waiting {
            address: self.address.clone(),
            id,
            replies,
            waiters: self.waiters.clone(),
        })
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    transport: &dyn DynTransport,
    channel: &Channel,
) -> Result<Box<dyn DynSubscription>> {
    let spec = SubscribeSpec::new(channel.clone());
    check_channel(&transport.capabilities(channel), &spec)?;
    transport.subscribe(&spec).await
}

/// A registration, which ends when this is dropped.
pub(crate) struct Waiting {
    /// Where the replies come.
    pub(crate) address: Str,
    id: Str,
    replies: Arc<Mutex<Replies>>,
    waiters: Waiters,
}

/// What came and was not read.
#[derive(Default)]
struct Replies {
    first: Option<Arc<Message>>,
    /// Behind the first.
    unread: VecDeque<Arc<Message>>,
    room: usize,
    reader: Option<Waker>,
    /// No more will come.
    is_over: bool,
}

impl Waiting {
    /// The next reply; none when the inbox has ended.
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
        self.waiters.lock().remove(&self.id);
    }
}

fn lock(replies: &Mutex<Replies>) -> MutexGuard<'_, Replies> {
    replies.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Waiter {
    replies: Arc<Mutex<Replies>>,
    correlation: Correlation,
    limit: usize,
    /// Ids of the replies so far, where there may be several: one that is delivered again counts once.
    seen: HashSet<MessageId, RandomState>,
}

impl Waiter {
    fn take(&mut self, message: Arc<Message>) {
        if self.seen.contains(&message.id) {
            tracing::debug!(id = %message.id, "reply came again, dropped");
            return;
        }
        let mut replies = lock(&self.replies);
        // What nobody reads is not kept without bound.
        let unread = usize::from(replies.first.is_some()) + replies.unread.len();
        if unread >= replies.room {
            tracing::debug!(id = %message.id, "reply that nobody reads dropped");
            return;
        }
        if self.limit > 1 {
            self.seen.insert(message.id.clone());
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

#[derive(Clone, Default)]
struct Waiters(Arc<Mutex<HashMap<Str, Waiter, RandomState>>>);

impl Waiters {
    fn lock(&self) -> MutexGuard<'_, HashMap<Str, Waiter, RandomState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, message: Arc<Message>) {
        let mut waiters = self.lock();
        let known = message.correlation_id.as_ref();
        if let Some(waiter) = known.and_then(|id| waiters.get_mut(id)) {
            return waiter.take(message);
        }
        // Peers that know nothing of the broker's correlation property answer in the document's header only.
        let described = || {
            let mut waiters = waiters.iter();
            let fits = |(id, waiter): &(&Str, &Waiter)| {
                (waiter.correlation)(&message).as_ref() == Some(*id)
            };
            waiters.find(fits).map(|(id, _)| id.clone())
        };
        match described().and_then(|id| waiters.get_mut(&id)) {
            Some(waiter) => waiter.take(message),
            None => {
                tracing::debug!(id = %message.id, correlation_id = ?message.correlation_id, "late reply dropped");
            }
        }
    }
}

/// Gives a reply to who waits for it; it is done with, whether layers let it in or not.
fn read(channel: &Channel, layers: &Layers, waiters: &Waiters, mut incoming: Incoming) {
    if layers.is_empty() {
        return waiters.deliver(incoming.message);
    }
    let mut seen = 0;
    let fate = match layers.incoming(channel, &mut incoming.message, &mut seen) {
        Ok(()) => {
            waiters.deliver(incoming.message.clone());
            Verdict::Ack
        }
        Err(error) => {
            tracing::warn!(%error, "reply dropped");
            Verdict::reject("a layer let it not in")
        }
    };
    let handling = Handling {
        channel: channel.clone(),
        address: channel.address.clone(),
        message: incoming.message,
        attempt: incoming.attempt,
        consumer: channel.address.clone(),
        idempotent: true,
    };
    layers.settled(&handling, &fate, seen);
}

/// Ends every wait when the inbox ends, be it because a layer panicked.
struct Waited(Waiters);

impl Drop for Waited {
    fn drop(&mut self) {
        self.0.lock().clear();
    }
}

async fn run(
    mut subscription: Box<dyn DynSubscription>,
    waiters: Waiters,
    channel: Channel,
    layers: Layers,
) {
    let settler = subscription.settler();
    let waiters = Waited(waiters);
    loop {
        match subscription.next(BATCH).await {
            Ok(Event::Deliveries(batch)) => {
                let verdicts: Vec<_> = batch
                    .iter()
                    .map(|incoming| (incoming.token, Verdict::Ack))
                    .collect();
                for incoming in batch {
                    read(&channel, &layers, &waiters.0, incoming);
                }
                if let Some((_, error)) = settler.settle(&verdicts).await.first() {
                    tracing::debug!(%error, "replies not settled");
                }
            }
            Ok(_) => {}
            Err(error) if error.is_retryable() => {
                tracing::debug!(%error, "reply inbox waits");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::debug!(%error, "reply inbox ended");
                break;
            }
        }
    }
}
