//! The transport.
use super::{
    subscribing::Pair,
    topic::{QUEUES, Spot, Topics, WIRE},
};
use crate::{
    AwsSettings, SqsSubscription, SqsTransport,
    address::Address,
    bindings::Queue,
    client::Core,
    credentials,
    leaving::{Afterwards, TAG},
    link::{self, Service},
    names,
    packing::largest,
    sqs::Place,
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tidings::{
    BoxFuture, Capabilities, Channel, ChannelKind, Error, ErrorKind, Message, Result, Str,
    SubscribeSpec, Transport,
    dead_letter::BESIDE,
    transport::{Affinity, Attempts, Confirm, Ensure, Group, Order, Settle, Start, State, Wanted},
};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

/// Topics of Amazon SNS, with a queue of SQS for each group. Cheap to clone.
#[derive(Clone)]
pub struct SnsTransport(Arc<Inner>);

struct Inner {
    topics: Topics,
    /// Queues of groups, of replies and of dead letters.
    queues: SqsTransport,
}

impl SnsTransport {
    /// Reaches SNS at an address such as `sns://eu-west-1`, and SQS beside it, with the usual settings.
    ///
    /// # Errors
    /// When the address makes no sense, there is nothing to identify with, or nobody is there.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, AwsSettings::default()).await
    }

    /// The same with those settings.
    ///
    /// # Errors
    /// As of [`connect`](Self::connect).
    pub async fn connect_with(url: &str, settings: AwsSettings) -> Result<Self> {
        let address = Address::parse(url, "sns", Some("sqs"))?;
        let known = credentials::find(None, &address, &settings)?;
        Self::open(Core::new(address, known, settings)).await
    }

    pub(crate) async fn open(core: Core) -> Result<Self> {
        let queues = SqsTransport::beside(&core, &core.0.address.beside());
        let heartbeat = core.0.settings.heartbeat;
        let topics = Topics::new(core);
        let transport = Self(Arc::new(Inner { topics, queues }));
        is_there(&transport.0.topics).await?;
        let (weak, again) = (Arc::downgrade(&transport.0), Arc::downgrade(&transport.0));
        let pause = move || Some(weak.upgrade()?.topics.core.0.link.pause(heartbeat));
        let ask = move || {
            let inner = again.upgrade()?;
            let (topics, queues) = (inner.topics.clone(), inner.queues.queues().clone());
            let asking = async move {
                is_there(&topics).await?;
                match topics.core.0.link.is_away(Service::Main) {
                    true => queues.are_there().await,
                    false => Ok(()),
                }
            };
            (!inner.topics.core.0.link.is_closing()).then_some(asking)
        };
        tokio::spawn(link::beat(heartbeat, pause, ask));
        Ok(transport)
    }

    /// The queues beside its topics.
    pub(crate) fn queues(&self) -> &SqsTransport {
        &self.0.queues
    }

    fn core(&self) -> &Core {
        &self.0.topics.core
    }

    /// The queue of a group, subscribed to the topic of the channel.
    async fn subscribed(
        &self,
        operation: &'static str,
        spot: &Spot,
        group: &str,
        create: bool,
    ) -> Result<(Place, Str)> {
        let (place, consumer) = spot.queue(group);
        let topic = self.0.topics.ensure(operation, spot, create).await?;
        let pair = Pair {
            topics: &self.0.topics,
            queues: self.0.queues.queues(),
            operation,
            topic: &topic,
            place: &place,
            consumer,
        };
        let (url, _) = pair.ensure(create).await?;
        Ok((place, url))
    }

    async fn ensure_one(&self, wanted: &Wanted, how: Ensure) -> Result<()> {
        if is_beside(&wanted.channel) {
            let queues = &self.0.queues;
            return queues.ensure(std::slice::from_ref(wanted), how).await;
        }
        let create = how == Ensure::Create;
        let spot = Spot::of("ensure", &wanted.channel)?;
        match &wanted.group {
            Some(group) => drop(self.subscribed("ensure", &spot, group, create).await?),
            None => drop(self.0.topics.ensure("ensure", &spot, create).await?),
        }
        Ok(())
    }

    /// Receives alone, by a queue that goes with the subscription.
    async fn alone(&self, spot: &Spot, spec: &SubscribeSpec) -> Result<SqsSubscription> {
        let end = if spot.is_fifo { names::FIFO } else { "" };
        let mut told = Queue::default();
        told.tags.insert(TAG.to_owned(), "alone".to_owned());
        let place = Place::named(format!("tidings-alone-{}{end}", Uuid::now_v7()), told);
        let create = self.core().0.settings.create;
        let topic = self.0.topics.ensure("subscribe", spot, create).await?;
        let pair = Pair {
            topics: &self.0.topics,
            queues: self.0.queues.queues(),
            operation: "subscribe",
            topic: &topic,
            place: &place,
            consumer: None,
        };
        // Before there is anything, so that nothing stays behind of what fails half-way.
        let subscribed = Arc::<OnceLock<String>>::default();
        let afterwards = self.leaving(&place.name, subscribed.clone());
        let (url, subscription) = pair.ensure(true).await?;
        drop(subscribed.set(subscription));
        let queues = &self.0.queues;
        queues.receive(url, place.is_fifo, spec, afterwards).await
    }

    /// Has a queue of one subscription go, and that of the topic where it was made.
    fn leaving(&self, name: &str, subscribed: Arc<OnceLock<String>>) -> Afterwards {
        let (topics, queues) = (self.0.topics.clone(), self.0.queues.queues().clone());
        let name = name.to_owned();
        let leaving: BoxFuture<'static, ()> = Box::pin(async move {
            if let Some(subscription) = subscribed.get() {
                let asking = topics.client.unsubscribe().subscription_arn(subscription);
                let unsubscribed = topics
                    .core
                    .ask_topics("unsubscribe", None, asking.send())
                    .await;
                if let Err(error) = unsubscribed {
                    tracing::debug!(%error, "the topic goes on sending to a queue that is gone");
                }
            }
            queues.remove(&name).await;
        });
        Afterwards::new(self.core(), leaving)
    }
}

