//! Calls that wait for their outcome, over as many connections as it takes.
use crate::wire::Fault;
use bytes::Bytes;
use std::collections::BTreeMap;
use tidings::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

pub(super) fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}

pub(super) type Outcomes = Vec<Result<(), Fault>>;

/// By request, which is the order they were made in.
#[derive(Default)]
pub(super) struct Calls(BTreeMap<u64, Call>);

struct Call {
    operation: &'static str,
    /// For a session that begins while this waits.
    frame: Bytes,
    place: Place,
    done: oneshot::Sender<Result<Outcomes>>,
}

/// Where the frame of a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number among those of the session, where there is one.
    pub(super) number: Option<u64>,
    /// Whether it may have been sent in a session that is over.
    pub(super) was_sent: bool,
}

impl Calls {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(
        &mut self,
        operation: &'static str,
        request: u64,
        frame: Bytes,
        number: Option<u64>,
    ) -> oneshot::Receiver<Result<Outcomes>> {
        let (done, outcome) = oneshot::channel();
        let call = Call {
            operation,
            frame,
            place: Place {
                number,
                was_sent: false,
            },
            done,
        };
        self.0.insert(request, call);
        outcome
    }

    /// The frames, for a session that begins; the first gets that number.
    pub(super) fn again(&mut self, first: u64) -> Vec<Bytes> {
        let mut numbers = first..;
        let calls = self.0.values_mut();
        calls
            .map(|call| {
                call.place.number = numbers.next();
                call.frame.clone()
            })
            .collect()
    }

    /// The session is over, in which those were not sent.
    pub(super) fn part(&mut self, is_unsent: impl Fn(u64) -> bool) {
        for Call { place, .. } in self.0.values_mut() {
            place.was_sent |= place.number.take().is_some_and(|number| !is_unsent(number));
        }
    }

    pub(super) fn done(&mut self, request: u64, outcomes: Outcomes) {
        if let Some(call) = self.0.remove(&request) {
            drop(call.done.send(Ok(outcomes)));
        }
    }

    /// Forgets a call that nobody waits for; gives where its frame is.
    pub(super) fn forget(&mut self, request: u64) -> Option<Place> {
        self.0.remove(&request).map(|call| call.place)
    }

    /// Ends all of them; gives the numbers of their frames.
    pub(super) fn end(&mut self, failure: Option<&Error>) -> Vec<u64> {
        let calls = std::mem::take(&mut self.0).into_values();
        calls
            .filter_map(|call| {
                let error = failure.cloned().unwrap_or_else(|| closed(call.operation));
                drop(call.done.send(Err(error)));
                call.place.number
            })
            .collect()
    }
}
