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
    /// How often everybody had been cut off when this began, or came back.
    cuts: usize,
    /// Whether it counts among those that are not back yet.
    is_counted: bool,
}

/// Settles the deliveries of a [`TestSubscription`] that came since it was last cut off.
#[derive(Clone)]
pub struct TestSettler {
    shared: Arc<Shared>,
    inner: Arc<Mutex<Option<Inner>>>,
}

/// What settles what came since it was last cut off.
#[derive(Debug, Clone)]
struct Inner {
    generation: u32,
    cuts: usize,
    settler: MemorySettler,
}

impl TestSettler {
    fn set(&self, inner: Option<Inner>) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = inner;
    }

    /// None while it is cut off, and from then on until the subscription has come back.
    fn inner(&self) -> Option<Inner> {
        let inner = self.inner.lock();
        let inner = inner.unwrap_or_else(PoisonError::into_inner).clone();
        inner.filter(|inner| inner.cuts == self.shared.cuts.load(SeqCst))
    }
}

impl fmt::Debug for TestSettler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestSettler").finish_non_exhaustive()
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
            spec,
            lifetime,
            inner: None,
            settler: TestSettler {
                shared: broker.shared.clone(),
                inner: Arc::default(),
            },
            generation: 0,
            cuts: 0,
            is_counted: false,
            shared: broker.shared,
        };
        subscription.attach()?;
        Ok(subscription)
    }

    fn attach(&mut self) -> Result<()> {
        self.cuts = self.shared.cuts.load(SeqCst);
        let inner = self.memory.attach(&self.spec, self.lifetime)?;
        self.settler.set(Some(Inner {
            generation: self.generation,
            cuts: self.cuts,
            settler: Subscription::settler(&inner),
        }));
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
        let (shared, cuts) = (self.shared.clone(), self.cuts);
        // Even where it was mended at once.
        let cut_off = move |_: &State| shared.cuts.load(SeqCst) != cuts;
        let event = match &mut self.inner {
            Some(inner) => tokio::select! {
                biased;
                _ = self.state.wait_for(cut_off) => None,
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
        let Some(Inner {
            generation,
            settler,
            ..
        }) = self.inner()
        else {
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
