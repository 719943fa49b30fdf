//! Which queues there are: one an address, and for topics one a group.
use super::{
    Lifetime, MemorySettings,
    place::Place,
    queue::Queue,
    wildcards::{Wildcard, Wildcards, takes},
};
use crate::{Error, ErrorKind, Result, Str};
use foldhash::fast::RandomState;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The groups of an address.
#[derive(Default)]
pub(super) struct Topic {
    pub(super) groups: HashMap<Str, Arc<Queue>, RandomState>,
    /// Held while a message goes to all groups, so that all have the same order.
    pub(super) publishing: Mutex<()>,
}

/// Where a message for an address goes.
pub(super) enum Route {
    Own(Arc<Queue>),
    /// A wildcard's.
    Borrower(Arc<Queue>),
    /// A wildcard's, behind what waits in the address's own.
    Behind,
    /// There is none yet.
    Nowhere,
}

impl Route {
    fn own(queue: Option<&Arc<Queue>>) -> Self {
        queue.map_or(Self::Nowhere, |queue| Self::Own(queue.clone()))
    }
}

#[derive(Default)]
pub(super) struct Topology {
    queues: HashMap<Str, Arc<Queue>, RandomState>,
    topics: HashMap<Str, Topic, RandomState>,
    pub(super) wildcards: Wildcards,
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
        self.queues
            .values()
            .chain(groups)
            .chain(self.wildcards.queues())
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
        if count >= settings.queues && !self.is_emptied_by(place) {
            let reason =
                format!("there are {count} queues already, which is the most there may be");
            return Err(
                Error::new(ErrorKind::Busy, "subscribe", reason).with("channel", place.address())
            );
        }
        Ok(self.add(place, lifetime))
    }

    fn add(&mut self, place: &Place, lifetime: Lifetime) -> Arc<Queue> {
        let queue = Arc::new(Queue::new(place.address().clone(), lifetime));
        match place {
            Place::Queue(address) => drop(self.queues.insert(address.clone(), queue.clone())),
            Place::Group(address, group) => {
                let topic = self.topics.entry(address.clone()).or_default();
                topic.groups.insert(group.clone(), queue.clone());
            }
            Place::Wildcard { .. } => self.wildcards.add(Wildcard::new(place, &queue)),
        }
        queue
    }

    /// Whether it would take what waits for nobody, so that there are fewer queues then.
    fn is_emptied_by(&self, place: &Place) -> bool {
        let takes = place.borrows().then(|| takes(place.address()));
        let mut queues = self.queues.iter();
        takes.is_some_and(|takes| {
            queues.any(|(address, queue)| takes(address) && !queue.has_listeners())
        })
    }

    pub(super) fn at(&self, place: &Place) -> Option<&Arc<Queue>> {
        match place {
            Place::Queue(address) => self.queues.get(address),
            Place::Group(address, group) => self.topics.get(address)?.groups.get(group),
            Place::Wildcard { .. } => self.wildcards.at(place),
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
            Place::Wildcard { .. } => self.wildcards.remove(place),
        };
        removed.inspect(|queue| queue.remove()).is_some()
    }

    /// The queue that takes a message for an address.
    pub(super) fn route(&self, address: &Str) -> Route {
        let own = self.queues.get(address);
        let borrower = match self.wildcards.is_empty() {
            true => None,
            false => self.wildcards.borrower(address),
        };
        let Some(borrower) = borrower else {
            return Route::own(own);
        };
        // Looked at once: a listener that comes between would have what waits overtaken.
        let (is_heard, is_empty) = own.map_or((false, true), |queue| queue.outlook());
        match (is_heard, is_empty) {
            // What it has of the address goes first, so that a key is never out twice.
            (true, _) if !borrower.holds(address) => Route::own(own),
            (false, false) => Route::Behind,
            _ => Route::Borrower(borrower.clone()),
        }
    }

    /// Moves what waits in a queue that nobody listens to to the wildcard that takes it.
    pub(super) fn borrow(&self, address: &Str) {
        let queues = self
            .queues
            .get(address)
            .zip(self.wildcards.borrower(address));
        if let Some((queue, borrower)) = queues {
            borrower.refill(queue.empty(), Some(address));
        }
    }

    pub(super) fn borrow_all(&self) {
        self.queues.keys().for_each(|address| self.borrow(address));
    }

    /// Removes a wildcard that nobody listens to, and gives what waits in it back to the queues of the addresses, however many.
    pub(super) fn give_back(&mut self, place: &Place) {
        let Some(waiting) = self.wildcards.at(place).and_then(|queue| queue.dissolve()) else {
            return;
        };
        self.wildcards.remove(place);
        for waiting in waiting {
            let Some(address) = waiting.entry().address().cloned() else {
                continue;
            };
            let own = Place::Queue(address.clone());
            let queue = self.at(&own).cloned();
            let queue = queue.unwrap_or_else(|| self.add(&own, Lifetime::Durable));
            queue.refill(vec![waiting], None);
            // Another wildcard may take it.
            self.borrow(&address);
        }
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
            self.wildcards
                .retain_groups(|queue| stays(&queue.address.clone(), queue));
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
        self.wildcards = Wildcards::default();
        (lost, unheard)
    }
}
