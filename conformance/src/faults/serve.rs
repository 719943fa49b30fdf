//! A service whose handler notes each message: what comes again is known, since the note of a message is what it does. Or it sends
//! one, exactly once.
use super::{
    job::Job,
    log::{self, Log, Number, Tail},
};
use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings::{
    Backoff, BoxFuture, Channel, DynTransport, Error, ErrorKind, Handled, HandlerError, Layer,
    Layers, Message, MessageId, Next, Policy, Received, Result, Router, Service,
    layers::{Dedup, DedupStore},
    serve,
};

/// How long a handler takes.
const HANDLING: Duration = Duration::from_millis(1);
/// Messages that each process remembers, beside the store that all have.
const REMEMBERED: usize = 1000;
/// Pauses before what has failed is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// What the consumers of a process share.
pub(crate) struct Handlers {
    layers: Layers,
    policy: Policy,
    group: Option<&'static str>,
    handler: Arc<Handler>,
}

struct Handler {
    log: Log,
    /// Where it sends each, rather than note it.
    sends: Option<Channel>,
    panics: u32,
    panicked: Log,
    /// Those that this process has panicked at.
    known: Mutex<HashSet<Number>>,
}

impl Handlers {
    pub(crate) fn of(job: &Job, sends: Option<Channel>) -> io::Result<Self> {
        let policy = Policy::new().with_backoff(Backoff::new(BACKOFF.0, BACKOFF.1));
        let policy = policy.with_exactly_once(sends.is_some());
        let layers = match sends {
            Some(_) => Layers::new(),
            None => Self::layers(job)?,
        };
        let handler = Arc::new(Handler {
            log: Log::open(&job.handled())?,
            sends,
            panics: job.panics,
            panicked: Log::open(&job.panicked())?,
            known: Mutex::default(),
        });
        Ok(Self {
            layers,
            policy,
            group: None,
            handler,
        })
    }

    /// The same, of a group of those who receive from a topic.
    pub(crate) fn in_group(self, group: Option<&'static str>) -> Self {
        Self { group, ..self }
    }

    fn layers(job: &Job) -> io::Result<Layers> {
        let store = Store(Mutex::new((Tail::open(&job.handled())?, HashSet::new())));
        Ok(Layers::new()
            .with(Deliveries(Log::open(&job.delivered())?))
            .with(Dedup::new(REMEMBERED).with_store(Arc::new(store))))
    }

    /// Handles the messages of a channel, so many at a time.
    pub(crate) async fn serve(
        &self,
        transport: Arc<dyn DynTransport>,
        channel: Channel,
        lanes: usize,
    ) -> Result<Service> {
        let handler = self.handler.clone();
        let mut router = Router::new();
        if let Some(group) = self.group {
            router.group(group);
        }
        router.concurrency(lanes);
        router.policy(self.policy.clone());
        router.layers(self.layers.clone());
        router.on(channel, move |message: Received<Message>| {
            let handler = handler.clone();
            async move {
                handler.run(&message)?;
                tokio::time::sleep(HANDLING).await;
                Ok(())
            }
        });
        serve(transport, router).await
    }
}

impl Handler {
    fn run(&self, received: &Received<Message>) -> Result<(), HandlerError> {
        let message = &received.message;
        let number =
            numbered(&message.id).ok_or_else(|| HandlerError::reject("an unknown message"))?;
        if self.panics_at(number) {
            self.panicked
                .write(&[number])
                .map_err(HandlerError::retry)?;
            std::panic::resume_unwind(Box::new("a handler that panics"));
        }
        match &self.sends {
            Some(made) => Ok(received.context.send(made, message)?),
            None => self.log.write(&[number]).map_err(HandlerError::retry),
        }
    }

    /// At some, once in each process.
    fn panics_at(&self, number: Number) -> bool {
        let (key, nth) = number;
        let chosen = key.wrapping_mul(31).wrapping_add(nth);
        let is_chosen = self.panics > 0 && chosen.is_multiple_of(self.panics);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        is_chosen && known().insert(number)
    }
}

/// The number of a message, by its id.
#[must_use]
pub fn numbered(id: &MessageId) -> Option<Number> {
    log::number(&id.to_string(), '-')
}

/// Notes each time that a handler is about to be run, before duplicates are known.
#[derive(Debug)]
pub struct Deliveries(Log);

impl Deliveries {
    /// In that log.
    #[must_use]
    pub fn to(log: Log) -> Self {
        Self(log)
    }
}

impl Layer for Deliveries {
    fn handle<'a>(&'a self, next: Next<'a>) -> BoxFuture<'a, Result<Handled, HandlerError>> {
        if let Some(number) = numbered(&next.handling().message.id)
            && let Err(error) = self.0.write(&[number])
        {
            return Box::pin(async { Err(HandlerError::retry(error)) });
        }
        next.run()
    }
}

/// Knows what was handled from the log of that, which all processes write: a handler that notes in one write what it has done.
struct Store(Mutex<(Tail, HashSet<Number>)>);

impl Store {
    fn knows(&self, id: &MessageId) -> io::Result<bool> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (tail, known) = &mut *known;
        known.extend(tail.read()?);
        Ok(numbered(id).is_some_and(|number| known.contains(&number)))
    }
}

impl DedupStore for Store {
    fn is_handled<'a>(&'a self, _: &'a str, id: &'a MessageId) -> BoxFuture<'a, Result<bool>> {
        let known = self.knows(id).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "know", "the log cannot be read").because(error)
        });
        Box::pin(async { known })
    }

    fn handled<'a>(&'a self, _: &'a str, _: &'a MessageId) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn forget<'a>(&'a self, _: &'a str, _: &'a MessageId) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
