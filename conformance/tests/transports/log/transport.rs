//! One connection to the broker.
use super::{
    broker::Broker,
    end::{End, HEADERS, LARGEST, Link, check, closed},
    subscription::LogSubscription,
};
use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};
use tidings::{
    Capabilities, Channel, ChannelKind, Error, ErrorKind, Message, Result, Str, SubscribeSpec,
    Transport,
    transport::{Affinity, Confirm, Ensure, HeaderSupport, Order, Settle, Start, State, Wanted},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

pub(crate) struct Log {
    broker: Arc<Broker>,
    end: Arc<End>,
}

impl Log {
    pub(crate) fn connect(broker: &Arc<Broker>) -> Arc<Self> {
        Arc::new(Self {
            broker: broker.clone(),
            end: Arc::new(End::new()),
        })
    }

    pub(crate) fn set(&self, link: Link) {
        self.end.set(link);
        self.broker.changed.notify_waiters();
    }

    async fn publish_one(
        &self,
        channel: &Channel,
        message: &Message,
        deadline: Instant,
    ) -> Result<()> {
        if self.end.refuses.load(SeqCst) {
            return Err(closed("publish"));
        }
        check(message)?;
        let link = self.end.link();
        let lost = Error::new(ErrorKind::ConnectionLost, "publish", "there is no link");
        match link {
            Link::Cut => return Err(lost),
            Link::Stalled => {
                sleep_until(deadline).await;
                // It was never sent.
                return Err(Error::new(ErrorKind::Timeout, "publish", "nothing passes"));
            }
            Link::Up | Link::Deaf => {}
        }
        self.append(channel, message)?;
        self.broker.changed.notify_waiters();
        match link {
            Link::Deaf => {
                sleep_until(deadline).await;
                Err(lost.ambiguous())
            }
            _ => Ok(()),
        }
    }

    fn append(&self, channel: &Channel, message: &Message) -> Result<()> {
        let mut topics = self.broker.lock();
        if topics.get(&channel.address).is_none() {
            return Err(missing("publish"));
        }
        topics.publish(channel, message);
        Ok(())
    }

    /// Whether anything is out.
    fn is_busy(&self) -> bool {
        self.broker.lock().is_out(&self.end.members())
    }
}

fn missing(operation: &'static str) -> Error {
    Error::new(ErrorKind::NotFound, operation, "there is no such topic")
}

impl Transport for Log {
    type Subscription = LogSubscription;

    fn capabilities(&self, _: &Channel) -> Capabilities {
        let mut all = Capabilities::none(LARGEST);
        (all.point_to_point, all.publish_subscribe) = (true, true);
        (all.groups, all.replay, all.durable, all.transactions) = (true, true, true, true);
        (all.affinity, all.order) = (Affinity::Shards, Order::Key);
        (all.settle, all.confirm) = (Settle::Cumulative, Confirm::Broker);
        all.headers = HeaderSupport::Native {
            max_bytes: Some(HEADERS),
        };
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let mut failed = HashSet::new();
        let mut outcomes = Vec::new();
        for message in batch {
            let is_behind = message.key.as_ref().is_some_and(|key| failed.contains(key));
            let outcome = if is_behind {
                Err(Error::new(
                    ErrorKind::Skipped,
                    "publish",
                    "an earlier one of its key failed",
                ))
            } else {
                self.publish_one(channel, message, deadline).await
            };
            if outcome.is_err() {
                failed.extend(message.key.clone());
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<LogSubscription> {
        if self.end.refuses.load(SeqCst) {
            return Err(closed("subscribe"));
        }
        if self.broker.lock().get(&spec.channel.address).is_none() {
            return Err(missing("subscribe"));
        }
        let (broker, end) = (self.broker.clone(), self.end.clone());
        Ok(LogSubscription::new(broker, end, spec.clone()))
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, LogSubscription)> {
        let Some(replies) = replies else {
            let reason = "a log needs a channel for replies; name one";
            return Err(Error::new(ErrorKind::Unsupported, "inbox", reason));
        };
        let address: Str = format!("{}.{}", replies.address, uuid::Uuid::now_v7()).into();
        let channel = Channel::point_to_point(address.clone());
        self.broker.lock().topic(&channel);
        let spec = SubscribeSpec::new(channel);
        Ok((address, self.subscribe(&spec).await?))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        let mut topics = self.broker.lock();
        for Wanted { channel, group, .. } in wanted {
            let there = topics.get(&channel.address);
            if there.is_some_and(|topic| topic.shards.len() != usize::from(channel.shards)) {
                let reason = "the topic has another number of shards";
                return Err(Error::new(ErrorKind::Conflict, "ensure", reason));
            }
            let has_group = |group| there.is_some_and(|topic| topic.groups.contains_key(group));
            let is_there = there.is_some() && group.as_ref().is_none_or(has_group);
            match how {
                Ensure::Check if is_there => {}
                Ensure::Check => return Err(missing("ensure")),
                _ => {
                    topics.topic(channel);
                }
            }
            if let (Some(group), ChannelKind::PublishSubscribe) = (group, channel.kind) {
                topics.group(channel, group, Start::New);
            }
        }
        Ok(())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.end.state.subscribe()
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        self.end.refuses.store(true, SeqCst);
        let end = Instant::now() + grace;
        let outcome = loop {
            let changed = self.broker.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if self.end.is_closed() || !self.is_busy() {
                break Ok(());
            }
            if timeout_at(end, changed).await.is_err() {
                let reason = "not everything was settled";
                break Err(Error::new(ErrorKind::Timeout, "close", reason));
            }
        };
        self.end.state.send_replace(State::Closed);
        let members = std::mem::take(&mut *self.end.members());
        self.broker.lock().leave(&members);
        self.broker.changed.notify_waiters();
        outcome
    }
}
