//! The work of the relay that leads.
use super::{
    Relay,
    patient::Patient,
    places::Places,
    publish::{Outcome, publish},
    watching::Watching,
};
use crate::{Lead, Read};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tidings::{BoxFuture, Result};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Most channels with rows that are looked at.
const MOST_CHANNELS: usize = 10_000;

pub(super) struct Leading<'a> {
    relay: &'a Relay,
    watching: &'a Watching<'a>,
    lead: Patient,
    places: Places,
    publishing: FuturesUnordered<BoxFuture<'a, Outcome>>,
}

/// What happened.
enum Happened {
    Stopped,
    Ended(Outcome),
    Look,
}

impl<'a> Leading<'a> {
    pub(super) fn new(relay: &'a Relay, watching: &'a Watching<'a>, lead: Box<dyn Lead>) -> Self {
        Self {
            relay,
            watching,
            lead: Patient::new(lead, relay.settings.answer),
            places: Places::default(),
            publishing: FuturesUnordered::new(),
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
            match self.happens(look_at, is_stopping, &mut stopped, wake).await {
                Happened::Stopped => is_stopping = true,
                Happened::Look => look_at = Instant::now(),
                Happened::Ended(outcome) => {
                    self.ended(outcome, is_stopping).await?;
                    look_at = look_at.min(self.next_look());
                }
            }
            if is_stopping && self.publishing.is_empty() {
                return Ok(());
            }
        }
    }

    fn next_look(&self) -> Instant {
        let now = Instant::now();
        let poll = now + self.relay.settings.poll;
        self.places.due(now).map_or(poll, |due| due.min(poll))
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
            Some(outcome) = self.publishing.next() => Happened::Ended(outcome),
            () = self.lead.wait(left) => Happened::Look,
            () = wake.notified(), if !is_stopping => Happened::Look,
        }
    }

    /// Begins with the channels that have something and are free.
    async fn look(&mut self) -> Result<()> {
        let channels = self.lead.channels(MOST_CHANNELS).await?;
        self.watching.idle(channels.is_empty());
        for channel in channels {
            if self.publishing.len() >= self.relay.settings.channels {
                break;
            }
            if self.places.is_free(&channel, Instant::now()) {
                self.begin(channel).await?;
            }
        }
        Ok(())
    }

    /// Publishes what a channel has, where it has something.
    async fn begin(&mut self, channel: String) -> Result<()> {
        let settings = &self.relay.settings;
        let without = self.places.waiting(&channel, Instant::now());
        let mut what = Read::new(&channel, settings.batch);
        what.without = &without;
        let rows = self.lead.read(what).await?;
        if rows.is_empty() {
            self.places.idle(&channel, Instant::now());
            return Ok(());
        }
        self.places.begin(&channel);
        let transport = &*self.relay.transport;
        let publishing = publish(transport, channel, rows, settings.timeout);
        self.publishing.push(Box::pin(publishing));
        Ok(())
    }

    /// Settles a batch, and goes on with its channel.
    async fn ended(&mut self, outcome: Outcome, is_stopping: bool) -> Result<()> {
        let (published, parked) = (&outcome.published, &outcome.parked);
        if !published.is_empty() || !parked.is_empty() {
            self.lead
                .settle(&outcome.channel, published, parked)
                .await?;
        }
        self.watching.ended(&outcome);
        if let Some(error) = outcome.closed() {
            return Err(error.clone());
        }
        let backoff = &self.relay.settings.backoff;
        let channel = &outcome.channel;
        if let Some(error) = self.places.ended(&outcome, backoff, Instant::now()) {
            tracing::warn!(%channel, %error, "messages of the outbox are not published; they are tried again");
        }
        match !is_stopping && self.places.is_free(channel, Instant::now()) {
            true => self.begin(outcome.channel).await,
            false => Ok(()),
        }
    }
}
