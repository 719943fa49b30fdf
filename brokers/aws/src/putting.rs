//! Requests to a place, each with an outcome for each of its entries.
use crate::{
    collecting::{Collecting, Load},
    waves::{Limits, Parcel},
};
use futures_util::future::join_all;
use std::future::Future;
use tidings::{Error, ErrorKind, Result, Str};
use tokio::sync::oneshot;

/// What takes entries of many in one request.
pub(crate) trait Put: Clone + Send + Sync + 'static {
    /// What it takes.
    type Entry: Send + 'static;
    /// How many of these a request has, and how many requests are under way to a place.
    const LIMITS: Limits;

    /// What is to be sent while other requests are under way.
    fn collecting(&self) -> &Collecting<Self::Entry>;

    /// Makes one request of so many bytes, and gives an outcome for each entry.
    fn put(
        &self,
        name: &str,
        entries: Vec<Self::Entry>,
        bytes: usize,
    ) -> impl Future<Output = Result<Vec<Result<()>>>> + Send;
}

/// Sends some, with what else goes to the place of that name; an outcome for each.
pub(crate) async fn put<P: Put>(
    to: &P,
    name: &str,
    parcels: Vec<Parcel<P::Entry>>,
) -> Vec<Result<()>> {
    let (told, outcomes) = oneshot::channel();
    let (name, count) = (Str::from(name), parcels.len());
    if let Some(load) = to.collecting().add(&name, Load { parcels, told }) {
        let requests = Requests {
            to: to.clone(),
            name,
            is_done: false,
        };
        tokio::spawn(requests.go_on(vec![load]));
    }
    outcomes.await.unwrap_or_else(|_| vec![Err(lost()); count])
}

/// Makes requests as long as something waits.
struct Requests<P: Put> {
    to: P,
    name: Str,
    is_done: bool,
}

impl<P: Put> Requests<P> {
    async fn go_on(mut self, mut loads: Vec<Load<P::Entry>>) {
        while !loads.is_empty() {
            self.one(loads).await;
            loads = self.to.collecting().next(&self.name);
        }
        self.is_done = true;
    }

    /// Makes one, unless nobody waits for its outcomes any more: it would be in the way of others.
    async fn one(&self, loads: Vec<Load<P::Entry>>) {
        let bytes = loads.iter().map(Load::bytes).sum();
        let mut told = Vec::new();
        let mut entries = Vec::new();
        for load in loads {
            told.push((load.parcels.len(), load.told));
            entries.extend(load.parcels.into_iter().map(|parcel| parcel.entry));
        }
        let count = entries.len();
        let are_gone = join_all(told.iter_mut().map(|(_, told)| told.closed()));
        let outcomes = tokio::select! {
            outcomes = self.to.put(&self.name, entries, bytes) => outcomes,
            _ = are_gone => return,
        };
        let outcomes = outcomes.unwrap_or_else(|error| vec![Err(error); count]);
        let mut outcomes = outcomes.into_iter();
        for (count, told) in told {
            drop(told.send(outcomes.by_ref().take(count).collect()));
        }
    }
}

impl<P: Put> Drop for Requests<P> {
    fn drop(&mut self) {
        if !self.is_done {
            self.to.collecting().abandoned(&self.name);
        }
    }
}

/// What it went with ended in the middle.
fn lost() -> Error {
    let reason = "whoever sent it has ended";
    Error::new(ErrorKind::ConnectionLost, "publish", reason).ambiguous()
}
