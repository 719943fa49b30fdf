//! Who hears that something was committed.
use super::NEEDED;
use crate::fault;
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
        if is_first(&mut self.is_told) {
            let error = fault::words(error);
            tracing::warn!(
                error,
                "the relay does not hear what writers tell, and looks now and then; it is tried again"
            );
        }
    }
}

/// Whether that is the first time since it was set back.
fn is_first(was: &mut bool) -> bool {
    !std::mem::replace(was, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::postgres::PgPoolOptions;

    #[test]
    fn what_lasts_is_told_once() {
        let mut was = false;
        let told = [is_first(&mut was), is_first(&mut was)];
        assert_eq!(told, [true, false]);
    }

    /// It connects to nothing.
    fn pool(connections: u32) -> PgPool {
        let options = PgPoolOptions::new().max_connections(connections);
        let pool = options.connect_lazy("postgres://nobody@127.0.0.1:1/nothing");
        pool.expect("the URL makes sense")
    }

    #[tokio::test(start_paused = true)]
    async fn who_could_not_listen_tries_again_after_ten_seconds() {
        let (pool, mut hearing) = (pool(3), Hearing::default());
        assert!(hearing.is_due(&pool));
        hearing.deaf(&sqlx::Error::PoolTimedOut);
        tokio::time::advance(DEAF).await;
        assert!(!hearing.is_due(&pool));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(hearing.is_due(&pool));
    }

    #[tokio::test]
    async fn nobody_listens_by_a_connection_that_the_lead_needs() {
        let are_due = [2, 3].map(|connections| Hearing::default().is_due(&pool(connections)));
        assert_eq!(are_due, [false, true]);
    }
}
