//! The reply inbox of a client: one subscription, whose messages go to whoever waits for their correlation id.
mod replies;
mod waiters;

use crate::{
    Channel, DynTransport, Handling, Layers, Result, Str,
    router::check_channel,
    transport::{DynSubscription, Event, Incoming, SubscribeSpec, Verdict},
    unseen,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::{Handle, Id},
    task::JoinHandle,
};
use waiters::Waiters;
pub(crate) use waiters::{Waiting, Wanted};

/// Replies taken at a time.
const BATCH: usize = 64;
/// Pause after a failure that may pass, where the transport says no other.
const PAUSE: Duration = Duration::from_millis(100);

/// An open inbox. Its task ends when this is dropped.
pub(crate) struct Inbox {
    /// A channel of a document, else it is at an address of its own.
    replies: Option<Channel>,
    /// What its task runs on: it may stand still while others go on.
    runtime: Id,
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
        if replies.is_none() && layers.is_empty() {
            let taker = waiters.clone();
            subscription.hand_over(Arc::new(move |reply| {
                taker.deliver(reply);
            }));
        }
        let channel = replies.cloned();
        let channel = channel.unwrap_or_else(|| Channel::replies(address.clone()));
        let task = tokio::spawn(run(subscription, waiters.clone(), channel, layers));
        Ok(Self {
            replies: replies.cloned(),
            runtime: Handle::current().id(),
            address,
            waiters,
            task,
        })
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.task.is_finished()
    }

    /// Whether it is where those replies come, and for whoever runs where its task does.
    pub(crate) fn is_for(&self, replies: Option<&Channel>) -> bool {
        self.replies.as_ref() == replies && self.runtime == Handle::current().id()
    }

    /// Registers for replies.
    pub(crate) fn wait_for(&self, wanted: Wanted) -> Result<Waiting> {
        self.waiters.add(self.address.clone(), wanted)
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

/// Gives a reply to who waits for it; it is done with, whether layers let it in or not.
fn read(channel: &Channel, layers: &Layers, waiters: &Waiters, mut incoming: Incoming) {
    if layers.is_empty() {
        waiters.deliver(incoming.message);
        return;
    }
    let mut seen = 0;
    let fate = match layers.incoming(channel, &mut incoming.message, &mut seen) {
        Ok(()) => {
            if !waiters.deliver(incoming.message.clone()) {
                layers.late(channel, &incoming.message, seen);
            }
            Verdict::Ack
        }
        Err(error) => {
            unseen::tell();
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
        self.0.end();
    }
}

async fn run(
    subscription: Box<dyn DynSubscription>,
    waiters: Waiters,
    channel: Channel,
    layers: Layers,
) {
    let waiters = Waited(waiters);
    tokio::select! {
        biased;
        () = receive(subscription, &waiters.0, &channel, &layers) => {}
        () = waiters.0.expire() => {}
    }
}

async fn receive(
    mut subscription: Box<dyn DynSubscription>,
    waiters: &Waiters,
    channel: &Channel,
    layers: &Layers,
) {
    let settler = subscription.settler();
    loop {
        match subscription.next(BATCH).await {
            Ok(Event::Deliveries(batch)) => {
                let verdicts: Vec<_> = batch
                    .iter()
                    .map(|incoming| (incoming.token, Verdict::Ack))
                    .collect();
                for incoming in batch {
                    read(channel, layers, waiters, incoming);
                }
                if let Some((_, error)) = settler.settle(&verdicts).await.first() {
                    tracing::debug!(%error, "replies not settled");
                }
            }
            Ok(_) => {}
            Err(error) if error.is_retryable() => {
                tracing::debug!(%error, "reply inbox waits");
                tokio::time::sleep(error.wait().unwrap_or(PAUSE)).await;
            }
            Err(error) => {
                tracing::debug!(%error, "reply inbox ended");
                break;
            }
        }
    }
}
