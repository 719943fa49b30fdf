//! A member of a group.
use super::{
    broker::{Broker, Topic, Topics},
    group::Member,
    transport::{End, Link},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::SeqCst},
};
use tidings::{
    Error, ErrorKind, Outgoing, Result, Str, SubscribeSpec, Token, Verdict,
    transport::{Event, Group, Incoming, Part, Settler, Subscription},
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

#[derive(Clone)]
pub(crate) struct LogSettler {
    pub(crate) broker: Arc<Broker>,
    pub(crate) end: Arc<End>,
    channel: tidings::Channel,
    group: Str,
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
        let deliveries = deliveries(topic, group, member, &self.spec, max);
        for incoming in &deliveries {
            self.told.entry(incoming.token.part).or_default();
        }
        match deliveries.is_empty() {
            true => Err(topic.groups.get(group).and_then(super::group::Group::due)),
            false => Ok(Event::Deliveries(deliveries)),
        }
    }
}

fn session(broker: &Broker, end: &End) -> (u64, u64) {
    (broker.epoch.load(SeqCst), end.cuts.load(SeqCst))
}

/// What is to be told of parts that leave or have left.
fn moved(
    topics: &mut Topics,
    settler: &LogSettler,
    member: Member,
    told: &mut BTreeMap<Part, bool>,
) -> Option<Event> {
    let group = topics.group(
        &settler.channel,
        &settler.group,
        tidings::transport::Start::New,
    );
    let owned: BTreeMap<Part, Option<Instant>> = group
        .of(member)
        .filter_map(|(_, shard)| shard.owner.as_ref())
        .map(|owner| (owner.part, owner.leaves))
        .collect();
    let gone: Vec<Part> = told
        .keys()
        .copied()
        .filter(|part| !owned.contains_key(part))
        .collect();
    if !gone.is_empty() {
        told.retain(|part, _| !gone.contains(part));
        return Some(Event::Gone { parts: gone });
    }
    let leaving = told.iter_mut().filter(|(_, is_told)| !**is_told);
    let leaving = leaving.filter_map(|(part, is_told)| {
        let until = (*owned.get(part)?)?;
        *is_told = true;
        Some((*part, until))
    });
    let (parts, until): (Vec<Part>, Vec<Instant>) = leaving.unzip();
    let until = until.into_iter().min()?;
    Some(Event::Leaving { parts, until })
}

/// The next records of the shards of a member, as far as there is room.
fn deliveries(
    topic: &mut Topic,
    group: &Str,
    member: Member,
    spec: &SubscribeSpec,
    max: usize,
) -> Vec<Incoming> {
    let Topic {
        shards: records,
        groups,
    } = topic;
    let Some(group) = groups.get_mut(group) else {
        return Vec::new();
    };
    let (mut count, mut bytes) = (0, 0);
    for (number, shard) in group.of(member) {
        let out = shard.owner.iter().flat_map(|owner| &owner.out);
        for offset in out {
            count += 1;
            bytes += records[number][usize::try_from(*offset).unwrap_or_default()].size();
        }
    }
    let mut deliveries = Vec::new();
    for (number, shard) in group.of(member) {
        let Some(owner) = shard.owner.as_mut().filter(|owner| owner.leaves.is_none()) else {
            continue;
        };
        let from = usize::try_from(owner.next).unwrap_or_default();
        for message in &records[number][from..] {
            let is_full = count >= spec.prefetch || (count > 0 && bytes >= spec.prefetch_bytes);
            if is_full || deliveries.len() == max {
                break;
            }
            count += 1;
            bytes += message.size();
            deliveries.push(Incoming::new(message.clone(), owner.part.at(owner.next)));
            owner.out.insert(owner.next);
            owner.next += 1;
        }
    }
    deliveries
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
                return Err(super::transport::closed("receive"));
            }
            match self.poll(max) {
                Ok(event) => return Ok(event),
                Err(Some(due)) => select! { () = changed => {}, () = sleep_until(due) => {} },
                Err(None) => changed.await,
            }
        }
    }
}

impl Settler for LogSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        if self.end.is_closed() || self.end.link() != Link::Up {
            let lost = Error::new(ErrorKind::ConnectionLost, "settle", "there is no link");
            return verdicts
                .iter()
                .map(|(token, _)| (*token, lost.clone()))
                .collect();
        }
        self.broker
            .lock()
            .settle(&self.channel, &self.group, verdicts);
        self.broker.changed.notify_waiters();
        Vec::new()
    }

    async fn commit(&self, outgoing: &[Outgoing], verdicts: &[(Token, Verdict)]) -> Result<()> {
        for Outgoing { message, .. } in outgoing {
            super::transport::check(message)?;
        }
        let mut topics = self.broker.lock();
        for Outgoing {
            channel, message, ..
        } in outgoing
        {
            topics.publish(channel, message);
        }
        topics.settle(&self.channel, &self.group, verdicts);
        drop(topics);
        self.broker.changed.notify_waiters();
        Ok(())
    }
}
