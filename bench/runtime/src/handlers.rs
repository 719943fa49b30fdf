//! Handlers that count what they get, and see whether a key goes back.
use crate::messages::Number;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};
use tidings::{Channel, HandlerError, Received, Router};
use tokio::sync::Notify;

pub(crate) struct Seen {
    expected: u32,
    handled: AtomicU32,
    all: Notify,
    order: Mutex<Order>,
}

#[derive(Default)]
struct Order {
    /// The last of each key.
    last: HashMap<u32, u32>,
    steps_back: Option<usize>,
    failed: HashSet<(u32, u32)>,
}

impl Seen {
    pub(crate) fn new(expected: u32) -> Self {
        Self {
            expected,
            handled: AtomicU32::new(0),
            all: Notify::new(),
            order: Mutex::default(),
        }
    }

    pub(crate) fn handled(&self) -> u32 {
        self.handled.load(Relaxed)
    }

    /// Waits until all have been handled.
    pub(crate) async fn all(&self) {
        self.all.notified().await;
    }

    /// How often a key went back, where that was looked at.
    pub(crate) fn steps_back(&self) -> Option<usize> {
        self.order().steps_back
    }

    fn order(&self) -> std::sync::MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self) {
        if self.handled.fetch_add(1, Relaxed) + 1 == self.expected {
            self.all.notify_one();
        }
    }
}

impl Order {
    fn add(&mut self, number: &Number) {
        let last = self.last.insert(number.key, number.seq);
        let back = usize::from(last.is_some_and(|last| last > number.seq));
        self.steps_back = Some(self.steps_back.unwrap_or_default() + back);
    }
}

pub(crate) fn count(router: &mut Router, channel: Channel, seen: &Arc<Seen>) {
    let seen = seen.clone();
    router.on(channel, move |number: Received<Number>| {
        std::hint::black_box((number.key, number.seq));
        seen.add();
        async { Ok(()) }
    });
}

pub(crate) fn stall(router: &mut Router, channel: Channel, seen: &Arc<Seen>) {
    let seen = seen.clone();
    router.on(channel, move |number: Received<Number>| {
        let seen = seen.clone();
        async move {
            if (number.key, number.seq) == (0, 0) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            seen.add();
            Ok(())
        }
    });
}

/// Takes 2 ms for each.
pub(crate) fn wait(router: &mut Router, channel: Channel, seen: &Arc<Seen>) {
    let seen = seen.clone();
    router.on(channel, move |number: Received<Number>| {
        let seen = seen.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            seen.order().add(&number);
            seen.add();
            Ok(())
        }
    });
}

pub(crate) fn order(router: &mut Router, channel: Channel, seen: &Arc<Seen>, fails: bool) {
    let seen = seen.clone();
    router.on(channel, move |number: Received<Number>| {
        let seen = seen.clone();
        async move {
            let place = (number.key, number.seq);
            if fails && number.seq.is_multiple_of(10) && seen.order().failed.insert(place) {
                return Err(HandlerError::retry_after(Duration::ZERO, "once more"));
            }
            tokio::task::yield_now().await;
            seen.order().add(&number);
            seen.add();
            Ok(())
        }
    });
}
