//! What one end sends in a session: kept until the other end has it, and sent again over the next connection where it has not.
use crate::{
    wire::Malformed,
    writer::{Output, Writer, write_batch},
};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// Bytes written at a time, about.
const WRITE: usize = 256 << 10;
/// Bytes that wait for the other end before more deliveries are taken for it.
const ROOM: usize = 4 << 20;
/// Bytes that wait to be written before nothing more is read that could be answered.
const UNWRITTEN: usize = 1 << 20;
/// Bytes that were written and that the other end does not say to have before nothing more is written.
const UNTOLD: usize = 32 << 20;

/// Frames in the order they were pushed, each with a number from 0. Survives the connections that it is written to, one after
/// the other, until its session is over; between two sessions it keeps nothing, since the next begins with what is needed then.
#[derive(Default)]
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    /// Told when there may be something to write.
    filled: Notify,
    /// Told when something was written or taken in, and when a connection begins or ends.
    changed: Notify,
    /// Told when a connection ends; each subscription waits for that, and is not to be woken by all that is written.
    lost: Notify,
}

#[derive(Default)]
struct Inner {
    /// Those that the other end is not known to have.
    kept: VecDeque<Bytes>,
    /// Number of the first that is kept.
    first: u64,
    /// How many of the kept ones the connection was given.
    written: usize,
    /// How many bytes of the one behind them.
    partly: usize,
    /// Whether somebody is writing what they took.
    is_writing: bool,
    /// Where the connection is written to at once, where that is allowed.
    direct: Option<Output>,
    /// Bytes of those that were written, and of those that were not.
    written_bytes: usize,
    unwritten_bytes: usize,
    /// A sign of life, outside of the count and ahead of it.
    sign: Option<Bytes>,
    has_session: bool,
    is_connected: bool,
    is_closed: bool,
}

impl Outbox {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame, now or over the next connection; gives its number, where there is a session.
    pub(crate) fn push(&self, frame: Bytes) -> Option<u64> {
        let mut inner = self.inner();
        let number = inner.push(frame);
        drop(inner);
        self.filled.notify_one();
        number
    }

    /// The same, and writes it at once where nothing is before it, so that nobody need be woken for it.
    pub(crate) fn push_now(&self, frame: Bytes) -> Option<u64> {
        let mut inner = self.inner();
        let number = inner.push(frame);
        let is_left = !inner.write_last();
        drop(inner);
        if is_left {
            self.filled.notify_one();
        }
        number
    }

    /// Allows to write to the connection at once, until it is lost.
    pub(crate) fn direct(&self, output: Output) {
        self.inner().direct = Some(output);
    }

    /// Shows that this end is there, where anybody looks; only the last sign counts.
    pub(crate) fn show(&self, sign: Bytes) {
        let mut inner = self.inner();
        if inner.is_connected {
            inner.sign = Some(sign);
            drop(inner);
            self.filled.notify_one();
        }
    }

    /// The other end has so many frames of the session.
    pub(crate) fn received(&self, count: u64) -> Result<(), Malformed> {
        let mut inner = self.inner();
        let known = count.saturating_sub(inner.first);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        if known > inner.written {
            return Err(Malformed("more was received than was sent"));
        }
        inner.forget(known);
        drop(inner);
        self.filled.notify_one();
        self.changed.notify_waiters();
        Ok(())
    }

    /// A connection begins, whose other end has so many frames of the session; false where that cannot be.
    pub(crate) fn resume(&self, count: u64) -> bool {
        let mut inner = self.inner();
        let known = count.checked_sub(inner.first);
        let known = known.and_then(|known| usize::try_from(known).ok());
        let Some(known) = known.filter(|known| *known <= inner.kept.len()) else {
            return false;
        };
        inner.forget(known);
        inner.rewind();
        inner.is_connected = true;
        drop(inner);
        self.filled.notify_one();
        self.changed.notify_waiters();
        true
    }

    /// A connection begins, and with it a session: the other end knows nothing of what was sent, and is sent these. Gives the
    /// number of the first.
    pub(crate) fn begin(&self, frames: impl Iterator<Item = Bytes>) {
        let mut inner = self.inner();
        *inner = Inner {
            has_session: true,
            is_connected: true,
            is_closed: inner.is_closed,
            ..Inner::default()
        };
        for frame in frames {
            inner.push(frame);
        }
        drop(inner);
        self.filled.notify_one();
        self.changed.notify_waiters();
    }

    /// The connection is lost: what it was given counts as sent, until the next one knows better.
    pub(crate) fn lost(&self) {
        let mut inner = self.inner();
        inner.is_connected = false;
        inner.direct = None;
        inner.sign = None;
        drop(inner);
        self.filled.notify_one();
        self.changed.notify_waiters();
        self.lost.notify_waiters();
    }

    /// The session is over, and nothing of it is kept.
    pub(crate) fn forget(&self) {
        let mut inner = self.inner();
        *inner = Inner {
            is_closed: inner.is_closed,
            ..Inner::default()
        };
        drop(inner);
        self.filled.notify_one();
        self.changed.notify_waiters();
        self.lost.notify_waiters();
    }

    /// There will be nothing more: whoever writes is done after what is here.
    pub(crate) fn close(&self) {
        self.inner().is_closed = true;
        self.filled.notify_one();
        self.changed.notify_waiters();
    }

    /// Whether it can be known that a frame was never sent in this session.
    pub(crate) fn is_unsent(&self, number: u64) -> bool {
        let inner = self.inner();
        let at = inner.place(number);
        at.is_some_and(|at| inner.is_unsent(at))
    }

