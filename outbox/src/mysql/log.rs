//! What the binary log tells: that rows of the outbox were committed, and no more. They are read from the table, which counts: a log
//! that was purged, or cannot be read for a while, costs nothing but time, and no position has to be kept.
use crate::pauses::Pauses;
use futures_util::StreamExt as _;
use mysql_async::{
    BinlogStream, BinlogStreamRequest, Conn, Opts, OptsBuilder, Row, binlog::EventType as Kind,
    binlog::events::Event, prelude::Queryable as _,
};
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};
use tidings::{Error, ErrorKind, Result};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

/// How often the server says that it lives, where it has nothing else to say.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// How long it has for that, and for anything else.
const PATIENCE: Duration = Duration::from_secs(10);

/// The kinds of events with rows that were written: those of old and of now, and MariaDB's that are compressed.
const WRITTEN: [u8; 4] = [
    Kind::WRITE_ROWS_EVENT_V1 as u8,
    Kind::WRITE_ROWS_EVENT as u8,
    166,
    169,
];

/// The server whose log is read, by a URL of its own.
#[derive(Debug, Clone)]
pub(super) struct Address(Opts);

impl Address {
    /// From a URL as `sqlx` takes it, whose options are of sessions of its own.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let invalid = |error: &dyn fmt::Display| {
            Error::new(
                ErrorKind::Invalid,
                "log",
                format!("the URL of the log: {error}"),
            )
        };
        let options: MySqlConnectOptions = url.parse().map_err(|error| invalid(&error))?;
        match options.get_ssl_mode() {
            MySqlSslMode::Disabled | MySqlSslMode::Preferred => {}
            _ => return Err(encrypted()),
        }
        let place = url.split_once('?').map_or(url, |(place, _)| place);
        let place = match place.strip_prefix("mariadb:") {
            Some(rest) => format!("mysql:{rest}"),
            None => place.to_owned(),
        };
        let read = Opts::from_url(&place).map_err(|error| invalid(&error))?;
        let socket = options.get_socket();
        let socket = socket.map(|path| path.to_string_lossy().into_owned());
        let read = OptsBuilder::from_opts(read).socket(socket);
        // Else it would go on by the socket that a server on this machine names, past a link to it, or to another that has it here.
        Ok(Self(read.prefer_socket(false).into()))
    }

    /// Whether the log is there, and tells of rows.
    pub(super) async fn try_out(&self) -> Result<()> {
        let mut conn = within(Conn::new(self.0.clone())).await?;
        let format = conn.query_first("select @@global.binlog_format");
        let format: Option<String> = within(format).await?;
        let format = format.unwrap_or_default();
        if format != "ROW" {
            let reason = format!(
                "`binlog_format` is {format}, by which the log does not tell of rows; set it to ROW"
            );
            return Err(Error::new(ErrorKind::Conflict, "log", reason));
        }
        let mut events = self.open().await?;
        following(&mut events).await?;
        Ok(())
    }

    /// The log from its end on.
    async fn open(&self) -> Result<BinlogStream> {
        let mut conn = within(Conn::new(self.0.clone())).await?;
        let heartbeat = HEARTBEAT.as_nanos();
        let manner = format!(
            "set @master_heartbeat_period = {heartbeat}, @source_heartbeat_period = {heartbeat}"
        );
        within(conn.query_drop(manner)).await?;
        let (file, position) = end(&mut conn).await?;
        let request = BinlogStreamRequest::new(number())
            .with_filename(&file)
            .with_pos(position);
        within(conn.get_binlog_stream(request)).await
    }
}

fn encrypted() -> Error {
    let reason = "the binary log is read without TLS so far, and the URL asks for it by `ssl-mode`; do without `told_by` (`relay.mode` is \
                  `polling`), which looks every second";
    Error::new(ErrorKind::Unsupported, "log", reason)
}

