//! What a transport and its subscriptions share: connections, what the broker offers, and how many subscriptions there are.
use crate::{
    dial::Dial,
    dialect::{Dialect, Offer},
    scheduler,
};
use std::{ops::Deref, time::Duration};
use tidings::{Result, transport::Connections};
use tokio::{sync::watch, time::timeout};

/// How long subscriptions may take to give back what they have.
const GIVING_BACK: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Core {
    connections: Connections<Dial>,
    pub(crate) offer: Offer,
    /// Subscriptions that have not ended.
    subscriptions: watch::Sender<usize>,
}

impl Deref for Core {
    type Target = Connections<Dial>;

    fn deref(&self) -> &Connections<Dial> {
        &self.connections
    }
}

impl Core {
    pub(crate) async fn open(dial: Dial) -> Result<Self> {
        let connections = Connections::open(dial).await?;
        let line = connections
            .consuming("connect", connections.patience())
            .await?;
        let mut offer = line.offer.clone();
        offer.delays &= offer.dialect == Dialect::Artemis || scheduler::is_there(&line).await;
        Ok(Self {
            connections,
            offer,
            subscriptions: watch::Sender::new(0),
        })
    }

    /// One more subscription, or one less.
    pub(crate) fn subscriptions(&self, change: isize) {
        self.subscriptions
            .send_modify(|count| *count = count.saturating_add_signed(change));
    }

    /// Refuses what is new, waits for what is out, and ends all.
    pub(crate) async fn close(&self, grace: Duration) -> Result<()> {
        let mut left = self.subscriptions.subscribe();
        let given_back = async {
            drop(timeout(GIVING_BACK, left.wait_for(|count| *count == 0)).await);
        };
        self.connections.close(grace, given_back).await
    }
}
