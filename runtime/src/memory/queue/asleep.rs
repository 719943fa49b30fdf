//! Listeners that found nothing, mostly one.
use std::task::Waker;

/// To be woken once the queue is free again: a waker may do anything.
#[must_use = "who waits is to be woken"]
pub(super) struct Asleep {
    first: Option<Waker>,
    others: Vec<Waker>,
}

impl Asleep {
    /// Those of them that wait; they do no more.
    pub(super) fn of<'a>(all: impl Iterator<Item = &'a mut Option<Waker>>) -> Self {
        let mut wakers = all.filter_map(Option::take);
        Self {
            first: wakers.next(),
            others: wakers.collect(),
        }
    }

    /// Wakes those that there are.
    #[inline]
    pub(super) fn wake(asleep: Option<Self>) {
        if let Some(Self { first, others }) = asleep {
            first.into_iter().chain(others).for_each(Waker::wake);
        }
    }
}
