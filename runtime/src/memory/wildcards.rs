//! Queues that take the messages of many addresses: those of a template's.
use super::{
    place::{INBOX, Place},
    queue::Queue,
};
use crate::{Str, dead_letter, template::Template};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One of them.
pub(super) struct Wildcard {
    place: Place,
    template: Template,
    queue: Arc<Queue>,
}

impl Wildcard {
    pub(super) fn new(place: &Place, queue: &Arc<Queue>) -> Self {
        Self {
            place: place.clone(),
            template: Template::parse(place.address()),
            queue: queue.clone(),
        }
    }

    fn takes(&self, address: &str) -> bool {
        is_taken(&self.template, address)
    }
}

/// Which addresses one of that template takes.
pub(super) fn takes(template: &str) -> impl Fn(&str) -> bool + use<> {
    let template = Template::parse(template);
    move |address| is_taken(&template, address)
}

/// Reply addresses and dead letters are nobody's but those of who knows them.
fn is_taken(template: &Template, address: &str) -> bool {
    !address.starts_with(INBOX)
        && !address.ends_with(dead_letter::BESIDE)
        && template.is_match(address)
}

/// All of them: mostly none.
#[derive(Default)]
pub(super) struct Wildcards {
    all: Vec<Wildcard>,
    /// Held while a message goes to any groups of these, so that all have the same order.
    publishing: Mutex<()>,
}

impl Wildcards {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn queues(&self) -> impl Iterator<Item = &Arc<Queue>> {
        self.all.iter().map(|wildcard| &wildcard.queue)
    }

    pub(super) fn add(&mut self, wildcard: Wildcard) {
        self.all.push(wildcard);
    }

    pub(super) fn at(&self, place: &Place) -> Option<&Arc<Queue>> {
        let found = self.all.iter().find(|wildcard| wildcard.place == *place);
        found.map(|wildcard| &wildcard.queue)
    }

    pub(super) fn remove(&mut self, place: &Place) -> Option<Arc<Queue>> {
        let at = self
            .all
            .iter()
            .position(|wildcard| wildcard.place == *place)?;
        Some(self.all.remove(at).queue)
    }

    pub(super) fn retain_groups(&mut self, mut stays: impl FnMut(&mut Arc<Queue>) -> bool) {
        self.all
            .retain_mut(|wildcard| wildcard.place.borrows() || stays(&mut wildcard.queue));
    }

    /// The queue that takes the messages of a queue to which nobody listens.
    pub(super) fn borrower(&self, address: &str) -> Option<&Arc<Queue>> {
        let takes = |wildcard: &&Wildcard| wildcard.place.borrows() && wildcard.takes(address);
        let found = self.all.iter().find(takes);
        found.map(|wildcard| &wildcard.queue)
    }

    /// The queues of groups that get the messages of a topic.
    pub(super) fn groups(&self, address: &Str) -> Vec<&Arc<Queue>> {
        let takes = |wildcard: &&Wildcard| !wildcard.place.borrows() && wildcard.takes(address);
        let found = self.all.iter().filter(takes);
        found.map(|wildcard| &wildcard.queue).collect()
    }

    pub(super) fn publishing(&self) -> MutexGuard<'_, ()> {
        self.publishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
