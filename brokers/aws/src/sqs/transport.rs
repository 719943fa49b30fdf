//! The transport.
use super::{
    SqsSubscription,
    held::Held,
    queue::{Place, TOPICS},
    queues::{Queues, WIRE},
    sending::LONGEST_DELAY,
    settling,
    subscription::Source,
};
use crate::{
    AwsSettings,
    address::Address,
    bindings::Queue,
    client::Core,
    credentials,
    leaving::{Afterwards, TAG},
    link, names,
    opened::{Holds, Opened},
    packing::largest,
};
use aws_sdk_sqs::{Client, types::QueueAttributeName};
use std::{fmt, sync::Arc, time::Duration};
use tidings::{
    BoxFuture, Capabilities, Channel, Error, Message, Result, Str, SubscribeSpec, Transport,
    transport::{Affinity, Attempts, Confirm, Ensure, Order, Settle, State, Wanted},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// How long a reply is kept, in seconds: nobody waits so long.
const REPLIES: &str = "3600";

/// Queues of Amazon SQS. Cheap to clone.
#[derive(Clone)]
pub struct SqsTransport(Arc<Inner>);

struct Inner {
    queues: Queues,
    opened: Opened<Held>,
}

impl SqsTransport {
    /// Reaches SQS at an address such as `sqs://eu-west-1`, with the usual settings.
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
        let address = Address::parse(url, "sqs", None)?;
        let known = credentials::find(None, &address, &settings)?;
        Self::open(Core::new(address, known, settings)).await
    }

    pub(crate) async fn open(core: Core) -> Result<Self> {
        let transport = Self::beside(&core, &core.0.address);
        transport.0.queues.are_there().await?;
        let (weak, again) = (Arc::downgrade(&transport.0), Arc::downgrade(&transport.0));
        let heartbeat = core.0.settings.heartbeat;
        let pause = move || Some(weak.upgrade()?.queues.core.0.link.pause(heartbeat));
        let ask = move || {
            let queues = again.upgrade()?.queues.clone();
            (!queues.core.0.link.is_closing()).then_some(async move { queues.are_there().await })
        };
        drop(core);
        tokio::spawn(link::beat(heartbeat, pause, ask));
        Ok(transport)
    }

    /// Queues at that address, of a transport that looks after its link itself.
    pub(crate) fn beside(core: &Core, address: &Address) -> Self {
        let client = Client::new(&core.config(address));
        Self(Arc::new(Inner {
            queues: Queues::new(core.clone(), client),
            opened: Opened::new(),
        }))
    }

    #[cfg(feature = "sns")]
    pub(crate) fn queues(&self) -> &Queues {
        &self.0.queues
    }

    fn core(&self) -> &Core {
        &self.0.queues.core
    }

    /// Receives from a queue that is there.
    pub(crate) async fn receive(
        &self,
        url: Str,
        is_fifo: bool,
        spec: &SubscribeSpec,
        afterwards: Afterwards,
    ) -> Result<SqsSubscription> {
        let attributes = self.0.queues.attributes("subscribe", &url).await?;
        let number = |name| attributes.get(&name)?.parse().ok();
        let lease = number(QueueAttributeName::VisibilityTimeout).unwrap_or(30);
        if let Some(bytes) = less_than_all(number(QueueAttributeName::MaximumMessageSize)) {
            tracing::warn!(%url, bytes, "the queue's `MaximumMessageSize` is less than SQS takes: messages that are larger are refused");
        }
        let source = Source {
            url,
            is_fifo,
            lease: Duration::from_secs(lease.max(1)),
        };
        self.open_at(source, spec, afterwards)
    }

    fn open_at(
        &self,
        source: Source,
        spec: &SubscribeSpec,
        afterwards: Afterwards,
    ) -> Result<SqsSubscription> {
        let opened = SqsSubscription::open(self.0.queues.clone(), source, spec, afterwards);
        let source = (self.0.queues.clone(), opened.url().clone());
        let all = &self.0.opened;
        all.add(self.core(), opened.held(), source, opened.afterwards())?;
        Ok(opened)
    }

    async fn ensure_one(&self, wanted: &Wanted, how: Ensure) -> Result<()> {
        let place = Place::of("ensure", &wanted.channel)?;
        let ensured = self
            .0
            .queues
            .ensure("ensure", &place, how == Ensure::Create);
        ensured.await.map(drop)
    }
}

/// What a queue takes at most, where that is less than SQS does.
fn less_than_all(bytes: Option<u64>) -> Option<u64> {
    bytes.filter(|bytes| usize::try_from(*bytes).is_ok_and(|bytes| bytes < WIRE))
}

impl Holds for Held {
    type Source = (Queues, Str);

    fn settled(&self) -> &Notify {
        &self.settled
    }

    fn is_settled(&self) -> bool {
        self.is_settled()
    }

    fn out(&self) -> usize {
        self.out()
    }

    async fn give_back(self: Arc<Self>, (queues, url): &Self::Source, why: Error) {
        let back = self.end(why);
        settling::give_back(queues, url, &self, back).await;
    }

    async fn over(&self) {
        loop {
            let told = self.settled.notified();
            if self.is_over() {
                return;
            }
            told.await;
        }
    }
}

