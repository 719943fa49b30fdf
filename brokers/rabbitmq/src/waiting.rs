//! What came from a queue and was not handed out yet.
use crate::room::Room;
use lapin::message::Delivery;
use std::{collections::VecDeque, sync::Arc};

/// Bytes that may always wait: less is not worth to be given back.
const ALWAYS: usize = 8 << 20;

/// Deliveries in the order that they came in.
#[derive(Debug)]
pub(crate) struct Waiting {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    room: Arc<Room>,
    /// Most bytes that may wait, with what does for other queues of the subscription; one delivery of each always may.
    most: usize,
    /// How many queues there are.
    queues: usize,
    /// More came than may wait: nothing is kept any more.
    is_full: bool,
}

impl Waiting {
    /// For one of so many queues that may have that many bytes together.
    pub(crate) fn new(room: Arc<Room>, bytes: usize, queues: usize) -> Self {
        Self {
            deliveries: VecDeque::new(),
            bytes: 0,
            room,
            most: bytes.max(ALWAYS),
            queues,
            is_full: false,
        }
    }

    /// One more, unless it is full. Where that makes it full, how many such are its share.
    pub(crate) fn push(&mut self, delivery: Delivery) -> Option<usize> {
        if self.is_full {
            return None;
        }
        let size = delivery.data.len();
        let waiting = self.room.begin_to_wait(size);
        self.deliveries.push_back(delivery);
        self.bytes += size;
        let count = self.deliveries.len();
        self.is_full = count > 1 && waiting > self.most;
        let mean = self.bytes / count;
        self.is_full
            .then(|| self.most / self.queues.max(1) / mean.max(1))
    }

    /// The first, if it may go.
    pub(crate) fn pop_if(&mut self, may_go: impl FnOnce(&Delivery) -> bool) -> Option<Delivery> {
        let first = self.deliveries.pop_front_if(|first| may_go(first))?;
        self.bytes -= first.data.len();
        self.room.end_waiting(first.data.len());
        Some(first)
    }

    /// Whether nothing is here, and what comes is not kept either.
    pub(crate) fn is_over(&self) -> bool {
        self.is_full && self.deliveries.is_empty()
    }

    /// Forgets all, and keeps what comes from now on.
    pub(crate) fn clear(&mut self) {
        while self.pop_if(|_| true).is_some() {}
        self.is_full = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: usize) -> Delivery {
        Delivery::mock(1, "".into(), "a".into(), false, vec![0; bytes])
    }

    #[test]
    fn what_makes_it_full_says_how_many_such_are_its_share() {
        let mut waiting = Waiting::new(Arc::default(), 0, 2);
        assert_eq!(waiting.push(of(3 << 20)), None);
        assert_eq!(waiting.push(of(5 << 20)), None);
        // Of a mean of 3 MiB, in the half of 8 MiB.
        assert_eq!(waiting.push(of(1 << 20)), Some(1));
        assert_eq!(waiting.push(of(1)), None);
        assert!(!waiting.is_over());
        let all = std::iter::from_fn(|| waiting.pop_if(|_| true));
        assert_eq!(all.count(), 3);
        assert!(waiting.is_over());
        waiting.clear();
        assert!(!waiting.is_over());
    }

    #[test]
    fn one_may_be_of_any_size() {
        let mut waiting = Waiting::new(Arc::default(), 0, 1);
        assert_eq!(waiting.push(of(20 << 20)), None);
        // The mean is just over 10 MiB, of 8 MiB: nothing beside it.
        assert_eq!(waiting.push(of(1)), Some(0));
    }
}
