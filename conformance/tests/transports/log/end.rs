//! One end of the link to the broker, and what may happen to it.
use super::group::Member;
use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};
use tidings::{Error, ErrorKind, Message, Result, transport::State};
use tokio::{sync::watch, time::Instant};

pub(crate) const LARGEST: usize = 1 << 20;
pub(crate) const HEADERS: usize = 8 << 10;

/// What subscriptions share with their transport.
pub(crate) struct End {
    pub(crate) state: watch::Sender<State>,
    link: Mutex<Link>,
    members: Mutex<HashSet<Member>>,
    pub(crate) refuses: AtomicBool,
    /// How often the link was cut.
    pub(crate) cuts: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Up,
    Cut,
    Stalled,
    Deaf,
}

impl End {
    pub(crate) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::Connected),
            link: Mutex::new(Link::Up),
            members: Mutex::default(),
            refuses: AtomicBool::new(false),
            cuts: AtomicU64::new(0),
        }
    }

    pub(crate) fn set(&self, link: Link) {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = link;
        let since = Instant::now();
        let state = match link {
            Link::Cut => {
                self.cuts.fetch_add(1, SeqCst);
                let reason = "cut".into();
                State::Reconnecting { since, reason }
            }
            Link::Up | Link::Stalled | Link::Deaf => State::Connected,
        };
        if !self.is_closed() {
            self.state.send_replace(state);
        }
    }

    pub(crate) fn link(&self) -> Link {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn members(&self) -> MutexGuard<'_, HashSet<Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.state.borrow() == State::Closed
    }
}

pub(crate) fn check(message: &Message) -> Result<()> {
    let headers = message
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len());
    if message.size() > LARGEST || headers.sum::<usize>() > HEADERS {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "publish",
            "more than the broker takes",
        ));
    }
    Ok(())
}

pub(crate) fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the transport was closed")
}
