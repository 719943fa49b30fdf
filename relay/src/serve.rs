//! Runs a relay, from reaching database and broker to its end.
use crate::{Config, Failure, broker, database, health::Health, http::Endpoint, wait::patiently};
use std::{future::pending, pin::pin, sync::Arc, time::Duration};
use tidings::{DynTransport, Error, ErrorKind};
use tidings_outbox::{Alarm, Relay, Running, Store};
use tokio::time::{Instant, timeout};

/// Publishes what the outbox holds, until it is told to stop or cannot go on. What is being published then has the grace of the
/// configuration; what was not confirmed is published again by the next relay.
///
/// # Errors
/// When the configuration asks for what this build cannot do; when the database or the broker are not reached in time; when the
/// tables cannot be worked with; when the relay cannot go on, or was not done within the grace.
pub async fn serve(config: &Config, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let health = Arc::new(Health::default());
    let endpoint = match config.listen {
        Some(address) => Some(Endpoint::new(address, health.clone()).await?),
        None => None,
    };
    let answering = async {
        match endpoint {
            Some(endpoint) => endpoint.run().await,
            None => pending().await,
        }
    };
    tokio::select! {
        ended = publish(config, &health, stop) => ended,
        never = answering => match never {},
    }
}

async fn publish(
    config: &Config,
    health: &Health,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let mut stop = pin!(stop);
    let (mut running, transport) = tokio::select! {
        started = start(config) => started?,
        () = &mut stop => return Ok(()),
    };
    health.runs(running.state(), transport.state());
    tracing::info!(database = %config.database.url, "relay started");
    let failed = tokio::select! {
        error = running.failed() => Some(error),
        () = stop => None,
    };
    health.stops();
    let until = Instant::now() + config.grace;
    let ended = match failed {
        Some(error) => Err(error),
        None => {
            tracing::info!("relay stops");
            running.stop(config.grace).await
        }
    };
    let left = until.saturating_duration_since(Instant::now());
    let closed = transport.close(left).await;
    ended.and(closed).map_err(Failure::Ended)
}

/// Checks that the database and the broker can be reached, and that the tables can be worked with.
///
/// # Errors
/// As of [`serve`].
pub async fn check(config: &Config) -> Result<(), Failure> {
    let (_, transport) = reach(config).await?;
    transport
        .close(config.grace)
        .await
        .map_err(Failure::Unreached)
}

async fn start(config: &Config) -> Result<(Running, Arc<dyn DynTransport>), Failure> {
    let (store, transport) = reach(config).await?;
    let mut settings = config.relay.clone();
    settings.alarms = settings.alarms.heard_by(heard);
    let begin = async || {
        let relay = Relay::new(store.clone(), transport.clone());
        let started = relay.with_settings(settings.clone()).start().await;
        started.map_err(|error| error.with("database", &config.database.url))
    };
    Ok((told(config.wait, begin).await?, transport))
}

/// Alarms are lines of the log.
fn heard(alarm: &Alarm) {
    match alarm {
        Alarm::Parked {
            messages,
            channel,
            reason,
        } => tracing::error!(
            messages,
            channel,
            reason,
            "messages are parked; `tidings outbox list` shows them"
        ),
        Alarm::Behind { rows, age } => tracing::error!(rows, ?age, "publishing is behind"),
        Alarm::Writer { open } => {
            tracing::error!(?open, "a transaction that has written is open for long");
        }
        Alarm::Away { error } => tracing::error!(%error, "the outbox cannot be read"),
        Alarm::Ended { error } => tracing::error!(%error, "the relay has ended"),
        other => tracing::error!(?other, "alarm"),
    }
}

/// The outbox of the database, whose tables are of the right version; no broker need be told.
///
/// # Errors
/// When the database is not reached in time, or its tables cannot be worked with.
pub async fn store(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    database::check(&config.database, config.mode)?;
    let open = async || database::open(&config.database, config.mode).await;
    let store = patiently("database", config.wait, open).await;
    let store = store.map_err(unreached)?;
    let answer = config.relay.answer;
    let check = async || {
        let checked = timeout(answer, store.check()).await.unwrap_or_else(|_| {
            let reason = format!("the database does not answer within {answer:?}");
            Err(Error::new(ErrorKind::Timeout, "check", reason))
        });
        checked.map_err(|error| error.with("database", &config.database.url))
    };
    told(config.wait, check).await?;
    Ok(store)
}

async fn reach(config: &Config) -> Result<(Arc<dyn Store>, Arc<dyn DynTransport>), Failure> {
    // What is wrong with the configuration is told before anything is waited for.
    let missing = || Failure::Configured("`broker.url` is missing".to_owned());
    let broker = config.broker.as_ref().ok_or_else(missing)?;
    broker::check(broker)?;
    let store = store(config).await?;
    let open = async || broker::open(broker).await;
    let transport = patiently("broker", config.wait, open).await;
    let transport = transport.map_err(unreached)?;
    if let Some(advice) = broker::advice(broker) {
        tracing::info!("{advice}");
    }
    Ok((store, transport))
}

/// An error of connecting: an address that makes no sense is one of the configuration.
fn unreached(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Invalid | ErrorKind::Unsupported => Failure::Configured(error.to_string()),
        _ => Failure::Unreached(error),
    }
}

/// Asks for what needs the tables, until the database says something of them: it may go away again just then.
async fn told<T>(wait: Duration, ask: impl AsyncFn() -> tidings::Result<T>) -> Result<T, Failure> {
    let once = async || match ask().await {
        Err(error) if error.is_retryable() => Err(error),
        told => Ok(told),
    };
    let told = patiently("database", wait, once).await;
    told.map_err(Failure::Unreached)?.map_err(Failure::Tables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[tokio::test]
    async fn a_database_that_goes_away_at_the_first_look_is_waited_for_and_what_it_says_is_not() {
        let asked = AtomicUsize::new(0);
        let ask = async || match asked.fetch_add(1, SeqCst) {
            0 => Err(lost()),
            _ => Ok(()),
        };
        let wait = Duration::from_secs(60);
        assert!(told(wait, ask).await.is_ok());
        assert!(matches!(
            told(Duration::ZERO, async || Err::<(), _>(lost())).await,
            Err(Failure::Unreached(_))
        ));
        let missing = async || Err::<(), _>(Error::new(ErrorKind::NotFound, "check", "no table"));
        assert!(matches!(told(wait, missing).await, Err(Failure::Tables(_))));
    }

    fn lost() -> Error {
        Error::new(ErrorKind::ConnectionLost, "check", "it went")
    }
}
