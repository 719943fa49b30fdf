//! The keys of a configuration, in one list: what is read, refused, and shown by `--help`.
use std::fmt::Write as _;

/// What the names of environment variables begin with.
pub(crate) const PREFIX: &str = "TIDINGS_RELAY_";

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    /// `table.key`.
    pub(crate) name: &'static str,
    /// Whether it is a secret, and so never in the file itself.
    pub(crate) is_secret: bool,
    /// What counts where it is not told.
    pub(crate) default: &'static str,
    /// What it says, in a phrase.
    pub(crate) says: &'static str,
}

impl Key {
    /// The environment variable that says it.
    pub(crate) fn variable(&self) -> String {
        let name = self.name.replace(['.', '-'], "_");
        PREFIX.to_owned() + &name.to_ascii_uppercase()
    }

    pub(crate) fn table(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(table, _)| table)
    }

    pub(crate) fn key(&self) -> &'static str {
        self.name
            .split_once('.')
            .map_or(self.name, |(_, name)| name)
    }
}

const fn key(name: &'static str, default: &'static str, says: &'static str) -> Key {
    Key {
        name,
        is_secret: false,
        default,
        says,
    }
}

const fn secret(name: &'static str, says: &'static str) -> Key {
    Key {
        name,
        is_secret: true,
        default: "",
        says,
    }
}

/// All of them.
pub(crate) static KEYS: &[Key] = &[
    key(
        "database.url",
        "",
        "the database with the outbox, such as `postgres://relay@db/shop` or `sqlite:shop.db`",
    ),
    secret("database.password", "its password"),
    key(
        "database.password-file",
        "",
        "a file that holds its password",
    ),
    key(
        "database.connections",
        "5",
        "most connections to it; a relay needs four at times",
    ),
    key(
        "broker.url",
        "",
        "the broker, such as `amqp://broker` or `unix:/run/shop.sock?confirm=settled`",
    ),
    key("broker.user", "", "who the relay is there"),
    secret("broker.password", "the password of that user"),
    key("broker.password-file", "", "a file that holds the password"),
    secret("broker.token", "a token to identify with instead"),
    key("broker.token-file", "", "a file that holds the token"),
    key(
        "broker.certificate-file",
        "",
        "a certificate to identify with instead, as PEM",
    ),
    key(
        "broker.key-file",
        "",
        "the private key of that certificate, as PEM",
    ),
    key(
        "broker.instance",
        "",
        "the name of this process, where the broker wants one",
    ),
    key(
        "relay.mode",
        "polling",
        "how committed rows are found: `polling`, or `tailing`, by the log of PostgreSQL, MySQL or MariaDB",
    ),
    key(
        "relay.batch",
        "1000",
        "most rows of a channel that are published at a time",
    ),
    key(
        "relay.channels",
        "64",
        "most channels that are published to at a time",
    ),
    key(
        "relay.timeout",
        "10s",
        "how long the broker has for a batch, before it is published again",
    ),
    key(
        "relay.answer",
        "1m",
        "how long the database has for an answer, before it is asked by another connection",
    ),
    key(
        "relay.poll",
        "1s",
        "how often to look where nobody tells, and to try to take over",
    ),
    key(
        "relay.replies",
        "10m",
        "how long a reply waits for an address that is not there",
    ),
    key(
        "relay.first-pause",
        "100ms",
        "the pause after a first failure; they double",
    ),
    key("relay.longest-pause", "1m", "the longest pause"),
    key(
        "relay.watch",
        "10s",
        "how often the database is asked how far behind publishing is; `0s`: never",
    ),
    key(
        "alarm.rows",
        "10000",
        "more rows than these that wait are an alarm",
    ),
    key("alarm.age", "1m", "rows that wait for longer are an alarm"),
    key(
        "alarm.writer",
        "10m",
        "a transaction that has written and is open for longer is an alarm",
    ),
    key(
        "alarm.every",
        "5m",
        "how often each kind of alarm is logged while its reason lasts",
    ),
    key(
        "http.listen",
        "127.0.0.1:9464",
        "where /live, /ready and /metrics are answered; `off`: nowhere",
    ),
    key(
        "tailing.slot",
        "",
        "the replication slot of PostgreSQL; one of the relay's own unless told",
    ),
    key(
        "tailing.publication",
        "",
        "its publication; `tidings_outbox` unless told",
    ),
    key(
        "tailing.failover",
        "true",
        "whether a slot that is made is kept on standbys too, by PostgreSQL 17: `true` or `false`",
    ),
    key(
        "tailing.rows",
        "10000",
        "most rows of PostgreSQL's log that are held; channels with more are read from the table",
    ),
    key(
        "tailing.bytes",
        "67108864",
        "what they take at most, in bytes",
    ),
    key(
        "tailing.patience",
        "10s",
        "how long a row is held, before its channel is read from the table and the log let go",
    ),
    key(
        "tailing.sweep",
        "1m",
        "how often the table is looked at all the same, for what the log has not brought",
    ),
    key(
        "start.wait",
        "30s",
        "how long to wait at the start for a database or a broker that is not there",
    ),
    key(
        "stop.grace",
        "10s",
        "how long what is being published may take at the end",
    ),
    key(
        "log.level",
        "info",
        "the least level that is logged: `error`, `warn`, `info`, or `debug`, which takes in what libraries tell, bodies of messages among it",
    ),
    key(
        "log.format",
        "text",
        "how: `text` or `json`, a line an event, on stderr",
    ),
];

/// The list as `--help` shows it.
pub(crate) fn shown() -> String {
    let mut text = String::from(
        "Configuration: a key `a.b` is `b` in the table `[a]` of the file, and the environment variable TIDINGS_RELAY_A_B, which \
         counts more; a `-` is a `_` there. Secrets are told by the environment, or in files that are named here.\n",
    );
    for key in KEYS {
        let told = match (key.is_secret, key.default) {
            (true, _) => " (environment only)".to_owned(),
            (false, "") => String::new(),
            (false, default) => format!(" [default: {default}]"),
        };
        // A text takes all that is written into it.
        let _ = write!(text, "\n  {}{told}\n      {}", key.name, key.says);
    }
    text
}
