//! The work of the relay that leads.
use super::{
    Relay, is_passing,
    patient::Patient,
    publish::{Failed, Outcome, publish},
    watching::Watching,
    work::Work,
};
use crate::{Lead, Read};
use std::{borrow::Cow, collections::VecDeque, mem::take};
use tidings::{Error, ErrorKind, Result};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Most channels with rows that are looked at, beside those that wait after failures.
const MOST_CHANNELS: usize = 10_000;

/// About how many bytes are published at a time, over all channels.
const BYTES: usize = 32 << 20;

/// About how many bytes a batch has at most.
const BATCH: usize = 4 << 20;

pub(super) struct Leading<'a> {
    relay: &'a Relay,
    watching: &'a Watching<'a>,
    lead: Patient,
    work: &'a mut Work,
    /// Channels that have something and found no room, in the order of their turns.
    line: VecDeque<String>,
    /// Who had its turn last.
    last: String,
}

/// What happened.
enum Happened {
    Stopped,
    Ended(Box<Outcome>),
    Look,
}

impl<'a> Leading<'a> {
    pub(super) fn new(
        relay: &'a Relay,
        watching: &'a Watching<'a>,
        lead: Box<dyn Lead>,
        work: &'a mut Work,
    ) -> Self {
        work.leads += 1;
        work.is_handed_on = false;
        Self {
            relay,
            watching,
            lead: Patient::new(lead, relay.settings.answer),
            work,
            line: VecDeque::new(),
            last: String::new(),
        }
    }

    /// Until it is stopped, and what was under way then has ended; or until the lead is lost.
    pub(super) async fn run(
        mut self,
        mut stopped: watch::Receiver<bool>,
        wake: &Notify,
    ) -> Result<()> {
        let mut is_stopping = false;
        let mut look_at = Instant::now();
        loop {
            if look_at <= Instant::now() {
                match is_stopping {
                    // The database is to hear that the lead lives.
                    true => self.lead.channels(1).await.map(drop)?,
                    false => self.look().await?,
                }
                look_at = self.next_look();
            }
            if !is_stopping && self.has_nothing() && self.lead.rest().await? {
                self.look().await?;
                look_at = self.next_look();
            }
            match self.happens(look_at, is_stopping, &mut stopped, wake).await {
                Happened::Stopped => is_stopping = true,
                Happened::Look => look_at = Instant::now(),
                Happened::Ended(outcome) => {
                    self.ended(*outcome, is_stopping).await?;
                    look_at = look_at.min(self.next_look());
                }
            }
            if is_stopping && self.work.publishing.is_empty() {
                return Ok(());
            }
        }
    }

    /// Whether nothing is under way, nor can be begun.
    fn has_nothing(&self) -> bool {
        self.work.publishing.is_empty() && self.line.is_empty()
    }

    fn next_look(&self) -> Instant {
        let now = Instant::now();
        let poll = now + self.relay.settings.poll;
        let due = self.work.places.due(now);
        due.map_or(poll, |due| due.min(poll))
    }

