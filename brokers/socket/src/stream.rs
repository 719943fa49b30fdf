//! Connections of either kind, and frames read from and written to them.
use crate::{
    Address,
    wire::{Frame, MAX_FRAME},
};
use bytes::{Bytes, BytesMut};
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

/// Frames from the other end, which must not be silent for too long.
pub(crate) struct FrameReader {
    input: Input,
    patience: Duration,
}

impl FrameReader {
    pub(crate) fn new(input: Input, patience: Duration) -> Self {
        Self { input, patience }
    }

    /// The next frame; none when the other end has closed between frames. Not cancel-safe.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut length = [0; 4];
        if self.fill(&mut length).await? == 0 {
            return Ok(None);
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > MAX_FRAME {
            return Err(invalid(format!(
                "a frame of {length} bytes is larger than {MAX_FRAME}"
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

/// Writes frames until there are no more, in as few writes as may be, then shuts the stream down.
pub(crate) async fn write_all(mut output: Output, mut frames: impl Frames) -> io::Result<()> {
    while let Some(frame) = frames.recv().await {
        output.write_all(&frame).await?;
        while let Some(frame) = frames.try_recv() {
            output.write_all(&frame).await?;
        }
        output.flush().await?;
    }
    output.shutdown().await
}

/// Writes one frame at once.
pub(crate) async fn write_one(output: &mut Output, frame: &Frame) -> io::Result<()> {
    output.write_all(&frame.encode()).await?;
    output.flush().await
}
