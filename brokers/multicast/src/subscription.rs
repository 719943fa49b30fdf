//! What one consumer receives.
use crate::{hub::Hub, mailbox::Mailbox};
use std::{fmt, sync::Arc};
use tidings::{
    Error, Result,
    transport::{Event, Settler, Subscription, Token, Verdict},
};

/// What comes of one channel.
pub struct MulticastSubscription {
    mailbox: Arc<Mailbox>,
    /// Receives while it is there.
    _hub: Arc<Hub>,
}

impl MulticastSubscription {
    pub(crate) fn new(mailbox: Arc<Mailbox>, hub: Arc<Hub>) -> Self {
        Self { mailbox, _hub: hub }
    }
}

impl Subscription for MulticastSubscription {
    type Settler = MulticastSettler;

    fn settler(&self) -> MulticastSettler {
        MulticastSettler(())
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        self.mailbox.next(max).await
    }
}

impl fmt::Debug for MulticastSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MulticastSubscription")
            .finish_non_exhaustive()
    }
}

/// Settles nothing: what came has come, and nobody sends it again.
#[derive(Debug, Clone)]
pub struct MulticastSettler(());

impl Settler for MulticastSettler {
    async fn settle(&self, _: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        Vec::new()
    }

    fn settle_now(&self, _: &[(Token, Verdict)]) -> Option<Vec<(Token, Error)>> {
        Some(Vec::new())
    }
}
