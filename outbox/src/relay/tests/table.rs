//! An outbox in memory.
use crate::columns::milliseconds;
use crate::{Lead, Parked, Read, Refused, Store, Stored, Waiting};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{BoxFuture, Error, ErrorKind, MessageId, Outgoing, Result};
use tokio::time::sleep;

/// What is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    Lead,
    Channels,
    Read(&'a str),
    Delete(&'a str),
    Park(&'a str, i64),
    Waiting,
    Rest,
}

type Fail = dyn FnMut(Asked<'_>) -> Option<Error> + Send;

#[derive(Clone, Default)]
pub(super) struct Table(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    rows: BTreeMap<i64, Result<Outgoing, String>>,
    last: i64,
    parked: Vec<(i64, String)>,
    fail: Option<Box<Fail>>,
    /// How many asks for figures never end, and how long the others take.
    stuck: u32,
    takes: Duration,
    /// How many rows were asked for at a time.
    most: Vec<usize>,
    /// Whether channels are left alone.
    rests: bool,
    /// Whether another relay leads.
    is_led: bool,
}

impl Inner {
    /// Takes a row of that number and message, or of that number where it is none; says whether it was there.
    fn take(&mut self, id: i64, message_id: Option<&MessageId>) -> bool {
        let found = self.rows.get(&id);
        let of_it = found.map(|row| row.as_ref().ok().map(|row| &row.message.id));
        let is_it = of_it == Some(message_id);
        if is_it {
            self.rows.remove(&id);
        }
        is_it
    }
}

impl Table {
    pub(super) fn holds(rows: impl IntoIterator<Item = Outgoing>) -> Self {
        let table = Self::default();
        table.write(rows);
        table
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self, rows: impl IntoIterator<Item = Outgoing>) {
        let mut inner = self.inner();
        for row in rows {
            inner.last += 1;
            let id = inner.last;
            inner.rows.insert(id, Ok(row));
        }
    }

    /// Others in the place of all rows, with the numbers of those.
    pub(super) fn replace(&self, rows: impl IntoIterator<Item = Outgoing>) {
        {
            let mut inner = self.inner();
            inner.rows.clear();
            inner.last = 0;
        }
        self.write(rows);
    }

    /// What fails from now on.
    pub(super) fn fail(&self, fail: impl FnMut(Asked<'_>) -> Option<Error> + Send + 'static) {
        self.inner().fail = Some(Box::new(fail));
    }

    /// That many asks for figures never end.
    pub(super) fn stick(&self, times: u32) {
        self.inner().stuck = times;
    }

    /// Asks for figures take that long.
    pub(super) fn slow(&self, takes: Duration) {
        self.inner().takes = takes;
    }

    /// How many rows were asked for each time.
    pub(super) fn most(&self) -> Vec<usize> {
        self.inner().most.clone()
    }

    /// Its channels are not told, as by a log while they are read from the table and have given nothing.
    pub(super) fn rest(&self) {
        self.inner().rests = true;
    }

    /// Another relay leads when this one asks again.
    pub(super) fn is_led(&self) {
        self.inner().is_led = true;
    }

    pub(super) fn len(&self) -> usize {
        self.inner().rows.len()
    }

    /// Why what is parked is.
    pub(super) fn reasons(&self) -> Vec<String> {
        let inner = self.inner();
        let reasons = inner.parked.iter().map(|(_, reason)| reason.clone());
        reasons.collect()
    }

    fn ask(&self, asked: Asked<'_>) -> Result<MutexGuard<'_, Inner>> {
        let mut inner = self.inner();
        let error = inner.fail.as_mut().and_then(|fail| fail(asked));
        error.map_or(Ok(inner), Err)
    }
}

pub(super) fn gone() -> Error {
    Error::new(ErrorKind::ConnectionLost, "read", "gone")
}

fn address(row: &Result<Outgoing, String>) -> &str {
    row.as_ref().map_or("", |row| &row.channel.address)
}

impl Store for Table {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        let lead: Box<dyn Lead> = Box::new(self.clone());
        Box::pin(async move {
            let asked = self.ask(Asked::Lead)?;
            Ok((!asked.is_led).then_some(lead))
        })
    }

    fn parked(&self, _: i64, _: usize) -> BoxFuture<'_, Result<Vec<Parked>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn replay<'a>(&'a self, _: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async { Ok(0) })
    }

    fn discard<'a>(&'a self, _: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async { Ok(0) })
    }

    fn backlog(&self) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async { Ok(self.len() as u64) })
    }

    fn waiting(&self, most: u64) -> BoxFuture<'_, Result<Waiting>> {
        Box::pin(async move {
            let (is_stuck, takes) = {
                let mut inner = self.ask(Asked::Waiting)?;
                let stuck = inner.stuck;
                inner.stuck = stuck.saturating_sub(1);
                (stuck > 0, inner.takes)
            };
            match is_stuck {
                true => std::future::pending().await,
                false => sleep(takes).await,
            }
            let inner = self.inner();
            let (rows, parked) = (inner.rows.len() as u64, inner.parked.len() as u64);
            Ok(Waiting::new(rows.min(most), None, parked))
        })
    }

    fn forget<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async { Ok(0) })
    }
}

impl Lead for Table {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let inner = self.ask(Asked::Channels)?;
            let there = inner.rows.values().filter(|_| !inner.rests);
            let all: BTreeSet<_> = there.map(address).collect();
            Ok(all.into_iter().take(most).map(str::to_owned).collect())
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let mut inner = self.ask(Asked::Read(what.channel))?;
            inner.most.push(what.most);
            let key = |row: &Result<Outgoing, String>| {
                row.as_ref().ok().and_then(|row| row.message.key.clone())
            };
            let rows = inner.rows.iter();
            let rows = rows.filter(|(_, row)| address(row) == what.channel);
            let rows = rows
                .map(|(id, row)| Stored::new(*id, row.clone(), key(row)))
                .filter(|row| {
                    row.key
                        .as_ref()
                        .is_none_or(|key| what.without.iter().all(|other| key != other))
                })
                .filter(|row| {
                    let until = what.until_ms;
                    let later = row
                        .outgoing
                        .as_ref()
                        .ok()
                        .and_then(|row| row.message.not_before);
                    until.is_none_or(|until| later.is_none_or(|at| milliseconds(at) <= until))
                });
            Ok(rows.take(what.most).collect())
        })
    }

    fn settle<'a>(
        &'a mut self,
        channel: &'a str,
        published: &'a [(i64, MessageId)],
        parked: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            // All or nothing, as of one transaction.
            if !published.is_empty() {
                self.ask(Asked::Delete(channel)).map(drop)?;
            }
            for row in parked {
                self.ask(Asked::Park(channel, row.id)).map(drop)?;
            }
            let mut inner = self.inner();
            for (id, message_id) in published {
                inner.take(*id, Some(message_id));
            }
            for row in parked {
                if inner.take(row.id, row.message_id.as_ref()) {
                    inner.parked.push((row.id, row.reason.clone()));
                }
            }
            Ok(())
        })
    }

    fn rest(&mut self) -> BoxFuture<'_, Result<bool>> {
        let rested = self.ask(Asked::Rest).map(|_| false);
        Box::pin(async { rested })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        Box::pin(sleep(at_most))
    }
}
