//! MySQL and MariaDB.
#[cfg(feature = "binlog")]
use super::address;
use super::{CONNECT, Opened, reach::reach, unreached::unreached};
use crate::config::Database;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use std::{str::FromStr, sync::Arc};
use tidings::{Error, ErrorKind, Result};
use tidings_outbox::mysql::MySqlStore;

pub(super) async fn open(database: &Database) -> Opened {
    Ok(Arc::new(store(database).await?))
}

/// The same, told by the binary log what was committed.
#[cfg(feature = "binlog")]
pub(super) async fn open_told(database: &Database) -> Opened {
    let url = address::whole(database)?;
    Ok(Arc::new(store(database).await?.told_by(&url)?))
}

async fn store(database: &Database) -> Result<MySqlStore> {
    let mut options = MySqlConnectOptions::from_str(database.url.reveal()).map_err(unreached)?;
    if let Some(password) = &database.password {
        options = options.password(password.reveal());
    }
    if options.get_database().is_none() {
        let reason = "`database.url` names no database; write it behind the host, as in `mysql://relay@db/shop`";
        return Err(Error::new(ErrorKind::Invalid, "connect", reason));
    }
    reach(&options).await?;
    let pool = MySqlPoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(CONNECT);
    Ok(MySqlStore::new(pool.connect_lazy_with(options)))
}
