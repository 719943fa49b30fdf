//! A message on its way to the broker: before it is sent, afterwards, and where its outcome goes.
use bytes::Bytes;
use lapin::{BasicProperties, Confirmation, types::ShortString};
use std::collections::HashSet;
use tidings::{Error, ErrorKind, Result};
use tokio::{sync::mpsc, time::Instant};

/// A message on its way.
pub(crate) struct Parcel {
    pub(crate) exchange: ShortString,
    pub(crate) key: ShortString,
    pub(crate) mandatory: bool,
    /// Whether more queues than one may take it.
    pub(crate) is_shared: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Bytes,
    /// Later it is not sent.
    pub(crate) deadline: Instant,
    pub(crate) answer: Answer,
}

/// Where the outcome of a message goes.
pub(crate) struct Answer {
    at: usize,
    to: Option<mpsc::UnboundedSender<(usize, Result<()>)>>,
}

impl Answer {
    pub(crate) fn new(at: usize, to: mpsc::UnboundedSender<(usize, Result<()>)>) -> Self {
        Self { at, to: Some(to) }
    }

    pub(crate) fn tell(mut self, outcome: Result<()>) {
        self.send(outcome);
    }

    fn send(&mut self, outcome: Result<()>) {
        if let Some(to) = self.to.take() {
            // Whoever asked may have gone.
            drop(to.send((self.at, outcome)));
        }
    }
}

impl Drop for Answer {
    /// What was sent and never answered was lost with its connection.
    fn drop(&mut self) {
        let reason = "the connection was lost before it was confirmed";
        let lost = Error::new(ErrorKind::ConnectionLost, "publish", reason);
        self.send(Err(lost.ambiguous()));
    }
}

/// What is known of a message that was sent.
pub(crate) struct Sent {
    /// Where it went, where it may come back.
    pub(crate) place: Option<Place>,
    pub(crate) exchange: ShortString,
    pub(crate) user: Option<ShortString>,
    pub(crate) size: usize,
    pub(crate) is_shared: bool,
    pub(crate) answer: Answer,
    pub(crate) outcome: lapin::Result<Confirmation>,
}

impl Sent {
    /// Whether it is one of those that came back, and takes it out.
    pub(crate) fn is_among(&self, back: &mut HashSet<Place>) -> bool {
        self.place.as_ref().is_some_and(|place| back.remove(place))
    }
}

/// What tells a message that came back from others: exchange, routing key and id. One message may be sent to several channels.
pub(crate) type Place = [ShortString; 3];
