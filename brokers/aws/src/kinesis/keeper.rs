//! What a subscription does whether it is asked or not: it finds shards, shares them with the others of its group, and has them read.
use super::{
    held::Held,
    lease::Lease,
    leases::Leases,
    reading::{From, Reader},
    refusals,
    renewing::Renewing,
    shards::{Shard, readable},
    sharing::{Watch, share},
    streams::Streams,
    table::{Begin, Rows, Table},
};
use crate::{fault, pauses::Pauses};
use futures_util::future::join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
    time::Duration,
};
use tidings::{ErrorKind, Result, Str, transport::Part};
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
    pub(crate) leases: Arc<Leases>,
    pub(crate) group: Option<Group>,
    /// Where reading begins in a shard of which nothing else is known.
    pub(crate) begin: Begin,
    /// Iterators of shards, which are good for a while.
    pub(crate) iterators: BTreeMap<String, String>,
    /// Those that are done with.
    pub(crate) over: BTreeSet<String>,
    /// How far those are settled that are read again, where no table says so.
    marks: BTreeMap<String, Str>,
    shards: Vec<Shard>,
    /// When shards were looked for, and how many were done with then.
    listed: Option<(Instant, usize)>,
}

/// The others of a group.
pub(crate) struct Group {
    table: Table,
    me: Str,
    watch: Watch,
}

impl Group {
    pub(crate) fn new(table: Table, me: Str) -> Self {
        Self {
            table,
            me,
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
            leases: Arc::default(),
            group,
            begin,
            iterators: BTreeMap::new(),
            over: BTreeSet::new(),
            marks: BTreeMap::new(),
            shards: Vec::new(),
            listed: None,
        }
    }

