//! Queues whose deliveries come again when their lease is over, and which keep what was rejected.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tidings::{
    Capabilities, Channel, Error, Memory, Message, Result, Str, SubscribeSpec, Token, Transport,
    Verdict,
    memory::{MemorySettler, MemorySubscription},
    transport::{Attempts, Ensure, Event, Settler, State, Subscription, Wanted},
};
use tidings_conformance::{Harness, Offer, Setup};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};

const LEASE: Duration = Duration::from_millis(600);

/// What is kept of rejected messages, by address.
type Letters = Arc<Mutex<Vec<(Str, Message, String)>>>;
type Out = Arc<Mutex<HashMap<Token, (Instant, Arc<Message>)>>>;

struct Leased {
    memory: Memory,
    letters: Letters,
}

struct LeasedSubscription {
    inner: MemorySubscription,
    settler: LeasedSettler,
    /// Gives back what is out for too long.
    watch: JoinHandle<()>,
}

#[derive(Clone)]
struct LeasedSettler {
    inner: MemorySettler,
    address: Str,
    out: Out,
    letters: Letters,
}

pub(crate) fn harness() -> Harness {
    let new = || Leased {
        memory: Memory::new(),
        letters: Letters::default(),
    };
    let capabilities = new().capabilities(&Channel::point_to_point("any"));
    let open = move || async move {
        let transport = new();
        let letters = transport.letters.clone();
        let mut setup = Setup::single(Arc::new(transport));
        setup.dead_letters = Some(Box::new(move |channel| {
            let all = lock(&letters).clone();
            let ours = all
                .into_iter()
                .filter(move |(address, ..)| *address == channel.address);
            let ours = ours.map(|(_, message, reason)| (message, reason)).collect();
            Box::pin(async move { Ok(ours) })
        }));
        Ok(setup)
    };
    Harness::new("leased", capabilities, open).offering([
        Offer::ShortLease,
        Offer::DeadLetters,
        Offer::Full,
    ])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport for Leased {
    type Subscription = LeasedSubscription;

    fn capabilities(&self, channel: &Channel) -> Capabilities {
        let mut all = self.memory.capabilities(channel);
        all.native_dead_letter = true;
        all.attempts = Attempts::Failures;
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        self.memory.publish(channel, batch, deadline).await
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<LeasedSubscription> {
        let inner = Transport::subscribe(&self.memory, spec).await?;
        Ok(self.leased(inner, spec.channel.address.clone()))
    }

    async fn inbox(&self, replies: Option<&Channel>) -> Result<(Str, LeasedSubscription)> {
        let (address, inner) = Transport::inbox(&self.memory, replies).await?;
        Ok((address.clone(), self.leased(inner, address)))
    }

    async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        Transport::ensure(&self.memory, wanted, how).await
    }

    fn state(&self) -> watch::Receiver<State> {
        Transport::state(&self.memory)
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        Transport::close(&self.memory, grace).await
    }
}

impl Leased {
    fn leased(&self, inner: MemorySubscription, address: Str) -> LeasedSubscription {
        let settler = LeasedSettler {
            inner: inner.settler(),
            address,
            out: Out::default(),
            letters: self.letters.clone(),
        };
        let watched = settler.clone();
        let watch = tokio::spawn(async move {
            loop {
                sleep(LEASE / 20).await;
                watched.give_back().await;
            }
        });
        LeasedSubscription {
            inner,
            settler,
            watch,
        }
    }
}

impl LeasedSettler {
    async fn give_back(&self) {
        let now = Instant::now();
        let over = {
            let mut out = lock(&self.out);
            let over = out.iter().filter(|(_, (until, _))| *until <= now);
            let over: Vec<Token> = over.map(|(token, _)| *token).collect();
            over.iter().for_each(|token| drop(out.remove(token)));
            over
        };
        let verdicts = over.into_iter().map(|token| (token, Verdict::RETRY_NOW));
        self.inner.settle(&verdicts.collect::<Vec<_>>()).await;
    }
}

impl Drop for LeasedSubscription {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl Subscription for LeasedSubscription {
    type Settler = LeasedSettler;

    fn settler(&self) -> LeasedSettler {
        self.settler.clone()
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        let event = self.inner.next(max).await?;
        if let Event::Deliveries(deliveries) = &event {
            let until = Instant::now() + LEASE;
            let leases = deliveries
                .iter()
                .map(|one| (one.token, (until, one.message.clone())));
            lock(&self.settler.out).extend(leases);
        }
        Ok(event)
    }

    fn lease(&self) -> Option<Duration> {
        Some(LEASE)
    }
}

impl Settler for LeasedSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let mut ours = Vec::new();
        for (token, verdict) in verdicts {
            let Some((_, message)) = lock(&self.out).remove(token) else {
                continue;
            };
            if let Verdict::Reject { reason } = verdict {
                let letter = (self.address.clone(), (*message).clone(), reason.to_string());
                lock(&self.letters).push(letter);
            }
            ours.push((*token, verdict.clone()));
        }
        self.inner.settle(&ours).await
    }

    async fn extend(&self, tokens: &[Token]) -> Vec<(Token, Error)> {
        let until = Instant::now() + LEASE;
        let mut out = lock(&self.out);
        for token in tokens {
            out.entry(*token).and_modify(|(lease, _)| *lease = until);
        }
        Vec::new()
    }
}
