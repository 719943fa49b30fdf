//! Tells the others of a group that a process is there and still has its shards: beside all else that it does about these, so that a
//! list or a table that is slow costs no lease.
use super::{held::Held, leases::Leases, refusals, table::Table};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tidings::{Result, Str};
use tokio::time::{Instant, sleep};

pub(crate) struct Renewing {
    table: Table,
    me: Str,
    held: Arc<Held>,
    leases: Arc<Leases>,
    beats: u64,
    /// When the others were last told that we are there.
    told: Option<Instant>,
}

impl Renewing {
    pub(crate) fn new(table: Table, me: Str, held: Arc<Held>, leases: Arc<Leases>) -> Self {
        Self {
            table,
            me,
            held,
            leases,
            beats: 0,
            told: None,
        }
    }

    /// Goes on until it is dropped.
    pub(crate) async fn go_on(mut self, often: Duration) {
        loop {
            let (beaten, ()) = tokio::join!(
                beat(&self.table, &self.me, &mut self.beats, &mut self.told),
                renew(&self.held, &self.leases)
            );
            match beaten {
                Err(error) if refusals::may_pass(&error) => {
                    tracing::debug!(%error, "the others were not told that this process is there");
                }
                Err(error) => self.held.end(error),
                Ok(()) => {}
            }
            sleep(often).await;
        }
    }
}

/// Tells that we are there, a few times a lease.
async fn beat(table: &Table, me: &str, beats: &mut u64, told: &mut Option<Instant>) -> Result<()> {
    let quarter = table.settings().shard_lease() / 4;
    if told.is_some_and(|told| told.elapsed() < quarter) {
        return Ok(());
    }
    *beats += 1;
    table.beat(me, *beats).await?;
    *told = Some(Instant::now());
    Ok(())
}

/// Tells that we have what we have.
async fn renew(held: &Held, leases: &Leases) {
    let due = held.due().into_iter();
    let due = due.filter_map(|part| Some((part, leases.of(part)?)));
    let renewals = due.map(|(part, lease)| async move { lease.renew(held, part).await });
    for outcome in join_all(renewals).await {
        if let Err(error) = outcome {
            tracing::debug!(%error, "a lease was not told again");
        }
    }
}
