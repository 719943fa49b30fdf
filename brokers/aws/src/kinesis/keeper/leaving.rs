//! Shards are given up: one by one, or all of them at the end.
use super::{Keeper, group::Group};
use crate::kinesis::lease::Lease;
use futures_util::future::join_all;
use tidings::{ErrorKind, Result, transport::Part};

impl Keeper {
    /// Gives up what is done with, and what is to go to others.
    pub(super) async fn let_go(&mut self) -> Result<()> {
        for part in self.held.finished() {
            self.give_up(part, true).await?;
        }
        for part in self.held.left() {
            self.give_up(part, false).await?;
        }
        Ok(())
    }

    async fn give_up(&mut self, part: Part, is_over: bool) -> Result<()> {
        let mark = self.held.mark(part);
        let given = match self.leases.of(part) {
            Some(lease) => lease.give_up(&self.held, part, is_over).await,
            None => Ok(()),
        };
        match given {
            // Another has it: it is lost already, and all else goes on.
            Err(error) if error.kind() == ErrorKind::Conflict => return Ok(()),
            other => other?,
        }
        let Some(shard) = self.held.lose(part) else {
            return Ok(());
        };
        match mark {
            _ if is_over => self.shards.over([shard.to_string()]),
            Some((_, sequence)) => drop(self.marks.insert(shard.to_string(), sequence)),
            None => {}
        }
        Ok(())
    }

    /// Gives back all, and tells that we are gone.
    pub(super) async fn finish(&mut self) {
        let all = self.held.all();
        let given = all.iter().map(|part| async {
            match self.leases.of(*part) {
                Some(lease) => lease.give_up(&self.held, *part, false).await,
                None => Ok(()),
            }
        });
        for outcome in join_all(given).await {
            if let Err(error) = outcome {
                tracing::debug!(%error, "a shard was not given back, and is free after its lease");
            }
        }
        if let Some(group) = &self.group
            && let Err(error) = self.leave(group).await
        {
            tracing::debug!(%error, "the group does not know yet that this process is gone");
        }
    }

    /// What was being taken when the end came is nobody's either.
    async fn leave(&self, group: &Group) -> Result<()> {
        let rows = group.table.rows("receive").await?;
        for (shard, row) in rows.shards {
            if row.owner.as_deref() == Some(&*group.me) {
                let lease = Lease::new(&group.table, &shard, &group.me, row.beats);
                lease.give_up(&self.held, Part::ONLY, false).await?;
            }
        }
        group.table.forget(&group.me).await
    }
}
