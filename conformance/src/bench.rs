//! What cases work with: a setup, with fresh channels at its broker.
use crate::{
    check::{holds, same},
    listener::Listener,
    setup::{Action, Setup},
};
use std::{sync::Arc, time::Duration};
use tidings::{
    Capabilities, Channel, ChannelKind, Client, DynTransport, Layers, Message, Outgoing, Router,
    Service, SubscribeSpec, serve,
    transport::{Ensure, Group, Wanted},
};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

pub(crate) use crate::{check::Outcome, listener::PATIENCE};

/// The group of listeners that are told no other.
const GROUP: &str = "readers";
const SECOND: Duration = Duration::from_secs(1);

/// A setup whose transports can do that.
pub(crate) struct Bench {
    /// Parts its groups from those of others: a broker may share among all who say one name, whatever they listen to.
    pub(crate) id: Uuid,
    pub(crate) setup: Setup,
    pub(crate) capabilities: Capabilities,
    /// What is around the messages of clients, services and subscribers, and of what is published as if by a client.
    pub(crate) layers: Layers,
}

impl Bench {
    /// A channel that no other case has: point-to-point where the transport knows those.
    pub(crate) async fn channel(&self) -> Outcome<Channel> {
        self.fresh(self.kind(), 1).await
    }

    pub(crate) async fn queue(&self) -> Outcome<Channel> {
        self.fresh(ChannelKind::PointToPoint, 1).await
    }

    pub(crate) async fn topic(&self) -> Outcome<Channel> {
        self.fresh(ChannelKind::PublishSubscribe, 1).await
    }

    pub(crate) fn kind(&self) -> ChannelKind {
        match self.capabilities.point_to_point {
            true => ChannelKind::PointToPoint,
            false => ChannelKind::PublishSubscribe,
        }
    }

    /// A channel that is in place at the broker.
    pub(crate) async fn fresh(&self, kind: ChannelKind, shards: u16) -> Outcome<Channel> {
        let channel = unused(kind).with_shards(shards);
        let wanted = Wanted::channel(channel.clone());
        self.setup
            .receiver
            .ensure(&[wanted], Ensure::Create)
            .await?;
        Ok(channel)
    }

    /// A subscription to share with others, where the transport knows groups.
    pub(crate) fn spec(&self, channel: &Channel) -> SubscribeSpec {
        self.spec_of(channel, GROUP)
    }

    pub(crate) fn spec_of(&self, channel: &Channel, group: &str) -> SubscribeSpec {
        let shares = channel.kind == ChannelKind::PublishSubscribe && self.capabilities.groups;
        let group = shares.then(|| self.group(group));
        SubscribeSpec::new(channel.clone()).group(Group::named(group.as_deref()))
    }

    /// What the group of that name is called here.
    pub(crate) fn group(&self, name: &str) -> String {
        format!("{name}.{}", self.id)
    }

    /// What the group of listeners is called that are told no other.
    pub(crate) fn readers(&self) -> String {
        self.group(GROUP)
    }

    pub(crate) async fn listen(&self, channel: &Channel) -> Outcome<Listener> {
        self.listen_as(&self.spec(channel)).await
    }

    pub(crate) async fn listen_as(&self, spec: &SubscribeSpec) -> Outcome<Listener> {
        self.listen_at(&*self.setup.receiver, spec).await
    }

    pub(crate) async fn listen_at(
        &self,
        transport: &dyn DynTransport,
        spec: &SubscribeSpec,
    ) -> Outcome<Listener> {
        let subscription = transport.subscribe(spec).await?;
        Ok(Listener::new(subscription, self.capabilities.settle))
    }

    /// Publishes messages with those bodies, all of which must be taken.
    pub(crate) async fn publish<B: ToString>(&self, channel: &Channel, bodies: &[B]) -> Outcome {
        let batch = bodies.iter().map(|body| Message::new(body.to_string()));
        self.publish_all(channel, &batch.collect::<Vec<_>>()).await
    }

    pub(crate) async fn publish_all(&self, channel: &Channel, batch: &[Message]) -> Outcome {
        let batch = batch
            .iter()
            .map(|message| self.made_ready(channel, message));
        let batch = batch.collect::<Outcome<Vec<_>>>()?;
        let outcomes = self.outcomes(channel, &batch).await;
        same("outcomes", &outcomes.len(), &batch.len())?;
        outcomes.into_iter().collect::<Result<Vec<()>, _>>()?;
        Ok(())
    }

