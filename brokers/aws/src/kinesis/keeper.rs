//! What a subscription does whether it is asked or not: it finds shards, shares them with the others of its group, tells that they are
//! still its own, and has them read.
use super::{
    held::Held,
    lease::Lease,
    reading::{From, Reader},
    refusals,
    shards::{Shard, readable},
    sharing::{Watch, share},
    streams::Streams,
    table::{Begin, Rows, Table},
};
use futures_util::future::join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tidings::{Result, Str, transport::Part};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout},
};

/// How often, of a lease, others are looked at.
const LOOKS: u32 = 20;
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

pub(crate) struct Keeper {
    pub(crate) streams: Streams,
    pub(crate) stream: Str,
    pub(crate) held: Arc<Held>,
    pub(crate) group: Option<Group>,
    /// Where reading begins in a shard of which nothing else is known.
    pub(crate) begin: Begin,
    /// Iterators of shards, which are good for a while.
    pub(crate) iterators: BTreeMap<String, String>,
    /// Those that are done with.
    pub(crate) over: BTreeSet<String>,
    shards: Vec<Shard>,
    /// When shards were looked for, and how many were done with then.
    listed: Option<(Instant, usize)>,
}

/// The others of a group.
pub(crate) struct Group {
    table: Table,
    me: Str,
    beats: u64,
    /// When the others were last told that we are there.
    told: Option<Instant>,
    watch: Watch,
}

