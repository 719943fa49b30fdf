//! Connections of either kind, and frames read from and written to them.
use crate::{
    wire::{Frame, MAX_FRAME, MAX_GREETING},
    writer::Output,
};
use bytes::{Buf, Bytes, BytesMut};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// Bytes taken from the socket at a time, before and after the greeting.
const FIRST: usize = 1 << 10;
const READ: usize = 64 << 10;

pub(crate) type Input = Box<dyn AsyncRead + Send + Unpin>;

pub(crate) fn split_unix(stream: UnixStream) -> (Input, Output) {
    let (input, output) = stream.into_split();
    (Box::new(input), Arc::new(output))
}

pub(crate) fn split_tcp(stream: TcpStream) -> io::Result<(Input, Output)> {
    // Requests and replies are small, and each waits for the other.
    stream.set_nodelay(true)?;
    let (input, output) = stream.into_split();
    Ok((Box::new(input), Arc::new(output)))
}

/// Which end frames come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Connecting,
    Listening,
}

impl Sender {
    /// Whether that end sends frames of that kind at all.
    fn sends(self, kind: u8) -> bool {
        (kind < 128) == (self == Self::Connecting)
    }
}

/// Frames from the other end, which must not be silent for too long.
pub(crate) struct FrameReader {
    input: Input,
    from: Sender,
    patience: Duration,
    /// Largest frame.
    bound: usize,
    /// What was read ahead.
    buffer: BytesMut,
    /// Bytes of the last frame.
    last: usize,
}

impl FrameReader {
    /// For the greeting first, which is short: nobody is known to speak the protocol yet.
    pub(crate) fn new(input: Input, from: Sender, patience: Duration) -> Self {
        Self {
            input,
            from,
            patience,
            bound: MAX_GREETING,
            buffer: BytesMut::new(),
            last: 0,
        }
    }

    /// From now on frames may be large.
    pub(crate) fn greeted(&mut self) {
        self.bound = MAX_FRAME;
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// How many bytes the last frame had.
    pub(crate) fn last(&self) -> usize {
        self.last
    }

    /// The next frame; none when the other end has closed between frames. Cancel-safe.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.cut()? {
                self.last = frame.len();
                return self.read(frame).map(Some);
            }
            // Grows with what comes, so that a length alone takes no memory.
            self.buffer.reserve(self.ahead());
            let count = timeout(self.patience, self.input.read_buf(&mut self.buffer)).await??;
            match count {
                0 if self.buffer.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => {}
            }
        }
    }

    /// How much more is read at least.
    fn ahead(&self) -> usize {
        match self.bound {
            MAX_GREETING => FIRST,
            _ => READ,
        }
    }

    /// The bytes of the next frame, once all of them are here.
    fn cut(&mut self) -> io::Result<Option<Bytes>> {
        let Some(length) = self.buffer.first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length) as usize;
        if length > self.bound {
            return Err(invalid(self.too_large(length)));
        }
        if self.buffer.len() < 4 + length {
            return Ok(None);
        }
        // A small frame is copied, so that it keeps no more in memory than it is long.
        let frame = match 4 + length < READ {
            true => Bytes::copy_from_slice(&self.buffer[4..4 + length]),
            false => self.buffer.split_to(4 + length).split_off(4).freeze(),
        };
        if 4 + length < READ {
            self.buffer.advance(4 + length);
        }
        Ok(Some(frame))
    }

    /// Who begins with something that is TLS is told that.
    #[cold]
    fn too_large(&self, length: usize) -> String {
        let bound = self.bound;
        match (&self.buffer[..], bound) {
            ([0x15, 3, ..], MAX_GREETING) => {
                "it speaks TLS; write `tcps:` in place of `tcp:`".to_owned()
            }
            ([0x16, 3, ..], MAX_GREETING) => {
                "it speaks TLS, and this end listens without; write `tcp:` in place of `tcps:`"
                    .to_owned()
            }
            _ => format!("a frame of {length} bytes is larger than {bound}"),
        }
    }

    fn read(&self, frame: Bytes) -> io::Result<Frame> {
        // Before it is read, because short fields may take far more memory than they are long.
        if frame.first().is_some_and(|kind| !self.from.sends(*kind)) {
            return Err(invalid("a frame of the wrong end".to_owned()));
        }
        Frame::decode(frame).map_err(|malformed| invalid(malformed.0.to_owned()))
    }
}

pub(crate) fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(from: Sender, frame: &Frame) -> io::Result<Option<Frame>> {
        let input = Box::new(io::Cursor::new(frame.encode().to_vec()));
        FrameReader::new(input, from, Duration::from_secs(1))
            .next()
            .await
    }

    #[tokio::test]
    async fn frames_of_the_wrong_end_are_not_even_read() {
        let outcomes = Frame::Outcomes {
            request: 1,
            outcomes: vec![Ok(()); 1000],
        };
        let error = read(Sender::Connecting, &outcomes).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(
            read(Sender::Listening, &outcomes).await.unwrap(),
            Some(outcomes)
        );
        let ping = Frame::Ping { received: 0 };
        assert!(read(Sender::Listening, &ping).await.is_err());
        assert!(read(Sender::Connecting, &ping).await.is_ok());
    }

    #[tokio::test]
    async fn a_length_alone_takes_no_memory() {
        let length = u32::try_from(MAX_FRAME).unwrap().to_be_bytes();
        for (greeted, most) in [(false, 2 * FIRST), (true, 2 * READ)] {
            let (near, mut far) = tokio::io::duplex(64);
            let mut reader =
                FrameReader::new(Box::new(near), Sender::Connecting, Duration::from_secs(1));
            if greeted {
                reader.greeted();
            }
            let some = if greeted { &length[..] } else { &length[2..] };
            tokio::io::AsyncWriteExt::write_all(&mut far, some)
                .await
                .unwrap();
            let begun = timeout(Duration::from_millis(20), reader.next()).await;
            assert!(begun.is_err() && reader.buffer.capacity() <= most);
        }
    }

    #[tokio::test]
    async fn frames_are_cut_as_they_were_however_they_come() {
        let body = |size: usize| tidings::Message::new(vec![b'x'; size]);
        let frame = |size| Frame::Publish {
            request: size as u64,
            within: Duration::ZERO,
            settled: false,
            channel: tidings::Channel::point_to_point("a"),
            messages: vec![body(size), body(3)],
        };
        let frames: Vec<_> = [0, 100, READ - 50, READ, 3 * READ, 7].map(frame).into();
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.encode()).collect();
        for piece in [1000, 4096, READ, 1 << 20] {
            let (near, mut far) = tokio::io::duplex(piece);
            let bytes = bytes.clone();
            let writing = tokio::spawn(async move {
                drop(tokio::io::AsyncWriteExt::write_all(&mut far, &bytes).await);
            });
            let mut reader =
                FrameReader::new(Box::new(near), Sender::Connecting, Duration::from_secs(9));
            reader.greeted();
            for frame in &frames {
                assert_eq!(reader.next().await.unwrap().as_ref(), Some(frame));
            }
            assert_eq!(reader.next().await.unwrap(), None);
            writing.await.unwrap();
        }
    }
}
