//! Holds a relay that leads, so that it finds all at once what was committed meanwhile.
use std::{sync::Arc, time::Duration};
use tidings::{BoxFuture, MessageId, Result};
use tidings_outbox::{Lead, Parked, Read, Refused, Store, Stored, Waiting};
use tokio::sync::watch;

/// Whether the relay may look.
#[derive(Clone)]
pub(crate) struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(true)))
    }

    pub(crate) fn open(&self, is_open: bool) {
        self.0.send_replace(is_open);
    }

    pub(crate) fn before(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        let gate = self.clone();
        Arc::new(Gated { store, gate })
    }

    async fn is(&self, open: bool) {
        let mut gate = self.0.subscribe();
        // It is never dropped before.
        let _ = gate.wait_for(|is_open| *is_open == open).await;
    }
}

struct Gated {
    store: Arc<dyn Store>,
    gate: Gate,
}

impl Store for Gated {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        self.store.check()
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        Box::pin(async {
            let gate = self.gate.clone();
            let lead = self.store.lead().await?;
            Ok(lead.map(|lead| Box::new(GatedLead { lead, gate }) as Box<dyn Lead>))
        })
    }

    fn parked(&self, above: i64, most: usize) -> BoxFuture<'_, Result<Vec<Parked>>> {
        self.store.parked(above, most)
    }

    fn replay<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        self.store.replay(ids)
    }

    fn discard<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        self.store.discard(ids)
    }

    fn backlog(&self) -> BoxFuture<'_, Result<u64>> {
        self.store.backlog()
    }

    fn waiting(&self, most: u64) -> BoxFuture<'_, Result<Waiting>> {
        self.store.waiting(most)
    }

    fn forget<'a>(&'a self, consumer: &'a str, keep: Duration) -> BoxFuture<'a, Result<usize>> {
        self.store.forget(consumer, keep)
    }
}

struct GatedLead {
    lead: Box<dyn Lead>,
    gate: Gate,
}

impl Lead for GatedLead {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            self.gate.is(true).await;
            self.lead.channels(most).await
        })
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        self.lead.read(what)
    }

    fn settle<'a>(
        &'a mut self,
        channel: &'a str,
        published: &'a [(i64, MessageId)],
        parked: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>> {
        self.lead.settle(channel, published, parked)
    }

    fn rest(&mut self) -> BoxFuture<'_, Result<bool>> {
        self.lead.rest()
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        let (lead, gate) = (&mut self.lead, &self.gate);
        Box::pin(async move {
            tokio::select! {
                () = lead.wait(at_most) => {}
                () = gate.is(false) => {}
            }
        })
    }
}
