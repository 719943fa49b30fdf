//! What comes from the group, and for whom.
use crate::{
    MulticastSettings,
    address::Address,
    frame::{self, Frame},
    mailbox::Mailbox,
    socket,
    tally::{LATE, Tally},
};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tidings::{Error, Str};
use tokio::{
    net::UdpSocket,
    task::JoinHandle,
    time::{Instant, sleep},
};
use uuid::Uuid;

/// How often the group is joined again, should the interface have been away.
const JOIN: Duration = Duration::from_secs(5);

/// Of how many streams it is known at most what came of them.
const STREAMS: usize = 4096;

/// How many datagrams are read before others have their turn.
const TURN: usize = 64;

/// Receives from a group for all subscriptions of a transport, for as long as one is there.
pub(crate) struct Hub {
    table: Arc<Table>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Table(Mutex<Known>);

#[derive(Default)]
struct Known {
    mailboxes: HashMap<Str, Vec<Weak<Mailbox>>>,
    streams: HashMap<Uuid, (Str, Tally)>,
}

impl Hub {
    /// Joins the group.
    pub(crate) fn open(address: Address, settings: &MulticastSettings) -> io::Result<Self> {
        let socket = socket::receiving(&address, settings)?;
        let table = Arc::new(Table::default());
        let task = tokio::spawn(receive(socket, address, table.clone()));
        Ok(Self { table, task })
    }

    /// What comes of a channel from now on goes to that mailbox too.
    pub(crate) fn add(&self, channel: &Str, mailbox: &Arc<Mailbox>) {
        let mut known = self.table.lock();
        let there = known.mailboxes.entry(channel.clone()).or_default();
        there.retain(|mailbox| mailbox.strong_count() > 0);
        there.push(Arc::downgrade(mailbox));
    }

    /// Forgets the mailboxes of a channel that are gone.
    pub(crate) fn sweep(&self, channel: &Str) {
        self.table.lock().each(channel, |_| {});
    }

    #[cfg(test)]
    pub(crate) fn channels(&self) -> usize {
        self.table.lock().mailboxes.len()
    }

    /// Ends every subscription.
    pub(crate) fn end(&self, why: &Error) {
        let known = self.table.lock();
        let all = known.mailboxes.values().flatten();
        all.filter_map(Weak::upgrade)
            .for_each(|mailbox| mailbox.end(why.clone()));
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(socket: UdpSocket, address: Address, table: Arc<Table>) {
    let mut buffer = vec![0; frame::LARGEST];
    let mut join_at = Instant::now() + JOIN;
    loop {
        let pause = match table.lose(Instant::now()) {
            true => LATE / 2,
            false => join_at.saturating_duration_since(Instant::now()),
        };
        tokio::select! {
            readable = socket.readable() => match readable {
                Ok(()) => read(&socket, &mut buffer, &table),
                Err(error) => {
                    tracing::debug!(%error, "nothing can be received");
                    sleep(LATE).await;
                }
            },
            () = sleep(pause) => {}
        }
        if join_at <= Instant::now() {
            join_at = Instant::now() + JOIN;
            if let Err(error) = socket::join(&socket, &address) {
                tracing::debug!(%error, "the group cannot be joined again");
            }
        }
    }
}

/// Reads what is there.
fn read(socket: &UdpSocket, buffer: &mut [u8], table: &Table) {
    for _ in 0..TURN {
        match socket.try_recv(buffer) {
            Ok(count) => match frame::read(&buffer[..count]) {
                Ok(frame) => table.take(frame),
                Err(reason) => tracing::debug!(reason, "a datagram is none of ours"),
            },
            Err(_) => return,
        }
    }
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, frame: Frame) {
        self.lock().take(frame, Instant::now());
    }

    /// Tells what is lost by now, and says whether something is still waited for.
    fn lose(&self, now: Instant) -> bool {
        self.lock().lose(now)
    }
}

impl Known {
    fn take(&mut self, frame: Frame, now: Instant) {
        let Frame {
            stream,
            number,
            channel,
            message,
        } = frame;
        if !self.mailboxes.contains_key(&channel) {
            return;
        }
        if !self.streams.contains_key(&stream) {
            self.forget();
        }
        let begins = || (channel.clone(), Tally::from(number, now));
        let (of, tally) = self.streams.entry(stream).or_insert_with(begins);
        // A stream is of one channel.
        if *of != channel || !tally.is_new(number, now) {
            return;
        }
        let message = Arc::new(message);
        self.each(&channel, |mailbox| mailbox.put(&message));
    }