impl Transport for SqsTransport {
    type Subscription = SqsSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let place = Place::of("connect", channel);
        let is_fifo = place.map_or(channel.keyed, |place| place.is_fifo);
        let mut all = Capabilities::none(largest(WIRE));
        all.point_to_point = true;
        all.instead = Some(TOPICS);
        all.durable = true;
        all.settle = Settle::Individual;
        all.confirm = Confirm::Broker;
        all.attempts = Attempts::Deliveries;
        all.native_reply = true;
        match is_fifo {
            true => (all.affinity, all.order) = (Affinity::Keys, Order::Key),
            false => all.delay = Some(LONGEST_DELAY),
        }
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        self.0.queues.publish(channel, batch, deadline).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<SqsSubscription> {
        self.core().check_open("subscribe")?;
        let place = Place::of("subscribe", &spec.channel)?;
        let queues = &self.0.queues;
        let url = match self.core().0.settings.create {
            true => queues.ensure("subscribe", &place, true).await?,
            false => queues.url("subscribe", &place.name).await?,
        };
        let nothing = Afterwards::none(self.core());
        self.receive(url, place.is_fifo, spec, nothing).await
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, SqsSubscription)> {
        self.core().check_open("inbox")?;
        let name = names::inbox();
        let mut told = Queue::default();
        told.attributes
            .insert("MessageRetentionPeriod", REPLIES.to_owned());
        told.tags.insert(TAG.to_owned(), "inbox".to_owned());
        let place = Place::named(name.clone(), told);
        let queues = self.0.queues.clone();
        let leaving: BoxFuture<'static, ()> = Box::pin(async move { queues.remove(&name).await });
        let afterwards = Afterwards::new(self.core(), leaving);
        let url = self.0.queues.ensure("inbox", &place, true).await?;
        let name: Str = place.name.as_str().into();
        let spec = SubscribeSpec::new(Channel::replies(&*name));
        let opened = self.receive(url, false, &spec, afterwards).await?;
        Ok((name, opened))
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
        self.0.opened.close(self.core(), grace).await
    }
}

impl fmt::Debug for SqsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqsTransport")
            .field("server", &self.core().0.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tidings::{ChannelKind, Requirement};
    use tokio::time::sleep;

    /// A transport with a subscription, and whether its queue was deleted, which takes that long.
    fn subscribed(takes: Duration) -> Result<(SqsTransport, SqsSubscription, Arc<AtomicBool>)> {
        let core = client::tests::nowhere();
        let transport = SqsTransport::beside(&core, &core.0.address);
        let is_deleted = Arc::new(AtomicBool::new(false));
        let deleted = is_deleted.clone();
        let afterwards: BoxFuture<'static, ()> = Box::pin(async move {
            sleep(takes).await;
            deleted.store(true, Ordering::Relaxed);
        });
        let source = Source {
            url: "http://127.0.0.1:1/1/q".into(),
            is_fifo: false,
            lease: Duration::from_secs(30),
        };
        let spec = SubscribeSpec::new(Channel::replies("q"));
        let opened = transport.open_at(source, &spec, Afterwards::new(&core, afterwards))?;
        Ok((transport, opened, is_deleted))
    }

    #[tokio::test]
    async fn closing_waits_for_queues_that_are_deleted() -> Result<()> {
        for is_dropped in [true, false] {
            let (transport, opened, is_deleted) = subscribed(Duration::from_millis(100))?;
            let left = (!is_dropped).then_some(opened);
            transport.close(Duration::ZERO).await?;
            assert!(is_deleted.load(Ordering::Relaxed), "dropped: {is_dropped}");
            drop(left);
        }
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn closing_waits_for_no_deletion_for_ever() -> Result<()> {
        let (transport, opened, is_deleted) = subscribed(Duration::from_secs(3600))?;
        drop(opened);
        let since = Instant::now();
        transport.close(Duration::from_secs(5)).await?;
        let passed = since.elapsed().as_secs();
        assert!((5..7).contains(&passed), "{passed} s");
        assert!(!is_deleted.load(Ordering::Relaxed));
        Ok(())
    }

    #[tokio::test]
    async fn publishing_has_no_request_with_it() {
        let core = client::tests::nowhere();
        let transport = SqsTransport::beside(&core, &core.0.address);
        let (channel, batch) = (Channel::point_to_point("q"), [Message::new("a")]);
        let publishing = transport.publish(&channel, &batch, Instant::now());
        let (bytes, request) = (
            size_of_val(&publishing),
            size_of_val(&transport.0.queues.client.list_queues().send()),
        );
        assert!(bytes < request, "{bytes} bytes, and a request {request}");
    }

    #[test]
    fn a_queue_that_takes_less_is_told() {
        let wire = u64::try_from(WIRE).ok();
        assert_eq!(less_than_all(Some(262_144)), Some(262_144));
        assert_eq!((less_than_all(wire), less_than_all(None)), (None, None));
    }

    #[test]
    fn whoever_serves_a_topic_hears_of_sns() {
        let core = client::tests::nowhere();
        let transport = SqsTransport::beside(&core, &core.0.address);
        let topic = Requirement::new(ChannelKind::PublishSubscribe, "events");
        let error = topic.check(&transport).expect_err("there are no topics");
        assert!(error.to_string().contains("`SnsTransport`"), "{error}");
        let queue = Requirement::new(ChannelKind::PointToPoint, "orders");
        assert!(queue.check(&transport).is_ok());
    }
}
