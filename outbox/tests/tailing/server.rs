//! The server behind the databases of tests.
use crate::{Outcome, database::Base, sink::Sink};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use std::{
    cell::RefCell,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tidings_outbox::{
    Relay, Running,
    tailing::{TailSettings, Tailing},
};
use tokio::runtime::Builder;

thread_local! {
    /// The databases of the test of this thread.
    static NAMES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Those of all tests, whichever threads they have used.
static ALL: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The URL of a pool's database.
pub(crate) fn url(pool: &PgPool) -> String {
    let options = pool.connect_options();
    let database = options.get_database().unwrap_or_default().to_owned();
    let (user, host, port) = (
        options.get_username(),
        options.get_host(),
        options.get_port(),
    );
    let url = format!("postgres://{user}@{host}:{port}/{database}");
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(database.clone());
    NAMES.with_borrow_mut(|names| names.push(database));
    url
}

pub(crate) fn pool(base: &Base) -> Outcome<&PgPool> {
    match base {
        Base::Postgres(pool) => Ok(pool),
        _ => Err("not of PostgreSQL".into()),
    }
}

pub(crate) fn tailing(base: &Base) -> Outcome<Tailing> {
    let pool = pool(base)?;
    Ok(Tailing::new(pool.clone(), &url(pool))?)
}

pub(crate) async fn relay(base: &Base, sink: &Sink, settings: TailSettings) -> Outcome<Running> {
    let tailing = tailing(base)?.with_settings(settings);
    let relay = Relay::new(Arc::new(tailing), Arc::new(sink.clone()));
    Ok(relay
        .with_settings(crate::database::settings())
        .start()
        .await?)
}

/// What a query of one value gives.
pub(crate) async fn ask<T>(base: &Base, sql: &str) -> Outcome<T>
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let asked = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
    Ok(asked.fetch_one(pool(base)?).await?)
}

/// Waits until a query says so.
pub(crate) async fn until(what: &str, base: &Base, sql: &str) -> Outcome {
    for _ in 0..1000 {
        if ask(base, sql).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("never: {what}").into())
}

/// Whether a relay reads the log.
pub(crate) const STREAMING: &str = "select exists (select from pg_stat_replication s join pg_replication_slots r on r.active_pid = s.pid \
    where r.database = current_database() and s.state = 'streaming')";

/// Waits until a relay reads the log.
pub(crate) async fn tails(base: &Base) -> Outcome {
    until("the log is read", base, STREAMING).await
}

/// Waits until nobody reads the log.
pub(crate) async fn free(base: &Base) -> Outcome {
    let free = "select coalesce(not bool_or(active), true) from pg_replication_slots where database = current_database()";
    until("nobody reads the log", base, free).await
}

/// Waits until all that was published is deleted.
pub(crate) async fn settled(base: &Base) -> Outcome {
    let empty = "select not exists (select from tidings_outbox)";
    until("all is deleted", base, empty).await
}

/// Drops the slots of this test's databases, once nobody has them, at whichever server.
pub(crate) async fn drop_slots() -> Outcome {
    drop_slots_at_all(NAMES.take()).await
}

/// Those of all tests, of which none runs any more: a relay that ends as its test does may have made its slot again.
pub(crate) fn drop_all_slots() -> Outcome {
    let names = std::mem::take(&mut *ALL.lock().unwrap_or_else(PoisonError::into_inner));
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(drop_slots_at_all(names))
}

async fn drop_slots_at_all(names: Vec<String>) -> Outcome {
    for server in ["TIDINGS_TEST_POSTGRES", "TIDINGS_TEST_POSTGRES_OWN"] {
        if let Ok(url) = std::env::var(server)
            && !names.is_empty()
        {
            let mut server = PgConnection::connect(&url).await?;
            drop_slots_of(&mut server, &names).await?;
        }
    }
    Ok(())
}

async fn drop_slots_of(server: &mut PgConnection, names: &[String]) -> Outcome {
    const OURS: &str = "from pg_replication_slots where database = any($1)";
    for _ in 0..200 {
        for (what, active) in [
            ("pg_terminate_backend(active_pid)", true),
            ("pg_drop_replication_slot(slot_name)", false),
        ] {
            let sql = AssertSqlSafe(format!("select {what} {OURS} and active = {active}"));
            // One may take it in between.
            let _ = sqlx::query(sql).bind(names).execute(&mut *server).await;
        }
        let left = AssertSqlSafe(format!("select count(*) {OURS}"));
        let left = sqlx::query_scalar(left).bind(names);
        let left: i64 = left.fetch_one(&mut *server).await?;
        if left == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("slots are left".into())
}
