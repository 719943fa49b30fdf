//! Shards are taken: all of them, or as many as the others of a group leave, and given to others where they are too many.
use super::{Keeper, group::Seen};
use crate::kinesis::{
    lease::Lease,
    reading::{From, Reader},
    table::{Begin, Row, Rows},
};
use tidings::{Result, transport::Part};
use tokio::time::Instant;

impl Keeper {
    /// All shards are ours alone.
    pub(super) fn take_all(&mut self, begun: Instant) {
        let held = self.held.shards();
        for shard in self.shards.readable() {
            if !held.contains_key(&*shard) {
                let settled = self.marks.remove(&shard);
                self.hold(&shard, None, settled.map(|mark| mark.to_string()), begun);
            }
        }
    }

    /// Has as many shards as the others.
    pub(super) async fn share(&mut self, rows: &Rows, begun: Instant) -> Result<()> {
        let (shards, held) = (self.shards.readable(), self.held.shards());
        let Some(group) = &mut self.group else {
            return Ok(());
        };
        let Seen { mine, free, gone } = group.look(rows, &shards, &held, begun);
        let table = group.table.clone();
        let staying = held.values().filter(|(_, is_leaving)| !is_leaving);
        let mut staying: Vec<Part> = staying.map(|(part, _)| *part).collect();
        staying.sort_by_key(|part| part.part);
        if staying.len() > mine {
            let until = begun + self.streams.core.0.settings.drain;
            self.held.leave(staying.split_off(mine), until);
            self.let_go().await?;
        }
        for member in gone {
            table.forget(&member).await?;
        }
        self.take(free, mine.saturating_sub(staying.len())).await
    }

    /// Takes so many of those that nobody has.
    async fn take(&mut self, free: Vec<(String, Option<Row>)>, room: usize) -> Result<()> {
        let Some((table, me)) = self
            .group
            .as_ref()
            .map(|group| (group.table.clone(), group.me.clone()))
        else {
            return Ok(());
        };
        let mut room = room;
        for (shard, row) in free {
            if room == 0 {
                break;
            }
            let begun = Instant::now();
            if table.take(&shard, row.as_ref(), &me).await? {
                room -= 1;
                let row = row.unwrap_or_default();
                // What was settled meanwhile would have changed the row.
                let lease = Lease::new(&table, &shard, &me, row.beats + 1);
                self.hold(&shard, Some(lease), row.settled, begun);
            }
        }
        Ok(())
    }

    /// A shard is ours, and is read from now on.
    fn hold(&mut self, shard: &str, lease: Option<Lease>, settled: Option<String>, begun: Instant) {
        let iterator = self.iterators.remove(shard).filter(|_| settled.is_none());
        let from = match (settled, self.begin) {
            (Some(sequence), _) => From::After(sequence.into()),
            (None, Begin::At(time)) => From::At(time),
            (None, Begin::Oldest) => From::Oldest,
        };
        let part = self.held.hold(shard, lease.is_some(), begun);
        if let Some(lease) = lease {
            self.leases.add(part, lease);
        }
        let reader = Reader {
            streams: self.streams.clone(),
            stream: self.stream.clone(),
            shard: shard.into(),
            held: self.held.clone(),
            part,
            from,
            iterator,
        };
        let reading = tokio::spawn(reader.read());
        self.held.reads(part, reading.abort_handle());
    }
}
