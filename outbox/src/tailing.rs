//! The outbox in PostgreSQL, read from the transaction log.
//!
//! What is committed comes by logical replication, with the plugin `pgoutput` that PostgreSQL has, within milliseconds and without
//! asking. The table stays what counts: rows are deleted from it when they are published, and one that is there was not. It is read
//! when a relay begins to lead, and for channels that are behind, so that a slot that was dropped, or has lost its log, costs nothing
//! but that reading, and what waits holds back no log.
use crate::{
    Lead, Parked, Store, Waiting, fault,
    postgres::{PostgresStore, leading, quiet, take},
};
pub use health::SlotHealth;
use held::Limits;
use lead::TailLead;
use log::{Address, Log, Session};
use sqlx::PgPool;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{BoxFuture, Error, ErrorKind, Result};
use tokio::time::timeout;

mod check;
mod early;
mod health;
mod held;
mod lead;
mod log;
mod pgoutput;
mod progress;
mod slot;
mod snapshot;
mod table;
mod tail;
mod tls;

/// How long it may take to find out what is there; longer than a slot is waited for that another still has.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the log is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TailSettings {
    /// The replication slot, which is made where it is missing, and is no other's. `tidings_outbox_` and the number of the database
    /// unless told, since all databases of a server share their names, and that of the schema where it is not `public`.
    pub slot: Option<String>,
    /// The publication, which is made where it is missing; `tidings_outbox` unless told, and the number of the schema where it is not
    /// `public`.
    pub publication: Option<String>,
    /// Whether a slot that is made is kept on standbys too, by a server that does that (PostgreSQL 17); so unless told.
    pub failover: bool,
    /// Most rows that are held in memory; 10,000 unless told. Channels with more are read from the table.
    pub rows: usize,
    /// What they take at most, in bytes; 64 MiB unless told.
    pub bytes: usize,
    /// How long a row is held; 10 seconds unless told. Then its channel is read from the table, and the log is let go.
    pub patience: Duration,
    /// How often the table is looked at all the same, for what the log has not brought, as where somebody filters the publication's
    /// rows; 1 minute unless told.
    pub sweep: Duration,
}

impl Default for TailSettings {
    fn default() -> Self {
        Self {
            slot: None,
            publication: None,
            failover: true,
            rows: 10_000,
            bytes: 64 << 20,
            patience: Duration::from_secs(10),
            sweep: Duration::from_secs(60),
        }
    }
}

/// An outbox in PostgreSQL, 14 or later, whose relay reads the transaction log. One leads, by the lock that a relay over a
/// [`PostgresStore`] takes too, and by the slot.
///
/// ```no_run
/// # async fn run(url: &str, transport: std::sync::Arc<dyn tidings::transport::DynTransport>) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use tidings_outbox::{Relay, tailing::Tailing};
///
/// let pool = sqlx::PgPool::connect(url).await?;
/// let relay = Relay::new(Arc::new(Tailing::new(pool, url)?), transport).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Tailing {
    pool: PgPool,
    table: PostgresStore,
    address: Address,
    settings: TailSettings,
    /// Whether the log that the slot has kept cannot be read.
    is_stale: Arc<AtomicBool>,
}

impl Tailing {
    /// The outbox of the database that a pool connects to, and the URL of the same for the connection that reads the log: not by a
    /// pooler, and as a role that may replicate. With `sslmode=require` or more it is by TLS, and the server is verified as with
    /// `verify-full`: by the authorities of the system, or those of `sslrootcert`. A relay takes up to three connections of the pool.
    ///
    /// # Errors
    /// When the URL, or a certificate that it names, makes no sense.
    pub fn new(pool: PgPool, url: &str) -> Result<Self> {
        Ok(Self {
            table: PostgresStore::new(pool.clone()),
            pool,
            address: Address::parse(url)?,
            settings: TailSettings::default(),
            is_stale: Arc::default(),
        })
    }

    /// The same, with those settings.
    #[must_use]
    pub fn with_settings(self, settings: TailSettings) -> Self {
        Self { settings, ..self }
    }

