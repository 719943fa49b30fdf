//! Opening the channel of a subscription, at first and after each loss.
use crate::{dial::Core, error::error, line::Line, source::Source};
use lapin::{
    Consumer,
    options::{BasicConsumeOptions, BasicQosOptions},
    types::{FieldTable, ShortString},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering::SeqCst},
    },
    time::Duration,
};
use tidings::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep, timeout_at};

/// Pause before a channel is opened again that was refused for now.
const PAUSE: Duration = Duration::from_millis(200);
/// How long opening again may take before it is told of and tried once more.
const OPENING: Duration = Duration::from_secs(30);

/// How a subscription begins, at first and after each loss.
pub(crate) struct Beginning {
    pub(crate) core: Arc<Core>,
    pub(crate) source: Source,
    /// Most that may be unsettled.
    pub(crate) prefetch: AtomicU16,
}

/// A channel with its consumer.
pub(crate) struct Opened {
    pub(crate) line: Arc<Line>,
    pub(crate) wire: lapin::Channel,
    pub(crate) consumer: Consumer,
    /// Whether nobody was there before, so that this one has the queue where one has.
    pub(crate) is_first: bool,
}

impl Beginning {
    /// Opens at first: a broker that goes meanwhile is waited for as long as connecting may take.
    pub(crate) async fn open_first(&self) -> Result<Opened> {
        let deadline = self.core.patience();
        self.core.patiently(deadline, || self.open(deadline)).await
    }

    /// Opens a channel, with what leads to the queue in its place, and consumes.
    async fn open(&self, deadline: Instant) -> Result<Opened> {
        let line = self.core.consuming("subscribe", deadline).await?;
        let opening = line.during("subscribe", self.begin(&line));
        let opened = timeout_at(deadline, opening).await.unwrap_or_else(|_| {
            let reason = "the broker did not answer in time";
            Err(Error::new(ErrorKind::Timeout, "subscribe", reason))
        });
        let (wire, consumer, is_first) = opened?;
        Ok(Opened {
            line,
            wire,
            consumer,
            is_first,
        })
    }

    async fn begin(&self, line: &Line) -> Result<(lapin::Channel, Consumer, bool)> {
        let failed = |cause| error("subscribe", cause).with("queue", &self.source.queue);
        let wire = line.connection.create_channel().await.map_err(failed)?;
        let declares = self.core.dial.settings.create || self.source.is_private;
        let declared = async {
            match declares {
                true => self.source.declare(&wire).await,
                false if self.source.is_shard => self.source.consumers(&wire).await,
                false => Ok(0),
            }
        };
        // Asked all at once; the broker answers in that order.
        let bounded = wire.basic_qos(self.prefetch.load(SeqCst), BasicQosOptions::default());
        let bounded = async { bounded.await.map_err(failed) };
        let (before, ()) = tokio::try_join!(declared, bounded)?;
        let consumer = wire
            .basic_consume(
                self.source.queue.clone(),
                ShortString::default(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .map_err(failed)?;
        Ok((wire, consumer, before == 0))
    }

    /// Has no more than that many sent ahead, and at most half of what were, once it is opened again.
    pub(crate) fn ask_for_fewer(&self, most: usize) {
        let most = u16::try_from(most).unwrap_or(u16::MAX);
        let fewer = most.min(self.prefetch.load(SeqCst) / 2).max(1);
        self.prefetch.store(fewer, SeqCst);
        tracing::debug!(queue = %self.source.queue, fewer, "messages are large, fewer are sent ahead");
    }

    /// The same after a loss, as often as it takes.
    pub(crate) async fn open_again(self: Arc<Self>) -> Result<Opened> {
        loop {
            match self.open(Instant::now() + OPENING).await {
                // The broker may not have noticed yet that the connection is over that had it.
                Err(error) if error.is_retryable() || error.kind() == ErrorKind::InUse => {
                    tracing::debug!(%error, "consuming failed, trying again");
                    sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Tells why the broker ended a channel; the end of a connection is told of once for all.
    pub(crate) fn ended(&self, cause: lapin::Error) {
        let error = error("receive", cause);
        if error.kind() != ErrorKind::ConnectionLost {
            tracing::warn!(queue = %self.source.queue, %error, "the broker ended the channel, which is opened again");
        }
    }
}