    /// Does something with the mailboxes of a channel that are there.
    fn each(&mut self, channel: &Str, what: impl Fn(&Mailbox)) {
        let Some(mailboxes) = self.mailboxes.get_mut(channel) else {
            return;
        };
        mailboxes.retain(|mailbox| match mailbox.upgrade() {
            Some(mailbox) => {
                what(&mailbox);
                true
            }
            None => false,
        });
        if mailboxes.is_empty() {
            self.mailboxes.remove(channel);
            self.streams.retain(|_, (of, _)| of != channel);
        }
    }

    fn lose(&mut self, now: Instant) -> bool {
        let mut lost: HashMap<_, u64> = HashMap::new();
        let mut is_waiting = false;
        for (channel, tally) in self
            .streams
            .values_mut()
            .filter(|(_, tally)| tally.is_waiting())
        {
            match tally.lost(now) {
                0 => {}
                count => {
                    // What senders say of their numbers may be anything.
                    let all = lost.entry(channel.clone()).or_default();
                    *all = all.saturating_add(count);
                }
            }
            is_waiting |= tally.is_waiting();
        }
        for (channel, count) in lost {
            self.each(&channel, |mailbox| mailbox.lost(count));
        }
        is_waiting
    }

    /// Makes room for a stream: forgets the half that was silent for longest.
    fn forget(&mut self) {
        if self.streams.len() < STREAMS {
            return;
        }
        let mut seen: Vec<_> = self.streams.values().map(|(_, tally)| tally.seen).collect();
        let (_, middle, _) = seen.select_nth_unstable(STREAMS / 2);
        self.streams.retain(|_, (_, tally)| tally.seen > *middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::{Channel, Message, SubscribeSpec, transport::Event};

    fn frame(stream: u128, number: u64) -> Frame {
        Frame {
            stream: Uuid::from_u128(stream),
            number,
            channel: "c".into(),
            message: Message::new(""),
        }
    }

    #[test]
    fn streams_without_an_end_are_forgotten_and_so_is_what_nobody_wants() {
        let (mut known, now) = (Known::default(), Instant::now());
        known.take(frame(0, 1), now);
        assert!(known.streams.is_empty(), "nobody listens");
        let spec = SubscribeSpec::new(Channel::publish_subscribe("c"));
        let mailbox = Arc::new(Mailbox::new(&spec));
        let there = vec![Arc::downgrade(&mailbox)];
        known.mailboxes.insert("c".into(), there);
        for stream in 0..STREAMS as u128 + 1000 {
            known.take(
                frame(stream, 1),
                now + LATE * u32::try_from(stream).unwrap_or(0),
            );
        }
        let there = |stream| known.streams.contains_key(&Uuid::from_u128(stream));
        assert!(known.streams.len() <= STREAMS);
        assert!(there(STREAMS as u128) && !there(999));
        drop(mailbox);
        known.take(frame(7000, 1), now);
        assert!(known.streams.is_empty() && known.mailboxes.is_empty());
    }

    #[tokio::test]
    async fn numbers_that_leap_further_than_can_be_counted_stop_nothing() -> Result<(), Error> {
        let (mut known, now) = (Known::default(), Instant::now());
        let spec = SubscribeSpec::new(Channel::publish_subscribe("c"));
        let mailbox = Arc::new(Mailbox::new(&spec));
        known
            .mailboxes
            .insert("c".into(), vec![Arc::downgrade(&mailbox)]);
        for stream in 0..3 {
            known.take(frame(stream, 1), now);
            known.take(frame(stream, u64::MAX), now);
        }
        for later in [LATE, LATE * 2] {
            known.lose(now + later);
            known.take(frame(9, 1), now + later);
            known.take(frame(9, u64::MAX), now + later);
        }
        known.lose(now + LATE * 3);
        let event = mailbox.next(0).await?;
        let all = matches!(
            event,
            Event::Lost {
                count: Some(u64::MAX)
            }
        );
        assert!(all, "{event:?}");
        Ok(())
    }
}
