//! Where the instances of a service listen, and how that changes.
#[cfg(feature = "beacon")]
mod beacon;
mod file;

#[cfg(feature = "beacon")]
pub use beacon::{Announcement, Beacon};
pub use file::InstancesFile;

use crate::Address;
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::watch;

/// Finds the instances of one service. A list that never changes is a `Vec<Address>`.
pub trait Discovery: Send + Sync + 'static {
    /// Those that are known now, and each change. An end of it is no change.
    fn instances(&self) -> watch::Receiver<BTreeSet<Address>>;
}

impl<T: Discovery + ?Sized> Discovery for Arc<T> {
    fn instances(&self) -> watch::Receiver<BTreeSet<Address>> {
        (**self).instances()
    }
}

impl Discovery for Vec<Address> {
    fn instances(&self) -> watch::Receiver<BTreeSet<Address>> {
        watch::channel(self.iter().cloned().collect()).1
    }
}
