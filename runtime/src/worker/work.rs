//! A message at work: how far it is, and what is to be done about it next.
use crate::{
    Message, Outgoing,
    transport::{Incoming, Verdict},
};
use std::{sync::Arc, time::Duration};

#[derive(Debug)]
pub(super) struct Work {
    pub(super) incoming: Incoming,
    /// The lane of its key.
    pub(super) lane: Option<usize>,
    /// Attempts that this worker made before.
    pub(super) tried: u32,
    /// What it was before layers saw it come, where they have.
    pub(super) before_layers: Option<Arc<Message>>,
    /// How many of them have.
    pub(super) seen: u16,
    /// Whether all of them have, and let it in.
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
    /// What layers are told then: what is given up is rejected, wherever it is kept.
    pub(super) fate: Verdict,
    pub(super) failures: u32,
    /// Whether layers are still to be told that it is given up.
    pub(super) is_untold: bool,
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
    /// It is given up, and what is left of it is to be kept.
    GivenUp,
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
            before_layers: None,
            seen: 0,
            is_read: false,
            step: Step::Handle,
        }
    }

    pub(super) fn attempt(&self) -> u32 {
        self.incoming.attempt.saturating_add(self.tried)
    }

    /// The message as it came.
    pub(super) fn original(&self) -> &Arc<Message> {
        let before = self.before_layers.as_ref();
        before.unwrap_or(&self.incoming.message)
    }

    /// What layers are told of it, where the transport is told that.
    pub(super) fn fate(&self, verdict: &Verdict) -> Verdict {
        match &self.step {
            Step::Send(rest) if *verdict == Verdict::Ack => rest.fate.clone(),
            _ => verdict.clone(),
        }
    }

    /// What the transport is told once its rest is sent.
    pub(super) fn verdict(&self) -> Verdict {
        match &self.step {
            Step::Send(rest) => rest.verdict.clone(),
            Step::Handle | Step::Done => Verdict::Ack,
        }
    }

    /// What is still to be sent, where something is.
    pub(super) fn rest(&mut self) -> Option<&mut Rest> {
        match &mut self.step {
            Step::Send(rest) => Some(rest),
            Step::Handle | Step::Done => None,
        }
    }

    /// What is still to be sent, to be looked at.
    pub(super) fn outgoing(&self) -> impl Iterator<Item = &Outgoing> {
        let parcels = match &self.step {
            Step::Send(rest) => &rest.parcels[..],
            Step::Handle | Step::Done => &[],
        };
        parcels.iter().map(|parcel| &parcel.outgoing)
    }

    /// Whether it is given up.
    pub(super) fn is_given_up(&self) -> bool {
        matches!(&self.step, Step::Send(rest) if rest.fate != Verdict::Ack)
    }

    /// Whether a dead letter is still to be sent.
    pub(super) fn has_letter(&self) -> bool {
        let is_letter = |parcel: &Parcel| parcel.purpose == Purpose::DeadLetter;
        matches!(&self.step, Step::Send(rest) if rest.parcels.iter().any(is_letter))
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
            fate: verdict.clone(),
            verdict,
            failures: 0,
            is_untold: false,
        }))
    }

    /// To send nothing of a message that nobody misses: it is done with, and layers are told that it is rejected.
    pub(super) fn dropped(reason: &'static str) -> Self {
        let mut step = Self::send(Vec::new(), Verdict::Ack);
        if let Self::Send(rest) = &mut step {
            rest.fate = Verdict::reject(reason);
        }
        step
    }

    /// To send what is left of a message that is given up, then tell the verdict.
    pub(super) fn given_up(parcels: Vec<Parcel>, verdict: Verdict, reason: &'static str) -> Self {
        Self::Send(Box::new(Rest {
            parcels,
            verdict,
            fate: Verdict::reject(reason),
            failures: 0,
            is_untold: true,
        }))
    }
}

impl Parcel {
    pub(super) fn new(outgoing: Outgoing, purpose: Purpose) -> Self {
        Self { outgoing, purpose }
    }
}
