//! A subscription that is cut off when the test says so.
use super::{Shared, TestBroker};
use crate::{
    Error, Memory, Result,
    memory::{Lifetime, MemorySettler, MemorySubscription},
    transport::{
        Event, Incoming, Part, Settler, State, SubscribeSpec, Subscription, Token, Verdict,
    },
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::SeqCst},
};
use tokio::sync::watch;

/// What subscribing to a [`TestBroker`] gives.
pub struct TestSubscription {
    memory: Memory,
    shared: Arc<Shared>,
    state: watch::Receiver<State>,
    spec: SubscribeSpec,
    lifetime: Lifetime,
    /// None while it is cut off.
    inner: Option<MemorySubscription>,
    settler: TestSettler,
    generation: u32,
    /// Whether it counts among those that are not back yet.
    is_counted: bool,
}

/// Settles the deliveries of a [`TestSubscription`] that came since it was last cut off.
#[derive(Debug, Clone)]
pub struct TestSettler(Arc<Mutex<Option<(u32, MemorySettler)>>>);

impl TestSettler {
    fn set(&self, inner: Option<(u32, MemorySettler)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = inner;
    }

    fn inner(&self) -> Option<(u32, MemorySettler)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl TestSubscription {
    pub(super) fn begin(
        broker: TestBroker,
        spec: SubscribeSpec,
        lifetime: Lifetime,
    ) -> Result<Self> {
        let mut subscription = Self {
            state: broker.shared.state.subscribe(),
            memory: broker.memory,
            shared: broker.shared,
            spec,
            lifetime,
            inner: None,
            settler: TestSettler(Arc::default()),
            generation: 0,
            is_counted: false,
        };
        subscription.attach()?;
        Ok(subscription)
    }

    fn attach(&mut self) -> Result<()> {
        let inner = self.memory.attach(&self.spec, self.lifetime)?;
        let settler = Subscription::settler(&inner);
        self.settler.set(Some((self.generation, settler)));
        self.inner = Some(inner);
        Ok(())
    }

    /// Gives back what is unsettled.
    fn detach(&mut self) -> Event {
        self.settler.set(None);
        self.inner = None;
        self.shared.cut_off.fetch_add(1, SeqCst);
        self.is_counted = true;
        let part = Part::new(self.generation, 0);
        self.generation += 1;
        Event::Gone { parts: vec![part] }
    }
}

impl fmt::Debug for TestSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestSubscription")
            .field("channel", &self.spec.channel)
            .finish_non_exhaustive()
    }
}

impl Drop for TestSubscription {
    fn drop(&mut self) {
        if self.is_counted {
            self.shared.cut_off.fetch_sub(1, SeqCst);
        }
    }
}

impl Subscription for TestSubscription {
    type Settler = TestSettler;

    fn settler(&self) -> TestSettler {
        self.settler.clone()
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        let is_cut = |state: &State| matches!(state, State::Reconnecting { .. });
        if self.inner.is_none() {
            // It ends with the broker: the queues say so.
            self.state.wait_for(|state| !is_cut(state)).await.ok();
            self.attach()?;
            self.shared.cut_off.fetch_sub(1, SeqCst);
            self.is_counted = false;
        }
        let event = match &mut self.inner {
            Some(inner) => tokio::select! {
                biased;
                _ = self.state.wait_for(is_cut) => None,
                event = inner.next(max) => Some(event?),
            },
            None => None,
        };
        let Some(event) = event else {
            return Ok(self.detach());
        };
        let part = Part::new(self.generation, 0);
        Ok(match event {
            Event::Deliveries(deliveries) => {
                Event::Deliveries(deliveries.into_iter().map(|it| moved(it, part)).collect())
            }
            other => other,
        })
    }
}

fn moved(incoming: Incoming, part: Part) -> Incoming {
    let token = part.at(incoming.token.position);
    Incoming { token, ..incoming }
}

impl Settler for TestSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let Some((generation, settler)) = self.inner() else {
            return Vec::new();
        };
        let ours = verdicts
            .iter()
            .filter(|(token, _)| token.part.generation == generation);
        let ours: Vec<_> = ours
            .map(|(token, verdict)| (Part::ONLY.at(token.position), verdict.clone()))
            .collect();
        settler.settle(&ours).await
    }
}
