//! Settles by transactions of the transport: what handlers sent goes out with the settlement of their messages, or neither does. One
//! is under way at a time, with all that was done meanwhile in the next.
use super::work::Work;
use crate::{
    BoxFuture, Error, Outgoing, Result,
    transport::{DynSettler, Incoming, Part, Token, Verdict},
};
use std::{
    collections::{BTreeMap, VecDeque},
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::sleep;

/// Most messages that one transaction settles.
const MOST: usize = 1000;

pub(super) struct Transactions {
    settler: Arc<dyn DynSettler>,
    /// What came and is not settled, by part and position; with the work, once that is done.
    out: BTreeMap<Part, VecDeque<(u64, Option<Work>)>>,
    /// How many are done.
    done: usize,
    under_way: Option<UnderWay>,
    /// A transaction whose outcome nobody knows.
    unknown: Option<Arc<Batch>>,
    /// How many are still to be settled each by itself, because one of them cannot be.
    alone: usize,
    /// How many failed since the last that did not.
    failures: u32,
}

/// What one transaction settles and sends.
struct Batch {
    outgoing: Vec<Outgoing>,
    /// Of each part, up to where.
    verdicts: Vec<(Token, Verdict)>,
    count: usize,
}

enum UnderWay {
    Pause(BoxFuture<'static, ()>),
    Commit(Arc<Batch>, BoxFuture<'static, Result<()>>),
}

/// What became of a transaction.
pub(super) enum Ended {
    /// These are settled, and what they sent is there.
    Committed(Vec<Work>),
    /// Nothing is settled; to be tried again.
    Failed(Error),
    /// Nothing is settled, because of what one of several sends: they are settled one at a time.
    Narrowed(Error),
    /// What this one sends cannot be sent.
    Refused(Box<Work>, Error),
    /// The next may begin.
    Paused,
}

impl Transactions {
    pub(super) fn new(settler: Arc<dyn DynSettler>) -> Self {
        Self {
            settler,
            out: BTreeMap::new(),
            done: 0,
            under_way: None,
            unknown: None,
            alone: 0,
            failures: 0,
        }
    }

    /// How many are done and not settled.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// How many failed since the last that did not.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Each of these is to be settled, once.
    pub(super) fn delivered(&mut self, deliveries: &[Incoming]) {
        for Incoming { token, .. } in deliveries {
            let out = self.out.entry(token.part).or_default();
            out.push_back((token.position, None));
        }
    }

    /// What came by that part can no longer be settled; gives what of it is done.
    pub(super) fn gone(&mut self, part: Part) -> Vec<Work> {
        let out = self.out.remove(&part).unwrap_or_default();
        let done: Vec<_> = out.into_iter().filter_map(|(_, work)| work).collect();
        self.done -= done.len();
        done
    }

    /// Its handler has run; settled once everything before it is done. What can no longer be settled is given back.
    pub(super) fn add(&mut self, work: Work) -> Option<Work> {
        let Token { part, position } = work.incoming.token;
        let Some(slot) = self.slot(part, position) else {
            return Some(work);
        };
        *slot = Some(work);
        self.done += 1;
        None
    }

    fn slot(&mut self, part: Part, position: u64) -> Option<&mut Option<Work>> {
        let out = self.out.get_mut(&part)?;
        let at = out.binary_search_by_key(&position, |(position, _)| *position);
        out.get_mut(at.ok()?).map(|(_, work)| work)
    }

    /// Begins the next, unless one is under way.
    pub(super) fn begin(&mut self) {
        if self.under_way.is_some() {
            return;
        }
        let batch = self.unknown.take().or_else(|| self.next().map(Arc::new));
        if let Some(batch) = batch {
            let (settler, telling) = (self.settler.clone(), batch.clone());
            let commit = async move { settler.commit(&telling.outgoing, &telling.verdicts).await };
            self.under_way = Some(UnderWay::Commit(batch, Box::pin(commit)));
        }
    }

    /// Everything that is done with nothing before it that is not; none where there is nothing.
    fn next(&self) -> Option<Batch> {
        let most = if self.alone > 0 { 1 } else { MOST };
        let mut batch = Batch {
            outgoing: Vec::new(),
            verdicts: Vec::new(),
            count: 0,
        };
        for (part, out) in &self.out {
            let done = out.iter().map_while(|(_, work)| work.as_ref());
            let mut last = None;
            for work in done.take(most - batch.count) {
                batch.outgoing.extend(work.outgoing().cloned());
                batch.count += 1;
                last = Some(work.incoming.token.position);
            }
            let ack = last.map(|position| (part.at(position), Verdict::Ack));
            batch.verdicts.extend(ack);
        }
        (batch.count > 0).then_some(batch)
    }

    /// Nothing is begun for that long.
    pub(super) fn pause(&mut self, pause: Duration) {
        self.wait_for(Box::pin(sleep(pause)));
    }

    /// Nothing is begun before that has ended.
    pub(super) fn wait_for(&mut self, pause: BoxFuture<'static, ()>) {
        if self.under_way.is_none() {
            self.under_way = Some(UnderWay::Pause(pause));
        }
    }

    /// Ends when what is under way has ended; never where nothing is. Cancel-safe.
    pub(super) async fn ended(&mut self) -> Ended {
        poll_fn(|task| self.poll(task)).await
    }

    fn poll(&mut self, task: &mut Context<'_>) -> Poll<Ended> {
        let ended = match &mut self.under_way {
            None => return Poll::Pending,
            Some(UnderWay::Pause(pause)) => {
                ready!(pause.as_mut().poll(task));
                self.under_way = None;
                return Poll::Ready(Ended::Paused);
            }
            Some(UnderWay::Commit(_, commit)) => ready!(commit.as_mut().poll(task)),
        };
        match self.under_way.take() {
            Some(UnderWay::Commit(batch, _)) => Poll::Ready(self.took_end(batch, ended)),
            _ => Poll::Pending,
        }
    }

    fn took_end(&mut self, batch: Arc<Batch>, outcome: Result<()>) -> Ended {
        match outcome {
            Ok(()) => {
                self.failures = 0;
                self.alone = self.alone.saturating_sub(batch.count);
                Ended::Committed(self.settled(&batch))
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                if error.is_ambiguous() {
                    self.unknown = Some(batch);
                    return Ended::Failed(error);
                }
                self.failed(&batch, error)
            }
        }
    }

    /// Takes out what a transaction has settled, and is still here.
    fn settled(&mut self, batch: &Batch) -> Vec<Work> {
        let mut works = Vec::with_capacity(batch.count);
        for (token, _) in &batch.verdicts {
            let Some(out) = self.out.get_mut(&token.part) else {
                continue;
            };
            while let Some((_, work)) = out.pop_front_if(|(at, _)| *at <= token.position) {
                works.extend(work);
            }
        }
        self.done -= works.len();
        works
    }

    /// What cannot be sent is found by settling one at a time.
    fn failed(&mut self, batch: &Batch, error: Error) -> Ended {
        let address = error.about("channel");
        let is_about_one = !error.is_retryable()
            && batch
                .outgoing
                .iter()
                .any(|outgoing| Some(&*outgoing.channel.address) == address);
        if !is_about_one {
            return Ended::Failed(error);
        }
        if batch.count > 1 {
            self.alone = batch.count;
            return Ended::Narrowed(error);
        }
        self.alone = self.alone.saturating_sub(1);
        let first = batch.verdicts.first();
        let slot = first.and_then(|(token, _)| self.slot(token.part, token.position));
        match slot.and_then(Option::take) {
            Some(work) => {
                self.done -= 1;
                Ended::Refused(Box::new(work), error)
            }
            None => Ended::Failed(error),
        }
    }

    /// Settles nothing any more; gives what is done.
    pub(super) fn end(&mut self) -> Vec<Work> {
        self.unknown = None;
        self.under_way = None;
        let parts: Vec<_> = self.out.keys().copied().collect();
        parts.into_iter().flat_map(|part| self.gone(part)).collect()
    }

    /// Whether anything is under way, or can begin.
    pub(super) fn is_busy(&mut self) -> bool {
        self.begin();
        self.under_way.is_some()
    }
}

#[cfg(test)]
mod tests;