impl Group {
    pub(crate) fn new(table: Table, me: Str) -> Self {
        Self {
            table,
            me,
            beats: 0,
            told: None,
            watch: Watch::default(),
        }
    }
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
            group,
            begin,
            iterators: BTreeMap::new(),
            over: BTreeSet::new(),
            shards: Vec::new(),
            listed: None,
        }
    }

    /// Keeps it until its end; says how it began.
    pub(crate) async fn keep(mut self, begun: oneshot::Sender<Result<()>>) {
        let mut ends = self.held.ends();
        let outcome = tokio::select! {
            outcome = self.round() => outcome,
            _ = ends.wait_for(|ended| *ended) => Ok(()),
        };
        // Who has gone has ended it.
        drop(begun.send(outcome));
        self.go_on().await;
        let within = self.streams.core.0.settings.timeout;
        drop(timeout(within, self.finish()).await);
        for part in self.held.all() {
            self.held.lose(part);
        }
        self.held.is_over();
    }

    async fn go_on(&mut self) {
        let mut ends = self.held.ends();
        let lease = self.streams.core.0.settings.shard_lease();
        let often = (lease / LOOKS).clamp(SHORTEST, LONGEST);
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

    /// Does once what is to be done.
    pub(crate) async fn round(&mut self) -> Result<()> {
        self.tell().await?;
        self.let_go().await?;
        let rows = match &self.group {
            Some(group) => group.table.rows("receive").await?,
            None => Rows::default(),
        };
        let over = rows.shards.iter().filter(|(_, row)| row.is_over);
        self.over.extend(over.map(|(shard, _)| shard.clone()));
        self.look_for_shards().await?;
        let begun = Instant::now();
        match self.group.is_some() {
            true => self.share(&rows, begun).await,
            false => {
                self.take_all(begun);
                Ok(())
            }
        }
    }

    /// Tells that we are there, and have what we have.
    async fn tell(&mut self) -> Result<()> {
        let Some(group) = &mut self.group else {
            return Ok(());
        };
        let due = self.held.due();
        let renewals = due
            .iter()
            .map(|(part, lease)| lease.renew(&self.held, *part));
        for outcome in join_all(renewals).await {
            if let Err(error) = outcome {
                tracing::debug!(%error, "a lease was not told again");
            }
        }
        let quarter = self.streams.core.0.settings.shard_lease() / 4;
        if group.told.is_none_or(|told| told.elapsed() >= quarter) {
            group.beats += 1;
            group.table.beat(&group.me, group.beats).await?;
            group.told = Some(Instant::now());
        }
        Ok(())
    }

    /// Gives up what is done with, and what is to go to others.
    async fn let_go(&mut self) -> Result<()> {
        for part in self.held.finished() {
            self.give_up(part, true).await?;
        }
        for part in self.held.left() {
            self.give_up(part, false).await?;
        }
        Ok(())
    }

    async fn give_up(&mut self, part: Part, is_over: bool) -> Result<()> {
        if let Some(lease) = self.held.lease(part) {
            lease.give_up(&self.held, part, is_over).await?;
        }
        let shard = self.held.lose(part).filter(|_| is_over);
        self.over.extend(shard.map(|shard| shard.to_string()));
        Ok(())
    }

    /// Shards are there since others are done with, or because somebody divided them.
    async fn look_for_shards(&mut self) -> Result<()> {
        let often = self.streams.core.0.settings.heartbeat;
        let is_known =
            |(at, over): (Instant, usize)| at.elapsed() < often && over == self.over.len();
        if self.listed.is_some_and(is_known) {
            return Ok(());
        }
        let now = Instant::now();
        self.shards = self.streams.shards("receive", &self.stream).await?;
        self.listed = Some((now, self.over.len()));
        Ok(())
    }

    fn readable(&self) -> Vec<String> {
        let found = readable(&self.shards, &|shard| self.over.contains(shard));
        found.iter().map(|shard| shard.id.clone()).collect()
    }

    /// All shards are ours alone.
    fn take_all(&mut self, begun: Instant) {
        let held = self.held.shards();
        for shard in self.readable() {
            if !held.contains_key(&*shard) {
                self.hold(&shard, None, None, begun);
            }
        }
    }

    /// Has as many shards as the others.
    async fn share(&mut self, rows: &Rows, begun: Instant) -> Result<()> {
        let all = self.readable();
        let Some(group) = &mut self.group else {
            return Ok(());
        };
        let lease = self.streams.core.0.settings.shard_lease();
        let (table, me) = (group.table.clone(), group.me.clone());
        let mut members = BTreeSet::from([&*me]);
        let mut keys = BTreeSet::new();
        let mut gone = Vec::new();
        for (member, beats) in &rows.members {
            keys.insert(&**member);
            match group.watch.look(member, *beats, begun) {
                silence if silence < lease => {
                    members.insert(&**member);
                }
                _ if **member != *me => gone.push(member),
                _ => {}
            }
        }
        let mut free = Vec::new();
        let held = self.held.shards();
        for shard in &all {
            keys.insert(&**shard);
            let row = rows.shards.get(shard);
            let beats = row.map_or(0, |row| row.beats);
            let silence = group.watch.look(shard, beats, begun);
            let owner = row.and_then(|row| row.owner.as_deref());
            let is_free = owner.is_none_or(|owner| *owner == *me || silence >= lease);
            if is_free && !held.contains_key(&**shard) {
                free.push((shard.clone(), row.cloned()));
            }
        }
        group.watch.only(&keys);
        let mine = share(all.len(), &members, &me);
        let mut staying: Vec<Part> = held
            .values()
            .filter(|(_, is_leaving)| !is_leaving)
            .map(|(part, _)| *part)
            .collect();
        staying.sort_by_key(|part| part.part);
        if staying.len() > mine {
            let until = begun + self.streams.core.0.settings.drain;
            self.held.leave(staying.split_off(mine), until);
            self.let_go().await?;
        }
        for member in gone {
            table.forget(member).await?;
        }
        // Each begins elsewhere, so that they seldom want the same.
        let rank = members.iter().position(|member| **member == *me);
        let count = free.len().max(1);
        free.rotate_left(rank.unwrap_or_default() * mine % count);
        let mut room = mine.saturating_sub(staying.len());
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
                self.hold(&shard, Some(Arc::new(lease)), row.settled, begun);
            }
        }
        Ok(())
    }

    /// A shard is ours, and is read from now on.
    fn hold(
        &mut self,
        shard: &str,
        lease: Option<Arc<Lease>>,
        settled: Option<String>,
        begun: Instant,
    ) {
        let iterator = self.iterators.remove(shard).filter(|_| settled.is_none());
        let from = match (settled, self.begin) {
            (Some(sequence), _) => From::After(sequence.into()),
            (None, Begin::At(time)) => From::At(time),
            (None, Begin::Oldest) => From::Oldest,
        };
        let part = self.held.hold(shard, lease, begun);
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

    /// Gives back all, and tells that we are gone.
    async fn finish(&mut self) {
        let all = self.held.all();
        let given = all.iter().map(|part| async {
            match self.held.lease(*part) {
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
