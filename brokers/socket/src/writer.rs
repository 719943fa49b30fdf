//! The half of a connection that is written to: in as few writes as may be, and at once where that is possible.
use crate::wire::Frame;
use bytes::{Buf, Bytes};
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::Arc,
    time::Duration,
};
use tidings::BoxFuture;
use tokio::{
    net::{tcp, unix},
    time::timeout,
};

/// Most frames given to the socket at a time.
const SLICES: usize = 64;

pub(crate) type Output = Arc<dyn Writer>;

/// Where frames go. The stream is shut down when the last of it is dropped.
pub(crate) trait Writer: Send + Sync {
    /// Writes what there is room for now.
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Waits until there may be room.
    fn writable(&self) -> BoxFuture<'_, io::Result<()>>;
}

impl Writer for unix::OwnedWriteHalf {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write_vectored(slices)
    }

    fn writable(&self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(self.writable())
    }
}

impl Writer for tcp::OwnedWriteHalf {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write_vectored(slices)
    }

    fn writable(&self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(self.writable())
    }
}

/// Takes everything, and keeps nothing.
pub(crate) struct Nowhere;

impl Writer for Nowhere {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(slices.iter().map(|slice| slice.len()).sum())
    }

    fn writable(&self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// Writes frames, in as few writes as may be. Fails where the other end takes nothing for too long.
pub(crate) async fn write_batch(
    output: &dyn Writer,
    batch: &mut VecDeque<Bytes>,
    patience: Duration,
) -> io::Result<()> {
    while !batch.is_empty() {
        match write_some(output, batch) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => advance(batch, count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                timeout(patience, output.writable()).await??;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn write_some(output: &dyn Writer, batch: &VecDeque<Bytes>) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); SLICES];
    for (slice, frame) in slices.iter_mut().zip(batch) {
        *slice = IoSlice::new(frame);
    }
    output.try_write(&slices[..batch.len().min(SLICES)])
}

/// So many bytes are written.
fn advance(batch: &mut VecDeque<Bytes>, mut count: usize) {
    while let Some(first) = batch.front_mut() {
        if count < first.len() {
            return first.advance(count);
        }
        count -= first.len();
        batch.pop_front();
    }
}

/// Writes one frame.
pub(crate) async fn write_one(
    output: &dyn Writer,
    frame: &Frame,
    patience: Duration,
) -> io::Result<()> {
    let mut batch = VecDeque::from([frame.encode()]);
    write_batch(output, &mut batch, patience).await
}