    /// Puts another frame in the place of one, where that may help; gives whether it can be known that it was never sent.
    pub(crate) fn replace(&self, number: u64, other: Bytes) -> bool {
        let mut inner = self.inner();
        let Some(at) = inner.place(number) else {
            return false;
        };
        if at == inner.written && inner.partly > 0 {
            return false;
        }
        let is_unsent = inner.is_unsent(at);
        let (old, new) = (inner.kept[at].len(), other.len());
        let bytes = match is_unsent {
            true => &mut inner.unwritten_bytes,
            false => &mut inner.written_bytes,
        };
        *bytes = (*bytes + new).saturating_sub(old);
        inner.kept[at] = other;
        is_unsent
    }

    /// Whether the other end is known to have everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.inner().kept.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.inner().kept.len()
    }

    #[cfg(test)]
    pub(crate) fn largest(&self) -> usize {
        self.inner().kept.iter().map(Bytes::len).max().unwrap_or(0)
    }

    /// Writes what there is and what comes, until the last is written or the connection is lost. Fails where the other end takes
    /// nothing for too long.
    pub(crate) async fn write_to(&self, output: &dyn Writer, patience: Duration) -> io::Result<()> {
        let mut batch = VecDeque::new();
        while self.take(&mut batch, WRITE).await {
            write_batch(output, &mut batch, patience).await?;
        }
        Ok(())
    }

    /// Takes what is to be written next, at most about so many bytes; waits for it, and gives false after the last.
    async fn take(&self, batch: &mut VecDeque<Bytes>, bytes: usize) -> bool {
        loop {
            let filled = self.filled.notified();
            {
                let mut inner = self.inner();
                inner.is_writing = false;
                if !inner.is_connected {
                    return false;
                }
                inner.take(batch, bytes);
                if !batch.is_empty() {
                    inner.is_writing = true;
                    break;
                }
                if inner.is_closed {
                    return false;
                }
            }
            filled.await;
        }
        self.changed.notify_waiters();
        true
    }

    /// Waits until there is a connection and room for deliveries.
    pub(crate) async fn has_room(&self) {
        becomes(&self.changed, || {
            let inner = self.inner();
            inner.is_connected && inner.written_bytes + inner.unwritten_bytes < ROOM
        })
        .await;
    }

    /// Waits until most of what is here has been written.
    pub(crate) async fn is_drained(&self) {
        becomes(&self.changed, || self.inner().unwritten_bytes < UNWRITTEN).await;
    }

    /// Waits until there is no connection.
    pub(crate) async fn is_lost(&self) {
        becomes(&self.lost, || !self.inner().is_connected).await;
    }
}

/// Waits until that holds, which may be whenever it is told.
async fn becomes(told: &Notify, holds: impl Fn() -> bool + Send) {
    loop {
        let mut told = pin!(told.notified());
        told.as_mut().enable();
        if holds() {
            return;
        }
        told.await;
    }
}

impl Inner {
    fn push(&mut self, frame: Bytes) -> Option<u64> {
        if !self.has_session {
            return None;
        }
        self.unwritten_bytes += frame.len();
        self.kept.push_back(frame);
        Some(self.first + self.kept.len() as u64 - 1)
    }

    /// Where a frame is among those that are kept.
    fn place(&self, number: u64) -> Option<usize> {
        let at = number.checked_sub(self.first)?;
        let at = usize::try_from(at).ok()?;
        (at < self.kept.len()).then_some(at)
    }

    fn is_unsent(&self, at: usize) -> bool {
        at > self.written || (at == self.written && self.partly == 0)
    }

    /// Writes the last frame, where it is the only one to be written; gives whether all of it was.
    fn write_last(&mut self) -> bool {
        let is_first = self.is_connected && !self.is_writing && self.sign.is_none();
        let Some(frame) = self.kept.back() else {
            return true;
        };
        let Some(output) = self.direct.as_ref().filter(|_| is_first) else {
            return false;
        };
        if self.written + 1 != self.kept.len() || self.partly > 0 {
            return false;
        }
        match output.try_write(&[IoSlice::new(frame)]) {
            Ok(count) if count == frame.len() => {
                self.written += 1;
                self.written_bytes += count;
                self.unwritten_bytes = self.unwritten_bytes.saturating_sub(count);
                true
            }
            Ok(count) => {
                self.partly = count;
                false
            }
            // Whoever writes meets the error too.
            Err(_) => false,
        }
    }

    /// The first so many have arrived.
    fn forget(&mut self, count: usize) {
        for frame in self.kept.drain(..count) {
            if self.written > 0 {
                self.written -= 1;
                self.written_bytes = self.written_bytes.saturating_sub(frame.len());
            } else {
                self.unwritten_bytes = self.unwritten_bytes.saturating_sub(frame.len());
            }
            self.first += 1;
        }
    }

    /// All that is kept is to be written again.
    fn rewind(&mut self) {
        self.written = 0;
        self.partly = 0;
        self.is_writing = false;
        self.unwritten_bytes += std::mem::take(&mut self.written_bytes);
    }

    fn take(&mut self, batch: &mut VecDeque<Bytes>, most: usize) {
        batch.extend(self.sign.take());
        let mut bytes = 0;
        while bytes < most
            && self.written_bytes + bytes < UNTOLD
            && let Some(frame) = self.kept.get(self.written)
        {
            bytes += frame.len();
            // The rest of what was begun goes before any sign.
            match std::mem::take(&mut self.partly) {
                0 => batch.push_back(frame.clone()),
                partly => batch.push_front(frame.slice(partly..)),
            }
            self.written += 1;
        }
        self.written_bytes += bytes;
        self.unwritten_bytes = self.unwritten_bytes.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests;
