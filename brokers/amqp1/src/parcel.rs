//! A message on its way to the broker, and whoever waits to hear what became of it.
use crate::error::lost;
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

/// Where the outcome goes, of which there always is one.
pub(crate) struct Answer {
    at: usize,
    progress: Arc<Progress>,
    to: Option<mpsc::UnboundedSender<(usize, Result<()>)>>,
}

impl Answer {
    pub(crate) fn new(
        at: usize,
        progress: Arc<Progress>,
        to: mpsc::UnboundedSender<(usize, Result<()>)>,
    ) -> Self {
        let to = Some(to);
        Self { at, progress, to }
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
    /// What nobody told anything of was lost with its link.
    fn drop(&mut self) {
        let lost = match self.progress.give_up() {
            true => lost("publish", "the link ended before it was sent"),
            false => lost("publish", "the link ended before it was confirmed").ambiguous(),
        };
        self.send(Err(lost));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::ErrorKind;

    #[test]
    fn what_is_dropped_is_told_as_lost() {
        let (to, mut told) = mpsc::unbounded_channel();
        for (at, is_sent) in [(0, false), (1, true)] {
            let progress = Arc::new(Progress::default());
            let answer = Answer::new(at, progress.clone(), to.clone());
            assert!(!is_sent || progress.send());
            drop(answer);
            let (of, outcome) = told.try_recv().expect("something is told");
            let error = outcome.unwrap_err();
            assert_eq!((of, error.kind()), (at, ErrorKind::ConnectionLost));
            assert_eq!(error.is_ambiguous(), is_sent);
        }
        Answer::new(2, Arc::default(), to).tell(Ok(()));
        assert!(matches!(told.try_recv(), Ok((2, Ok(())))));
        assert!(told.try_recv().is_err());
    }
}
