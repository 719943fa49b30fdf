//! The leases of the shards that a subscription holds, for whoever tells something of these.
use super::{
    held::Held,
    lease::{Lease, lost},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{Result, Token, transport::Part};

#[derive(Default)]
pub(crate) struct Leases(Mutex<BTreeMap<Part, Arc<Lease>>>);

impl Leases {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Part, Arc<Lease>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, part: Part, lease: Lease) {
        self.lock().insert(part, Arc::new(lease));
    }

    /// None where there are no others, or the shard is held no longer.
    pub(crate) fn of(&self, part: Part) -> Option<Arc<Lease>> {
        self.lock().get(&part).cloned()
    }

    /// Forgets those of shards that are held no longer.
    pub(crate) fn only(&self, held: &[Part]) {
        self.lock().retain(|part, _| held.contains(part));
    }

    /// Tells that a shard is settled up to there.
    pub(crate) async fn save(&self, held: &Held, token: Token) -> Result<()> {
        match self.of(token.part) {
            Some(lease) => lease.save(held, token.part, token.position).await,
            None => Err(lost()),
        }
    }
}
