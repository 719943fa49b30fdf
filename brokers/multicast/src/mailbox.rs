//! What came for a subscription and waits to be taken: within bounds, beyond which it is lost.
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tidings::{
    Error, Message, Result, Str, SubscribeSpec,
    transport::{Event, Incoming, Part},
};
use tokio::sync::Notify;

/// How many messages have room at least, since what finds none is lost.
const ROOM: usize = 16_384;

pub(crate) struct Mailbox {
    messages: usize,
    bytes: usize,
    waiting: Mutex<Waiting>,
    came: Notify,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Incoming>,
    bytes: usize,
    position: u64,
    lost: u64,
    ended: Option<Error>,
}

impl Mailbox {
    pub(crate) fn new(spec: &SubscribeSpec) -> Self {
        Self {
            messages: spec.prefetch.max(ROOM),
            bytes: spec.prefetch_bytes,
            waiting: Mutex::default(),
            came: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, message: &Arc<Message>) {
        let size = size(message);
        let mut waiting = self.lock();
        let is_full = waiting.messages.len() >= self.messages || waiting.bytes + size > self.bytes;
        if is_full && !waiting.messages.is_empty() {
            waiting.lost = waiting.lost.saturating_add(1);
        } else {
            let token = Part::ONLY.at(waiting.position);
            waiting.position += 1;
            waiting.bytes += size;
            let message = Incoming::new(message.clone(), token);
            waiting.messages.push_back(message);
        }
        drop(waiting);
        self.came.notify_one();
    }

    pub(crate) fn lost(&self, count: u64) {
        let mut waiting = self.lock();
        waiting.lost = waiting.lost.saturating_add(count);
        drop(waiting);
        self.came.notify_one();
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self, why: Error) {
        self.lock().ended.get_or_insert(why);
        self.came.notify_one();
    }

    /// What was lost is told before what came after it.
    pub(crate) async fn next(&self, max: usize) -> Result<Event> {
        loop {
            if let Some(event) = self.take(max)? {
                return Ok(event);
            }
            self.came.notified().await;
        }
    }

    fn take(&self, max: usize) -> Result<Option<Event>> {
        let mut waiting = self.lock();
        if waiting.lost > 0 {
            let count = Some(std::mem::take(&mut waiting.lost));
            return Ok(Some(Event::Lost { count }));
        }
        if let Some(error) = &waiting.ended {
            return Err(error.clone());
        }
        let count = waiting.messages.len().min(max);
        if count == 0 {
            return Ok(None);
        }
        let taken: Vec<_> = waiting.messages.drain(..count).collect();
        let bytes: usize = taken.iter().map(|taken| size(&taken.message)).sum();
        waiting.bytes -= bytes;
        Ok(Some(Event::Deliveries(taken)))
    }
}

/// What it takes: many empty headers are some bytes each.
fn size(message: &Message) -> usize {
    message.size() + message.headers.len() * size_of::<(Str, Bytes)>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{Channel, ErrorKind};

    fn mailbox(messages: usize, bytes: usize) -> Mailbox {
        let spec = SubscribeSpec::new(Channel::publish_subscribe("c"));
        Mailbox::new(&spec.prefetch(messages).prefetch_bytes(bytes))
    }

    fn put(mailbox: &Mailbox, bytes: usize) {
        mailbox.put(&Arc::new(Message::new(vec![0; bytes])));
    }

    async fn next(mailbox: &Mailbox, max: usize) -> String {
        match mailbox.next(max).await {
            Ok(Event::Deliveries(all)) => format!("{} came", all.len()),
            Ok(Event::Lost { count }) => format!("{} lost", count.unwrap_or_default()),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.kind().to_string(),
        }
    }

    #[tokio::test]
    async fn what_finds_no_room_is_told_as_lost_and_one_message_always_finds_some() {
        let many = mailbox(1, 1000);
        (0..ROOM + 3).for_each(|_| put(&many, 0));
        assert_eq!(next(&many, 1).await, "3 lost");
        assert_eq!(next(&many, 1).await, "1 came");
        let few = mailbox(1, 1000);
        put(&few, 1);
        put(&few, 999);
        put(&few, 1);
        assert_eq!(next(&few, 9).await, "1 lost");
        assert_eq!(next(&few, 9).await, "2 came");
        put(&few, 5000);
        assert_eq!(next(&few, 9).await, "1 came");
        few.lost(7);
        few.end(Error::new(ErrorKind::Closed, "receive", ""));
        assert_eq!(next(&few, 0).await, "7 lost");
        assert_eq!(next(&few, 0).await, ErrorKind::Closed.to_string());
    }

    #[tokio::test]
    async fn headers_of_no_length_take_room_too() {
        let mut message = Message::new("");
        message.headers = vec![("".into(), Bytes::new()); 1000];
        let few = mailbox(1, 100_000);
        (0..10).for_each(|_| few.put(&Arc::new(message.clone())));
        let kept = 100_000 / size(&message);
        assert!(kept < 5);
        let lost = 10 - kept;
        assert_eq!(next(&few, 9).await, format!("{lost} lost"));
        assert_eq!(next(&few, 9).await, format!("{kept} came"));
        assert_eq!(few.lock().bytes, 0);
    }
}