/// By chance, and large: of two readers with the same number the server ends one, and those of servers are small.
fn number() -> u32 {
    u32::MAX - RandomState::new().hash_one(()) as u32 / 2
}

/// Where the log ends; told by one statement or the other.
async fn end(conn: &mut Conn) -> Result<(Vec<u8>, u64)> {
    let status = match within(conn.query_first("show binary log status")).await {
        Ok(status) => status,
        Err(_) => within(conn.query_first("show master status")).await?,
    };
    let status: Option<Row> = status;
    let place = status.and_then(|mut row| Some((row.take(0)?, row.take(1)?)));
    place.ok_or_else(|| {
        let reason =
            "the server keeps no binary log; start it with `log_bin`, or do without `told_by`";
        Error::new(ErrorKind::Conflict, "log", reason)
    })
}

/// Tells when rows of an outbox were committed, for as long as it lives.
pub(super) struct Log {
    told: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Log {
    pub(super) fn of(address: Address, database: String) -> Self {
        let told = Arc::new(Notify::new());
        let task = tokio::spawn(follow(address, database, told.clone()));
        Self { told, task }
    }

    /// Ends when rows were committed since it ended last, or the log was opened. Cancel-safe.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens the log, again and again where it ends.
async fn follow(address: Address, database: String, told: Arc<Notify>) {
    let begin = || Pauses::new(Duration::from_millis(100), Duration::from_secs(10));
    let unread = "the binary log cannot be read; the outbox is looked at now and then meanwhile";
    let (mut pauses, mut told_once) = (begin(), Some(unread));
    loop {
        let error = match address.open().await {
            Ok(mut events) => {
                (pauses, told_once) = (begin(), Some(unread));
                told.notify_one();
                tell(&mut events, &database, &told).await
            }
            Err(error) => error,
        };
        if let Some(unread) = told_once.take() {
            tracing::warn!(%error, "{unread}");
        }
        pauses.rest().await;
    }
}

/// Until the log ends, with why.
async fn tell(events: &mut BinlogStream, database: &str, told: &Notify) -> Error {
    let mut heard = Heard::default();
    loop {
        let event = match following(events).await {
            Ok(event) => event,
            Err(error) => return error,
        };
        let kind = event.header().event_type_raw();
        if heard.takes(kind, || is_of_outbox(events, &event, database)) {
            told.notify_one();
        }
    }
}

/// What was heard of a transaction.
#[derive(Default)]
struct Heard {
    /// Whether it has rows of the outbox.
    has_some: bool,
}

impl Heard {
    /// Takes an event of that kind; says whether rows of the outbox were committed by it.
    fn takes(&mut self, kind: u8, is_of_outbox: impl FnOnce() -> bool) -> bool {
        let is_end = kind == Kind::XID_EVENT as u8 || kind == Kind::QUERY_EVENT as u8;
        if is_end {
            return std::mem::take(&mut self.has_some);
        }
        if WRITTEN.contains(&kind) && is_of_outbox() {
            self.has_some = true;
        }
        false
    }
}

async fn following(events: &mut BinlogStream) -> Result<Event> {
    let ended = || Error::new(ErrorKind::ConnectionLost, "log", "the server ended it");
    let event = timeout(PATIENCE, events.next()).await;
    event.map_err(|_| silent())?.ok_or_else(ended)?.map_err(of)
}

/// By the number of the table, with which an event of rows begins.
fn is_of_outbox(events: &BinlogStream, event: &Event, database: &str) -> bool {
    let Some((number, _)) = event.data().split_first_chunk::<6>() else {
        return false;
    };
    let [a, b, c, d, e, f] = *number;
    let table = events.get_tme(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]));
    table.is_some_and(|table| is_outbox([&table.database_name(), &table.table_name()], database))
}

fn is_outbox([of, table]: [&str; 2], database: &str) -> bool {
    table == "tidings_outbox" && of.eq_ignore_ascii_case(database)
}

