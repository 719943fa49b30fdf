//! The session that has the lead, as it has a lock.
use crate::reach;
use sqlx::{
    AssertSqlSafe, Decode, PgConnection, PgExecutor, PgPool, Postgres, Row as _, Transaction, Type,
};
use std::time::Duration;
use tidings::{Error, ErrorKind, Result};
use tokio::{join, sync::Notify, time::timeout, try_join};

/// The advisory lock of the relay that leads, `tidg` in ASCII, to which the number of the schema is added: locks are the database's, and
/// each of its schemas may have an outbox.
const LOCK: i64 = 0x7469_6467 << 32;

/// How long the database waits for a word of a relay that leads before it ends its session, as of one whose machine is gone.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// After which time at most it says one.
pub(crate) const WORD: Duration = Duration::from_millis(2500);

/// The lock, for as long as the transaction stays open; none while another has it.
pub(crate) async fn take(pool: &PgPool) -> Result<Option<Transaction<'static, Postgres>>> {
    match taken(pool).await {
        Ok((held, Some(is_ours))) => Ok(is_ours.then_some(held)),
        Ok((_, None)) => Err(only_a_copy()),
        Err(error) => Err(reach::failed("lead", pool, error).await),
    }
}

/// Whether the lock was to be had; none where nothing can be deleted.
async fn taken(pool: &PgPool) -> sqlx::Result<(Transaction<'static, Postgres>, Option<bool>)> {
    // Before the transaction, which stays open: what it reads of tables it keeps from `vacuum full`, and that all others.
    let lock = format!(
        "select case when not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' \
         then {LOCK} + relnamespace::int8 end from pg_class where oid = 'tidings_outbox'::regclass"
    );
    let lock: Option<i64> = told(pool, lock).await?;
    let mut held = pool.begin().await?;
    // Each statement is to see what was committed until then, whatever the usual is here. What ends long transactions (PostgreSQL 17)
    // is not meant for this one, which has no snapshot between its statements.
    let manner = format!(
        "set transaction isolation level read committed; set local idle_in_transaction_session_timeout = {}; \
         select set_config(name, '0', true) from pg_settings where name = 'transaction_timeout'",
        SILENCE.as_millis()
    );
    sqlx::raw_sql(AssertSqlSafe(manner))
        .execute(&mut *held)
        .await?;
    let Some(lock) = lock else {
        return Ok((held, None));
    };
    let is_ours = format!("select pg_try_advisory_xact_lock({lock})");
    let is_ours = told(&mut *held, is_ours).await?;
    Ok((held, Some(is_ours)))
}

/// What a statement gives that is not prepared: behind a pooler that lends connections by the transaction another's may have its name, and
/// what that gives may look like a lock.
async fn told<'a, T>(by: impl PgExecutor<'a>, statement: String) -> sqlx::Result<T>
where
    T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
{
    let row = sqlx::raw_sql(AssertSqlSafe(statement)).fetch_one(by);
    row.await?.try_get(0)
}

/// What is deleted of a copy comes again from its original.
fn only_a_copy() -> Error {
    let reason = "the server, or what is usual for the user's transactions, is read-only, as copies are; let the relay connect to the one \
                  that is written to";
    Error::new(ErrorKind::ConnectionLost, "lead", reason)
}

/// What is done with the lead, whatever time it takes: the database hears meanwhile that the session which has the lock lives, and is
/// asked at its beginning. An error, where it does not.
pub(crate) async fn leading<T>(
    held: &mut PgConnection,
    done: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    let is_done = Notify::new();
    let ((), done) = try_join!(lives(held, &is_done), telling(done, &is_done))?;
    Ok(done)
}

/// The same of what is right whoever leads: what was published is deleted once that has begun.
pub(crate) async fn settling<T>(
    held: &mut PgConnection,
    done: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    let is_done = Notify::new();
    let (_, done) = join!(lives(held, &is_done), telling(done, &is_done));
    done
}

async fn lives(held: &mut PgConnection, is_done: &Notify) -> sqlx::Result<()> {
    loop {
        sqlx::raw_sql("select 1").execute(&mut *held).await?;
        if timeout(WORD, is_done.notified()).await.is_ok() {
            return Ok(());
        }
    }
}

async fn telling<T>(done: impl Future<Output = T>, is_done: &Notify) -> T {
    let done = done.await;
    is_done.notify_one();
    done
}
