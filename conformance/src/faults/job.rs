//! The work of a round: so many messages of so many keys, published in order. What was confirmed and what was handled is told by
//! logs, so that whoever is killed can be replaced.
use super::log::{self, Log, Number, Tail};
use bytes::Bytes;
use std::{
    collections::{HashMap, HashSet},
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{Channel, DynTransport, Message, MessageId, Result};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use uuid::Uuid;

/// Publishers at a time, each with keys of its own.
const PUBLISHERS: u32 = 16;
/// Messages of a key in a batch.
const DEEP: u32 = 4;
/// How long a publish may take before it is tried again.
const PATIENCE: Duration = Duration::from_secs(20);
/// The header that tells each time that a message is published from the others.
const PUBLISHED: &str = "published";
/// How long a publisher waits after a failure, and while it is ahead.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) folder: PathBuf,
    /// Where messages go to.
    pub(crate) channel: String,
    pub(crate) keys: u32,
    /// Messages a key.
    pub(crate) each: u32,
    /// Of how many messages a handler panics at one; at none, where that is 0.
    pub(crate) panics: u32,
}

impl Job {
    pub(crate) fn total(&self) -> usize {
        self.keys as usize * self.each as usize
    }

    /// Where what is made of messages goes to.
    pub(crate) fn made(&self) -> String {
        format!("{}.made", self.channel)
    }

    pub(crate) fn confirmed(&self) -> PathBuf {
        self.folder.join("confirmed")
    }

    /// Every time that a handler was to be run.
    pub(crate) fn delivered(&self) -> PathBuf {
        self.folder.join("delivered")
    }

    /// Every time that a handler did its work.
    pub(crate) fn handled(&self) -> PathBuf {
        self.folder.join("handled")
    }

    pub(crate) fn panicked(&self) -> PathBuf {
        self.folder.join("panicked")
    }

    /// Publishes all that is not confirmed yet, and goes on until it is.
    pub(crate) async fn publish(
        &self,
        transport: &Arc<dyn DynTransport>,
        channel: &Channel,
    ) -> io::Result<()> {
        let mut next: HashMap<u32, u32> = HashMap::new();
        let confirmed = Tail::open(&self.confirmed())?.read()?;
        for (key, number) in &confirmed {
            let next = next.entry(*key).or_default();
            *next = (*next).max(number + 1);
        }
        let pace = Arc::new(Pace::new(self, confirmed.len())?);
        let mut publishers = JoinSet::new();
        for first in 0..PUBLISHERS {
            let keys = (first..self.keys).step_by(PUBLISHERS as usize);
            let publisher = Publisher {
                each: self.each,
                log: Log::open(&self.confirmed())?,
                waiting: keys
                    .map(|key| (key, next.get(&key).copied().unwrap_or(0)))
                    .collect(),
                pace: pace.clone(),
            };
            let (transport, channel) = (transport.clone(), channel.clone());
            publishers.spawn(async move { publisher.run(&*transport, &channel).await });
        }
        publishers.join_all().await.into_iter().collect()
    }
}

/// Keeps publishers from being far ahead of who handles what they publish, so that both are at work until the end.
struct Pace {
    most: usize,
    confirmed: AtomicUsize,
    handled: Mutex<(Tail, usize)>,
}

impl Pace {
    fn new(job: &Job, confirmed: usize) -> io::Result<Self> {
        Ok(Self {
            most: (job.total() / 10).max(500),
            confirmed: AtomicUsize::new(confirmed),
            handled: Mutex::new((Tail::open(&job.handled())?, 0)),
        })
    }

    fn is_ahead(&self) -> io::Result<bool> {
        let mut handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        let (tail, handled) = &mut *handled;
        *handled += tail.read()?.len();
        Ok(self.confirmed.load(Relaxed) > *handled + self.most)
    }
}

/// Who publishes some of the keys.
struct Publisher {
    each: u32,
    log: Log,
    /// The keys, and which number of each is next.
    waiting: Vec<Number>,
    pace: Arc<Pace>,
}

impl Publisher {
    async fn run(mut self, transport: &dyn DynTransport, channel: &Channel) -> io::Result<()> {
        loop {
            self.waiting.retain(|(_, next)| *next < self.each);
            if self.waiting.is_empty() {
                return Ok(());
            }
            while self.pace.is_ahead()? {
                sleep(PAUSE).await;
            }
            let numbers = self.next();
            let batch = published(&numbers);
            let deadline = Instant::now() + PATIENCE;
            let outcomes = transport.publish(channel, &batch, deadline).await;
            let confirmed = confirmed(&numbers, &outcomes);
            self.note(&confirmed)?;
            if confirmed.len() < numbers.len() {
                sleep(PAUSE).await;
            }
        }
    }

    fn next(&self) -> Vec<Number> {
        let numbers = self.waiting.iter().flat_map(|(key, next)| {
            let last = (next + DEEP).min(self.each);
            (*next..last).map(|number| (*key, number))
        });
        numbers.collect()
    }

    fn note(&mut self, confirmed: &[Number]) -> io::Result<()> {
        self.log.write(confirmed)?;
        self.pace.confirmed.fetch_add(confirmed.len(), Relaxed);
        let mut next: HashMap<u32, u32> = self.waiting.drain(..).collect();
        for (key, number) in confirmed {
            next.insert(*key, number + 1);
        }
        self.waiting = next.into_iter().collect();
        Ok(())
    }
}

/// The message of that number, which has the same id each time it is published.
#[must_use]
pub fn message((key, number): Number) -> Message {
    let mut message = Message::new(format!("{key} {number}"));
    message.key = Some(key.to_string().into());
    message.id = MessageId::from(&*format!("{key}-{number}"));
    message
}

/// Messages that are about to be published once more.
pub(crate) fn published(numbers: &[Number]) -> Vec<Message> {
    let time = Bytes::from(Uuid::now_v7().to_string());
    let messages = numbers.iter().copied().map(|number| {
        let mut message = message(number);
        message.set_header(PUBLISHED, time.clone());
        message
    });
    messages.collect()
}

/// The message that something was made of, whatever its id is now, and when that was published.
pub(crate) fn origin(message: &Message) -> Option<(Number, Bytes)> {
    let body = std::str::from_utf8(&message.body).ok()?;
    Some((log::number(body, ' ')?, message.header(PUBLISHED)?.clone()))
}

/// What was confirmed, up to the first of a key that was not.
fn confirmed(numbers: &[Number], outcomes: &[Result<()>]) -> Vec<Number> {
    let mut failed = HashSet::new();
    let mut confirmed = Vec::new();
    for (number, outcome) in numbers.iter().zip(outcomes) {
        match outcome {
            Ok(()) if !failed.contains(&number.0) => confirmed.push(*number),
            _ => drop(failed.insert(number.0)),
        }
    }
    confirmed
}
