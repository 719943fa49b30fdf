//! What a relay is told, by a TOML file and the environment, of which the latter counts more.
mod keys;
#[cfg(test)]
mod pages;
mod problem;
#[cfg(test)]
mod tests;
mod told;
mod values;

use std::{ffi::OsString, net::SocketAddr, path::Path, time::Duration};
use tidings::{Backoff, Security};
use tidings_outbox::RelaySettings;
#[cfg(feature = "tailing")]
use tidings_outbox::tailing::TailSettings;
use told::Told;
use tracing_subscriber::filter::LevelFilter;

pub(crate) use problem::Place;
pub use {problem::Problem, values::Secret, values::Url};

/// Bytes of a configuration at most.
const LARGEST: u64 = 1 << 20;

/// The keys that a configuration may have, as `--help` shows them.
#[must_use]
pub fn keys() -> String {
    keys::shown()
}

/// The environment variable that names the file.
pub const FILE: &str = told::FILE;

/// Where the outbox is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Database {
    /// The address, which may hold user and password.
    pub url: Url,
    /// The password, in place of that of the address.
    pub password: Option<Secret>,
    /// Most connections.
    pub connections: u32,
    /// How its log is read, where that is told.
    pub tail: Tail,
}

/// How a log is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tail {
    /// The replication slot of PostgreSQL.
    pub slot: Option<String>,
    /// Its publication.
    pub publication: Option<String>,
    /// Whether a slot that is made is kept on standbys, too.
    pub failover: bool,
    /// Most rows that are held in memory.
    pub rows: usize,
    /// What they take at most, in bytes.
    pub bytes: usize,
    /// How long a row is held.
    pub patience: Duration,
    /// How often the table is looked at all the same.
    pub sweep: Duration,
}

#[cfg(feature = "tailing")]
impl Tail {
    /// As the outbox of PostgreSQL takes it.
    pub(crate) fn settings(&self) -> TailSettings {
        let mut settings = TailSettings::default();
        settings.slot.clone_from(&self.slot);
        settings.publication.clone_from(&self.publication);
        settings.failover = self.failover;
        (settings.rows, settings.bytes) = (self.rows, self.bytes);
        (settings.patience, settings.sweep) = (self.patience, self.sweep);
        settings
    }
}

/// Where messages go.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Broker {
    /// The address.
    pub url: Url,
    /// What to identify with, the first that the broker's transport knows.
    pub security: Vec<Security>,
    /// The name of this process.
    pub instance: Option<String>,
}

/// How committed rows are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// By reading the table.
    Polling,
    /// By the database's log.
    Tailing,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// As text.
    Text,
    /// As JSON, an object a line.
    Json,
}

/// The log.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Log {
    /// The least level that is written.
    pub level: LevelFilter,
    /// How.
    pub format: Format,
}

/// All that a relay is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where the outbox is.
    pub database: Database,
    /// Where messages go; none where [`Needs::Database`] was read for.
    pub broker: Option<Broker>,
    /// How committed rows are found.
    pub mode: Mode,
    /// How the relay works.
    pub relay: RelaySettings,
    /// Where health and metrics are answered; nowhere where there is none.
    pub listen: Option<SocketAddr>,
    /// How long to wait at the start for what is not there.
    pub wait: Duration,
    /// How long what is under way may take at the end.
    pub grace: Duration,
    /// The log.
    pub log: Log,
}

/// What must be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Database and broker.
    All,
    /// The database alone.
    Database,
}

impl Config {
    /// Reads a file, where there is one, and what of the environment begins with `TIDINGS_RELAY_`. Paths are as they stand.
    ///
    /// # Errors
    /// All that is wrong: unknown keys, values that make no sense, what is missing, files that cannot be read; each with its
    /// place and how to mend it, in the order of the text.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        needs: Needs,
    ) -> Result<Self, Vec<Problem>> {
        let mut told = read(file, environment);
        let config = config(&mut told, needs);
        told.all(config)
    }

    /// Where health is answered, by the same; none where it is nowhere. Nothing else has to be told for that.
    ///
    /// # Errors
    /// As of [`read`](Self::read), but that nothing is missing.
    pub fn listen(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Option<SocketAddr>, Vec<Problem>> {
        let mut told = read(file, environment);
        let listen = told.listen("http.listen");
        told.all(Some(listen))
    }
}

fn read(file: Option<&Path>, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Told {
    let mut told = Told::default();
    if let Some(file) = file {
        match text(file) {
            Ok(text) => told.file(file, &text),
            Err(reason) => {
                let place = Place::File(file.to_owned());
                told.problems.push(Problem::new(place, reason));
                told.is_unread = true;
            }
        }
    }
    told.environment(environment);
    told
}

fn text(file: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}");
    let size = std::fs::metadata(file).map_err(failed)?.len();
    if size > LARGEST {
        return Err(format!("is larger than {LARGEST} bytes"));
    }
    let bytes = std::fs::read(file).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())
}

