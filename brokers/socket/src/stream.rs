//! Connections of either kind, and frames read from and written to them.
use crate::{
    Address,
    wire::{Frame, MAX_FRAME, MAX_GREETING},
};
use bytes::{Buf, Bytes, BytesMut};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// Most bytes taken from the socket at a time.
const READ: usize = 64 << 10;

pub(crate) type Input = Box<dyn AsyncRead + Send + Unpin>;
pub(crate) type Output = BufWriter<Box<dyn AsyncWrite + Send + Unpin>>;

pub(crate) async fn connect(address: &Address) -> io::Result<(Input, Output)> {
    match address {
        Address::Unix(path) => Ok(split_unix(UnixStream::connect(path).await?)),
        Address::Tcp(host) => split_tcp(TcpStream::connect(host).await?),
    }
}

pub(crate) fn split_unix(stream: UnixStream) -> (Input, Output) {
    let (input, output) = stream.into_split();
    (Box::new(input), BufWriter::new(Box::new(output)))
}

pub(crate) fn split_tcp(stream: TcpStream) -> io::Result<(Input, Output)> {
    // Requests and replies are small, and each waits for the other.
    stream.set_nodelay(true)?;
    let (input, output) = stream.into_split();
    Ok((Box::new(input), BufWriter::new(Box::new(output))))
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
}

impl FrameReader {
    /// For the greeting first, which is short: nobody is known to speak the protocol yet.
    pub(crate) fn new(input: Input, from: Sender, patience: Duration) -> Self {
        Self {
            input,
            from,
            patience,
            bound: MAX_GREETING,
        }
    }

    /// From now on frames may be large.
    pub(crate) fn greeted(&mut self) {
        self.bound = MAX_FRAME;
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// The next frame; none when the other end has closed between frames. Not cancel-safe.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut length = [0; 4];
        if self.fill(&mut length).await? == 0 {
            return Ok(None);
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > self.bound {
            let bound = self.bound;
            return Err(invalid(format!(
                "a frame of {length} bytes is larger than {bound}"
            )));
        }
        // Grows with what comes, so that a length alone takes no memory.
        let mut frame = BytesMut::with_capacity(length.min(READ));
        while frame.len() < length {
            frame.reserve((length - frame.len()).min(READ));
            let mut limited = (&mut self.input).take((length - frame.len()) as u64);
            if timeout(self.patience, limited.read_buf(&mut frame)).await?? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        // Before it is read, because short fields may take far more memory than they are long.
        if frame.first().is_some_and(|kind| !self.from.sends(*kind)) {
            return Err(invalid("a frame of the wrong end".to_owned()));
        }
        Frame::decode(frame.freeze())
            .map(Some)
            .map_err(|malformed| invalid(malformed.0.to_owned()))
    }

    /// Fills the buffer, or gives 0 where nothing comes any more.
    async fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match timeout(self.patience, self.input.read(&mut buffer[filled..])).await?? {
                0 if filled == 0 => return Ok(0),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
        Ok(filled)
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Where frames to be written come from.
pub(crate) trait Frames: Send {
    fn recv(&mut self) -> impl Future<Output = Option<Bytes>> + Send;
    fn try_recv(&mut self) -> Option<Bytes>;
}

impl Frames for tokio::sync::mpsc::Receiver<Bytes> {
    async fn recv(&mut self) -> Option<Bytes> {
        self.recv().await
    }

    fn try_recv(&mut self) -> Option<Bytes> {
        self.try_recv().ok()
    }
}

impl Frames for tokio::sync::mpsc::UnboundedReceiver<Bytes> {
    async fn recv(&mut self) -> Option<Bytes> {
        self.recv().await
    }

    fn try_recv(&mut self) -> Option<Bytes> {
        self.try_recv().ok()
    }
}

/// Writes frames until there are no more, in as few writes as may be, then shuts the stream down. Fails where the other end
/// takes nothing for too long.
pub(crate) async fn write_all(
    mut output: Output,
    mut frames: impl Frames,
    patience: Duration,
) -> io::Result<()> {
    while let Some(frame) = frames.recv().await {
        write_frame(&mut output, frame, patience).await?;
        while let Some(frame) = frames.try_recv() {
            write_frame(&mut output, frame, patience).await?;
        }
        timeout(patience, output.flush()).await??;
    }
    output.shutdown().await
}

async fn write_frame(output: &mut Output, mut frame: Bytes, patience: Duration) -> io::Result<()> {
    while frame.has_remaining() {
        if timeout(patience, output.write_buf(&mut frame)).await?? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

/// Writes one frame at once.
pub(crate) async fn write_one(output: &mut Output, frame: &Frame) -> io::Result<()> {
    output.write_all(&frame.encode()).await?;
    output.flush().await
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
        assert!(read(Sender::Listening, &Frame::Ping).await.is_err());
        assert!(read(Sender::Connecting, &Frame::Ping).await.is_ok());
    }
}