/// Whether it is for a queue all the same: a reply, or what was given up.
fn is_beside(channel: &Channel) -> bool {
    let is_made = channel.for_replies || channel.address.ends_with(BESIDE);
    channel.kind == ChannelKind::PointToPoint && is_made
}

/// Whether anybody answers; who may list no topics is told so, which is an answer too.
async fn is_there(topics: &Topics) -> Result<()> {
    match topics.look_around("connect").await {
        Err(error) if error.reason().contains("AuthorizationError") => Ok(()),
        other => other,
    }
}

impl Transport for SnsTransport {
    type Subscription = SqsSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        if is_beside(channel) {
            return self.0.queues.capabilities(channel);
        }
        let spot = Spot::of("connect", channel);
        let mut all = Capabilities::none(largest(WIRE));
        all.publish_subscribe = true;
        all.instead = Some(QUEUES);
        all.groups = true;
        all.durable = true;
        all.settle = Settle::Individual;
        all.confirm = Confirm::Broker;
        all.attempts = Attempts::Deliveries;
        all.native_reply = true;
        if spot.map_or(channel.keyed, |spot| spot.is_fifo) {
            (all.affinity, all.order) = (Affinity::Keys, Order::Key);
        }
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        match is_beside(channel) {
            true => self.0.queues.publish(channel, batch, deadline).await,
            false => self.0.topics.publish(channel, batch, deadline).await,
        }
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<SqsSubscription> {
        self.core().check_open("subscribe")?;
        if is_beside(&spec.channel) {
            return self.0.queues.subscribe(spec).await;
        }
        let spot = Spot::of("subscribe", &spec.channel)?;
        if spec.start == Start::Oldest {
            let reason =
                "a topic of SNS keeps nothing for groups that come later; begin with what is new";
            let error = Error::new(ErrorKind::Unsupported, "subscribe", reason);
            return Err(error.with("channel", &spec.channel.address));
        }
        let Group::Shared(group) = &spec.group else {
            return self.alone(&spot, spec).await;
        };
        let create = self.core().0.settings.create;
        let (place, url) = self.subscribed("subscribe", &spot, group, create).await?;
        let nothing = Afterwards::none(self.core());
        let queues = &self.0.queues;
        queues.receive(url, place.is_fifo, spec, nothing).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, SqsSubscription)> {
        self.0.queues.inbox(replies).await
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        let each = |wanted| self.ensure_one(wanted, how);
        self.core().ensure(wanted, each).await
    }

    fn server(&self) -> Option<Str> {
        Some(self.core().0.address.to_string().into())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.core().0.link.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.0.queues.close(grace).await
    }
}

impl fmt::Debug for SnsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnsTransport")
            .field("server", &self.core().0.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;
    use tidings::Requirement;

    #[test]
    fn whoever_serves_a_queue_hears_of_sqs() {
        let core = client::tests::nowhere();
        let queues = SqsTransport::beside(&core, &core.0.address);
        let topics = Topics::new(core);
        let transport = SnsTransport(Arc::new(Inner { topics, queues }));
        let queue = Requirement::new(ChannelKind::PointToPoint, "orders");
        let error = queue.check(&transport).expect_err("there are no queues");
        assert!(error.to_string().contains("`SqsTransport`"), "{error}");
        let topic = Requirement::new(ChannelKind::PublishSubscribe, "events");
        assert!(topic.check(&transport).is_ok());
    }
}
