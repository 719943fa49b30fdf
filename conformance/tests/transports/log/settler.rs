//! What settles the records of a member.
use super::{
    broker::Broker,
    end::{End, Link, check},
};
use std::sync::Arc;
use tidings::{
    Channel, Error, ErrorKind, Outgoing, Result, Str, Token, Verdict, transport::Settler,
};

#[derive(Clone)]
pub(crate) struct LogSettler {
    pub(crate) broker: Arc<Broker>,
    pub(crate) end: Arc<End>,
    pub(crate) channel: Channel,
    pub(crate) group: Str,
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
        for Outgoing { message, .. } in outgoing {
            check(message)?;
        }
        let mut topics = self.broker.lock();
        for Outgoing {
            channel, message, ..
        } in outgoing
        {
            topics.publish(channel, message);
        }
        topics.settle(&self.channel, &self.group, verdicts);
        drop(topics);
        self.broker.changed.notify_waiters();
        Ok(())
    }
}
