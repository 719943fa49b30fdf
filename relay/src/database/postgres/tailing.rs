//! PostgreSQL, by its transaction log.
use super::pool;
use crate::{
    config::Database,
    database::{Opened, address},
};
use std::sync::Arc;
use tidings_outbox::tailing::{TailSettings, Tailing};

pub(in crate::database) async fn open(database: &Database) -> Opened {
    let url = address::whole(database)?;
    let mut settings = TailSettings::default();
    settings.slot.clone_from(&database.tail.slot);
    settings.publication.clone_from(&database.tail.publication);
    let tailing = Tailing::new(pool(database).await?, &url)?;
    Ok(Arc::new(tailing.with_settings(settings)))
}
