//! PostgreSQL, by its transaction log.
use super::pool;
use crate::{config::Database, database::Opened};
use std::sync::Arc;
use tidings::{Error, ErrorKind, Result};
use tidings_outbox::tailing::{TailSettings, Tailing};
use url::Url;

pub(in crate::database) async fn open(database: &Database) -> Opened {
    let url = url(database)?;
    let mut settings = TailSettings::default();
    settings.slot.clone_from(&database.tail.slot);
    if let Some(publication) = &database.tail.publication {
        settings.publication.clone_from(publication);
    }
    let tailing = Tailing::new(pool(database).await?, &url)?;
    Ok(Arc::new(tailing.with_settings(settings)))
}

/// The address for the connection that reads the log, with the password that is told besides.
fn url(database: &Database) -> Result<String> {
    let Some(password) = &database.password else {
        return Ok(database.url.reveal().to_owned());
    };
    let invalid = |reason: &str| Error::new(ErrorKind::Invalid, "connect", reason);
    let mut url = Url::parse(database.url.reveal()).map_err(|error| invalid(&error.to_string()))?;
    let set = url.set_password(Some(password.reveal()));
    set.map_err(|()| invalid("an address without a host has no password"))?;
    Ok(url.into())
}