    /// Keeps it until its end; says how it began.
    pub(crate) async fn keep(mut self, begun: oneshot::Sender<Result<()>>) {
        let lease = self.streams.core.0.settings.shard_lease();
        let often = (lease / LOOKS).clamp(SHORTEST, LONGEST);
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
            _ if is_over => drop(self.over.insert(shard.to_string())),
            Some((_, sequence)) => drop(self.marks.insert(shard.to_string(), sequence)),
            None => {}
        }
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
        match self.list().await {
            Ok(shards) => self.shards = shards,
            Err(error) if self.listed.is_some() && refusals::may_pass(&error) => {
                tracing::debug!(%error, "shards were not told, and are taken to be those of before");
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        // One that is open is another of that name: the stream was made anew.
        for shard in self.shards.iter().filter(|shard| shard.is_open) {
            self.over.remove(&shard.id);
        }
        self.listed = Some((now, self.over.len()));
        Ok(())
    }

    /// Within less than a lease, so that others' shards are taken over in time.
    async fn list(&self) -> Result<Vec<Shard>> {
        let within = self.streams.core.0.settings.shard_lease() / 3;
        let listed = timeout(within, self.streams.shards("receive", &self.stream)).await;
        listed.unwrap_or_else(|_| Err(fault::late("receive")))
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
                let settled = self.marks.remove(&shard);
                self.hold(&shard, None, settled.map(|mark| mark.to_string()), begun);
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

    /// Gives back all, and tells that we are gone.
    async fn finish(&mut self) {
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

/// Where there are others.
async fn renewed(renewing: Option<Renewing>, often: Duration) {
    match renewing {
        Some(renewing) => renewing.go_on(often).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::scripted::{SILENT, Scripted},
        *,
    };
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tidings::{BoxError, Channel, SubscribeSpec};

    async fn keeper(
        script: impl Fn(usize, &(String, Value)) -> (u16, Value) + Send + Sync + 'static,
    ) -> Result<(Scripted, Keeper), BoxError> {
        let (server, streams) = Scripted::open(script).await?;
        Ok((server, of(&streams)))
    }

    fn of(streams: &Streams) -> Keeper {
        let spec = SubscribeSpec::new(Channel::point_to_point("orders"));
        let held = Arc::new(Held::new(&spec, Duration::from_secs(10)));
        let table = Table::new(streams, "leases".to_owned()).within_leases();
        let group = Group::new(table, "me".into());
        Keeper::new(streams, "orders", held, Some(group), Begin::Oldest)
    }

    #[tokio::test]
    async fn a_shard_that_another_has_is_gone_and_all_goes_on() -> Result<(), BoxError> {
        let script = |_: usize, asked: &(String, Value)| match &*asked.0 {
            "GetItem" => {
                let item = json!({ "heldBy": { "S": "another" }, "beats": { "N": "7" } });
                (200, json!({ "Item": item }))
            }
            _ => (
                400,
                json!({ "__type": "a#ConditionalCheckFailedException" }),
            ),
        };
        let (_server, mut keeper) = keeper(script).await?;
        let table = Table::new(&keeper.streams, "leases".to_owned());
        let now = Instant::now();
        let hold = |shard: &str| {
            let part = keeper.held.hold(shard, true, now);
            let lease = Lease::new(&table, shard, &"me".into(), 4);
            keeper.leases.add(part, lease);
            part
        };
        let (leaving, read) = (hold("shardId-1"), hold("shardId-2"));
        keeper.held.leave(vec![leaving], now);
        keeper.held.ended_at(read);
        keeper.let_go().await?;
        assert!(keeper.held.all().is_empty());
        assert!(keeper.over.is_empty(), "another has to say so");
        Ok(())
    }

    fn listed(range: &Value) -> (u16, Value) {
        let shard = json!({
            "ShardId": "shardId-1", "SequenceNumberRange": range,
            "HashKeyRange": { "StartingHashKey": "0", "EndingHashKey": "9" },
        });
        (200, json!({ "Shards": [shard] }))
    }

    #[tokio::test]
    async fn a_shard_that_is_open_is_not_done_with() -> Result<(), BoxError> {
        let open = json!({ "StartingSequenceNumber": "1" });
        let closed = json!({ "StartingSequenceNumber": "1", "EndingSequenceNumber": "2" });
        for (range, is_readable) in [(open, true), (closed, false)] {
            let (_server, mut keeper) = keeper(move |_, _| listed(&range)).await?;
            keeper.over.insert("shardId-1".to_owned());
            keeper.look_for_shards().await?;
            assert_eq!(!keeper.readable().is_empty(), is_readable);
        }
        Ok(())
    }

    #[tokio::test]
    async fn shards_that_are_not_told_in_time_are_as_they_were() -> Result<(), BoxError> {
        let script = |count: usize, _: &(String, Value)| match count {
            0 => listed(&json!({ "StartingSequenceNumber": "1" })),
            _ => (SILENT, Value::Null),
        };
        let (_server, mut keeper) = keeper(script).await?;
        keeper.look_for_shards().await?;
        keeper.over.insert("shardId-0".to_owned());
        keeper.look_for_shards().await?;
        assert_eq!(keeper.readable(), ["shardId-1"]);
        Ok(())
    }

    #[tokio::test]
    async fn who_begins_bears_with_a_table_that_is_busy() -> Result<(), BoxError> {
        let busy = json!({ "__type": "a#ProvisionedThroughputExceededException" });
        let is_busy = AtomicUsize::new(2);
        let script = move |_: usize, asked: &(String, Value)| {
            let is_first = || is_busy.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
            match &*asked.0 {
                "Scan" if is_first().is_ok() => (400, busy.clone()),
                "ListShards" => listed(&json!({ "StartingSequenceNumber": "1" })),
                _ => (200, json!({})),
            }
        };
        let (_server, keeper) = keeper(script).await?;
        let (begun, begins) = oneshot::channel();
        let keeping = tokio::spawn(keeper.keep(begun));
        begins.await??;
        keeping.abort();
        Ok(())
    }

    #[tokio::test]
    async fn a_table_that_is_slow_costs_no_lease() -> Result<(), BoxError> {
        let script = |_: usize, asked: &(String, Value)| match &*asked.0 {
            "Scan" => (SILENT, Value::Null),
            _ => (200, json!({})),
        };
        let slow = Duration::from_secs(60);
        let (server, streams) = Scripted::waited_for(slow, script).await?;
        let keeper = of(&streams);
        // Its lease is to be told again soon, and not at once.
        let told = Instant::now() - Duration::from_millis(3800);
        let part = keeper.held.hold("shardId-1", true, told);
        let table = Table::new(&streams, "leases".to_owned());
        let lease = Lease::new(&table, "shardId-1", &"me".into(), 4);
        keeper.leases.add(part, lease);
        let keeping = tokio::spawn(keeper.keep(oneshot::channel().0));
        let is_renewed = || {
            server
                .asked()
                .iter()
                .any(|(asked, _)| asked == "UpdateItem")
        };
        let renewed = async {
            while !is_renewed() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        // A scan may take a third of a lease.
        let within = timeout(Duration::from_millis(2500), renewed).await;
        assert!(within.is_ok(), "{:?}", server.asked());
        keeping.abort();
        Ok(())
    }
}
