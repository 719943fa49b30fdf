//! The addresses that a connection publishes to, each with a link of its own, opened when it is needed.
use crate::{line::Line, outlet, parcel::Parcel, place::Outward};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};

/// Most links that are kept; beyond, those go that were used longest ago.
const MOST: usize = 512;

/// Most bytes on their way to one address, since each message is copied for it; one message always may be.
pub(crate) const WINDOW_BYTES: usize = 64 << 20;

/// Links by what they are for, with when they were used last.
#[derive(Default)]
pub(crate) struct Outlets(Mutex<HashMap<Outward, (Way, Instant)>>);

/// The way to an address.
#[derive(Clone)]
pub(crate) struct Way {
    parcels: mpsc::Sender<Parcel>,
    room: Arc<Semaphore>,
}

impl Way {
    /// A place on it for a message of that size, once there is one; none where it has ended.
    pub(crate) async fn reserve(
        self,
        size: usize,
    ) -> Option<(mpsc::OwnedPermit<Parcel>, OwnedSemaphorePermit)> {
        let bytes = u32::try_from(size.min(WINDOW_BYTES)).unwrap_or(u32::MAX);
        let room = self.room.acquire_many_owned(bytes).await.ok()?;
        let place = self.parcels.reserve_owned().await.ok()?;
        Some((place, room))
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.parcels.is_closed()
    }
}

impl Outlets {
    /// Where parcels for an address go: they wait there until its link is open.
    pub(crate) fn to(&self, line: &Arc<Line>, place: &Outward) -> Way {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((way, used)) = all.get_mut(place).filter(|(way, _)| !way.has_ended()) {
            *used = Instant::now();
            return way.clone();
        }
        all.retain(|_, (way, _)| !way.has_ended());
        if all.len() >= MOST
            && let Some(oldest) = all
                .iter()
                .min_by_key(|(_, (_, used))| *used)
                .map(|(place, _)| place.clone())
        {
            // What is on its way by it arrives.
            all.remove(&oldest);
        }
        let way = Way {
            parcels: outlet::open(line.clone(), place.clone()),
            room: Arc::new(Semaphore::new(WINDOW_BYTES)),
        };
        all.insert(place.clone(), (way.clone(), Instant::now()));
        way
    }
}
