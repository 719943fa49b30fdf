//! MySQL and MariaDB.
use super::{CONNECT, Opened, unreached};
use crate::config::Database;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use std::{str::FromStr, sync::Arc};
use tidings_outbox::mysql::MySqlStore;

pub(super) async fn open(database: &Database) -> Opened {
    let mut options = MySqlConnectOptions::from_str(database.url.reveal()).map_err(unreached)?;
    if let Some(password) = &database.password {
        options = options.password(password.reveal());
    }
    let pool = MySqlPoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(CONNECT);
    let pool = pool.connect_with(options).await.map_err(unreached)?;
    Ok(Arc::new(MySqlStore::new(pool)))
}
