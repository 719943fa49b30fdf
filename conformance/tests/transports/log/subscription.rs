//! A member of a group.
use super::{
    assignment::{deliveries, moved},
    broker::Broker,
    end::{End, Link, closed},
    group::Member,
    settler::LogSettler,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::SeqCst},
};
use tidings::{
    Result, SubscribeSpec,
    transport::{Event, Group, Part, Subscription},
};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

pub(crate) struct LogSubscription {
    pub(crate) settler: LogSettler,
    spec: SubscribeSpec,
    /// Whether the group is of this one alone.
    is_alone: bool,
    /// How often the broker had restarted, and the link been cut, when it joined.
    session: (u64, u64),
    member: Option<Member>,
    /// The parts that were told of, and whether they were told to leave.
    told: BTreeMap<Part, bool>,
}

impl LogSubscription {
    pub(crate) fn new(broker: Arc<Broker>, end: Arc<End>, spec: SubscribeSpec) -> Self {
        let is_queue = spec.channel.kind == tidings::ChannelKind::PointToPoint;
        let (group, is_alone) = match &spec.group {
            _ if is_queue => ("".into(), false),
            Group::Shared(name) => (name.clone(), false),
            _ => (uuid::Uuid::now_v7().to_string().into(), true),
        };
        let spec = match is_queue {
            true => spec.start(tidings::transport::Start::Oldest),
            false => spec,
        };
        let mut subscription = Self {
            settler: LogSettler {
                broker,
                end,
                channel: spec.channel.clone(),
                group,
                untold: Arc::default(),
            },
            session: (0, 0),
            member: None,
            told: BTreeMap::new(),
            is_alone,
            spec,
        };
        subscription.join();
        subscription
    }

    fn join(&mut self) {
        let LogSettler {
            broker,
            end,
            channel,
            group,
            ..
        } = &self.settler;
        let member = broker.members.fetch_add(1, SeqCst);
        end.members().insert(member);
        self.session = session(broker, end);
        broker
            .lock()
            .group(channel, group, self.spec.start)
            .join(member);
        broker.changed.notify_waiters();
        self.member = Some(member);
    }

    fn leave(&mut self) {
        let Some(member) = self.member.take() else {
            return;
        };
        let LogSettler {
            broker,
            end,
            channel,
            group,
            ..
        } = &self.settler;
        broker
            .lock()
            .group(channel, group, self.spec.start)
            .leave(member);
        end.members().remove(&member);
        broker.changed.notify_waiters();
    }

    /// What happens now; else until when nothing does.
    fn poll(&mut self, max: usize) -> Result<Event, Option<Instant>> {
        let link = self.settler.end.link();
        let is_connected =
            link != Link::Cut && self.session == session(&self.settler.broker, &self.settler.end);
        if !is_connected {
            self.leave();
            if !self.told.is_empty() {
                let parts = std::mem::take(&mut self.told).into_keys().collect();
                return Ok(Event::Gone { parts });
            }
        }
        match link {
            Link::Cut | Link::Stalled => return Err(None),
            Link::Up | Link::Deaf => {}
        }
        if self.member.is_none() {
            self.join();
        }
        let Some(member) = self.member else {
            return Err(None);
        };
        let LogSettler {
            broker,
            channel,
            group,
            ..
        } = &self.settler;
        let mut topics = broker.lock();
        topics.group(channel, group, self.spec.start).balance();
        if let Some(event) = moved(&mut topics, &self.settler, member, &mut self.told) {
            broker.changed.notify_waiters();
            return Ok(event);
        }
        let topic = topics.topic(channel);
        let next = deliveries(topic, group, member, &self.spec, max);
        for incoming in &next {
            self.told.entry(incoming.token.part).or_default();
        }
        match next.is_empty() {
            true => Err(topic.groups.get(group).and_then(super::group::Group::due)),
            false => Ok(Event::Deliveries(next)),
        }
    }
}

fn session(broker: &Broker, end: &End) -> (u64, u64) {
    (broker.epoch.load(SeqCst), end.cuts.load(SeqCst))
}

impl Drop for LogSubscription {
    fn drop(&mut self) {
        self.leave();
        if self.is_alone {
            let mut topics = self.settler.broker.lock();
            topics
                .topic(&self.settler.channel)
                .groups
                .remove(&self.settler.group);
        }
    }
}

impl Subscription for LogSubscription {
    type Settler = LogSettler;

    fn settler(&self) -> LogSettler {
        self.settler.clone()
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            let (broker, end) = (self.settler.broker.clone(), self.settler.end.clone());
            let changed = broker.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if end.is_closed() {
                return Err(closed("receive"));
            }
            match self.poll(max) {
                Ok(event) => return Ok(event),
                Err(Some(due)) => select! { () = changed => {}, () = sleep_until(due) => {} },
                Err(None) => changed.await,
            }
        }
    }
}
