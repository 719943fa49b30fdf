//! Databases that tests have left. A program that is run again and again, and may be killed in the middle, would fill a disk with them.
use crate::Outcome;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::{runtime::Builder, time::timeout};

/// Longer than any test takes.
const OLD: Duration = Duration::from_secs(300);

/// How long that may take at each server, before the tests begin.
const MOST: Duration = Duration::from_secs(10);

/// Drops those of programs that have ended, by the time in their names. What cannot be dropped is left to the next program.
pub(crate) fn drop_old() {
    let runtime = Builder::new_current_thread().enable_all().build();
    if let Ok(runtime) = runtime {
        runtime.block_on(async {
            let _ = timeout(MOST, postgres()).await;
            let _ = timeout(MOST, mysql()).await;
        });
    }
}

/// What the first name that is not old begins with: they are of UUIDs, which begin with the milliseconds since 1970.
fn young() -> String {
    let since = (SystemTime::now() - OLD).duration_since(UNIX_EPOCH);
    format!("t{:012x}", since.unwrap_or_default().as_millis())
}

async fn postgres() -> Outcome {
    let Ok(url) = std::env::var("TIDINGS_TEST_POSTGRES") else {
        return Ok(());
    };
    let mut server = PgConnection::connect(&url).await?;
    let old =
        "select datname::text from pg_database where datname ~ '^t[0-9a-f]{32}$' and datname < $1";
    let old: Vec<String> = sqlx::query_scalar(old)
        .bind(young())
        .fetch_all(&mut server)
        .await?;
    for name in old {
        // A slot keeps its database, and the log of the whole server.
        let slots = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1 and not active";
        let _ = sqlx::query(slots).bind(&name).execute(&mut server).await;
        let drop = AssertSqlSafe(format!("drop database if exists {name} with (force)"));
        let _ = sqlx::raw_sql(drop).execute(&mut server).await;
    }
    Ok(())
}

async fn mysql() -> Outcome {
    let Ok(url) = std::env::var("TIDINGS_TEST_MARIADB") else {
        return Ok(());
    };
    let mut server = MySqlConnection::connect(&url).await?;
    sqlx::raw_sql("set session lock_wait_timeout = 2")
        .execute(&mut server)
        .await?;
    let old = "select schema_name from information_schema.schemata where schema_name regexp '^t[0-9a-f]{32}$' and schema_name < ?";
    let old: Vec<String> = sqlx::query_scalar(old)
        .bind(young())
        .fetch_all(&mut server)
        .await?;
    for name in old {
        let drop = AssertSqlSafe(format!("drop database if exists {name}"));
        let _ = sqlx::raw_sql(drop).execute(&mut server).await;
    }
    Ok(())
}
