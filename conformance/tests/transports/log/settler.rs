//! What settles the records of a member.
use super::{
    broker::Broker,
    end::{End, Link, check},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidings::{
    Channel, Error, ErrorKind, Outgoing, Result, Str, Token, Verdict, transport::Settler,
};

type Verdicts = Vec<(Token, Verdict)>;

#[derive(Clone)]
pub(crate) struct LogSettler {
    pub(crate) broker: Arc<Broker>,
    pub(crate) end: Arc<End>,
    pub(crate) channel: Channel,
    pub(crate) group: Str,
    /// What the last transaction settled, where nobody was told of its end.
    pub(crate) untold: Arc<Mutex<Option<Verdicts>>>,
}

impl Settler for LogSettler {
    async fn settle(&self, verdicts: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        if self.end.is_closed() || self.end.link() != Link::Up {
            let lost = Error::new(ErrorKind::ConnectionLost, "settle", "there is no link");
            return verdicts
                .iter()
                .map(|(token, _)| (*token, lost.clone()))
                .collect();
        }
        self.broker
            .lock()
            .settle(&self.channel, &self.group, verdicts);
        self.broker.changed.notify_waiters();
        Vec::new()
    }

    async fn commit(&self, outgoing: &[Outgoing], verdicts: &[(Token, Verdict)]) -> Result<()> {
        for Outgoing {
            channel, message, ..
        } in outgoing
        {
            check(message).map_err(|error| error.with("channel", &channel.address))?;
        }
        let link = self.end.link();
        if self.end.is_closed() || matches!(link, Link::Cut | Link::Stalled) {
            return Err(lost("there is no link"));
        }
        let mut untold = self.untold();
        if untold.take().is_some_and(|untold| untold == verdicts) {
            return Ok(());
        }
        self.transact(outgoing, verdicts)?;
        self.broker.changed.notify_waiters();
        if link == Link::Deaf {
            *untold = Some(verdicts.to_vec());
            return Err(lost("the answer was lost").ambiguous());
        }
        Ok(())
    }
}

impl LogSettler {
    fn untold(&self) -> MutexGuard<'_, Option<Verdicts>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transact(&self, outgoing: &[Outgoing], verdicts: &[(Token, Verdict)]) -> Result<()> {
        let mut topics = self.broker.lock();
        let missing = |Outgoing { channel, .. }: &&Outgoing| topics.get(&channel.address).is_none();
        if let Some(Outgoing { channel, .. }) = outgoing.iter().find(missing) {
            let error = Error::new(ErrorKind::NotFound, "commit", "there is no such topic");
            return Err(error.with("channel", &channel.address));
        }
        if !topics.holds(&self.channel, &self.group, verdicts) {
            return Err(lost("another has it"));
        }
        for Outgoing {
            channel, message, ..
        } in outgoing
        {
            topics.publish(channel, message);
        }
        topics.settle(&self.channel, &self.group, verdicts);
        Ok(())
    }
}

fn lost(reason: &str) -> Error {
    Error::new(ErrorKind::ConnectionLost, "commit", reason)
}
