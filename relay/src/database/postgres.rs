//! PostgreSQL.
#[cfg(feature = "tailing")]
pub(super) mod tailing;

use super::{CONNECT, Opened, reach::reach, unreached::unreached};
use crate::config::Database;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, sync::Arc};
use tidings::Result;
use tidings_outbox::postgres::PostgresStore;

pub(super) async fn open(database: &Database) -> Opened {
    let pool = pool(database).await?;
    Ok(Arc::new(PostgresStore::new(pool)))
}

async fn pool(database: &Database) -> Result<PgPool> {
    let mut options = PgConnectOptions::from_str(database.url.reveal()).map_err(unreached)?;
    // PgBouncer refuses what it does not know; fractions come in their binary form, which needs no digits.
    options = options
        .application_name("tidings-relay")
        .extra_float_digits(None);
    if let Some(password) = &database.password {
        options = options.password(password.reveal());
    }
    reach(&options).await?;
    let pool = PgPoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(CONNECT);
    Ok(pool.connect_lazy_with(options))
}
