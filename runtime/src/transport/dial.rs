//! How a transport reaches its broker, and trying until it does.
use crate::{Error, ErrorKind, Result, Str};
use std::{
    fmt::Display,
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::{Instant, sleep, timeout};

/// The shortest pause between tries, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// What a connection is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To publish by.
    Publish,
    /// To receive by, and to settle.
    Consume,
}

/// How a transport reaches its broker.
pub trait Dial: Send + Sync + 'static {
    /// One connection.
    type Line: Line;

    /// Makes one connection, which is the how many-th of its purpose, from 1.
    fn connect(
        &self,
        purpose: Purpose,
        number: u32,
    ) -> impl Future<Output = Result<Arc<Self::Line>>> + Send;

    /// How long a broker is waited for that does not answer.
    fn patience(&self) -> Duration;

    /// Where the broker is, without secrets.
    fn server(&self) -> impl Display;
}

/// One connection to a broker, which ends when it is dropped.
pub trait Line: Send + Sync + 'static {
    /// Waits for its end, tells it to whatever belongs to it, and gives why.
    fn ended(&self) -> impl Future<Output = Str> + Send;

    /// Says goodbye, and ends it soon if that is not answered.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// Connects, as often as it takes until the time is over; what trying again cannot help ends it at once.
pub(super) async fn first<D: Dial>(dial: &D, purpose: Purpose) -> Result<Arc<D::Line>> {
    let (since, within) = (Instant::now(), dial.patience());
    let mut failed = None;
    let trying = async {
        loop {
            match dial.connect(purpose, 1).await {
                Err(error) if error.is_retryable() => {
                    tracing::debug!(%error, "connecting failed, trying again");
                    failed = Some(error);
                    sleep(pause(since)).await;
                }
                outcome => return outcome,
            }
        }
    };
    let outcome = timeout(within, trying).await;
    let silent = || {
        let reason = format!("the broker did not answer within {within:?}");
        Error::new(ErrorKind::Timeout, "connect", reason).with("server", dial.server())
    };
    outcome.unwrap_or_else(|_| Err(failed.unwrap_or_else(silent)))
}

/// A quarter of the time since the connection was lost, and at random up to half of that less, so that not all who were cut off come
/// back at once.
pub(super) fn pause(since: Instant) -> Duration {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let part = 0.5 + f64::from(now.subsec_nanos() % 1000) / 2000.0;
    (since.elapsed() / 4)
        .clamp(PAUSES.0, PAUSES.1)
        .mul_f64(part)
}
