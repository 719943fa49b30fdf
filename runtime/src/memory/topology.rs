//! Which queues there are: one an address, and for topics one a group.
use super::{Lifetime, MemorySettings, queue::Queue};
use crate::{Error, ErrorKind, Result, Str};
use foldhash::fast::RandomState;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// What reply addresses begin with. Such a queue is there only while somebody listens to it.
pub(crate) const INBOX: &str = "tidings.inbox.";

/// Which queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Queue(Str),
    Group(Str, Str),
}

impl Place {
    pub(super) fn address(&self) -> &Str {
        match self {
            Self::Queue(address) | Self::Group(address, _) => address,
        }
    }
}

/// The groups of an address.
#[derive(Default)]
pub(super) struct Topic {
    pub(super) groups: HashMap<Str, Arc<Queue>, RandomState>,
    /// Held while a message goes to all groups, so that all have the same order.
    pub(super) publishing: Mutex<()>,
}

#[derive(Default)]
pub(super) struct Topology {
    queues: HashMap<Str, Arc<Queue>, RandomState>,
    topics: HashMap<Str, Topic, RandomState>,
}

impl Topology {
    pub(super) fn queue(&self, address: &Str) -> Option<&Arc<Queue>> {
        self.queues.get(address)
    }

    pub(super) fn topic(&self, address: &Str) -> Option<&Topic> {
        self.topics.get(address)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Queue>> {
        let groups = self.topics.values().flat_map(|topic| topic.groups.values());
        self.queues.values().chain(groups)
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.queues.len(), self.topics.len())
    }

    /// The queue at that place, made where it is not there.
    pub(super) fn make(
        &mut self,
        place: &Place,
        lifetime: Lifetime,
        settings: &MemorySettings,
    ) -> Result<Arc<Queue>> {
        self.sweep();
        if let Some(queue) = self.at(place) {
            return Ok(queue.clone());
        }
        if self.all().count() >= settings.queues {
            // A queue with nothing in it and nobody at it is made again when it is needed.
            self.remove_where(true, Queue::is_idle);
        }
        let count = self.all().count();
        if count >= settings.queues {
            let reason =
                format!("there are {count} queues already, which is the most there may be");
            return Err(
                Error::new(ErrorKind::Busy, "subscribe", reason).with("channel", place.address())
            );
        }
        let queue = Arc::new(Queue::new(place.address().clone(), lifetime));
        match place {
            Place::Queue(address) => drop(self.queues.insert(address.clone(), queue.clone())),
            Place::Group(address, group) => {
                let topic = self.topics.entry(address.clone()).or_default();
                topic.groups.insert(group.clone(), queue.clone());
            }
        }
        Ok(queue)
    }

    pub(super) fn at(&self, place: &Place) -> Option<&Arc<Queue>> {
        match place {
            Place::Queue(address) => self.queues.get(address),
            Place::Group(address, group) => self.topics.get(address)?.groups.get(group),
        }
    }

    /// Removes a queue with all that is in it; gives whether it was there.
    pub(super) fn remove(&mut self, place: &Place) -> bool {
        let removed = match place {
            Place::Queue(address) => self.queues.remove(address),
            Place::Group(address, group) => {
                let topic = self.topics.get_mut(address);
                let removed = topic.and_then(|topic| topic.groups.remove(group));
                self.topics.retain(|_, topic| !topic.groups.is_empty());
                removed
            }
        };
        removed.inspect(|queue| queue.remove()).is_some()
    }

    /// Removes the queues whose listeners did not come back in time.
    pub(super) fn sweep(&mut self) {
        self.remove_where(false, Queue::is_expired);
    }

    fn remove_where(&mut self, queues_only: bool, goes: fn(&Queue) -> bool) {
        let stays = |_: &Str, queue: &mut Arc<Queue>| {
            let goes = goes(queue);
            if goes {
                queue.remove();
            }
            !goes
        };
        self.queues.retain(stays);
        if !queues_only {
            self.topics.retain(|_, topic| {
                topic.groups.retain(stays);
                !topic.groups.is_empty()
            });
        }
    }

    /// Removes all; gives how many messages waited, and how many of them for somebody to listen again.
    pub(super) fn clear(&mut self) -> (usize, usize) {
        let unheard =
            |queue: &&Arc<Queue>| queue.lifetime == Lifetime::Durable && !queue.has_listeners();
        let lost = self.all().map(|queue| queue.len()).sum();
        let unheard = self.all().filter(unheard).map(|queue| queue.len()).sum();
        self.all().for_each(|queue| queue.remove());
        self.queues.clear();
        self.topics.clear();
        (lost, unheard)
    }
}
