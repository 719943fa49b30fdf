//! SQLite.
use super::{CONNECT, Opened, unreached::unreached};
use crate::config::Database;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::{str::FromStr, sync::Arc, time::Duration};
use tidings_outbox::sqlite::SqliteStore;

/// A file that is not there is not made: the service makes it.
pub(super) async fn open(database: &Database) -> Opened {
    let options = SqliteConnectOptions::from_str(database.url.reveal()).map_err(unreached)?;
    let options = options.busy_timeout(Duration::from_secs(20));
    let pool = SqlitePoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(CONNECT);
    let pool = pool.connect_with(options).await.map_err(unreached)?;
    Ok(Arc::new(SqliteStore::new(pool)))
}