/// All values are looked at, so that all that is wrong is told at once.
fn config(told: &mut Told, needs: Needs) -> Option<Config> {
    let url = told.url("database.url", "postgres://relay@db/shop");
    let password = told.secret("database.password");
    let connections = told.number("database.connections", 4, 1000);
    let broker = match needs {
        Needs::All => broker(told),
        Needs::Database => None,
    };
    let modes = [("polling", Mode::Polling), ("tailing", Mode::Tailing)];
    let mode = told.word("relay.mode", &modes, Mode::Polling);
    let formats = [("text", Format::Text), ("json", Format::Json)];
    let log = Log {
        level: told.word("log.level", &LEVELS, LevelFilter::INFO),
        format: told.word("log.format", &formats, Format::Text),
    };
    Some(Config {
        mode,
        relay: relay(told),
        listen: told.listen("http.listen"),
        wait: told.time("start.wait", Duration::ZERO),
        grace: told.time("stop.grace", Duration::ZERO),
        log,
        database: Database {
            url: url?,
            password,
            connections: u32::try_from(connections).unwrap_or(u32::MAX),
            tail: tail(told),
        },
        broker: match needs {
            Needs::All => Some(broker?),
            Needs::Database => None,
        },
    })
}

const LEVELS: [(&str, LevelFilter); 4] = [
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
];

fn tail(told: &mut Told) -> Tail {
    let millisecond = Duration::from_millis(1);
    Tail {
        slot: told.text("tailing.slot"),
        publication: told.text("tailing.publication"),
        failover: told.word(
            "tailing.failover",
            &[("true", true), ("false", false)],
            true,
        ),
        rows: told.number("tailing.rows", 1, 1_000_000),
        bytes: told.number("tailing.bytes", 1, 1 << 31),
        patience: told.time("tailing.patience", millisecond),
        sweep: told.time("tailing.sweep", millisecond),
    }
}

fn relay(told: &mut Told) -> RelaySettings {
    let millisecond = Duration::from_millis(1);
    let mut settings = RelaySettings::default();
    settings.batch = told.number("relay.batch", 1, 100_000);
    settings.channels = told.number("relay.channels", 1, 10_000);
    settings.timeout = told.time("relay.timeout", millisecond);
    settings.answer = told.time("relay.answer", millisecond);
    settings.poll = told.time("relay.poll", millisecond);
    settings.replies = told.time("relay.replies", Duration::ZERO);
    let first = told.time("relay.first-pause", millisecond);
    let longest = told.time("relay.longest-pause", millisecond);
    settings.backoff = Backoff::new(first, longest);
    settings.watch = told.time("relay.watch", Duration::ZERO);
    let rows = told.number("alarm.rows", 0, 1_000_000);
    settings.alarms.rows = rows as u64;
    settings.alarms.age = told.time("alarm.age", millisecond);
    settings.alarms.writer = told.time("alarm.writer", millisecond);
    settings.alarms.every = told.time("alarm.every", millisecond);
    settings
}

fn broker(told: &mut Told) -> Option<Broker> {
    let url = told.url("broker.url", "amqp://broker");
    let mut security = Vec::new();
    let (user, password) = (told.text("broker.user"), told.secret("broker.password"));
    match (user, password) {
        (Some(user), Some(password)) => security.push(Security::Password {
            user: user.into(),
            password: password.reveal().into(),
        }),
        (None, None) => {}
        (user, _) => lacking(told, "broker.user", "broker.password", user.is_some()),
    }
    if let Some(token) = told.secret("broker.token") {
        security.push(Security::Token(token.reveal().into()));
    }
    let [chain, key] = ["broker.certificate-file", "broker.key-file"];
    match (told.content(chain), told.content(key)) {
        (Some(chain), Some(key)) => security.push(Security::Certificate {
            chain: chain.into(),
            key: key.into(),
        }),
        // What cannot be read was reported.
        _ => match (told.get(chain).is_some(), told.get(key).is_some()) {
            (true, false) => lacking(told, chain, key, true),
            (false, true) => lacking(told, chain, key, false),
            _ => {}
        },
    }
    Some(Broker {
        url: url?,
        security,
        instance: told.text("broker.instance"),
    })
}

/// Reports that of two keys that belong together one is missing, unless what tells it was reported.
fn lacking(told: &mut Told, one: &str, other: &str, has_first: bool) {
    let (there, missing) = if has_first {
        (one, other)
    } else {
        (other, one)
    };
    let file = format!("{missing}-file");
    if told.get(&file).is_none() {
        let place = told
            .get(there)
            .map_or(Place::Nowhere, |(_, place)| place.clone());
        let problem = Problem::new(place, format!("`{there}` is told, and `{missing}` is not"));
        told.problems.push(problem.help("tell both, or neither"));
    }
}
