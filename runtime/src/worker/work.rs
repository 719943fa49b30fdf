//! A message at work: how far it is, and what is to be done about it next.
use crate::{
    Outgoing,
    transport::{Incoming, Verdict},
};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Work {
    pub(super) incoming: Incoming,
    /// The lane of its key.
    pub(super) lane: Option<usize>,
    /// Attempts that this worker made before.
    pub(super) tried: u32,
    /// Whether the layers have seen it come.
    pub(super) is_read: bool,
    pub(super) step: Step,
}

#[derive(Debug)]
pub(super) enum Step {
    Handle,
    /// The handler has done its part.
    Send(Box<Rest>),
    /// Nothing is to be done.
    Done,
}

/// This is still to be sent, then the verdict told.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) parcels: Vec<Parcel>,
    pub(super) verdict: Verdict,
    pub(super) failures: u32,
}

/// Something to send.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) outgoing: Outgoing,
    pub(super) purpose: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A handler wants it sent.
    Message,
    /// Somebody waits for it, or has gone.
    Reply,
    /// The last that is left of a message.
    DeadLetter,
}

/// What is to be done about a message next.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is done with.
    Verdict(Verdict),
    /// Its handler is to run again.
    Retry(Duration),
    /// What its handler made is to be sent again.
    Resend(Duration),
}

impl Work {
    pub(super) fn new(incoming: Incoming, lane: Option<usize>) -> Self {
        Self {
            incoming,
            lane,
            tried: 0,
            is_read: false,
            step: Step::Handle,
        }
    }

    pub(super) fn attempt(&self) -> u32 {
        self.incoming.attempt.saturating_add(self.tried)
    }

    /// Whether its handler has run, so that giving it back would run that again.
    pub(super) fn is_handled(&self) -> bool {
        !matches!(self.step, Step::Handle)
    }
}

impl Step {
    /// To send these, then tell the verdict.
    pub(super) fn send(parcels: Vec<Parcel>, verdict: Verdict) -> Self {
        Self::Send(Box::new(Rest {
            parcels,
            verdict,
            failures: 0,
        }))
    }
}

impl Parcel {
    pub(super) fn new(outgoing: Outgoing, purpose: Purpose) -> Self {
        Self { outgoing, purpose }
    }
}
