//! The publication and the replication slot: what of the log is told, and from where on it is kept.
use super::{Names, log::Session};
use crate::postgres::SILENCE;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::time::Duration;
use tidings::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

/// How long a slot of a relay that has just ended may still be in use.
const HANDED_ON: Duration = Duration::from_secs(10);

/// How long a new slot may take before somebody would wonder.
const LONG: Duration = Duration::from_secs(5);

fn failed(error: sqlx::Error) -> Error {
    let is_denied =
        matches!(&error, sqlx::Error::Database(told) if told.code().as_deref() == Some("42501"));
    let kind = match is_denied {
        true => ErrorKind::PermissionDenied,
        false => return crate::fault::of("tail", error),
    };
    let reason = format!(
        "{}; who owns the table makes it: `create publication NAME for table tidings_outbox with (publish = 'insert')`",
        crate::fault::words(&error)
    );
    Error::new(kind, "tail", reason).because(error)
}

/// A slot as the database knows it.
struct Slot {
    is_ours: bool,
    is_lost: bool,
    active_pid: Option<i32>,
}

/// Makes what is missing but the slot, and drops one that is of no use; says whether there is one then. Who leads does it, and so one at
/// a time.
pub(super) async fn prepare(
    pool: &PgPool,
    session: &mut Session,
    names: &Names,
    is_stale: bool,
) -> Result<bool> {
    let Names {
        slot, publication, ..
    } = names;
    let published = published(pool, publication).await?;
    let is_published = published == Published::Ours;
    let mut found = free(pool, slot).await?;
    if found.is_some() && names.is_named {
        judge(pool, slot).await?;
    }
    // The log of a time without the publication cannot be read.
    if let Some(stale) = found.take_if(|found| found.is_lost || is_stale || !is_published) {
        if stale.is_lost {
            tracing::warn!(
                slot,
                "the slot lost the log that it kept, beyond `max_slot_wal_keep_size`; the table is read, and the slot made anew"
            );
        }
        session
            .run(&format!("select pg_drop_replication_slot('{slot}')"))
            .await?;
    }
    if !is_published {
        publish(pool, publication, published).await?;
    }
    Ok(found.is_some())
}

/// Whether a relay of this outbox has made the slot: of another's, what it keeps would be lost.
async fn judge(pool: &PgPool, slot: &str) -> Result<()> {
    let made = sqlx::query_scalar("select slot from tidings_outbox_relay limit 1");
    let made: Option<String> = made.fetch_one(pool).await.map_err(failed)?;
    if made.as_deref() == Some(slot) {
        return Ok(());
    }
    let reason = format!(
        "the slot `{slot}` was not made by a relay of this outbox; name another by `TailSettings::slot`, or drop it where nobody else \
         needs what it keeps: `select pg_drop_replication_slot('{slot}')`"
    );
    Err(Error::new(ErrorKind::Conflict, "tail", reason))
}

async fn publish(pool: &PgPool, name: &str, published: Published) -> Result<()> {
    let make = match published {
        Published::Nothing => format!("alter publication {name} add table tidings_outbox"),
        _ => {
            format!("create publication {name} for table tidings_outbox with (publish = 'insert')")
        }
    };
    let made = sqlx::query(AssertSqlSafe(make)).execute(pool).await;
    made.map(drop).map_err(failed)
}

/// What there is by the name of the publication.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Published {
    /// No publication.
    None,
    /// One that was of the table until that was dropped, and made anew.
    Nothing,
    Ours,
}

async fn published(pool: &PgPool, name: &str) -> Result<Published> {
    let found = sqlx::query_as::<_, (bool, bool, bool)>(
        "select pubinsert, exists (select from pg_publication_tables t join pg_namespace n on n.nspname = t.schemaname \
         join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename \
         where t.pubname = p.pubname and c.oid = 'tidings_outbox'::regclass), \
         exists (select from pg_publication_tables t where t.pubname = p.pubname) from pg_publication p where pubname = $1",
    );
    let found = found.bind(name).fetch_optional(pool).await;
    match found.map_err(failed)? {
        None => Ok(Published::None),
        Some((true, true, _)) => Ok(Published::Ours),
        Some((true, false, false)) => Ok(Published::Nothing),
        Some(_) => {
            let reason = format!(
                "the publication `{name}` is without the inserts of `tidings_outbox`; \
                 `drop publication {name}`, and the relay makes it, or name another by `TailSettings::publication`"
            );
            Err(Error::new(ErrorKind::Conflict, "tail", reason))
        }
    }
}

