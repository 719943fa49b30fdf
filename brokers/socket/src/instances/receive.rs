//! Receiving: one subscription of what comes by all instances, whichever come and go.
use super::{joining::Joined, member::Member, table::Table};
use crate::client::{RemoteSettler, RemoteSubscription};
use futures_util::future::select_all;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{
    Error, ErrorKind, Result, Token, Verdict,
    transport::{Event, Part, Settler, Subscription},
};
use tokio::sync::mpsc::UnboundedReceiver;

/// What subscribing to an [`InstancesTransport`](crate::InstancesTransport) gives.
pub struct InstancesSubscription {
    joined: UnboundedReceiver<Joined>,
    sources: Vec<Source>,
    settlers: Settlers,
    /// The first that is asked, so that none is always last.
    turn: usize,
    /// Keeps the clients.
    _table: Arc<Table>,
}

/// What comes by one instance. Its number is the part of its deliveries.
struct Source {
    member: Arc<Member>,
    subscription: RemoteSubscription,
    /// What came by it, to be told when it is gone.
    part: Option<Part>,
}

#[derive(Clone, Default)]
struct Settlers(Arc<Mutex<BTreeMap<u32, RemoteSettler>>>);

/// What happens next.
enum Next {
    Joined(Joined),
    Event(usize, Event),
    /// Nothing more comes by that one.
    Left(usize),
    Ended(Error),
}

impl InstancesSubscription {
    pub(super) fn new(table: Arc<Table>, joined: UnboundedReceiver<Joined>) -> Self {
        Self {
            joined,
            sources: Vec::new(),
            settlers: Settlers::default(),
            turn: 0,
            _table: table,
        }
    }

    /// Cancel-safe, as what it waits for is.
    async fn happens(&mut self, max: usize) -> Next {
        let count = self.sources.len();
        let sources = self.sources.iter_mut().enumerate();
        let mut waiting: Vec<_> = sources
            .map(|(at, source)| Box::pin(source.next(at, max)))
            .collect();
        waiting.rotate_left(self.turn.checked_rem(count).unwrap_or(0));
        let any = async {
            match waiting.is_empty() {
                true => std::future::pending().await,
                false => select_all(waiting).await.0,
            }
        };
        tokio::select! {
            next = any => next,
            joined = self.joined.recv() => match joined {
                Some(joined) => Next::Joined(joined),
                None => Next::Ended(Error::new(ErrorKind::Closed, "receive", "the transport was closed")),
            },
        }
    }

    fn join(
        &mut self,
        Joined {
            member,
            subscription,
        }: Joined,
    ) {
        let settler = subscription.settler();
        self.settlers.lock().insert(member.number, settler);
        self.sources.push(Source {
            member,
            subscription,
            part: None,
        });
    }

    fn leave(&mut self, at: usize) -> Option<Event> {
        let source = self.sources.swap_remove(at);
        self.settlers.lock().remove(&source.member.number);
        let parts = vec![source.part?];
        Some(Event::Gone { parts })
    }
}

impl Source {
    async fn next(&mut self, at: usize, max: usize) -> Next {
        let event = tokio::select! {
            event = self.subscription.next(max) => event,
            () = self.member.is_gone() => return Next::Left(at),
        };
        match event {
            Ok(event) => Next::Event(at, self.told(event)),
            Err(error) if error.kind() == ErrorKind::Closed => Next::Left(at),
            Err(error) => Next::Ended(error),
        }
    }

    /// The same, with its own number as the part.
    fn told(&mut self, event: Event) -> Event {
        let part = |part: Part| Part::new(part.generation, self.member.number);
        match event {
            Event::Deliveries(mut all) => {
                for delivery in &mut all {
                    delivery.token.part = part(delivery.token.part);
                    self.part = Some(delivery.token.part);
                }
                Event::Deliveries(all)
            }
            Event::Gone { parts } => Event::Gone {
                parts: parts.into_iter().map(part).collect(),
            },
            other => other,
        }
    }
}

impl Settlers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, RemoteSettler>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription for InstancesSubscription {
    type Settler = InstancesSettler;

    fn settler(&self) -> InstancesSettler {
        InstancesSettler(self.settlers.clone())
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        loop {
            match self.happens(max).await {
                Next::Joined(joined) => self.join(joined),
                Next::Event(at, event) => {
                    self.turn = at + 1;
                    return Ok(event);
                }
                Next::Left(at) => {
                    if let Some(gone) = self.leave(at) {
                        return Ok(gone);
                    }
                }
                Next::Ended(error) => return Err(error),
            }
        }
    }
}

impl fmt::Debug for InstancesSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancesSubscription")
            .finish_non_exhaustive()
    }
}

/// Settles the deliveries of an [`InstancesSubscription`], each at the instance that it came from.
pub struct InstancesSettler(Settlers);

impl Settler for InstancesSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        let mut of_each: BTreeMap<u32, Vec<(Token, Verdict)>> = BTreeMap::new();
        for (token, verdict) in verdicts {
            let there = Part::new(token.part.generation, 0).at(token.position);
            let some = of_each.entry(token.part.part).or_default();
            some.push((there, verdict.clone()));
        }
        let settlers = self.0.lock();
        let mut failed = Vec::new();
        for (number, verdicts) in of_each {
            // What came by one that is gone settles nothing any more.
            let Some(settler) = settlers.get(&number) else {
                continue;
            };
            let here = |token: Token| Part::new(token.part.generation, number).at(token.position);
            let of_one = settler.settle(&verdicts).into_iter();
            failed.extend(of_one.map(|(token, error)| (here(token), error)));
        }
        failed
    }
}

impl fmt::Debug for InstancesSettler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancesSettler").finish_non_exhaustive()
    }
}
