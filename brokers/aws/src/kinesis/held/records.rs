//! What is read of shards, as there is room for it.
use super::{Held, Record};
use tidings::transport::{Event, Part};

impl Held {
    /// Until more of it is wanted; `false` once it is held no longer.
    pub(crate) async fn wants(&self, part: Part) -> bool {
        loop {
            let room = {
                let state = self.lock();
                let Some(one) = state.parts.get(&part) else {
                    return false;
                };
                let is_to_stay = one.leaving.is_none() && !state.is_closing;
                if one.waiting.is_empty() && is_to_stay {
                    return true;
                }
                one.room.clone()
            };
            room.notified().await;
        }
    }

    pub(crate) fn add(&self, part: Part, records: Vec<Record>) {
        let mut state = self.lock();
        let assigned = state.parts.get_mut(&part);
        if let Some(assigned) = assigned.filter(|assigned| assigned.leaving.is_none()) {
            assigned.waiting.extend(records);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Some of it was removed before it was read.
    pub(crate) fn missed(&self) {
        let lost = Event::Lost { count: None };
        self.lock().events.push_back(lost);
        self.changed.notify_one();
    }

    /// There is no more of it.
    pub(crate) fn ended_at(&self, part: Part) {
        if let Some(assigned) = self.lock().parts.get_mut(&part) {
            assigned.is_read |= assigned.leaving.is_none();
        }
        self.wake.notify_one();
    }
}
