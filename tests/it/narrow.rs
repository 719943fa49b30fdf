//! The in-process transport, as if it could do less.
use std::time::Duration;
use tidings::{
    Capabilities, Channel, Memory, Message, Result, Str, SubscribeSpec, Transport,
    memory::MemorySubscription,
    transport::{Ensure, State, Wanted},
};
use tokio::{sync::watch, time::Instant};

pub(crate) struct Narrow {
    memory: Memory,
    less: fn(&mut Capabilities),
}

impl Narrow {
    pub(crate) fn new(less: fn(&mut Capabilities)) -> Self {
        Self {
            memory: Memory::new(),
            less,
        }
    }
}

impl Transport for Narrow {
    type Subscription = MemorySubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut capabilities = self.memory.capabilities(channel);
        (self.less)(&mut capabilities);
        capabilities
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        Transport::publish(&self.memory, channel, batch, deadline).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<MemorySubscription> {
        Transport::subscribe(&self.memory, spec).await
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, MemorySubscription)> {
        Transport::inbox(&self.memory, replies).await
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        Transport::ensure(&self.memory, wanted, how).await
    }

    fn state(&self) -> watch::Receiver<State> {
        Transport::state(&self.memory)
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        Transport::close(&self.memory, grace).await
    }
}
