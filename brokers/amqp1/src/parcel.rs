//! A message on its way to the broker, and whoever waits to hear what became of it.
use fe2o3_amqp::types::messaging::{Data, Message};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering::SeqCst},
};
use tidings::Result;
use tokio::{sync::mpsc, time::Instant};

/// How far a message is, known to both ends.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU8);

const WAITS: u8 = 0;
const SENT: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Progress {
    /// It is sent now, unless it was given up.
    pub(crate) fn send(&self) -> bool {
        self.0.compare_exchange(WAITS, SENT, SeqCst, SeqCst).is_ok()
    }

    /// It will never be sent; false where it may have been.
    pub(crate) fn give_up(&self) -> bool {
        self.0
            .compare_exchange(WAITS, GIVEN_UP, SeqCst, SeqCst)
            .is_ok()
    }
}

/// A message to be sent.
pub(crate) struct Parcel {
    pub(crate) message: Message<Data>,
    pub(crate) size: usize,
    pub(crate) deadline: Instant,
    pub(crate) progress: Arc<Progress>,
    pub(crate) answer: Answer,
}

/// Where the outcome goes.
pub(crate) struct Answer {
    at: usize,
    to: mpsc::UnboundedSender<(usize, Result<()>)>,
}

impl Answer {
    pub(crate) fn new(at: usize, to: mpsc::UnboundedSender<(usize, Result<()>)>) -> Self {
        Self { at, to }
    }

    pub(crate) fn tell(self, outcome: Result<()>) {
        // Whoever asked may have gone.
        drop(self.to.send((self.at, outcome)));
    }
}