    async fn happens(
        &mut self,
        look_at: Instant,
        is_stopping: bool,
        stopped: &mut watch::Receiver<bool>,
        wake: &Notify,
    ) -> Happened {
        let left = look_at.saturating_duration_since(Instant::now());
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped), if !is_stopping => Happened::Stopped,
            Some(Ok(outcome)) = self.work.publishing.join_next() => Happened::Ended(outcome.into()),
            () = self.lead.wait(left) => Happened::Look,
            () = wake.notified(), if !is_stopping => Happened::Look,
        }
    }

    /// Begins with the channels that have something and are free, first those whose turn is longest ago.
    async fn look(&mut self) -> Result<()> {
        let most = MOST_CHANNELS.saturating_add(self.work.places.count());
        let mut channels = self.lead.channels(most).await?;
        let (now, places) = (Instant::now(), &mut self.work.places);
        self.watching
            .idle(channels.is_empty() && !places.waits(now));
        places.tidy(&channels, now);
        self.watching.fails(places.failing(&channels, now));
        // Not every lead has them in an order, by which turns go.
        channels.sort_unstable();
        let after = channels.iter().position(|channel| *channel > self.last);
        channels.rotate_left(after.unwrap_or_default());
        let now = Instant::now();
        channels.retain(|channel| self.work.places.is_free(channel, now));
        self.line = channels.into();
        self.fill().await
    }

    /// Begins with those in the line for which there is room.
    async fn fill(&mut self) -> Result<()> {
        while self.work.has_room(self.relay.settings.channels, BYTES) {
            let Some(channel) = self.line.pop_front() else {
                break;
            };
            if self.work.places.is_free(&channel, Instant::now()) {
                self.last.clone_from(&channel);
                self.begin(channel).await?;
            }
        }
        Ok(())
    }

    /// Publishes what a channel has, where it has something.
    async fn begin(&mut self, channel: String) -> Result<()> {
        let settings = &self.relay.settings;
        let now = Instant::now();
        let places = &mut self.work.places;
        let without = places.waiting(&channel, now);
        let mut what = Read::new(&channel, places.most(&channel, settings.batch));
        what.bytes = BATCH;
        what.without = &without;
        what.until_ms = places.until_ms(&channel, now);
        let mut rows = match self.lead.read(what).await {
            Ok(rows) => rows,
            Err(error) => return self.unread(channel, error).await,
        };
        if rows.is_empty() {
            places.idle(&channel, now);
            return Ok(());
        }
        let bytes = rows.iter().map(|row| row.size()).sum();
        places.begin(&channel, rows.len(), bytes >= BATCH / 2);
        self.work.bytes += bytes;
        let before = self.work.confirmed.among(&channel, &mut rows);
        let transport = self.relay.transport.clone();
        let batch = publish(transport, channel, rows, before, settings.timeout);
        let lead = self.work.leads;
        let batch = async move { batch.await.of(bytes, lead) };
        self.work.publishing.spawn(batch);
        Ok(())
    }

    /// A channel of which a row cannot be read waits by itself, unless nothing else can be asked either: then the lead is over.
    async fn unread(&mut self, channel: String, error: Error) -> Result<()> {
        if !is_passing(&error) || error.kind() == ErrorKind::ConnectionLost {
            return Err(error);
        }
        self.lead.channels(1).await?;
        let outcome = Outcome {
            channel,
            failed: vec![Failed::of_all(error)],
            ..Outcome::default()
        };
        self.failed(&outcome);
        Ok(())
    }

    /// Has what failed wait, and tells of it.
    fn failed(&mut self, outcome: &Outcome) {
        self.watching.ended(outcome);
        let (places, backoff) = (&mut self.work.places, &self.relay.settings.backoff);
        let failure = places.ended(outcome, backoff, Instant::now());
        if let Some(error) = failure {
            let channel = &outcome.channel;
            tracing::warn!(%channel, %error, "messages of the outbox wait, and are tried again");
        }
    }

    /// Settles a batch, and goes on: with its channel where no other is in the line.
    async fn ended(&mut self, mut outcome: Outcome, is_stopping: bool) -> Result<()> {
        self.work.bytes = self.work.bytes.saturating_sub(outcome.bytes);
        let settings = &self.relay.settings;
        let places = &mut self.work.places;
        places.overdue(&mut outcome, settings.replies, Instant::now());
        let unsettled = self.settle(&mut outcome).await.err();
        self.park(&mut outcome).await;
        self.failed(&outcome);
        match unsettled.as_ref().or(outcome.closed()) {
            Some(error) if !is_passing(error) => return Err(error.clone()),
            _ => {}
        }
        if is_stopping {
            return Ok(());
        }
        self.line.push_back(outcome.channel);
        self.fill().await
    }

    /// What an earlier lead read may not be seen yet by who deletes it. What was published is deleted when it is read again, by its id; all
    /// else is decided again.
    fn of_before(&mut self, outcome: &mut Outcome) -> bool {
        let is_of_before = outcome.lead != self.work.leads;
        if is_of_before {
            let reason = "the lead was lost before what was published was deleted";
            let why = Error::new(ErrorKind::ConnectionLost, "settle", reason);
            self.work.confirmed.keep(outcome, &why);
            outcome.before.clear();
            outcome.dropped.clear();
            outcome.parked.clear();
        }
        is_of_before
    }

    /// Deletes what was published. Where that fails it is done with the channel's next batch, since the lead may live all the same.
    async fn settle(&mut self, outcome: &mut Outcome) -> Result<()> {
        if self.of_before(outcome) {
            return Ok(());
        }
        let mut gone = Cow::from(&outcome.published);
        if !outcome.before.is_empty() || !outcome.dropped.is_empty() {
            let others = outcome.before.iter().chain(&outcome.dropped);
            gone.to_mut().extend(others.cloned());
        }
        if gone.is_empty() {
            return Ok(());
        }
        let settled = self.lead.settle(&outcome.channel, &gone, &[]).await;
        match &settled {
            Ok(()) => self.work.confirmed.forget(&outcome.channel, &gone),
            Err(error) => {
                self.work.confirmed.keep(outcome, error);
                outcome.failed.push(Failed::of_all(error.clone()));
            }
        }
        settled
    }

    /// Parks what can never be published: each by itself where all together cannot be. What cannot be parked is tried again.
    async fn park(&mut self, outcome: &mut Outcome) {
        let all: Vec<_> = outcome.parked.iter().map(|of| of.row.clone()).collect();
        let channel = &*outcome.channel;
        if all.is_empty() || self.lead.settle(channel, &[], &all).await.is_ok() {
            return;
        }
        let mut away: Option<Error> = None;
        for refused in take(&mut outcome.parked) {
            let parked = match &away {
                Some(error) => Err(error.clone()),
                None => {
                    let row = std::slice::from_ref(&refused.row);
                    self.lead.settle(channel, &[], row).await
                }
            };
            match parked {
                Ok(()) => outcome.parked.push(refused),
                Err(error) => {
                    // It may take long to find that out again.
                    away = Some(error.clone()).filter(is_away);
                    let is_other = |key: &_| refused.key.as_ref() != Some(key);
                    outcome.passed.retain(is_other);
                    outcome.failed.push(refused.unparked(error));
                }
            }
        }
    }
}

/// Whether a database is not there, whatever is asked of it.
fn is_away(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionLost | ErrorKind::Timeout)
}