/// Whether a publication is there, and tells of the rows of the table.
pub(super) async fn tells(by: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    let tells = "select exists (select from pg_publication p join pg_publication_tables t using (pubname) \
        join pg_namespace n on n.nspname = t.schemaname join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename \
        where p.pubname = $1 and p.pubinsert and c.oid = to_regclass('tidings_outbox'))";
    sqlx::query_scalar(tells).bind(name).fetch_one(by).await
}

async fn find(pool: &PgPool, slot: &str) -> Result<Option<Slot>> {
    let found = sqlx::query_as::<_, (bool, bool, Option<i32>)>(
        "select coalesce(plugin = 'pgoutput' and database = current_database(), false) as is_ours, \
         wal_status is not distinct from 'lost' or restart_lsn is null as is_lost, active_pid from pg_replication_slots where slot_name = $1",
    );
    let found = found
        .bind(slot)
        .fetch_optional(pool)
        .await
        .map_err(failed)?;
    Ok(found.map(|(is_ours, is_lost, active_pid)| Slot {
        is_ours,
        is_lost,
        active_pid,
    }))
}

/// Waits until nobody has the slot, for as long as another may think that it leads.
pub(super) async fn handed_on(pool: &PgPool, slot: &str) -> sqlx::Result<()> {
    let begun = Instant::now();
    let active = "select exists (select from pg_replication_slots where slot_name = $1 and active and confirmed_flush_lsn is not null)";
    while begun.elapsed() < SILENCE {
        let is_active: bool = sqlx::query_scalar(active)
            .bind(slot)
            .fetch_one(pool)
            .await?;
        if !is_active {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The slot, once nobody has it.
async fn free(pool: &PgPool, slot: &str) -> Result<Option<Slot>> {
    let begun = Instant::now();
    loop {
        let found = find(pool, slot).await?;
        if found.as_ref().is_some_and(|found| !found.is_ours) {
            let reason = format!(
                "the slot `{slot}` is of another plugin or database; name another by `TailSettings::slot`"
            );
            return Err(Error::new(ErrorKind::Conflict, "tail", reason));
        }
        let Some(process) = found.as_ref().and_then(|found| found.active_pid) else {
            return Ok(found);
        };
        if begun.elapsed() > HANDED_ON {
            let reason = format!(
                "the slot `{slot}` is held by process {process} of the database, which is no relay of this outbox; \
                 end that, or name another by `TailSettings::slot`"
            );
            return Err(Error::new(ErrorKind::InUse, "tail", reason));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Makes the slot, for which the database waits for the end of all transactions that write by then.
pub(super) async fn make(
    pool: &PgPool,
    session: &mut Session,
    slot: &str,
    failover: bool,
) -> Result<()> {
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int")
        .fetch_one(pool)
        .await
        .map_err(failed)?;
    let failover = match failover && version >= 170_000 {
        true => ", false, false, true",
        false => "",
    };
    // Before it is there, so that it is never without an owner.
    let note = sqlx::query("update tidings_outbox_relay set slot = $1").bind(slot);
    note.execute(pool).await.map_err(failed)?;
    let make = format!("select pg_create_logical_replication_slot('{slot}', 'pgoutput'{failover})");
    let make = session.run(&make);
    tokio::pin!(make);
    let mut waits = Some(
        "the slot is made once the transactions have ended that are open now, and the table is read until then",
    );
    loop {
        tokio::select! {
            made = &mut make => return made,
            () = sleep(LONG) => {}
        }
        if let Some(waits) = waits.take() {
            tracing::warn!(slot, "{waits}");
        } else if find(pool, slot)
            .await?
            .is_none_or(|found| found.active_pid.is_none())
        {
            let reason = "the session that makes the slot is gone";
            return Err(Error::new(ErrorKind::ConnectionLost, "tail", reason));
        }
    }
}
