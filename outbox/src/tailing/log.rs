//! The connection that brings the transaction log.
use super::{
    held::Transaction,
    pgoutput::{self, Change, Found, Layout},
    tls::{self, Tls},
};
use crate::{columns::NAMES, postgres::SILENCE};
use bytes::Bytes;
use futures_util::FutureExt as _;
use pgwire_replication::{
    Lsn, PgWireError, ReplicationClient, ReplicationConfig, ReplicationEvent,
};
use sqlx::postgres::PgConnectOptions;
use std::{fmt, sync::Arc, time::Duration};
use tempfile::TempDir;
use tidings::{Error, ErrorKind, Result};
use tokio::{task::unconstrained, time::timeout};
use url::Url;

/// How often the database is told where the relay stands, and that it lives.
const TELL: Duration = Duration::from_secs(1);

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Most changes that are read ahead, whatever they take.
const AHEAD: usize = 256;

/// Where the database is, and who asks.
#[derive(Clone)]
pub(super) struct Address {
    config: ReplicationConfig,
    tls: Option<Tls>,
}

impl fmt::Debug for Address {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.config.display_connection())
    }
}

impl Address {
    /// From a URL as `sqlx` takes it.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |error: &dyn fmt::Display| invalid(format!("the URL of the database: {error}"));
        let url: Url = text.parse().map_err(|error| wrong(&error))?;
        let options: PgConnectOptions = text.parse().map_err(|error| wrong(&error))?;
        let tls = Tls::of(&url, &options)?;
        let socket = options.get_socket().and_then(|folder| folder.to_str());
        let host = socket.unwrap_or(options.get_host());
        let user = options.get_username();
        let database = options.get_database().unwrap_or(user);
        let config = ReplicationConfig::new(host, user, password(&url)?, database, "", "");
        let manner = format!("-c wal_sender_timeout={}", SILENCE.as_millis());
        let manner = match options.get_options() {
            Some(others) => format!("{others} {manner}"),
            None => manner,
        };
        let config = config
            .with_port(options.get_port())
            .with_options(manner)
            .with_application_name("tidings relay")
            .with_status_interval(TELL)
            .with_wakeup_interval(TELL)
            .with_buffer_size(AHEAD)
            .with_binary(true);
        Ok(Self { config, tls })
    }

    /// How to connect now, and what has to be there until then.
    async fn way(&self) -> Result<(ReplicationConfig, Option<TempDir>)> {
        let mut config = self.config.clone();
        let Some(tls) = &self.tls else {
            return Ok((config, None));
        };
        let folder = tls.socket().await?;
        config.host = folder.path().to_string_lossy().into_owned();
        config.port = tls::PORT;
        Ok((config, Some(folder)))
    }

    /// Whether the log of a database may be read, of the same that has that name.
    pub(super) async fn try_out(&self, database: &str) -> Result<()> {
        let (config, _folder) = self.way().await?;
        let identify = async {
            let mut client = ReplicationClient::connect_gated(config).await?;
            client.identify_system().await
        };
        let system = in_time(identify).await?;
        match system.dbname.as_deref() {
            Some(name) if name == database => Ok(()),
            other => {
                let reason = format!(
                    "the log is that of the database `{}`, the outbox is in `{database}`; give the same in the URL",
                    other.unwrap_or_default()
                );
                Err(Error::new(ErrorKind::Conflict, "tail", reason))
            }
        }
    }
}

fn invalid(reason: String) -> Error {
    Error::new(ErrorKind::Invalid, "tail", reason)
}

/// What options of `sqlx` keep to themselves.
fn password(url: &Url) -> Result<String> {
    if let Some(password) = url.password() {
        let text = percent_encoding::percent_decode_str(password).decode_utf8();
        let text = text.map_err(|_| invalid("the password in the URL is no UTF-8".to_owned()))?;
        return Ok(text.into_owned());
    }
    let mut pairs = url.query_pairs();
    let in_query = pairs.find(|(name, _)| name == "password");
    let password = in_query.map(|(_, password)| password.into_owned());
    Ok(password
        .or_else(|| std::env::var("PGPASSWORD").ok())
        .unwrap_or_default())
}

