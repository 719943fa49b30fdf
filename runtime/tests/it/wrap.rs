//! The in-process transport under a wrapper: declared to be something else, with faults to order, and with what it was told
//! written down.
use crate::memory;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tidings::{
    BoxFuture, Capabilities, Channel, DynTransport, Error, Message, Outgoing, Result, Str,
    SubscribeSpec, Token, Verdict,
    transport::{DynSettler, DynSubscription, Ensure, Event, State, Wanted},
};
use tokio::{sync::watch, time::Instant};

type OnPublish = Box<dyn Fn(&Channel) -> Option<Error> + Send + Sync>;
type OnSubscribe =
    Box<dyn Fn(Box<dyn DynSubscription>, &Channel) -> Box<dyn DynSubscription> + Send + Sync>;

pub(crate) struct Wrap {
    pub(crate) inner: Arc<dyn DynTransport>,
    pub(crate) capabilities: Capabilities,
    /// An error instead of publishing.
    pub(crate) on_publish: OnPublish,
    /// How long after a message is there that is told.
    pub(crate) confirms_after: Duration,
    pub(crate) on_subscribe: OnSubscribe,
}

impl Wrap {
    pub(crate) fn new() -> Self {
        let inner = memory();
        let capabilities = inner.capabilities(&Channel::point_to_point("any"));
        Self {
            inner,
            capabilities,
            on_publish: Box::new(|_| None),
            confirms_after: Duration::ZERO,
            on_subscribe: Box::new(|subscription, _| subscription),
        }
    }

    /// One whose settlements take that long, with what was settled.
    pub(crate) fn recording(delay: Duration) -> (Self, Settled) {
        let settled = Settled::default();
        let mut wrap = Self::new();
        let log = settled.clone();
        wrap.on_subscribe = Box::new(move |inner, _| {
            let log = log.clone();
            Box::new(Recording {
                inner,
                log,
                delay,
                lease: None,
                hangs: false,
            })
        });
        (wrap, settled)
    }
}

impl DynTransport for Wrap {
    fn capabilities(&self, _: &Channel) -> Capabilities {
        self.capabilities.clone()
    }

    fn publish<'a>(
        &'a self,
        channel: &'a Channel,
        batch: &'a [Message],
        deadline: Instant,
    ) -> BoxFuture<'a, Vec<Result<()>>> {
        match (self.on_publish)(channel) {
            Some(error) => Box::pin(async move { vec![Err(error); batch.len()] }),
            None => Box::pin(async move {
                let outcomes = self.inner.publish(channel, batch, deadline).await;
                tokio::time::sleep(self.confirms_after).await;
                outcomes
            }),
        }
    }

    fn offer(&self, _: &Channel, message: Arc<Message>) -> Option<Arc<Message>> {
        Some(message)
    }

    fn subscribe<'a>(
        &'a self,
        spec: &'a SubscribeSpec,
    ) -> BoxFuture<'a, Result<Box<dyn DynSubscription>>> {
        Box::pin(async move {
            let subscription = self.inner.subscribe(spec).await?;
            Ok((self.on_subscribe)(subscription, &spec.channel))
        })
    }

    fn inbox<'a>(
        &'a self,
        replies: Option<&'a Channel>,
    ) -> BoxFuture<'a, Result<(Str, Box<dyn DynSubscription>)>> {
        self.inner.inbox(replies)
    }

    fn ensure<'a>(&'a self, wanted: &'a [Wanted], how: Ensure) -> BoxFuture<'a, Result<()>> {
        self.inner.ensure(wanted, how)
    }

    fn server(&self) -> Option<Str> {
        Some("there:1".into())
    }

    fn state(&self) -> watch::Receiver<State> {
        self.inner.state()
    }

    fn close(&self, grace: Duration) -> BoxFuture<'_, Result<()>> {
        self.inner.close(grace)
    }
}

/// What was settled, and how often something was extended.
#[derive(Clone, Default)]
pub(crate) struct Settled(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    verdicts: Vec<(Token, Verdict)>,
    extended: usize,
}

impl Settled {
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let told = self.0.lock().unwrap();
        told.verdicts
            .iter()
            .map(|(_, verdict)| verdict.clone())
            .collect()
    }

    pub(crate) fn told(&self) -> Vec<(Token, Verdict)> {
        self.0.lock().unwrap().verdicts.clone()
    }

    pub(crate) fn extended(&self) -> usize {
        self.0.lock().unwrap().extended
    }
}

pub(crate) struct Recording {
    pub(crate) inner: Box<dyn DynSubscription>,
    pub(crate) log: Settled,
    pub(crate) delay: Duration,
    pub(crate) lease: Option<Duration>,
    /// Whether extending never ends.
    pub(crate) hangs: bool,
}

impl DynSubscription for Recording {
    fn settler(&self) -> Arc<dyn DynSettler> {
        Arc::new(Settler {
            inner: self.inner.settler(),
            log: self.log.clone(),
            delay: self.delay,
            hangs: self.hangs,
        })
    }

    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Event>> {
        self.inner.next(max)
    }

    fn lease(&self) -> Option<Duration> {
        self.lease
    }
}

struct Settler {
    inner: Arc<dyn DynSettler>,
    log: Settled,
    delay: Duration,
    hangs: bool,
}

impl DynSettler for Settler {
    fn settle<'a>(
        &'a self,
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Vec<(Token, Error)>> {
        self.log
            .0
            .lock()
            .unwrap()
            .verdicts
            .extend_from_slice(verdicts);
        Box::pin(async move {
            if !self.delay.is_zero() {
                tokio::time::sleep(self.delay).await;
            }
            self.inner.settle(verdicts).await
        })
    }

    fn extend<'a>(&'a self, tokens: &'a [Token]) -> BoxFuture<'a, Vec<(Token, Error)>> {
        self.log.0.lock().unwrap().extended += tokens.len();
        if self.hangs {
            return Box::pin(std::future::pending());
        }
        self.inner.extend(tokens)
    }

    fn commit<'a>(
        &'a self,
        outgoing: &'a [Outgoing],
        verdicts: &'a [(Token, Verdict)],
    ) -> BoxFuture<'a, Result<()>> {
        self.inner.commit(outgoing, verdicts)
    }
}

/// A subscription that gives what it was made with, and then nothing.
pub(crate) struct Scripted {
    pub(crate) inner: Box<dyn DynSubscription>,
    /// In reverse.
    pub(crate) script: Vec<Result<Event>>,
    pub(crate) log: Settled,
}

impl DynSubscription for Scripted {
    fn settler(&self) -> Arc<dyn DynSettler> {
        Arc::new(Settler {
            inner: self.inner.settler(),
            log: self.log.clone(),
            delay: Duration::ZERO,
            hangs: false,
        })
    }

    fn next(&mut self, max: usize) -> BoxFuture<'_, Result<Event>> {
        // A call that is dropped before it is polled loses nothing.
        Box::pin(async move {
            let is_delivery = matches!(self.script.last(), Some(Ok(Event::Deliveries(_))));
            match self.script.pop_if(|_| !is_delivery || max > 0) {
                Some(event) => event,
                None => std::future::pending().await,
            }
        })
    }

    fn lease(&self) -> Option<Duration> {
        None
    }
}
