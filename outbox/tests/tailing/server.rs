//! The server behind the databases of tests.
use crate::Outcome;
use sqlx::{Connection as _, PgConnection, PgPool};
use std::cell::RefCell;

thread_local! {
    /// The databases of the test of this thread.
    static NAMES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

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
    NAMES.with_borrow_mut(|names| names.push(database));
    url
}

/// Drops the slots of this test's databases, once nobody has them.
pub(crate) async fn drop_slots() -> Outcome {
    let names = NAMES.take();
    if names.is_empty() {
        return Ok(());
    }
    let mut server = PgConnection::connect(&std::env::var("TIDINGS_TEST_POSTGRES")?).await?;
    sqlx::query("select pg_terminate_backend(active_pid) from pg_replication_slots where database = any($1) and active")
        .bind(&names)
        .execute(&mut server)
        .await?;
    for _ in 0..200 {
        let dropped = sqlx::query(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = any($1) and not active",
        );
        let _ = dropped.bind(&names).execute(&mut server).await;
        let left: i64 = sqlx::query_scalar(
            "select count(*) from pg_replication_slots where database = any($1)",
        )
        .bind(&names)
        .fetch_one(&mut server)
        .await?;
        if left == 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    Err("slots are left".into())
}
