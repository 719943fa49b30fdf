//! The transport, shown as one of fewer kinds of channels.
use std::time::Duration;
use tidings::{
    Capabilities, Channel, Message, Result, Str, SubscribeSpec, Transport,
    transport::{Ensure, State, Wanted},
};
use tidings_rabbitmq::{RabbitSubscription, RabbitTransport};
use tokio::{sync::watch, time::Instant};

/// A transport that carries point-to-point channels or not.
pub(crate) struct Over {
    inner: RabbitTransport,
    has_queues: bool,
}

impl Over {
    /// As it is.
    pub(crate) fn queues(inner: RabbitTransport) -> Self {
        Self {
            inner,
            has_queues: true,
        }
    }

    /// Without point-to-point channels, so that the cases run over publish-subscribe ones.
    pub(crate) fn topics(inner: RabbitTransport) -> Self {
        Self {
            inner,
            has_queues: false,
        }
    }
}

impl Transport for Over {
    type Subscription = RabbitSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut has = self.inner.capabilities(channel);
        has.point_to_point = self.has_queues;
        has
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        self.inner.publish(channel, batch, deadline).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<RabbitSubscription> {
        self.inner.subscribe(spec).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, RabbitSubscription)> {
        self.inner.inbox(replies).await
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        self.inner.ensure(wanted, how).await
    }

    fn state(&self) -> watch::Receiver<State> {
        self.inner.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.inner.close(grace).await
    }
}
