//! PostgreSQL, by its transaction log.
use super::pool;
use crate::{
    config::Database,
    database::{Opened, address},
};
use std::sync::Arc;
use tidings_outbox::tailing::Tailing;

pub(in crate::database) async fn open(database: &Database) -> Opened {
    let url = address::whole(database)?;
    let tailing = Tailing::new(pool(database).await?, &url)?;
    let settings = database.tail.settings();
    Ok(Arc::new(tailing.with_settings(settings)))
}
