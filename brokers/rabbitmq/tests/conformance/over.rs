//! The transport, shown as one of fewer kinds of channels.
use std::time::Duration;
use tidings::{
    Capabilities, Channel, Message, Result, Str, SubscribeSpec, Transport,
    dead_letter::BESIDE,
    transport::{Ensure, State, Wanted},
};
use tidings_rabbitmq::{RabbitSubscription, RabbitTransport};
use tokio::{sync::watch, time::Instant};

/// A transport that carries point-to-point channels or not, of messages with keys or without.
pub(crate) struct Over {
    inner: RabbitTransport,
    has_queues: bool,
    keyed: bool,
}

impl Over {
    /// As it is.
    pub(crate) fn queues(inner: RabbitTransport) -> Self {
        Self {
            inner,
            has_queues: true,
            keyed: false,
        }
    }

    /// Without point-to-point channels, so that the cases run over publish-subscribe ones.
    pub(crate) fn topics(inner: RabbitTransport) -> Self {
        Self {
            inner,
            has_queues: false,
            keyed: false,
        }
    }

    /// With channels whose messages have keys.
    pub(crate) fn keyed(inner: RabbitTransport) -> Self {
        Self {
            inner,
            has_queues: true,
            keyed: true,
        }
    }

    fn channel(&self, channel: &Channel) -> Channel {
        // Reply addresses and dead letters have none.
        let is_made =
            channel.address.starts_with("tidings.inbox.") || channel.address.ends_with(BESIDE);
        match self.keyed && !is_made {
            true => channel.clone().with_keys(),
            false => channel.clone(),
        }
    }
}

impl Transport for Over {
    type Subscription = RabbitSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut has = self.inner.capabilities(&self.channel(channel));
        has.point_to_point = self.has_queues;
        has
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let channel = self.channel(channel);
        self.inner.publish(&channel, batch, deadline).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<RabbitSubscription> {
        let mut spec = spec.clone();
        spec.channel = self.channel(&spec.channel);
        self.inner.subscribe(&spec).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, RabbitSubscription)> {
        self.inner.inbox(replies).await
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        let mut wanted = wanted.to_vec();
        for one in &mut wanted {
            one.channel = self.channel(&one.channel);
        }
        self.inner.ensure(&wanted, how).await
    }

    fn state(&self) -> watch::Receiver<State> {
        self.inner.state()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.inner.close(grace).await
    }
}
