//! The addresses that a connection publishes to, each with a link of its own, opened when it is needed.
use crate::{line::Line, outlet, parcel::Parcel, place::Outward};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{sync::mpsc, time::Instant};

/// Most links that are kept; beyond, those go that were used longest ago.
const MOST: usize = 512;

/// Links by what they are for.
#[derive(Default)]
pub(crate) struct Outlets(Mutex<HashMap<Outward, Outlet>>);

struct Outlet {
    parcels: mpsc::Sender<Parcel>,
    used: Instant,
}

impl Outlets {
    /// Where parcels for an address go: they wait there until its link is open.
    pub(crate) fn to(&self, line: &Arc<Line>, place: &Outward) -> mpsc::Sender<Parcel> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outlet) = all
            .get_mut(place)
            .filter(|outlet| !outlet.parcels.is_closed())
        {
            outlet.used = Instant::now();
            return outlet.parcels.clone();
        }
        all.retain(|_, outlet| !outlet.parcels.is_closed());
        if all.len() >= MOST
            && let Some(oldest) = all
                .iter()
                .min_by_key(|(_, outlet)| outlet.used)
                .map(|(place, _)| place.clone())
        {
            // What is on its way by it arrives.
            all.remove(&oldest);
        }
        let parcels = outlet::open(line.clone(), place.clone());
        all.insert(
            place.clone(),
            Outlet {
                parcels: parcels.clone(),
                used: Instant::now(),
            },
        );
        parcels
    }
}
