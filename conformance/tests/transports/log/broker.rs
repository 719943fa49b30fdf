//! The broker: topics in shards, and the groups that read them.
use super::group::{Group, Member};
use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};
use tidings::{Channel, Message, Str, Token, Verdict, transport::Start};
use tokio::sync::Notify;

pub(crate) struct Broker {
    topics: Mutex<Topics>,
    /// Told when anything has changed.
    pub(crate) changed: Notify,
    /// Grows with every restart, which ends all connections.
    pub(crate) epoch: AtomicU64,
    pub(crate) members: AtomicU64,
}

#[derive(Default)]
pub(crate) struct Topics {
    topics: HashMap<Str, Topic>,
    hasher: RandomState,
    turn: usize,
}

pub(crate) struct Topic {
    pub(crate) shards: Vec<Vec<Arc<Message>>>,
    pub(crate) groups: HashMap<Str, Group>,
}

impl Broker {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            topics: Mutex::default(),
            changed: Notify::new(),
            epoch: AtomicU64::new(0),
            members: AtomicU64::new(0),
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn restart(&self) {
        self.epoch.fetch_add(1, SeqCst);
        self.changed.notify_waiters();
    }
}

impl Topics {
    pub(crate) fn get(&self, address: &str) -> Option<&Topic> {
        self.topics.get(address)
    }

    pub(crate) fn topic(&mut self, channel: &Channel) -> &mut Topic {
        let new = || Topic {
            shards: vec![Vec::new(); usize::from(channel.shards)],
            groups: HashMap::new(),
        };
        self.topics
            .entry(channel.address.clone())
            .or_insert_with(new)
    }

    pub(crate) fn publish(&mut self, channel: &Channel, message: &Message) {
        let hash = message.key.as_ref().map(|key| self.hasher.hash_one(key));
        self.turn += 1;
        let at = hash.map_or(self.turn, |hash| usize::try_from(hash >> 32).unwrap_or(0));
        let shards = &mut self.topic(channel).shards;
        let shard = at % shards.len();
        shards[shard].push(Arc::new(message.clone()));
    }

    /// Adds a record that is made from its place, to the first shard.
    pub(crate) fn append(&mut self, channel: &Channel, make: impl FnOnce(usize, usize) -> Message) {
        let shards = &mut self.topic(channel).shards;
        let message = make(0, shards[0].len());
        shards[0].push(Arc::new(message));
    }

    pub(crate) fn group(&mut self, channel: &Channel, name: &Str, start: Start) -> &mut Group {
        let topic = self.topic(channel);
        let ends = topic.shards.iter().map(|shard| match start {
            Start::Oldest => 0,
            _ => shard.len() as u64,
        });
        let ends: Vec<u64> = ends.collect();
        topic
            .groups
            .entry(name.clone())
            .or_insert_with(|| Group::at(ends))
    }

    /// Whether any of these members has anything out.
    pub(crate) fn is_out(&self, members: &HashSet<Member>) -> bool {
        let groups = self.topics.values().flat_map(|topic| topic.groups.values());
        let owners = groups
            .flat_map(|group| &group.shards)
            .filter_map(|shard| shard.owner.as_ref());
        owners
            .into_iter()
            .any(|owner| members.contains(&owner.member) && !owner.out.is_empty())
    }

    pub(crate) fn leave(&mut self, members: &HashSet<Member>) {
        let groups = self
            .topics
            .values_mut()
            .flat_map(|topic| topic.groups.values_mut());
        for group in groups {
            members.iter().for_each(|member| group.leave(*member));
        }
    }

    /// Whether all of that is still the group's own member's.
    pub(crate) fn holds(
        &self,
        channel: &Channel,
        group: &Str,
        verdicts: &[(Token, Verdict)],
    ) -> bool {
        let topic = self.topics.get(&channel.address);
        let Some(group) = topic.and_then(|topic| topic.groups.get(group)) else {
            return false;
        };
        verdicts.iter().all(|(token, _)| {
            let mut owners = group.shards.iter().filter_map(|shard| shard.owner.as_ref());
            owners.any(|owner| owner.part == token.part)
        })
    }

    pub(crate) fn settle(&mut self, channel: &Channel, group: &Str, verdicts: &[(Token, Verdict)]) {
        let topic = self.topics.get_mut(&channel.address);
        let Some(group) = topic.and_then(|topic| topic.groups.get_mut(group)) else {
            return;
        };
        for (token, verdict) in verdicts {
            let shard = usize::try_from(token.part.part).ok();
            let Some(shard) = shard.and_then(|shard| group.shards.get_mut(shard)) else {
                continue;
            };
            match verdict {
                Verdict::Ack => shard.ack(token.part, token.position),
                Verdict::Release => shard.release(token.part, token.position),
                other => unreachable!("a log knows no {other:?}"),
            }
        }
        group.balance();
    }
}
