//! What a cell of the matrix does: so many messages of so many keys, published in order and handled by so many consumers.
//! What was confirmed and what was handled is told by files, which outlive whoever wrote them.
use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tidings::{
    Channel, DynTransport, Message, MessageId, Received, Result, Router, Service, serve,
};
use tokio::{task::JoinSet, time::Instant};

/// Publishers at a time, each with keys of its own.
const PUBLISHERS: u32 = 16;
/// Messages of a key in a batch.
const DEEP: u32 = 4;
/// How long a publish may take before it is tried again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a handler takes.
const HANDLING: Duration = Duration::from_millis(1);

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) folder: PathBuf,
    pub(crate) keys: u32,
    /// Messages a key.
    pub(crate) each: u32,
}

fn appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

impl Job {
    pub(crate) fn total(&self) -> usize {
        self.keys as usize * self.each as usize
    }

    pub(crate) fn channel() -> Channel {
        Channel::point_to_point("a")
    }

    pub(crate) fn confirmed(&self) -> PathBuf {
        self.folder.join("confirmed")
    }

    pub(crate) fn handled(&self) -> PathBuf {
        self.folder.join("handled")
    }

    /// Lines of a key, a number and an id.
    pub(crate) fn lines(path: &Path) -> Vec<(u32, u32, String)> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().filter_map(read).collect()
    }

    /// Publishes all that is not confirmed yet, and goes on until it is.
    pub(crate) async fn publish(&self, transport: Arc<dyn DynTransport>) {
        let mut next: HashMap<u32, u32> = HashMap::new();
        for (key, number, _) in Self::lines(&self.confirmed()) {
            let next = next.entry(key).or_default();
            *next = (*next).max(number + 1);
        }
        let mut publishers = JoinSet::new();
        for first in 0..PUBLISHERS {
            let keys = (first..self.keys).step_by(PUBLISHERS as usize);
            let waiting: Vec<_> = keys
                .map(|key| (key, next.get(&key).copied().unwrap_or(0)))
                .collect();
            let (job, transport) = (self.clone(), transport.clone());
            publishers.spawn(async move { job.publish_keys(&*transport, waiting).await });
        }
        publishers.join_all().await;
    }

    async fn publish_keys(&self, transport: &dyn DynTransport, mut waiting: Vec<(u32, u32)>) {
        let mut log = appending(&self.confirmed()).expect("the folder is there");
        loop {
            waiting.retain(|(_, next)| *next < self.each);
            if waiting.is_empty() {
                return;
            }
            let numbers = waiting.iter().flat_map(|(key, next)| {
                let last = (next + DEEP).min(self.each);
                (*next..last).map(|number| (*key, number))
            });
            let numbers: Vec<_> = numbers.collect();
            let batch: Vec<_> = numbers.iter().copied().map(message).collect();
            let deadline = Instant::now() + PATIENCE;
            let outcomes = transport.publish(&Self::channel(), &batch, deadline).await;
            let confirmed = confirmed(&numbers, &outcomes);
            let lines: String = confirmed.iter().map(|number| line(*number, "")).collect();
            log.write_all(lines.as_bytes()).expect("it was opened");
            let mut next: HashMap<u32, u32> = waiting.iter().copied().collect();
            for (key, number) in confirmed {
                next.insert(key, number + 1);
            }
            waiting = next.into_iter().collect();
        }
    }

    /// Handles messages with so many lanes, and notes each.
    pub(crate) async fn serve(
        &self,
        transport: Arc<dyn DynTransport>,
        lanes: usize,
    ) -> Result<Service> {
        let log = Arc::new(appending(&self.handled()).expect("the folder is there"));
        let mut router = Router::new();
        router.concurrency(lanes);
        router.on(Self::channel(), move |message: Received<Message>| {
            let log = log.clone();
            async move {
                let body = String::from_utf8_lossy(&message.body).into_owned();
                let (key, number) = body.split_once(' ').expect("made below");
                let number = (
                    key.parse().expect("a number"),
                    number.parse().expect("a number"),
                );
                // One write, so that lines of several processes stand whole and in order.
                (&*log)
                    .write_all(line(number, &message.id.to_string()).as_bytes())
                    .expect("it was opened");
                tokio::time::sleep(HANDLING).await;
                Ok(())
            }
        });
        serve(transport, router).await
    }
}

/// The same id each time it is published.
fn message((key, number): (u32, u32)) -> Message {
    let mut message = Message::new(format!("{key} {number}"));
    message.key = Some(key.to_string().into());
    message.id = MessageId::from(&*format!("{key}-{number}"));
    message
}

fn line((key, number): (u32, u32), id: &str) -> String {
    format!("{key} {number} {id}\n")
}

fn read(line: &str) -> Option<(u32, u32, String)> {
    let mut words = line.split(' ');
    let key = words.next()?.parse().ok()?;
    let number = words.next()?.parse().ok()?;
    Some((key, number, words.next()?.to_owned()))
}

/// What was confirmed, up to the first of a key that was not.
fn confirmed(numbers: &[(u32, u32)], outcomes: &[Result<()>]) -> Vec<(u32, u32)> {
    let mut failed = std::collections::HashSet::new();
    let mut confirmed = Vec::new();
    for (number, outcome) in numbers.iter().zip(outcomes) {
        match outcome {
            Ok(()) if !failed.contains(&number.0) => confirmed.push(*number),
            _ => drop(failed.insert(number.0)),
        }
    }
    confirmed
}