/// A session that may bring the log.
pub(super) struct Session {
    client: ReplicationClient,
    _folder: Option<TempDir>,
    slot: String,
    publication: String,
}

impl Session {
    pub(super) async fn new(address: &Address, slot: &str, publication: &str) -> Result<Self> {
        let (mut config, folder) = address.way().await?;
        slot.clone_into(&mut config.slot);
        config.publication = publication.into();
        Ok(Self {
            client: ReplicationClient::connect_gated(config).await.map_err(of)?,
            _folder: folder,
            slot: slot.to_owned(),
            publication: publication.to_owned(),
        })
    }

    /// Does something with slots, which who replicates may.
    pub(super) async fn run(&mut self, sql: &str) -> Result<()> {
        let done = self.client.simple_query(sql).await;
        done.map(drop).map_err(of)
    }

    /// Takes the slot, which nobody else may have.
    pub(super) async fn start(mut self, table: u32) -> Result<Log> {
        let start = async {
            self.client.start().await?;
            self.client.wait_started().await
        };
        in_time(start).await?;
        Ok(Log {
            client: self.client,
            slot: self.slot,
            publication: self.publication,
            table,
            layout: None,
            transaction: None,
        })
    }
}

/// What the log brings.
pub(super) enum News {
    /// A row of the outbox, that was committed.
    Row(Found, Arc<Layout>, Bytes, Transaction),
    /// All before that position was brought.
    Upto(u64),
    Nothing,
}

/// The log, from the position that the slot has kept.
pub(super) struct Log {
    client: ReplicationClient,
    pub(super) slot: String,
    pub(super) publication: String,
    /// The number of the outbox's table, and its columns.
    pub(super) table: u32,
    layout: Option<Arc<Layout>>,
    transaction: Option<Transaction>,
}

impl Log {
    /// What comes next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<News> {
        let event = self.client.recv().await;
        self.read(event)
    }

    /// What has come.
    pub(super) fn ready(&mut self) -> Option<Result<News>> {
        let event = unconstrained(self.client.recv()).now_or_never()?;
        Some(self.read(event))
    }

    /// All before that position is done with.
    pub(super) fn let_go(&self, position: u64) {
        self.client.update_applied_lsn(Lsn(position));
    }

    fn read(&mut self, event: Result<Option<ReplicationEvent>, PgWireError>) -> Result<News> {
        let ended = || Error::new(ErrorKind::ConnectionLost, "tail", "the database ended it");
        match event.map_err(of)?.ok_or_else(ended)? {
            ReplicationEvent::Begin { final_lsn, xid, .. } => {
                let (number, position) = (xid, final_lsn.as_u64());
                self.transaction = Some(Transaction { number, position });
                Ok(News::Nothing)
            }
            ReplicationEvent::Commit { end_lsn, .. } => Ok(News::Upto(end_lsn.as_u64())),
            ReplicationEvent::KeepAlive { wal_end, .. } => Ok(News::Upto(wal_end.as_u64())),
            ReplicationEvent::XLogData { data, .. } => self.change(data),
            _ => Ok(News::Nothing),
        }
    }

    fn change(&mut self, data: Bytes) -> Result<News> {
        match pgoutput::read(data).map_err(broken)? {
            Change::Table(table, layout) if table == self.table => {
                if let Some(column) = layout.lacks(&NAMES) {
                    let reason = format!(
                        "the publication is without the column `{column}` of `tidings_outbox`; publish all of them"
                    );
                    return Err(Error::new(ErrorKind::Conflict, "tail", reason));
                }
                self.layout = Some(Arc::new(layout));
            }
            Change::Insert(table, row) if table == self.table => {
                let (Some(layout), Some(transaction)) = (self.layout.clone(), self.transaction)
                else {
                    let reason = "a row came before its columns and its transaction were told";
                    return Err(broken(reason.to_owned()));
                };
                let found = layout.find(&row).map_err(broken)?;
                return Ok(News::Row(found, layout, row, transaction));
            }
            _ => {}
        }
        Ok(News::Nothing)
    }
}

