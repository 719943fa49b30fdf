//! A subscription of a case, whose deliveries are settled as its transport has it.
use crate::check::{Outcome, body};
use std::{collections::BTreeMap, ops::Deref, sync::Arc, time::Duration};
use tidings::{
    Error, Token, Verdict,
    transport::{DynSettler, DynSubscription, Event, Incoming, Part, Settle},
};
use tokio::time::{Instant, timeout, timeout_at};

/// How long something that must come is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing must come for it to count as never.
const SILENCE: Duration = Duration::from_millis(250);
/// Most deliveries that are acknowledged together.
const TOGETHER: usize = 8;

/// What settles beside a listener, as its transport has it.
#[derive(Clone)]
pub(crate) struct Settling {
    pub(crate) settler: Arc<dyn DynSettler>,
    how: Settle,
}

pub(crate) struct Listener {
    pub(crate) subscription: Box<dyn DynSubscription>,
    pub(crate) settling: Settling,
    /// The parts that were told to leave, and to be gone.
    pub(crate) left: Vec<Part>,
}

impl Settling {
    /// Done with those deliveries and, where settlement is cumulative, all before them.
    pub(crate) async fn ack(&self, batch: &[Incoming]) -> Outcome {
        let mut verdicts = batch.iter().map(|incoming| (incoming.token, Verdict::Ack));
        match self.how {
            Settle::Auto => Ok(()),
            Settle::Cumulative => {
                let last: BTreeMap<Part, Token> =
                    verdicts.map(|(token, _)| (token.part, token)).collect();
                let last = last.into_values().map(|token| (token, Verdict::Ack));
                self.tell(&last.collect::<Vec<_>>()).await
            }
            _ => self.tell(&verdicts.by_ref().collect::<Vec<_>>()).await,
        }
    }

    pub(crate) async fn settle(&self, batch: &[Incoming], verdict: Verdict) -> Outcome {
        let verdicts = batch
            .iter()
            .map(|incoming| (incoming.token, verdict.clone()));
        self.tell(&verdicts.collect::<Vec<_>>()).await
    }

    async fn tell(&self, verdicts: &[(Token, Verdict)]) -> Outcome {
        let failed = self.settler.settle(verdicts).await;
        match failed.into_iter().next() {
            Some((_, error)) => Err(error.into()),
            None => Ok(()),
        }
    }
}

impl Deref for Listener {
    type Target = Settling;

    fn deref(&self) -> &Settling {
        &self.settling
    }
}

impl Listener {
    pub(crate) fn new(subscription: Box<dyn DynSubscription>, how: Settle) -> Self {
        let settler = subscription.settler();
        Self {
            subscription,
            settling: Settling { settler, how },
            left: Vec::new(),
        }
    }

    /// What happens next, within the time that anything may take.
    pub(crate) async fn next(&mut self, max: usize) -> Outcome<Event> {
        let next = timeout(PATIENCE, self.subscription.next(max)).await;
        let event = next.map_err(|_| format!("nothing came within {PATIENCE:?}"))??;
        self.note(&event);
        Ok(event)
    }

    fn note(&mut self, event: &Event) {
        if let Event::Leaving { parts, .. } | Event::Gone { parts } = event {
            self.left.extend(parts);
        }
    }

    /// The next deliveries, exactly so many.
    pub(crate) async fn receive(&mut self, count: usize) -> Outcome<Vec<Incoming>> {
        let mut received = Vec::new();
        while received.len() < count {
            let so_far = received.len();
            let next = self.next(count - so_far).await;
            let next = next.map_err(|error| format!("{so_far} of {count} messages came: {error}"));
            if let Event::Deliveries(deliveries) = next? {
                received.extend(deliveries);
            }
        }
        match received.len() == count {
            true => Ok(received),
            false => Err("more deliveries came than were asked for".into()),
        }
    }

    pub(crate) async fn one(&mut self) -> Outcome<Incoming> {
        let received = self.receive(1).await?.pop();
        received.ok_or_else(|| "no message".into())
    }

    /// The bodies of the next deliveries, each acknowledged when it comes.
    pub(crate) async fn drain(&mut self, count: usize) -> Outcome<Vec<String>> {
        let mut bodies = Vec::new();
        while bodies.len() < count {
            let so_far = bodies.len();
            let next = self.next((count - so_far).min(TOGETHER)).await;
            let next = next.map_err(|error| format!("{so_far} of {count} messages came: {error}"));
            if let Event::Deliveries(deliveries) = next? {
                self.ack(&deliveries).await?;
                bodies.extend(deliveries.iter().map(body));
            }
        }
        Ok(bodies)
    }

    /// What comes until nothing does for a while, acknowledged.
    pub(crate) async fn rest(&mut self) -> Outcome<Vec<Incoming>> {
        let mut all = Vec::new();
        while let Ok(next) = timeout(2 * SILENCE, self.subscription.next(TOGETHER)).await {
            let event = next?;
            self.note(&event);
            if let Event::Deliveries(deliveries) = event {
                self.ack(&deliveries).await?;
                all.extend(deliveries);
            }
        }
        Ok(all)
    }

    /// It ends, whatever comes before.
    pub(crate) async fn end(&mut self) -> Outcome<Error> {
        let ended = async {
            loop {
                if let Err(error) = self.subscription.next(1).await
                    && !error.is_retryable()
                {
                    return error;
                }
            }
        };
        let ended = timeout(PATIENCE, ended).await;
        Ok(ended.map_err(|_| "the subscription went on")?)
    }

    /// No delivery comes for a while.
    pub(crate) async fn silent(&mut self) -> Outcome {
        let end = Instant::now() + SILENCE;
        while let Ok(next) = timeout_at(end, self.subscription.next(1)).await {
            let event = next?;
            self.note(&event);
            if let Event::Deliveries(deliveries) = event {
                let first = |one| body(one).chars().take(40).collect::<String>();
                let bodies: Vec<_> = deliveries.iter().map(first).collect();
                return Err(format!("nothing more should come, but {bodies:?} came").into());
            }
        }
        Ok(())
    }
}
