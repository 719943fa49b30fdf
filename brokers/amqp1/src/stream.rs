//! The socket as the client has it: given up when the broker is silent for too long, whichever way the client waits, and
//! looked at before the client sees it.
use crate::{guard::Guard, lookout::Lookout};
use bytes::Buf;
use fe2o3_amqp::types::performatives::Open;
use std::{
    fmt,
    io::{Error, ErrorKind, Result},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{oneshot, watch},
    time::{Instant, Sleep, sleep},
};

/// Most bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// What bytes go over.
pub(crate) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Bytes for S {}

/// Such a socket. Its end is that of the connection.
pub(crate) struct Stream {
    inner: Box<dyn Bytes>,
    patience: Duration,
    silence: Pin<Box<Sleep>>,
    guard: Guard,
    chunk: Box<[u8]>,
    lookout: Lookout,
    opened: Option<oneshot::Sender<Open>>,
    over: watch::Sender<bool>,
}

impl Stream {
    /// Tells what the broker says first, and when the connection has ended. Messages have so many bytes at most.
    pub(crate) fn new(
        inner: Box<dyn Bytes>,
        patience: Duration,
        most: u64,
        over: watch::Sender<bool>,
    ) -> (Self, oneshot::Receiver<Open>) {
        let (opened, open) = oneshot::channel();
        let stream = Self {
            inner,
            patience,
            silence: Box::pin(sleep(patience)),
            guard: Guard::new(most),
            chunk: vec![0; CHUNK].into(),
            lookout: Lookout::default(),
            opened: Some(opened),
            over,
        };
        (stream, open)
    }

    /// What waits, waits no longer than the broker may be silent.
    fn unless_silent<T>(
        &mut self,
        polled: Poll<Result<T>>,
        task: &mut Context<'_>,
    ) -> Poll<Result<T>> {
        if polled.is_pending() && self.silence.as_mut().poll(task).is_ready() {
            let reason = format!("the broker said nothing for {:?}", self.patience);
            return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, reason)));
        }
        polled
    }
}

impl Stream {
    /// Reads what there is into the guard; whether there was something.
    fn read(&mut self, task: &mut Context<'_>) -> Poll<Result<bool>> {
        let mut chunk = ReadBuf::new(&mut self.chunk);
        let polled = Pin::new(&mut self.inner).poll_read(task, &mut chunk);
        let count = chunk.filled().len();
        if count == 0 {
            let polled = self.unless_silent(polled, task);
            return polled.map_ok(|()| false);
        }
        self.silence.as_mut().reset(Instant::now() + self.patience);
        self.guard.see(&self.chunk[..count])?;
        if let Some(open) = self.lookout.see(self.guard.passed())
            && let Some(opened) = self.opened.take()
        {
            drop(opened.send(open));
        }
        Poll::Ready(Ok(true))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        while self.guard.passed().is_empty() {
            match ready!(self.read(task)) {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(Ok(())),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        let passed = self.guard.passed();
        let count = passed.len().min(buffer.remaining());
        buffer.put_slice(&passed[..count]);
        passed.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(task, bytes);
        self.unless_silent(polled, task)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(task);
        self.unless_silent(polled, task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_shutdown(task);
        self.unless_silent(polled, task)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.over.send_replace(true);
    }
}