    /// A message as a client would send it.
    fn made_ready(&self, channel: &Channel, message: &Message) -> Outcome<Message> {
        let mut outgoing = Outgoing::new(channel.clone(), message.clone());
        self.layers.outgoing(&mut outgoing)?;
        Ok(outgoing.message)
    }

    /// The outcomes of a batch that may take as long as anything that must come.
    pub(crate) async fn outcomes(
        &self,
        channel: &Channel,
        batch: &[Message],
    ) -> Vec<tidings::Result<()>> {
        self.outcomes_within(channel, batch, PATIENCE).await
    }

    pub(crate) async fn outcomes_within(
        &self,
        channel: &Channel,
        batch: &[Message],
        within: Duration,
    ) -> Vec<tidings::Result<()>> {
        let deadline = Instant::now() + within;
        self.setup.sender.publish(channel, batch, deadline).await
    }

    /// Publishes until all is taken, as long as failures say that this may be.
    pub(crate) async fn insist(&self, channel: &Channel, batch: &[Message]) -> Outcome {
        let mut left = batch.to_vec();
        let end = Instant::now() + PATIENCE;
        while !left.is_empty() {
            let outcomes = self.outcomes_within(channel, &left, SECOND).await;
            let mut failed = Vec::new();
            for (message, outcome) in left.into_iter().zip(outcomes) {
                if let Err(error) = outcome {
                    let may_help = error.is_retryable() && Instant::now() < end;
                    holds(
                        may_help,
                        &format!("publishing does not work again: {error}"),
                    )?;
                    failed.push(message);
                }
            }
            left = failed;
            if !left.is_empty() {
                sleep(SECOND / 200).await;
            }
        }
        Ok(())
    }

    /// Listens as soon as the broker is back.
    pub(crate) async fn listen_again(&self, channel: &Channel) -> Outcome<Listener> {
        let listener = async {
            loop {
                match self.listen(channel).await {
                    Ok(listener) => return listener,
                    Err(_) => sleep(SECOND / 50).await,
                }
            }
        };
        Ok(timeout(PATIENCE, listener).await?)
    }

    /// Handlers that share with others, where the transport knows groups.
    pub(crate) fn router(&self) -> Router {
        let mut router = self.alone();
        if self.capabilities.groups {
            router.group(&self.readers());
        }
        router
    }

    /// Handlers that share with nobody, unless they are of a queue.
    pub(crate) fn alone(&self) -> Router {
        let mut router = Router::new();
        router.layers(self.layers.clone());
        router
    }

    pub(crate) async fn serve(&self, router: Router) -> Outcome<Service> {
        Ok(serve(self.setup.receiver.clone(), router).await?)
    }

    pub(crate) fn client(&self) -> Client {
        Client::with_layers(self.setup.sender.clone(), self.layers.clone())
    }

    /// A client where messages are received.
    pub(crate) fn receiving(&self) -> Client {
        Client::with_layers(self.setup.receiver.clone(), self.layers.clone())
    }

    pub(crate) async fn restart(&self) -> Outcome {
        act(self.setup.restart.as_ref()).await
    }

    pub(crate) async fn kill(&self) -> Outcome {
        act(self.setup.kill.as_ref()).await
    }

    pub(crate) async fn cut(&self) -> Outcome {
        act(self.setup.cut.as_ref()).await
    }

    pub(crate) async fn stall(&self) -> Outcome {
        act(self.setup.stall.as_ref()).await
    }

    pub(crate) async fn deafen(&self) -> Outcome {
        act(self.setup.deafen.as_ref()).await
    }

    pub(crate) async fn mend(&self) -> Outcome {
        act(self.setup.mend.as_ref()).await
    }

    pub(crate) async fn another(&self) -> Outcome<Arc<dyn DynTransport>> {
        act(self.setup.another.as_ref()).await
    }
}

async fn act<T>(action: Option<&Action<T>>) -> Outcome<T> {
    match action {
        Some(action) => action().await,
        None => Err("the harness offers what its setup has not".into()),
    }
}

/// A channel that no other case has, and that the broker has not either.
pub(crate) fn unused(kind: ChannelKind) -> Channel {
    Channel::new(kind, format!("conformance.{}", Uuid::now_v7()))
}
