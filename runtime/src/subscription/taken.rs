//! A delivery that was taken: it is settled once.
use super::{out::Out, source::Source};
use crate::{Handling, Message, Result, policy::Backoff, transport::Verdict};
use std::sync::Arc;

/// The right to settle a delivery. Dropped, it has the delivery come again.
pub(super) struct Taken {
    source: Arc<Source>,
    out: Option<Out>,
    watched: Option<Box<Watched>>,
}

/// The layers that saw it come, so many, see what becomes of it.
struct Watched {
    handling: Handling,
    seen: u16,
}

impl Taken {
    pub(super) fn new(source: Arc<Source>, out: Out) -> Self {
        Self {
            source,
            out: Some(out),
            watched: None,
        }
    }

    pub(super) fn is_watched_by(&mut self, handling: Handling, seen: u16) {
        self.watched = Some(Box::new(Watched { handling, seen }));
    }

    fn tell_layers(&mut self, verdict: &Verdict) {
        if let Some(watched) = self.watched.take() {
            let Watched { handling, seen } = *watched;
            self.source.layers.settled(&handling, verdict, seen);
        }
    }

    pub(super) async fn settle(mut self, verdict: Verdict) -> Result<()> {
        self.tell_layers(&verdict);
        self.conclude(verdict).await
    }

    async fn conclude(&mut self, verdict: Verdict) -> Result<()> {
        let out = self.out.take();
        match out.and_then(|out| self.source.settle(out, verdict)) {
            Some(telling) => telling.tell().await,
            None => Ok(()),
        }
    }

    /// Settles it, and lets nobody wait for that.
    pub(super) fn detach(mut self, verdict: Verdict) {
        self.detach_once(verdict);
    }

    fn detach_once(&mut self, verdict: Verdict) {
        let Some(out) = self.out.take() else {
            return;
        };
        self.tell_layers(&verdict);
        if let Some(telling) = self.source.settle(out, verdict) {
            telling.tell_beside();
        }
    }

    /// Has it kept where it is found again, and is done with it then; where that fails it comes again, after a pause.
    pub(super) async fn give_up(mut self, reason: &'static str, error: String) -> Result<()> {
        let Err(failed) = self.keep(reason, &error).await else {
            self.tell_layers(&Verdict::reject(error.clone()));
            let verdict = self.source.letters.verdict(error);
            return self.conclude(verdict).await;
        };
        let attempt = self.out.as_ref().map_or(1, |out| out.incoming.attempt);
        let after = Backoff::default().pause(attempt);
        // What it could not be told makes no difference: it comes again.
        self.settle(Verdict::Retry { after }).await.ok();
        Err(failed)
    }

    async fn keep(&self, reason: &'static str, error: &str) -> Result<()> {
        let Self { source, .. } = self;
        let Some(Out { incoming, .. }) = &self.out else {
            return Ok(());
        };
        let Message { id, name, .. } = &*incoming.message;
        let address = source.address(incoming);
        tracing::warn!(%id, ?name, %address, reason, error, "message given up");
        if let Some(Watched { handling, seen }) = self.watched.as_deref() {
            source.layers.given_up(handling, *seen).await?;
        }
        let cause = source.cause(incoming, reason, error);
        source.letters.keep(&source.layers, incoming, &cause).await
    }

    /// The same, and lets nobody wait for that.
    pub(super) fn give_up_beside(self, reason: &'static str, error: String) {
        let source = self.source.clone();
        source.beside(Box::pin(async move {
            if let Err(error) = self.give_up(reason, error).await {
                tracing::warn!(%error, "not kept among the dead letters, the message comes again");
            }
        }));
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.detach_once(Verdict::RETRY_NOW);
    }
}
