//! Connections whose request has not come yet: where there are too many, the one that has been silent longest is let go.
use std::{
    collections::VecDeque,
    net::{Shutdown, TcpStream},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// In the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Unheard(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    /// Number of the next one.
    next: u64,
    streams: VecDeque<(u64, TcpStream)>,
}

impl Unheard {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one in, by a number; nothing where the system has no more of them.
    pub(super) fn add(&self, stream: &TcpStream) -> Option<u64> {
        let stream = stream.try_clone().ok()?;
        let mut waiting = self.waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.streams.push_back((number, stream));
        Some(number)
    }

    /// Counts one out, whose request came or never will.
    pub(super) fn remove(&self, number: u64) {
        self.waiting().streams.retain(|(known, _)| *known != number);
    }

    /// Lets the oldest go, and says whether there was one.
    pub(super) fn let_go(&self) -> bool {
        let Some((_, stream)) = self.waiting().streams.pop_front() else {
            return false;
        };
        // Whoever reads from it sees its end; where there is nobody at the other, that is seen already.
        let _ = stream.shutdown(Shutdown::Both);
        true
    }
}
