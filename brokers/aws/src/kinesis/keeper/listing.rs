//! The shards of a stream as they were listed last, and those that are done with.
use crate::{
    fault,
    kinesis::{
        refusals,
        shards::{Shard, readable},
        streams::Streams,
    },
};
use std::{collections::BTreeSet, time::Duration};
use tidings::Result;
use tokio::time::{Instant, timeout};

/// How often shards are looked for where nothing says that there are others: those that were split or merged have an end, which whoever
/// reads them is told.
const OFTEN: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Listing {
    shards: Vec<Shard>,
    over: BTreeSet<String>,
    /// When shards were looked for, and how many were done with then.
    listed: Option<(Instant, usize)>,
}

impl Listing {
    /// Those are done with.
    pub(crate) fn over(&mut self, shards: impl IntoIterator<Item = String>) {
        self.over.extend(shards);
    }

    /// Looks for shards where some may be there that were not.
    pub(super) async fn look(&mut self, streams: &Streams, stream: &str) -> Result<()> {
        let is_known =
            |(at, over): (Instant, usize)| at.elapsed() < OFTEN && over == self.over.len();
        if self.listed.is_some_and(is_known) {
            return Ok(());
        }
        let asked = Instant::now();
        match list(streams, stream).await {
            Ok(shards) => self.listed(shards, asked),
            Err(error) if self.listed.is_some() && refusals::may_pass(&error) => {
                tracing::debug!(%error, "shards were not told, and are taken to be those of before");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Those are there, as was asked then.
    pub(crate) fn listed(&mut self, shards: Vec<Shard>, asked: Instant) {
        self.shards = shards;
        // One that is open is another of that name: the stream was made anew.
        for shard in self.shards.iter().filter(|shard| shard.is_open) {
            self.over.remove(&shard.id);
        }
        self.listed = Some((asked, self.over.len()));
    }

    /// The ids of those that may be read now.
    pub(super) fn readable(&self) -> Vec<String> {
        let found = readable(&self.shards, &|shard| self.is_over(shard));
        found.iter().map(|shard| shard.id.clone()).collect()
    }

    pub(super) fn is_over(&self, shard: &str) -> bool {
        self.over.contains(shard)
    }
}

/// Within less than a lease, so that others' shards are taken over in time.
async fn list(streams: &Streams, stream: &str) -> Result<Vec<Shard>> {
    let within = streams.core.0.settings.shard_lease() / 3;
    let listed = timeout(within, streams.shards("receive", stream)).await;
    listed.unwrap_or_else(|_| Err(fault::late("receive")))
}
