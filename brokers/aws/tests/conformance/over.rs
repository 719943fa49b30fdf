//! A transport whose channels have keys or not.
use std::time::Duration;
use tidings::{
    Capabilities, Channel, Message, Result, Str, SubscribeSpec, Transport,
    dead_letter::BESIDE,
    transport::{Ensure, State, Wanted},
};
use tokio::{sync::watch, time::Instant};

pub(crate) struct Over<T> {
    pub(crate) inner: T,
    pub(crate) keyed: bool,
}

impl<T: Transport> Over<T> {
    fn channel(&self, channel: &Channel) -> Channel {
        // Reply addresses and dead letters have none.
        let is_made =
            channel.address.starts_with("tidings-inbox-") || channel.address.ends_with(BESIDE);
        match self.keyed && !is_made {
            true => channel.clone().with_keys(),
            false => channel.clone(),
        }
    }
}

impl<T: Transport> Transport for Over<T> {
    type Subscription = T::Subscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        self.inner.capabilities(&self.channel(channel))
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

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<T::Subscription> {
        let mut spec = spec.clone();
        spec.channel = self.channel(&spec.channel);
        self.inner.subscribe(&spec).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, T::Subscription)> {
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
