//! What a subscription does whether it is asked or not: it finds shards, shares them with the others of its group, and has them read.
mod group;
mod leaving;
mod listing;
mod taking;
#[cfg(test)]
mod tests;

pub(crate) use group::Group;

use super::{
    held::Held,
    leases::Leases,
    refusals,
    renewing::Renewing,
    streams::Streams,
    table::{Begin, Rows},
};
use crate::pauses::Pauses;
use listing::Listing;
use std::{collections::BTreeMap, future::pending, sync::Arc, time::Duration};
use tidings::{Result, Str};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout},
};

/// How often, of a lease, others are looked at: each time the whole table is read.
const LOOKS: u32 = 8;
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

pub(crate) struct Keeper {
    pub(crate) streams: Streams,
    pub(crate) stream: Str,
    pub(crate) held: Arc<Held>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) group: Option<Group>,
    /// Where reading begins in a shard of which nothing else is known.
    pub(crate) begin: Begin,
    /// Iterators of shards, which are good for a while.
    pub(crate) iterators: BTreeMap<String, String>,
    pub(crate) shards: Listing,
    /// How far those are settled that are read again, where no table says so.
    marks: BTreeMap<String, Str>,
}

impl Keeper {
    pub(crate) fn new(
        streams: &Streams,
        stream: &str,
        held: Arc<Held>,
        group: Option<Group>,
        begin: Begin,
    ) -> Self {
        Self {
            streams: streams.clone(),
            stream: stream.into(),
            held,
            leases: Arc::default(),
            group,
            begin,
            iterators: BTreeMap::new(),
            shards: Listing::default(),
            marks: BTreeMap::new(),
        }
    }

    /// Keeps it until its end; says how it began.
    pub(crate) async fn keep(mut self, begun: oneshot::Sender<Result<()>>) {
        let lease = self.streams.core.0.settings.shard_lease();
        let often = often(lease);
        let renewing = self.renewing();
        tokio::select! {
            () = self.go_on(begun, often) => {}
            () = renewed(renewing, often) => {}
        }
        let within = self.streams.core.0.settings.timeout;
        drop(timeout(within, self.finish()).await);
        for part in self.held.all() {
            self.held.lose(part);
        }
        self.held.is_over();
    }

    fn renewing(&self) -> Option<Renewing> {
        let group = self.group.as_ref()?;
        let (table, me) = (group.table.clone(), group.me.clone());
        Some(Renewing::new(
            table,
            me,
            self.held.clone(),
            self.leases.clone(),
        ))
    }

    async fn go_on(&mut self, begun: oneshot::Sender<Result<()>>, often: Duration) {
        let mut ends = self.held.ends();
        let outcome = tokio::select! {
            outcome = self.begin() => outcome,
            _ = ends.wait_for(|ended| *ended) => Ok(()),
        };
        // Who has gone has ended it.
        drop(begun.send(outcome));
        let held = self.held.clone();
        loop {
            tokio::select! {
                () = sleep(often) => {}
                () = held.wake.notified() => {}
                _ = ends.wait_for(|ended| *ended) => return,
            }
            let outcome = tokio::select! {
                outcome = self.round() => outcome,
                _ = ends.wait_for(|ended| *ended) => return,
            };
            match outcome {
                Err(error) if refusals::may_pass(&error) => {
                    tracing::debug!(%error, "leases could not be looked at");
                }
                Err(error) => self.held.end(error),
                Ok(()) => {}
            }
        }
    }

    /// Does it for the first time, which is tried again for as long as a request may take.
    async fn begin(&mut self) -> Result<()> {
        let end = Instant::now() + self.streams.core.0.settings.timeout;
        let mut pauses = Pauses::new();
        loop {
            match self.round().await {
                Err(error) if refusals::may_pass(&error) && Instant::now() < end => {
                    tracing::debug!(%error, "leases could not be looked at yet");
                    sleep(pauses.after(&error)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Does once what is to be done.
    pub(crate) async fn round(&mut self) -> Result<()> {
        self.let_go().await?;
        self.leases.only(&self.held.all());
        let rows = match &self.group {
            Some(group) => group.table.rows("receive").await?,
            None => Rows::default(),
        };
        let over = rows.shards.iter().filter(|(_, row)| row.is_over);
        self.shards.over(over.map(|(shard, _)| shard.clone()));
        self.shards.look(&self.streams, &self.stream).await?;
        let begun = Instant::now();
        match self.group.is_some() {
            true => self.share(&rows, begun).await,
            false => {
                self.take_all(begun);
                Ok(())
            }
        }
    }
}

/// How often others are looked at, where leases are as long.
fn often(lease: Duration) -> Duration {
    (lease / LOOKS).clamp(SHORTEST, LONGEST)
}

/// Where there are others.
async fn renewed(renewing: Option<Renewing>, often: Duration) {
    match renewing {
        Some(renewing) => renewing.go_on(often).await,
        None => pending().await,
    }
}
