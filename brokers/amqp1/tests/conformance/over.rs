//! The transport, shown as one without point-to-point channels, so that the cases run over publish-subscribe ones.
use std::time::Duration;
use tidings::{
    Capabilities, Channel, Message, Result, Str, SubscribeSpec, Transport,
    transport::{Ensure, State, Wanted},
};
use tidings_amqp1::{Amqp1Subscription, Amqp1Transport};
use tokio::{sync::watch, time::Instant};

pub(crate) struct Over {
    pub(crate) inner: Amqp1Transport,
    pub(crate) has_queues: bool,
}

impl Transport for Over {
    type Subscription = Amqp1Subscription;

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

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<Amqp1Subscription> {
        self.inner.subscribe(spec).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, Amqp1Subscription)> {
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