    /// How the slot stands, whichever relay reads it; none where there is none yet.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn health(&self) -> Result<Option<SlotHealth>> {
        let health = async {
            let names = self.names().await?;
            let health = SlotHealth::of(&names.slot, &self.pool).await;
            health.map_err(failed)
        };
        timeout(PATIENCE, health).await.unwrap_or_else(|_| {
            let reason = format!("the database does not answer within {PATIENCE:?}");
            Err(Error::new(ErrorKind::Timeout, "tail", reason))
        })
    }

    /// What the slot and the publication are called.
    async fn names(&self) -> Result<Names> {
        let numbers = sqlx::query_as::<_, (i64, i64, i64, bool)>(
            "select d.oid::int8, c.oid::int8, n.oid::int8, n.nspname = 'public' from pg_database d, pg_class c \
             join pg_namespace n on n.oid = c.relnamespace where d.datname = current_database() and c.oid = 'tidings_outbox'::regclass",
        );
        let (database, table, schema, is_public) =
            numbers.fetch_one(&self.pool).await.map_err(failed)?;
        let schema = match is_public {
            true => String::new(),
            false => format!("_{schema}"),
        };
        let slot = || format!("tidings_outbox_{database}{schema}");
        let publication = || format!("tidings_outbox{schema}");
        Ok(Names {
            is_named: self.settings.slot.is_some(),
            slot: self.settings.slot.clone().unwrap_or_else(slot),
            publication: self
                .settings
                .publication
                .clone()
                .unwrap_or_else(publication),
            table: u32::try_from(table).unwrap_or_default(),
        })
    }

    /// Makes the slot where it is missing, and reads the log from there.
    async fn open(self) -> Result<Log> {
        let Ok(prepared) = timeout(PATIENCE, self.prepare()).await else {
            let reason = format!("what the log needs was not there after {PATIENCE:?}");
            return Err(Error::new(ErrorKind::Timeout, "tail", reason));
        };
        let (mut session, names, is_there) = prepared?;
        if !is_there {
            slot::make(
                &self.pool,
                &mut session,
                &names.slot,
                self.settings.failover,
            )
            .await?;
        }
        session.start(names.table).await
    }

    /// The session by which the log is to come, the names, and whether the slot is there.
    async fn prepare(&self) -> Result<(Session, Names, bool)> {
        self.judge_names()?;
        let names = self.names().await?;
        let is_stale = self.is_stale.swap(false, Relaxed);
        let mut session = Session::new(&self.address, &names.slot, &names.publication).await?;
        let is_there = slot::prepare(&self.pool, &mut session, &names, is_stale).await?;
        Ok((session, names, is_there))
    }

    fn judge_names(&self) -> Result<()> {
        let names = [
            ("slot", self.settings.slot.as_deref()),
            ("publication", self.settings.publication.as_deref()),
        ];
        for (what, name) in names {
            if let Some(name) = name.filter(|name| !check::is_name(name)) {
                let reason = format!(
                    "`{name}` is no name of a {what}: a to z, 0 to 9 and _, no figure first, at most 63"
                );
                return Err(Error::new(ErrorKind::Invalid, "tail", reason));
            }
        }
        Ok(())
    }

    fn limits(&self) -> Limits {
        Limits {
            rows: self.settings.rows,
            bytes: self.settings.bytes,
            patience: self.settings.patience,
            sweep: self.settings.sweep,
        }
    }
}

/// What is the outbox's own of a server.
struct Names {
    slot: String,
    /// Whether the slot was named by somebody, who may have named another's.
    is_named: bool,
    publication: String,
    /// The number of the table.
    table: u32,
}

fn failed(error: sqlx::Error) -> Error {
    fault::of("tail", error)
}

impl Store for Tailing {
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            check::identities(&self.pool).await?;
            self.table.check().await?;
            self.judge_names()?;
            check::server(&self.pool).await?;
            let database: String = sqlx::query_scalar("select current_database()::text")
                .fetch_one(&self.pool)
                .await
                .map_err(failed)?;
            self.address.try_out(&database).await
        })
    }

    /// Takes the lock where nobody has it. The slot follows, and the table is read until then.
    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>> {
        Box::pin(async {
            let Some(mut lock) = take(&self.pool).await? else {
                return Ok(None);
            };
            // Nobody needs to be told any more.
            let quiet = leading(&mut lock, quiet(&self.pool)).await;
            quiet.map_err(failed)?;
            // Who has lost the lock may publish what the log brings until it knows.
            let names = self.names().await?;
            let handed_on = leading(&mut lock, slot::handed_on(&self.pool, &names.slot));
            handed_on.await.map_err(failed)?;
            health::describe();
            let lead = TailLead::new(self.clone(), lock);
            Ok(Some(Box::new(lead) as Box<dyn Lead>))
        })
    }

    fn parked(&self, above: i64, most: usize) -> BoxFuture<'_, Result<Vec<Parked>>> {
        self.table.parked(above, most)
    }

    fn replay<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        self.table.replay(ids)
    }

    fn discard<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>> {
        self.table.discard(ids)
    }

    fn backlog(&self) -> BoxFuture<'_, Result<u64>> {
        self.table.backlog()
    }

    fn waiting(&self, most: u64) -> BoxFuture<'_, Result<Waiting>> {
        self.table.waiting(most)
    }

    fn oldest_writer(&self) -> BoxFuture<'_, Result<Option<Duration>>> {
        self.table.oldest_writer()
    }

    fn forget<'a>(&'a self, consumer: &'a str, keep: Duration) -> BoxFuture<'a, Result<usize>> {
        self.table.forget(consumer, keep)
    }
}