fn broken(reason: String) -> Error {
    Error::new(ErrorKind::Unexpected, "tail", reason)
}

async fn in_time<T>(what: impl Future<Output = Result<T, PgWireError>>) -> Result<T> {
    match timeout(PATIENCE, what).await {
        Ok(done) => done.map_err(of),
        Err(_) => {
            let reason = format!("the log was not there after {PATIENCE:?}");
            Err(Error::new(ErrorKind::Timeout, "tail", reason))
        }
    }
}

/// The client tells only by text what the database said.
fn of(error: PgWireError) -> Error {
    let told = error.to_string();
    let is_one_of = |codes: &[&str]| {
        codes
            .iter()
            .any(|code| told.contains(&format!("SQLSTATE {code}")))
    };
    let kind = match &error {
        PgWireError::Io(_) | PgWireError::Task(_) | PgWireError::Internal(_) => {
            ErrorKind::ConnectionLost
        }
        PgWireError::Server(_) if is_one_of(&["57P01", "57P02", "57P03"]) => {
            ErrorKind::ConnectionLost
        }
        PgWireError::Server(_) if is_one_of(&["42501", "28000", "28P01"]) => {
            ErrorKind::PermissionDenied
        }
        PgWireError::Server(_) if is_one_of(&["55006"]) => ErrorKind::InUse,
        // The log is of a time when the publication was not there.
        PgWireError::Server(_) if is_one_of(&["42704"]) => ErrorKind::Invalid,
        PgWireError::Auth(_) => ErrorKind::PermissionDenied,
        _ => ErrorKind::Unexpected,
    };
    let reason = match kind {
        ErrorKind::PermissionDenied => format!(
            "{told}; the role of the URL needs `alter role NAME replication`, or what the host of your database has instead, and a line of \
             `pg_hba.conf` for its database"
        ),
        _ => told,
    };
    Error::new(kind, "tail", reason).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_told_by_its_kind() {
        use ErrorKind::{ConnectionLost, InUse, Invalid, PermissionDenied, Unexpected};
        let server = |code: &str| PgWireError::Server(format!("it says so (SQLSTATE {code})"));
        let io = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        for (error, kind) in [
            (io.into(), ConnectionLost),
            (PgWireError::Task(String::new()), ConnectionLost),
            (PgWireError::Internal(String::new()), ConnectionLost),
            (server("57P01"), ConnectionLost),
            (server("57P03"), ConnectionLost),
            (server("42501"), PermissionDenied),
            (server("28P01"), PermissionDenied),
            (PgWireError::Auth(String::new()), PermissionDenied),
            (server("55006"), InUse),
            (server("42704"), Invalid),
            (server("58P01"), Unexpected),
            (PgWireError::Protocol("SQLSTATE 42501".into()), Unexpected),
        ] {
            let error = of(error);
            assert_eq!(error.kind(), kind, "{error}");
            let is_mended = error.to_string().contains("`alter role NAME replication`");
            assert_eq!(is_mended, kind == PermissionDenied, "{error}");
        }
    }

    #[test]
    fn an_address_is_that_of_its_url() {
        let of = |url: &str| Address::parse(url).expect("it makes sense").config;
        let config = of("postgres://ann:a%2Fb%20c@db:7/shop?options=-c%20search_path%3Da");
        assert_eq!((&*config.host, config.port), ("db", 7));
        assert_eq!((&*config.user, &*config.password), ("ann", "a/b c"));
        assert_eq!(&*config.database, "shop");
        let options = "-c search_path=a -c wal_sender_timeout=5000";
        assert_eq!(config.options.as_deref(), Some(options));
        let config = of("postgres://ann@db?password=x%26y&host=/run/postgres");
        assert_eq!((&*config.host, config.port), ("/run/postgres", 5432));
        assert_eq!((&*config.database, &*config.password), ("ann", "x&y"));
        let options = "-c wal_sender_timeout=5000";
        assert_eq!(config.options.as_deref(), Some(options));
    }
}
