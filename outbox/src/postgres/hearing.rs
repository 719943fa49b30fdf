//! Who hears that something was committed.
use super::NEEDED;
use sqlx::{PgPool, postgres::PgListener};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long until it is tried again to hear what is told, and how long that may take.
const DEAF: Duration = Duration::from_secs(10);
const TO_LISTEN: Duration = Duration::from_secs(2);

/// Hears what is told.
#[derive(Default)]
pub(super) struct Hearing {
    pub(super) listener: Option<PgListener>,
    /// When it was tried in vain.
    tried: Option<Instant>,
    /// Whether somebody was told that nobody hears.
    is_told: bool,
}

impl Hearing {
    /// Whether it is time to listen, where the pool has a connection for that beside those of the lead.
    pub(super) fn is_due(&self, pool: &PgPool) -> bool {
        pool.options().get_max_connections() > NEEDED
            && self.listener.is_none()
            && self.tried.is_none_or(|tried| tried.elapsed() > DEAF)
    }

    /// Listens, where it can.
    pub(super) async fn begin(&mut self, pool: &PgPool) {
        let listen = async {
            let mut listener = PgListener::connect_with(pool).await?;
            listener.listen("tidings_outbox").await?;
            sqlx::Result::Ok(listener)
        };
        match timeout(TO_LISTEN, listen).await {
            Ok(Ok(listener)) => {
                self.listener = Some(listener);
                self.is_told = false;
            }
            Ok(Err(error)) => self.deaf(&error),
            Err(_) => self.deaf(&sqlx::Error::PoolTimedOut),
        }
    }

    pub(super) fn deaf(&mut self, error: &sqlx::Error) {
        self.listener = None;
        self.tried = Some(Instant::now());
        if !std::mem::replace(&mut self.is_told, true) {
            tracing::warn!(%error, "the relay does not hear what writers tell, and looks now and then; it is tried again");
        }
    }
}
