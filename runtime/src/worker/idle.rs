//! Places of handlers where nothing runs.
use super::floor::Floor;
use crate::run::Run;

/// By handler.
pub(super) struct Idle(Vec<Vec<Box<dyn Run>>>);

/// Most that are kept of a handler.
const MOST: usize = 1024;

impl Idle {
    pub(super) fn of(handlers: usize) -> Self {
        Self((0..handlers).map(|_| Vec::new()).collect())
    }

    /// A place for a handler to run in, which stays where it is.
    pub(super) fn first(&mut self, floor: &Floor, handler: usize) -> Option<&mut Box<dyn Run>> {
        let idle = self.0.get_mut(handler)?;
        if idle.is_empty() {
            idle.push(floor.make_place(handler)?);
        }
        idle.last_mut()
    }

    /// The same place, which is idle no more.
    pub(super) fn take(&mut self, handler: usize) -> Option<Box<dyn Run>> {
        self.0.get_mut(handler)?.pop()
    }

    /// Nothing runs there any more.
    pub(super) fn give_back(&mut self, handler: usize, place: Box<dyn Run>) {
        if let Some(idle) = self.0.get_mut(handler)
            && idle.len() < MOST
        {
            idle.push(place);
        }
    }
}
