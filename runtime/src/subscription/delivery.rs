//! A typed delivery, and what its holder can do about it.
use super::taken::Taken;
use crate::{Metadata, Received, Result, Str, transport::Verdict};
use std::{fmt, ops::Deref, time::Duration};

/// A received message that waits to be settled. Dropped unsettled, it is delivered again.
///
/// A broker that is told up to where all is done (Kafka) hears of one once those before it are done too: should the process die
/// before that, they come again together. What is delivered again is held here meanwhile, so that with some thousands of messages
/// behind it no more come.
#[must_use = "a delivery that is not settled is delivered again"]
pub struct Delivery<M> {
    received: Received<M>,
    taken: Taken,
}

impl<M> Delivery<M> {
    pub(super) fn new(received: Received<M>, taken: Taken) -> Self {
        Self { received, taken }
    }

    /// What the transport knows of the message.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.received.metadata
    }

    /// Done with it.
    ///
    /// # Errors
    /// When the transport could not be told; the message comes again.
    pub async fn ack(self) -> Result<()> {
        self.taken.settle(Verdict::Ack).await
    }

    /// Have it delivered again, not before that time has passed. Those that the subscriber has already do not wait for it; others of
    /// its key do where the transport holds keys, in process and over sockets.
    ///
    /// # Errors
    /// When the transport could not be told; the message comes again.
    pub async fn retry(self, after: Duration) -> Result<()> {
        self.taken.settle(Verdict::Retry { after }).await
    }

    /// Never have it delivered again, for that reason: a short phrase. It goes to the dead letters of its channel, as what a service
    /// rejects does that is told nothing else.
    ///
    /// # Errors
    /// When it could not be kept there, or the transport not be told; the message comes again.
    pub async fn reject(self, reason: impl Into<Str>) -> Result<()> {
        let reason: Str = reason.into();
        self.taken.give_up("rejected", reason.to_string()).await
    }
}

impl<M> Deref for Delivery<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.received.message
    }
}

impl<M: fmt::Debug> fmt::Debug for Delivery<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Delivery").field(&self.received).finish()
    }
}
