//! A lead that is given up where the database does not answer, as one does whose machine is gone.
use crate::{Lead, Read, Refused, Stored};
use std::time::Duration;
use tidings::{BoxFuture, Error, ErrorKind, MessageId, Result};
use tokio::time::timeout;

/// What is asked of a database, for that long at most.
pub(super) async fn answer<T>(
    within: Duration,
    operation: &'static str,
    what: impl Future<Output = Result<T>>,
) -> Result<T> {
    timeout(within, what).await.unwrap_or_else(|_| {
        let reason = format!("the database does not answer within {within:?}");
        Err(Error::new(ErrorKind::Timeout, operation, reason))
    })
}

pub(super) struct Patient {
    lead: Box<dyn Lead>,
    within: Duration,
}

impl Patient {
    pub(super) fn new(lead: Box<dyn Lead>, within: Duration) -> Self {
        Self { lead, within }
    }
}

impl Lead for Patient {
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(answer(self.within, "read", self.lead.channels(most)))
    }

    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(answer(self.within, "read", self.lead.read(what)))
    }

    fn settle<'a>(
        &'a mut self,
        channel: &'a str,
        published: &'a [(i64, MessageId)],
        parked: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>> {
        let settled = self.lead.settle(channel, published, parked);
        Box::pin(answer(self.within, "settle", settled))
    }

    fn rest(&mut self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(answer(self.within, "read", self.lead.rest()))
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()> {
        self.lead.wait(at_most)
    }
}
