//! Queues and topics at once: point-to-point channels by SQS, publish-subscribe ones by SNS.
mod connector;

pub use connector::AwsConnector;

use crate::{
    AwsSettings, SnsTransport, SqsSubscription, address::Address, bindings, client::Core,
    credentials,
};
use std::time::Duration;
use tidings::{
    Capabilities, Channel, ChannelKind, Message, Result, Server, Str, SubscribeSpec, Transport,
    transport::{Ensure, State, Wanted},
};
use tokio::{sync::watch, time::Instant};

/// Both kinds of channels: queues of SQS, and topics of SNS with their queues. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AwsTransport(SnsTransport);

impl AwsTransport {
    /// Reaches SQS and SNS at an address such as `aws://eu-west-1`, with the usual settings.
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
        Self::open(url, None, settings).await
    }

    pub(crate) async fn open(
        url: &str,
        server: Option<&Server>,
        settings: AwsSettings,
    ) -> Result<Self> {
        bindings::server(server)?;
        let address = Address::parse(url, "aws", None)?;
        let known = credentials::find(server, &address, &settings)?;
        let core = Core::new(address, known, settings);
        Ok(Self(SnsTransport::open(core).await?))
    }
}

impl Transport for AwsTransport {
    type Subscription = SqsSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut all = match channel.kind {
            ChannelKind::PointToPoint => self.0.queues().capabilities(channel),
            ChannelKind::PublishSubscribe => self.0.capabilities(channel),
        };
        (all.point_to_point, all.publish_subscribe, all.groups) = (true, true, true);
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        match channel.kind {
            ChannelKind::PointToPoint => self.0.queues().publish(channel, batch, deadline).await,
            ChannelKind::PublishSubscribe => self.0.publish(channel, batch, deadline).await,
        }
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<SqsSubscription> {
        match spec.channel.kind {
            ChannelKind::PointToPoint => self.0.queues().subscribe(spec).await,
            ChannelKind::PublishSubscribe => self.0.subscribe(spec).await,
        }
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, SqsSubscription)> {
        self.0.inbox(replies).await
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        for one in wanted.iter().map(std::slice::from_ref) {
            match one[0].channel.kind {
                ChannelKind::PointToPoint => self.0.queues().ensure(one, how).await?,
                ChannelKind::PublishSubscribe => self.0.ensure(one, how).await?,
            }
        }
        Ok(())
    }

    fn server(&self) -> Option<Str> {
        self.0.server()
    }

    fn state(&self) -> watch::Receiver<State> {
        self.0.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.0.close(grace).await
    }
}
