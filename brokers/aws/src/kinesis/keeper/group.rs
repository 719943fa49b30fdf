//! The others of a group, and what of the shards is ours beside them.
use crate::kinesis::{
    sharing::{Watch, share},
    table::{Row, Rows, Table},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tidings::{Str, transport::Part};
use tokio::time::Instant;

pub(crate) struct Group {
    pub(super) table: Table,
    pub(super) me: Str,
    watch: Watch,
}

/// The shards that we hold, and whether they are leaving.
type Held = BTreeMap<Str, (Part, bool)>;

/// What a look at the table says.
pub(super) struct Seen {
    /// How many shards are ours.
    pub(super) mine: usize,
    /// Those that nobody has, as they were seen to be; what we take first comes first.
    pub(super) free: Vec<(String, Option<Row>)>,
    /// Who says nothing any more.
    pub(super) gone: Vec<String>,
}

impl Group {
    pub(crate) fn new(table: Table, me: Str) -> Self {
        Self {
            table,
            me,
            watch: Watch::default(),
        }
    }

    /// Looks at the others, and at the shards that may be read.
    pub(super) fn look(
        &mut self,
        rows: &Rows,
        shards: &[String],
        held: &Held,
        now: Instant,
    ) -> Seen {
        let lease = self.table.settings().shard_lease();
        let me = self.me.clone();
        let (members, gone) = self.members(&me, rows, (lease, now));
        let mut free = self.free(rows, shards, held, (lease, now));
        let known = rows.members.keys().chain(shards);
        self.watch.only(&known.map(|key| &**key).collect());
        let mine = share(shards.len(), &members, &me);
        // Each begins elsewhere, so that they seldom want the same.
        let rank = members.iter().position(|member| **member == *me);
        let count = free.len().max(1);
        free.rotate_left(rank.unwrap_or_default() * mine % count);
        Seen { mine, free, gone }
    }

    /// Who is there, ourselves among them, and who is not any more.
    fn members<'a>(
        &mut self,
        me: &'a str,
        rows: &'a Rows,
        (lease, now): (Duration, Instant),
    ) -> (BTreeSet<&'a str>, Vec<String>) {
        let mut members = BTreeSet::from([me]);
        let mut gone = Vec::new();
        for (member, beats) in &rows.members {
            match self.watch.look(member, *beats, now) {
                silence if silence < lease => drop(members.insert(member)),
                _ if **member != *me => gone.push(member.clone()),
                _ => {}
            }
        }
        (members, gone)
    }

    fn free(
        &mut self,
        rows: &Rows,
        shards: &[String],
        held: &Held,
        (lease, now): (Duration, Instant),
    ) -> Vec<(String, Option<Row>)> {
        let mut free = Vec::new();
        for shard in shards {
            let row = rows.shards.get(shard);
            let beats = row.map_or(0, |row| row.beats);
            let silence = self.watch.look(shard, beats, now);
            let owner = row.and_then(|row| row.owner.as_deref());
            let is_free = owner.is_none_or(|owner| *owner == *self.me || silence >= lease);
            if is_free && !held.contains_key(&**shard) {
                free.push((shard.clone(), row.cloned()));
            }
        }
        free
    }
}
