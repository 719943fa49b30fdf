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
    /// Of the frame, among those of the session.
    number: u64,
    done: oneshot::Sender<Result<Outcomes>>,
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
        number: u64,
    ) -> oneshot::Receiver<Result<Outcomes>> {
        let (done, outcome) = oneshot::channel();
        let call = Call {
            operation,
            frame,
            number,
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
                call.number = numbers.next().unwrap_or(u64::MAX);
                call.frame.clone()
            })
            .collect()
    }

    pub(super) fn done(&mut self, request: u64, outcomes: Outcomes) {
        if let Some(call) = self.0.remove(&request) {
            drop(call.done.send(Ok(outcomes)));
        }
    }

    /// Forgets a call that nobody waits for; gives the number of its frame.
    pub(super) fn forget(&mut self, request: u64) -> Option<u64> {
        self.0.remove(&request).map(|call| call.number)
    }

    /// Ends all of them; gives the numbers of their frames.
    pub(super) fn end(&mut self, failure: Option<&Error>) -> Vec<u64> {
        let calls = std::mem::take(&mut self.0).into_values();
        calls
            .map(|call| {
                let error = failure.cloned().unwrap_or_else(|| closed(call.operation));
                drop(call.done.send(Err(error)));
                call.number
            })
            .collect()
    }
}
