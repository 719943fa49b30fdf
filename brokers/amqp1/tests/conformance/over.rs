//! The transport, shown as one without point-to-point channels, so that the cases run over publish-subscribe ones, or as one whose
//! messages have keys.
use std::time::Duration;
use tidings::{
    Capabilities, Channel, Message, Result, Str, SubscribeSpec, Transport,
    dead_letter::BESIDE,
    transport::{Ensure, State, Wanted},
};
use tidings_amqp1::{Amqp1Subscription, Amqp1Transport};
use tokio::{sync::watch, time::Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Queues,
    Topics,
    Keyed,
}

pub(crate) struct Over {
    pub(crate) inner: Amqp1Transport,
    pub(crate) shown: Shown,
}

impl Over {
    fn channel(&self, channel: &Channel) -> Channel {
        // Reply addresses and dead letters have none.
        let is_made =
            channel.address.starts_with("tidings.inbox.") || channel.address.ends_with(BESIDE);
        match self.shown == Shown::Keyed && !is_made {
            true => channel.clone().with_keys(),
            false => channel.clone(),
        }
    }
}

impl Transport for Over {
    type Subscription = Amqp1Subscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut has = self.inner.capabilities(&self.channel(channel));
        has.point_to_point = self.shown != Shown::Topics;
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

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<Amqp1Subscription> {
        let mut spec = spec.clone();
        spec.channel = self.channel(&spec.channel);
        self.inner.subscribe(&spec).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, Amqp1Subscription)> {
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