async fn within<T>(what: impl Future<Output = mysql_async::Result<T>>) -> Result<T> {
    let done = timeout(PATIENCE, what).await;
    done.map_err(|_| silent())?.map_err(of)
}

fn silent() -> Error {
    let reason = format!("the server said nothing for {PATIENCE:?}");
    Error::new(ErrorKind::ConnectionLost, "log", reason)
}

fn of(error: mysql_async::Error) -> Error {
    let (kind, advice) = match &error {
        // Access denied: to the server, to a database, for want of a privilege.
        mysql_async::Error::Server(told) if [1044, 1045, 1227].contains(&told.code) => (
            ErrorKind::PermissionDenied,
            "; grant the user of the URL `REPLICATION SLAVE` and `BINLOG MONITOR`, which is `REPLICATION CLIENT` in MySQL",
        ),
        _ => (ErrorKind::ConnectionLost, ""),
    };
    Error::new(kind, "log", format!("{error}{advice}")).because(error)
}

#[cfg(test)]
impl Log {
    /// One that tells when it is told.
    pub(super) fn by(told: Arc<Notify>) -> Self {
        let task = tokio::spawn(std::future::pending());
        Self { told, task }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_async::ServerError;

    #[test]
    fn readers_have_numbers_of_their_own_beyond_those_of_servers() {
        let numbers: std::collections::HashSet<_> = (0..100).map(|_| number()).collect();
        assert!(numbers.len() > 90, "{}", numbers.len());
        assert!(numbers.iter().all(|number| *number > u32::MAX / 2));
    }

    /// A server on this machine names a socket, and it may be another than the one that a port leads to.
    #[test]
    fn the_log_is_read_at_the_address_of_the_url() -> Result<()> {
        let address = Address::parse("mysql://relay@127.0.0.1:3307/shop")?;
        assert_eq!(address.0.tcp_port(), 3307);
        assert!(!address.0.prefer_socket());
        let told = Address::parse("mysql://relay@127.0.0.1/shop?socket=/run/db.sock")?;
        assert_eq!(told.0.socket(), Some("/run/db.sock"));
        Ok(())
    }

    #[test]
    fn a_commit_is_told_of_where_it_has_rows_of_the_outbox() {
        let mut heard = Heard::default();
        let [rows, end] = [Kind::WRITE_ROWS_EVENT as u8, Kind::XID_EVENT as u8];
        for (kind, is_ours, is_told) in [
            (rows, false, false),
            (end, true, false),
            (rows, true, false),
            // Of one transaction.
            (rows, true, false),
            (rows, false, false),
            (Kind::TABLE_MAP_EVENT as u8, true, false),
            (end, false, true),
            (end, true, false),
            (Kind::UPDATE_ROWS_EVENT as u8, true, false),
            (end, false, false),
            (166, true, false),
            (Kind::QUERY_EVENT as u8, false, true),
        ] {
            assert_eq!(heard.takes(kind, || is_ours), is_told, "{kind}");
        }
    }

    #[test]
    fn an_outbox_is_that_of_its_database() {
        for (names, is_ours) in [
            (["Shop", "tidings_outbox"], true),
            (["shop", "tidings_received"], false),
            (["post", "tidings_outbox"], false),
        ] {
            assert_eq!(is_outbox(names, "shop"), is_ours, "{names:?}");
        }
    }

    #[test]
    fn who_may_not_read_the_log_is_told_what_to_grant() {
        let said = |code| {
            of(mysql_async::Error::Server(ServerError {
                code,
                message: String::new(),
                state: String::new(),
            }))
        };
        for code in [1044, 1045, 1227] {
            assert_eq!(said(code).kind(), ErrorKind::PermissionDenied, "{code}");
            assert!(said(code).to_string().contains("`BINLOG MONITOR`"));
        }
        assert_eq!(said(1236).kind(), ErrorKind::ConnectionLost);
    }
}
