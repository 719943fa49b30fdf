//! A message on its way to the broker, and whoever waits to hear what became of it.
use crate::error::lost;
use fe2o3_amqp::types::messaging::{Data, Message};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering::SeqCst},
};
use tidings::Result;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::Instant,
};

/// How far a message is, known to both ends.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU8);

const WAITS: u8 = 0;
const GIVEN_UP: u8 = 1;
const OFFERED: u8 = 2;
const SENT: u8 = 3;

impl Progress {
    /// It is sent as soon as the broker has room for it, unless it was given up.
    pub(crate) fn offer(&self) -> bool {
        let before = self.0.compare_exchange(WAITS, OFFERED, SeqCst, SeqCst);
        before.is_ok()
    }

    /// Whether it is to be sent as soon as there is room, so that its link says at its deadline whether it was.
    pub(crate) fn is_offered(&self) -> bool {
        self.0.load(SeqCst) == OFFERED
    }

    /// It was not sent, though there was room.
    pub(crate) fn take_back(&self) {
        self.0.store(WAITS, SeqCst);
    }

    /// The connection has it.
    pub(crate) fn sent(&self) {
        self.0.store(SENT, SeqCst);
    }

    /// It will never be sent; false where it may have been.
    pub(crate) fn give_up(&self) -> bool {
        let before = self.0.compare_exchange(WAITS, GIVEN_UP, SeqCst, SeqCst);
        before.is_ok() || before == Err(GIVEN_UP)
    }
}

/// A message to be sent.
pub(crate) struct Parcel {
    pub(crate) message: Message<Data>,
    /// Its part of what may be on its way to one address.
    pub(crate) room: OwnedSemaphorePermit,
    pub(crate) deadline: Instant,
    pub(crate) progress: Arc<Progress>,
    pub(crate) answer: Answer,
}

/// What a publish is told of one of its messages.
pub(crate) enum Told {
    Outcome(Result<()>),
    /// It was not sent, and may be by another link: that one has ended.
    Unsent,
}

/// Where that goes, of which there always is something.
pub(crate) struct Answer {
    at: usize,
    progress: Arc<Progress>,
    to: Option<mpsc::UnboundedSender<(usize, Told)>>,
}

impl Answer {
    pub(crate) fn new(
        at: usize,
        progress: Arc<Progress>,
        to: mpsc::UnboundedSender<(usize, Told)>,
    ) -> Self {
        let to = Some(to);
        Self { at, progress, to }
    }

    pub(crate) fn tell(mut self, outcome: Result<()>) {
        self.send(Told::Outcome(outcome));
    }

    fn send(&mut self, told: Told) {
        if let Some(to) = self.to.take() {
            // Whoever asked may have gone.
            drop(to.send((self.at, told)));
        }
    }
}

impl Drop for Answer {
    /// What nobody told anything of was lost with its link.
    fn drop(&mut self) {
        let told = match self.progress.give_up() {
            true => Told::Unsent,
            false => {
                let error = lost("publish", "the link ended before it was confirmed");
                Told::Outcome(Err(error.ambiguous()))
            }
        };
        self.send(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{Error, ErrorKind};

    #[test]
    fn what_is_dropped_is_told_as_lost() {
        let (to, mut told) = mpsc::unbounded_channel();
        for (at, is_sent) in [(0, false), (1, true)] {
            let progress = Arc::new(Progress::default());
            let answer = Answer::new(at, progress.clone(), to.clone());
            assert!(!is_sent || progress.offer());
            drop(answer);
            let (of, told) = told.try_recv().expect("something is told");
            let error = match told {
                Told::Outcome(outcome) => outcome.err(),
                Told::Unsent => None,
            };
            assert_eq!((of, error.is_some()), (at, is_sent));
            let is_right =
                |error: &Error| error.is_ambiguous() && error.kind() == ErrorKind::ConnectionLost;
            assert!(error.as_ref().is_none_or(is_right), "{error:?}");
            // Who gave up may ask again.
            assert_eq!([progress.give_up(), progress.give_up()], [!is_sent; 2]);
        }
        Answer::new(2, Arc::default(), to).tell(Ok(()));
        let (of, Told::Outcome(Ok(()))) = told.try_recv().unwrap() else {
            panic!("another outcome");
        };
        assert_eq!(of, 2);
        assert!(told.try_recv().is_err());
    }
}
