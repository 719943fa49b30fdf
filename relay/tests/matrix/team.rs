//! The processes of a round.
use crate::{
    Outcome, harm,
    orders::{Orders, Role},
    publisher,
};
use std::{
    fs::{self, File},
    path::PathBuf,
    process::Command,
    time::Duration,
};
use tidings_conformance::faults::{Process, again};
use tokio::time::timeout;

/// How long a relay may take to stop in order.
const STOP: Duration = Duration::from_secs(30);
/// What is shown of the log of one that has ended by itself.
const SHOWN: usize = 600;

/// How the processes of a round reach each other.
pub(crate) struct Ways {
    /// The database, from services and from relays.
    pub(crate) services: String,
    pub(crate) relays: String,
    /// The broker, by the link, and where it is.
    pub(crate) broker: String,
    pub(crate) direct: String,
}

/// One, and where it says what it does.
pub(crate) struct Member {
    pub(crate) process: Process,
    log: PathBuf,
}

pub(crate) struct Team {
    ways: Ways,
    orders: Orders,
    /// Whether they have clocks that can be set.
    clock: bool,
    started: usize,
    pub(crate) broker: Option<Member>,
    pub(crate) writer: Option<Member>,
    pub(crate) consumers: Vec<Member>,
    pub(crate) relays: Vec<Member>,
}

impl Team {
    /// None of them is at work yet.
    pub(crate) fn new(ways: Ways, orders: Orders, clock: bool) -> Outcome<Self> {
        let team = Self {
            ways,
            orders,
            clock,
            started: 0,
            broker: None,
            writer: None,
            consumers: Vec::new(),
            relays: Vec::new(),
        };
        team.set_clock(0)?;
        Ok(team)
    }

    /// Sets the clocks so many seconds ahead.
    pub(crate) fn set_clock(&self, seconds: i64) -> Outcome {
        Ok(fs::write(self.clock_file(), format!("{seconds:+}\n"))?)
    }

    fn clock_file(&self) -> PathBuf {
        self.orders.folder.join("clock")
    }

    /// Starts one, which has so many pages at most.
    pub(crate) fn start(&mut self, role: Role, pages: Option<u32>) -> Outcome<Member> {
        self.started += 1;
        let mut orders = self.orders.clone();
        (orders.role, orders.pages) = (role, pages);
        if role == Role::Writer {
            self.orders.generation += 1;
        }
        let ways = &self.ways;
        let (database, broker) = match role {
            Role::Relay => (&ways.relays, &ways.broker),
            Role::Broker => (&ways.services, &ways.direct),
            _ => (&ways.services, &ways.broker),
        };
        (orders.database, orders.broker) = (database.clone(), broker.clone());
        let mut command = match role {
            Role::Relay => publisher::program(&orders),
            _ => again(&orders.words()?)?,
        };
        self.tell_time(&mut command);
        let log = format!("{:02}-{role:?}.log", self.started).to_lowercase();
        let log = self.orders.folder.join(log);
        command.stderr(File::create(&log)?);
        let process = Process::start(command)?;
        Ok(Member { process, log })
    }

    /// By the clock of the round; how much time passes stays as it is.
    fn tell_time(&self, command: &mut Command) {
        if let Some(library) = harm::faketime().filter(|_| self.clock) {
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", self.clock_file())
                .env("FAKETIME_CACHE_DURATION", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
    }

    /// Kills the one that writes, and starts another.
    pub(crate) fn replace_writer(&mut self, pages: Option<u32>) -> Outcome {
        drop(self.writer.take());
        self.writer = Some(self.start(Role::Writer, pages)?);
        Ok(())
    }

    /// Whether the one that writes is done.
    pub(crate) fn has_written(&mut self) -> bool {
        let writer = self.writer.as_mut();
        writer.is_some_and(|writer| writer.process.has_ended())
    }

    /// Kills one that receives, and starts another.
    pub(crate) fn replace_consumer(&mut self, at: usize, pages: Option<u32>) -> Outcome {
        drop(self.consumers.remove(at));
        let next = self.start(Role::Consumer, pages)?;
        self.consumers.push(next);
        Ok(())
    }

    /// Kills a relay, and starts another.
    pub(crate) fn replace_relay(&mut self, at: usize) -> Outcome {
        drop(self.relays.remove(at));
        let next = self.start(Role::Relay, None)?;
        self.relays.push(next);
        Ok(())
    }

    /// Stops a relay in order once another has begun.
    pub(crate) async fn stop_relay(&mut self, at: usize) -> Outcome {
        let next = self.start(Role::Relay, None)?;
        self.relays.push(next);
        let mut relay = self.relays.remove(at).process;
        relay.signal("TERM")?;
        let stopped = timeout(STOP, relay.ended()).await;
        stopped.map_err(|_| "a relay did not stop".into())
    }

    /// Has whoever has ended by itself, but for the one that writes, begin again, and tells which those were.
    pub(crate) fn mend(&mut self) -> Outcome<Vec<String>> {
        let mut ended = Vec::new();
        if let Some(words) = self.broker.as_mut().and_then(Member::words_if_ended) {
            ended.push(words);
            self.broker = Some(self.start(Role::Broker, None)?);
        }
        for at in (0..self.relays.len()).rev() {
            if let Some(words) = self.relays[at].words_if_ended() {
                ended.push(words);
                self.replace_relay(at)?;
            }
        }
        for at in (0..self.consumers.len()).rev() {
            if let Some(words) = self.consumers[at].words_if_ended() {
                ended.push(words);
                self.replace_consumer(at, None)?;
            }
        }
        Ok(ended)
    }
}

impl Member {
    /// What it said last, where it has come to its end by itself.
    pub(crate) fn words_if_ended(&mut self) -> Option<String> {
        if !self.process.has_ended() {
            return None;
        }
        let log = fs::read(&self.log).unwrap_or_default();
        let words = String::from_utf8_lossy(&log[log.len().saturating_sub(SHOWN)..]).into_owned();
        Some(format!(
            "{} has ended by itself: {words}",
            self.log.display()
        ))
    }
}
